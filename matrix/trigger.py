"""What starts runs by itself, as a value; and which labels of a pull request it wants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

LOCAL = "local"  # on whose behalf runs are started where nobody says


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """What starts runs by itself; `kind` is cron, commits or pull_requests.

    `cron` is read in `zone`. The others look at a `repository` for `every` so long: for commits of
    a `branch` ("" the default one), or heads of pull requests, of which a change touches `paths`
    (globs; none: whatever it touches), and run at them as sources of `component`. What is run is
    what the selector `select` admits ("": all), with `timeout` and `env` instead of its own where
    the selector `when` holds ("": everywhere), on behalf of `owner`.

    `labels` (globs; none: whatever it bears) are those of a pull request, which `pairs` compare
    with where it parted from its branch, so often each job. `at` are references that a time table
    runs at, and `each` means every commit and not the newest.
    """

    name: str
    kind: str
    line: int
    cron: str = ""
    zone: str = "UTC"
    component: str = ""
    repository: str = ""
    branch: str = ""
    paths: tuple[str, ...] = ()
    every: timedelta = timedelta(minutes=5)
    select: str = ""
    when: str = ""
    timeout: timedelta | None = None
    env: tuple[tuple[str, str], ...] = ()
    owner: str = LOCAL
    labels: tuple[str, ...] = ()
    at: tuple[tuple[str, str], ...] = ()
    each: bool = False
    pairs: int = 0

    def wants(self, labels: Iterable[str]) -> bool:
        """Whether a pull request with these labels is one of its own.

        `*` stands for any letters and `?` for one; capitals do not matter, as with git hosts.
        """
        patterns = [one.casefold().replace("[", "[[]") for one in self.labels]
        names = [one.casefold() for one in labels]
        return not patterns or any(fnmatchcase(n, one) for n in names for one in patterns)
