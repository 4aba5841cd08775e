"""Where a runner finds packages besides the usual index, and what of it nobody may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

HIDDEN = "****"
_SHORTEST_SECRET = 4  # a shorter one is hidden in its URL only: it would be found in any word


@dataclass(frozen=True, slots=True)
class Sources:
    """A runner's own indexes (URLs), find-links (folders or URLs) and constraints (files).

    Indexes are asked in this order, before the usual one. They may hold a user and a password,
    which stay on the runner: `redacted` is what everything passes that is shown or stored.
    """

    indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables by which uv is told, in front of what `environ` tells it already."""
        said = (
            ("UV_INDEX", self.indexes, " "),
            ("UV_FIND_LINKS", self.find_links, ","),  # uv parts folders by commas
            ("UV_CONSTRAINT", self.constraints, " "),
        )
        found = {}
        for name, mine, between in said:
            already = environ.get(name)
            if mine:
                found[name] = between.join([*mine, *([already] if already else [])])
        return found

    def redacted(self, text: str) -> str:
        """The text with every user, password and token of these sources hidden."""
        for secret in self._secrets():
            text = text.replace(secret, HIDDEN)
        return text

    def options(self) -> tuple[str, ...]:
        """The indexes and find-links as uv's options, as they may be shown."""
        said = [("--index", one) for one in self.indexes]
        said += [("--find-links", one) for one in self.find_links]
        return tuple(self.redacted(word) for pair in said for word in pair)

    def _secrets(self) -> tuple[str, ...]:
        """The longest first, so that none is left in part."""
        urls = map(urlsplit, (*self.indexes, *self.find_links))
        return tuple(sorted({one for url in urls for one in _told(url)}, key=len, reverse=True))


def _told(url: SplitResult) -> Iterator[str]:
    """The spellings of what stands before a URL's `@`, and of its secret part alone."""
    given = url.netloc.rpartition("@")[0]
    if not given:
        return
    yield given
    user, _, password = given.partition(":")
    for secret in (password or user, unquote(password or user)):
        if len(secret) >= _SHORTEST_SECRET:
            yield secret
