"""Whether an error says that Helion or what it stands on cannot do something here at all."""

from __future__ import annotations

# Of helion.exc; each is raised where a backend has no way, and says so.
_HELION = (
    "BackendImplementationMissing",
    "BackendUnsupported",
    "CuteBackendUnavailable",
    "MissingEnableTile",
)
# How torch and Triton say that their accelerator is not there.
_ABSENT = ("MPS is not available", "0 active drivers")
_OPTIONAL = ("jax", "triton", "torch_tpu", "cutlass", "flydsl")


def words(error: BaseException) -> str:
    """The capability that is missing, in their own words; "" where the error says another thing."""
    said = (str(error).strip().splitlines() or [""])[0]
    if type(error).__name__ in _HELION and type(error).__module__ == "helion.exc":
        return f"capability: {said}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in _OPTIONAL:
        return f"capability: {said}"
    if isinstance(error, RuntimeError) and any(one in said for one in _ABSENT):
        return f"capability: {said}"
    return ""
