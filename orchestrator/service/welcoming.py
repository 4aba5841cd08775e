"""Plans the playground anew when runners come or go that offer what nobody listed."""

from __future__ import annotations

from matrix.playground import Pairs, cells, listed
from orchestrator.service import carrying
from orchestrator.service.answers import Answers
from orchestrator.store import playground


class Host:
    """Looks at the runners of a server; `look` is called again and again, from one thread."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._seen: dict[str, tuple[str, frozenset[Pairs]]] = {}

    def look(self) -> bool:
        """Take in what has changed since; whether a run was started."""
        store, news = self._answers.store, self._answers.news
        is_new = False
        for matrix in self._answers.declarations.matrices():
            if not listed(matrix):
                continue
            found = (matrix.digest, frozenset(cells(matrix, playground.offers(store))))
            if self._seen.get(matrix.name) != found:
                repositories = self._answers.repositories
                run = carrying.welcome(store, matrix, news, repositories)
                is_new = is_new or run is not None
                self._seen[matrix.name] = found
        if is_new:
            self._answers.changed()
        return is_new
