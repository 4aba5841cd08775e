"""The architectures of the installed Transformers, as its own registry lists them."""

from __future__ import annotations

from typing import Any, Optional  # Any: Transformers is not installed beside mypy

from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from runners.suites.transformers_architectures.tasks import Architecture

# The first table that has a model of an architecture says what it is and which of its models is
# taken. A table that a release does not have is empty there.
_TABLES = (
    ("multimodal", ("IMAGE_TEXT_TO_TEXT", "VISION_2_SEQ", "MULTIMODAL_LM")),
    ("encoder-decoder", ("SEQ_TO_SEQ_CAUSAL_LM",)),
    ("encoder", ("MASKED_LM",)),
    ("audio", ("SPEECH_SEQ_2_SEQ", "CTC", "RNNT", "TDT", "AUDIO_CLASSIFICATION")),
    ("audio", ("TEXT_TO_WAVEFORM", "TEXT_TO_SPECTROGRAM")),
    ("decoder", ("CAUSAL_LM",)),
    ("vision", ("IMAGE_CLASSIFICATION", "OBJECT_DETECTION", "SEMANTIC_SEGMENTATION")),
    ("vision", ("UNIVERSAL_SEGMENTATION", "INSTANCE_SEGMENTATION", "DEPTH_ESTIMATION")),
    ("vision", ("VIDEO_CLASSIFICATION", "MASKED_IMAGE_MODELING", "KEYPOINT_DETECTION")),
    ("vision", ("IMAGE_TO_IMAGE", "MASK_GENERATION", "IMAGE_MATTING", "TEXT_RECOGNITION")),
    ("multimodal", ("ZERO_SHOT_IMAGE_CLASSIFICATION", "ZERO_SHOT_OBJECT_DETECTION")),
    ("multimodal", ("VISUAL_QUESTION_ANSWERING", "DOCUMENT_QUESTION_ANSWERING", "RETRIEVAL")),
    ("encoder", ("SEQUENCE_CLASSIFICATION", "TOKEN_CLASSIFICATION", "QUESTION_ANSWERING")),
    ("encoder", ("TEXT_ENCODING", "TIME_SERIES_PREDICTION")),
)


def architectures() -> list[Architecture]:
    """Every architecture in the registry's order: each name that some table of tasks has.

    A name without a task is a part of others (a vision tower, a codec): `parts` lists them.
    """
    found = (_architecture(name) for name in CONFIG_MAPPING_NAMES)
    return [one for one in found if one is not None]


def parts() -> list[str]:
    """The names in the registry that are no architecture of their own."""
    return [name for name in CONFIG_MAPPING_NAMES if _architecture(name) is None]


def _architecture(name: str) -> Optional[Architecture]:  # noqa: UP045 - Python 3.9 reads it
    for kind, tables in _TABLES:
        for table in tables:
            found: Any = getattr(modeling_auto, f"MODEL_FOR_{table}_MAPPING_NAMES", {}).get(name)
            if found:
                return Architecture(name, kind, found if isinstance(found, str) else found[0])
    return None
