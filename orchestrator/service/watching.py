"""Takes up matrix files that change while the server runs; of a bad one only the mistakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator.service import carrying, declarations
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations, Reading, Stamp
from orchestrator.service.news import News
from orchestrator.store import planning, playground, revisions
from orchestrator.store.store import Store


class Watcher:
    """Looks at the files of a server; `look` is called again and again, from one thread."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._declared: Declarations = answers.declarations
        self._store: Store = answers.store
        self._news: News = answers.news
        self._seen: dict[Path, Stamp] = {}

    def begin(self) -> None:
        """Tell of the mistakes that the files had when the server started."""
        for reading in self._declared.readings():
            self._tell(reading)

    def look(self) -> bool:
        """Take up what has changed and come to rest since; whether something has."""
        known = {one.file: one for one in self._declared.readings() if one.file is not None}
        files = declarations.files_of(self._answers.settings.matrices)
        found = [file for file in dict.fromkeys((*known, *files)) if self._rests(file, known)]
        wrong = [file for file, one in known.items() if one.mistakes] if found else []
        for file in dict.fromkeys((*found, *wrong)):  # a name that was taken may be free now
            if file not in files and known[file].matrix is None and not file.exists():
                self._forget(file)
            else:
                self._take_up(file, known.get(file))
        return bool(found)

    def _forget(self, file: Path) -> None:
        """Nothing is left of a file that came into a folder, held no matrix and went again."""
        self._declared.drop(file)
        self._seen.pop(file, None)
        self._news.stands(file, "")
        revisions.announce(self._store, None)

    def _rests(self, file: Path, known: dict[Path, Reading]) -> bool:
        """Whether it is another than was read, and has not changed since the last look."""
        stamp = declarations.stamp_of(file)
        before, self._seen[file] = self._seen.get(file), stamp
        read = known[file].stamp if file in known else declarations.GONE
        return stamp == before and stamp != read

    def _take_up(self, file: Path, before: Reading | None) -> None:
        others = [one for one in self._declared.readings() if one.file != file]
        *_, now = declarations.apart([*others, declarations.read(file)])
        if now.matrix is None:
            now = replace(now, matrix=before.matrix if before else None)
        else:
            planning.save_matrix(self._store, now.matrix)
        self._declared.put(now)
        self._tell(now)
        revisions.announce(self._store, now.matrix)
        if now.matrix is not None and not now.mistakes:
            repositories = self._answers.repositories
            offers = playground.offers(self._store)
            carrying.take_up(self._store, now.matrix, offers, self._news, repositories)
            self._answers.changed()

    def _tell(self, reading: Reading) -> None:
        if reading.file is not None:
            self._news.stands(reading.file, reading.trouble)
