"""In which modes Helion can run, what each has to be told, and which a device has."""

from __future__ import annotations

from typing import NamedTuple

# Float32 with all of its bits in products, and nothing that another day has found.
_ALWAYS = {
    "HELION_AUTOTUNE_EFFORT": "none",
    "HELION_AUTOTUNE_RANDOM_SEED": "0",
    "HELION_AUTOTUNE_PROGRESS_BAR": "0",
    "HELION_SKIP_CACHE": "1",
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "TRITON_F32_DEFAULT": "ieee",
}
_COMPILED_BY = {"cuda": "triton", "xpu": "triton", "tpu": "pallas", "mps": "metal"}
_NO_BFLOAT16 = (
    "capability: Triton's interpreter does not support operations on bfloat16"
    " (its documentation, Limitations)"
)


class Mode(NamedTuple):
    """`environment` is what Helion reads when it is imported.

    `lacks` are dtypes that it is known not to have, each with the words of who says so.
    """

    name: str
    environment: dict[str, str]
    is_interpreted: bool = False
    lacks: dict[str, str] = {}  # noqa: RUF012 - a named tuple's default, never changed

    def variables(self, device: str) -> dict[str, str]:
        """All that its process is given, on this device."""
        backend = _COMPILED_BY.get(kind(device), "triton")
        chosen = {"HELION_BACKEND": backend} if self.name == "compiled" else {}
        return {**_ALWAYS, **chosen, **self.environment}


MODES = {
    mode.name: mode
    for mode in (
        Mode("compiled", {}),
        Mode("interpret", {"HELION_INTERPRET": "1"}, is_interpreted=True),
        Mode(
            "pallas-interpret",
            {
                "HELION_BACKEND": "pallas",
                "HELION_PALLAS_INTERPRET": "1",
                "JAX_PLATFORMS": "cpu",
            },
            is_interpreted=True,
        ),
        Mode(
            "triton-interpret",
            {"HELION_BACKEND": "triton", "TRITON_INTERPRET": "1"},
            is_interpreted=True,
            lacks={"bfloat16": _NO_BFLOAT16},
        ),
        Mode("cute", {"HELION_BACKEND": "cute"}),
        Mode("metal", {"HELION_BACKEND": "metal"}),
    )
}
OFFERED = ("cute", "metal")  # whether they are there is always asked; more only by name


def kind(device: str) -> str:
    """`cuda` of `cuda:1`."""
    return device.partition(":")[0]


def usual(device: str) -> tuple[str, ...]:
    """The modes that a device has where nobody names others."""
    if kind(device) in _COMPILED_BY:
        return ("compiled",)
    if kind(device) == "cpu":
        return ("interpret", "pallas-interpret", "triton-interpret")
    return ("interpret",)
