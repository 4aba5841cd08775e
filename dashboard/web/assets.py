"""The style sheet, joined once from its blocks, and the addresses of all static files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
LAYERS = "@layer tokens, base, layout, blocks, media;\n"
_FIRST = ("tokens", "base", "layout")
_LAST = ("media",)


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The joined sheet and the digest that its address carries, so that it can be kept for ever."""

    text: str
    digest: str

    @property
    def href(self) -> str:
        """Where it is served."""
        return f"/assets/coevo-{self.digest}.css"


@lru_cache(maxsize=1)
def style_sheet() -> StyleSheet:
    """Tokens → base → layout → one file per block → media."""
    folder = STATIC / "css"
    blocks = sorted(
        path.stem for path in folder.glob("*.css") if path.stem not in {*_FIRST, *_LAST}
    )
    parts = [(folder / f"{name}.css").read_text() for name in (*_FIRST, *blocks, *_LAST)]
    text = LAYERS + "\n".join(parts)
    return StyleSheet(text, hashlib.sha256(text.encode()).hexdigest()[:12])


@lru_cache(maxsize=1)
def script_href() -> str:
    """The entry module; its imports are checked anew by their ETags."""
    return "/static/js/main.js"
