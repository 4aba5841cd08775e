"""Inputs for a model, seeded, on the CPU: tokens, images, sound, as its forward asks for them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any  # Any: Transformers is not installed beside mypy

import torch

from runners.suites.transformers_architectures import special
from runners.suites.transformers_architectures.shrink import IMAGE, SPECIAL_TOKENS, VOCABULARY

Inputs = dict[str, torch.Tensor]
BATCH, TOKENS, TARGETS = 2, 12, 8
_BESIDE_IMAGE, _BANDS, _FRAMES, _MOST_FRAMES, _SAMPLES, _VIDEO = 4, 80, 128, 256, 4000, 4

_BAND_NAMES = ("input_feat_per_channel", "feature_projection_input_dim")


class NoInputsError(Exception):
    """Nothing here makes what this model wants first."""


def inputs(model: Any) -> Inputs:  # noqa: ANN401 - a model
    """Named tensors for `model.forward`: whole numbers in int64, others in float64."""
    maker = _Maker(model)
    alone = model.config.model_type in special.TEXT_ONLY
    if maker.shows_images and not alone:
        return maker.illustrated()
    found = dict(maker.text())
    if not (alone and found):
        found.update(maker.senses())
    if not found:
        raise NoInputsError(f"no input is known for `{model.main_input_name}`")
    return found


def placed(given: Inputs, model: Any) -> Inputs:  # noqa: ANN401 - a model
    """The inputs where the model lies, numbers in its dtype."""
    there = next(model.parameters())
    return {
        name: one.to(there.device, there.dtype if one.is_floating_point() else None)
        for name, one in given.items()
    }


class _Maker:
    def __init__(self, model: Any) -> None:  # noqa: ANN401 - a model
        self._model, self._config, self._main = model, model.config, model.main_input_name
        self._wanted = inspect.signature(model.forward).parameters
        self._source = torch.Generator().manual_seed(0)

    @property
    def shows_images(self) -> bool:
        """Whether images stand among the tokens of a text that the model goes on with."""
        both = {"pixel_values", "input_ids"} <= self._wanted.keys()
        return both and self._model.can_generate() and hasattr(self._model, "get_image_features")

    def illustrated(self) -> Inputs:
        """Texts with an image in each: as many tokens of it as the model makes features of it."""
        grid = "image_grid_thw" in self._wanted
        given = self._patches() if grid else {"pixel_values": self._image()}
        with torch.no_grad():
            features = self._model.get_image_features(**placed(given, self._model))
        count = sum(one.numel() // one.shape[-1] for one in _tensors(features)) // BATCH
        token = self._said("image_token_id", "image_token_index", default=0)
        image = torch.full((BATCH, count), token)
        ids = torch.cat([self._tokens(_BESIDE_IMAGE), image, self._tokens(_BESIDE_IMAGE)], 1)
        kinds = {"mm_token_type_ids", "token_type_ids"} & self._wanted.keys()
        return {"input_ids": ids, **given, **{name: (ids == token).long() for name in kinds}}

    def text(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Tokens to read, and tokens that were written."""
        if "input_ids" in self._wanted:
            yield "input_ids", self._tokens(TOKENS)
        if "decoder_input_ids" in self._wanted:
            yield "decoder_input_ids", self._tokens(TARGETS)

    def senses(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Images and sound."""
        if self._main == "pixel_values" or self._wants_image_too:
            yield "pixel_values", self._image()
        elif self._main == "pixel_values_videos":
            yield self._main, self._normal(BATCH, _VIDEO, *self._image().shape[1:])
        elif self._main == "input_features":
            names = ("num_mel_bins", "feature_size", *_BAND_NAMES)
            frames = 2 * self._said("max_source_positions", default=_FRAMES // 2)
            yield self._main, self._sound(self._said(*names, default=_BANDS), frames)
        elif self._main == "input_values" and self._is_frames_first:
            frames = self._said("max_length", default=_FRAMES)
            yield self._main, self._sound(self._said("num_mel_bins", default=_BANDS), frames)
        elif self._main == "input_values":
            yield self._main, self._normal(BATCH, _SAMPLES)

    @property
    def _wants_image_too(self) -> bool:
        """Whether an image is wanted beside a text: always, or by a model that compares both."""
        if "pixel_values" not in self._wanted:
            return False
        compares = "input_ids" in self._wanted and not self._model.can_generate()
        return compares or self._wanted["pixel_values"].default is inspect.Parameter.empty

    @property
    def _is_frames_first(self) -> bool:
        return self._config.model_type in special.FRAMES_FIRST

    def _tokens(self, count: int) -> torch.Tensor:
        size = getattr(self._config.get_text_config(), "vocab_size", None)
        size = size if isinstance(size, int) else VOCABULARY
        first = min(SPECIAL_TOKENS, size // 2)
        return torch.randint(first, size, (BATCH, count), generator=self._source)

    def _image(self) -> torch.Tensor:
        size = self._said("image_size", "img_size", default=IMAGE)
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        channels = self._said("num_channels", "in_channels", "in_chans", default=3)
        channels = channels if isinstance(channels, int) else 3
        frames = getattr(self._config, "num_frames", None)
        several = [1] if self._config.model_type in special.IMAGE_LISTS else []
        several = [frames] if isinstance(frames, int) else several
        return self._normal(BATCH, *several, channels, height, width)

    def _patches(self) -> Inputs:
        """Images cut into patches, each a row, and the grid that they make."""
        side, merged = (
            self._said("patch_size", default=14),
            self._said("spatial_merge_size", default=2),
        )
        depth = self._said("temporal_patch_size", default=1)
        channels = self._said("in_channels", "in_chans", "num_channels", default=3)
        grid = torch.tensor([[1, 2 * merged, 2 * merged]] * BATCH)
        rows = int(grid.prod(1).sum())
        pixels = self._normal(rows, channels * depth * side * side)
        return {"pixel_values": pixels, "image_grid_thw": grid}

    def _sound(self, bands: int, frames: int) -> torch.Tensor:
        shape = (bands, min(frames, _MOST_FRAMES))
        return self._normal(BATCH, *(reversed(shape) if self._is_frames_first else shape))

    def _normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self._source, dtype=torch.float64)

    def _said(self, *names: str, default: Any) -> Any:  # noqa: ANN401 - any value
        """The first value of one of these names, from the configuration inwards."""
        found = (getattr(one, name, None) for one in _configs(self._config) for name in names)
        return next((one for one in found if one is not None), default)


def _configs(config: Any) -> Iterator[Any]:  # noqa: ANN401 - a configuration
    """A configuration and those inside it, from the outside inwards."""
    yield config
    for value in vars(config).values():
        if hasattr(value, "model_type") and hasattr(value, "to_dict"):
            yield from _configs(value)


def _tensors(found: Any) -> list[torch.Tensor]:  # noqa: ANN401 - any value
    """The tensors of features in whatever a release returns them."""
    if isinstance(found, torch.Tensor):
        return [found]
    if hasattr(found, "pooler_output"):
        return _tensors(found.pooler_output)
    if isinstance(found, (list, tuple)):
        return [tensor for one in found for tensor in _tensors(one)]
    return []
