"""Which layers of a model stay where its configuration is made tiny: one of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: what a configuration holds is its own affair

_LEAST, _MOST = 2, 4
# By the first of these names that it has, a configuration says how many layers there are.
COUNTS = (
    "num_hidden_layers",
    "num_layers",
    "n_layers",
    "n_layer",
    "depth",
    "layers",
    "encoder_layers",
    "decoder_layers",
    "num_decoder_layers",
)
_OWN = "per_layer_config"


class Layers:
    """The layers of one configuration: `count` in all, of which those numbered in `kept` stay.

    Layers are of one kind where every list with an entry a layer says the same of them. The first
    of each kind stays: at least two, at most four. A backbone whose every layer can be asked for
    keeps as many as are asked for.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        counts = (config.get(name) for name in COUNTS)
        self.count = next((n for n in counts if isinstance(n, int)), 0)
        flat = len(config.get("stage_names") or ()) == self.count + 1 > _MOST + 1
        self.outputs = len(config.get("out_indices") or ()) if flat else 0
        self.kept = self._chosen(config)

    def covers(self, value: object) -> bool:
        """Whether a value is a list with an entry a layer; short ones are of stages instead."""
        return isinstance(value, (list, tuple)) and len(value) == self.count > _MOST

    def index(self, number: int) -> int:
        """Where a layer is counted from the front, as near as there still is one."""
        if not self.count or number < 0:
            return number
        return min(number, max(len(self.kept) - 1, 0))

    def asked_for(self, indices: Sequence[int]) -> list[int]:
        """The outputs of a backbone: those of its last layers, or of the stages as they are."""
        if not self.outputs:
            return list(indices)
        last = len(self.kept)
        return list(range(last - self.outputs + 1, last + 1))

    def own(self, each: Mapping[object, Any]) -> dict[int, Any]:
        """What is said of single layers, by the numbers of those that stay."""
        said = {int(str(number)): one for number, one in each.items()}
        return {self.kept.index(n): one for n, one in said.items() if n in self.kept}

    def _chosen(self, config: Mapping[str, Any]) -> list[int]:
        kinds = self._kinds(config)
        first = [n for n, kind in enumerate(kinds) if kind not in kinds[:n]][:_MOST]
        least = min(max(_LEAST, self.outputs), self.count)
        others = [n for n in range(self.count) if n not in first]
        return sorted(first + others[: max(0, least - len(first))])

    def _kinds(self, config: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """Each layer's entries in all lists of layers, as texts."""
        own = {int(str(n)): one for n, one in (config.get(_OWN) or {}).items()}
        listed = [list(value) for value in config.values() if self.covers(value)]
        return [
            (str(own.get(n)), *(str(entries[n]) for entries in listed)) for n in range(self.count)
        ]
