"""A server's triggers over a store, a real repository, and a clock that a test moves."""

from __future__ import annotations

from pathlib import Path

from repositories import Repository, repository
from worlds import Hand, World, world

from matrix.load import parse
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.triggers import Triggers
from orchestrator.store import read_jobs, read_runs
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_commits import commits
from orchestrator.store.store import Store
from orchestrator.views import JobFilter, JobView, RunSummary

TEXT = """
name: small
axes: {{site: [lab], accelerator: [cpu]}}
suites: {suites}
stacks:
  dev: {{toy: {{git: "{url}", ref: main}}}}
policies: {{supersede: {supersede}}}
triggers:
  it: {trigger}
"""
SUITES = """
  check: {command: [sh, check.sh], takes: [toy]}
  other: {command: [sh, other.sh]}
"""
NIGHTLY = (
    '{cron: "0 3 * * *", zone: Europe/Berlin, select: "suite=other", timeout: 7m, env: {A: b}}'
)
PUSHED = "{commits: toy, branch: main}"
ASKED = "{pull_requests: toy}"


class Scene:
    """A server's triggers over a store, a repository, and a clock that a test moves."""

    def __init__(self, store: Store, clock: Hand, folder: Path, suites: str = SUITES) -> None:
        self.suites = suites
        self.store, self.clock, self.folder = store, clock, folder
        self.repository: Repository = repository(folder / "toy")
        self.first = self.repository.commit({"src/a.py": "1"}, "the first")
        self.news = News()
        self.world: World | None = None
        self.answers: Answers | None = None

    def serve(self, trigger: str, *, supersede: bool = False) -> Triggers:
        """Triggers as a server that has just started looks at them."""
        yes = "true" if supersede else "false"
        url, suites = self.repository.url, self.suites
        text = TEXT.format(url=url, trigger=trigger, supersede=yes, suites=suites)
        self.world = self.world or world(self.store, self.clock, text)
        matrix = parse(text, "small.yaml")
        save_matrix(self.store, matrix)
        settings = Settings(Folder(self.folder), self.store.url)
        served = Declarations.of(matrix)
        self.answers = Answers(settings, served, self.store, self.news, "token")
        return Triggers(self.answers)

    def runs(self) -> tuple[RunSummary, ...]:
        return read_runs.runs(self.store, "small", 0, 50) or ()

    def heads(self) -> list[tuple[int, str]]:
        """The runs about commits, and which commits."""
        return [(one.run, one.head) for one in commits(self.store, "small", "toy") or ()]

    def jobs(self, run: int) -> tuple[JobView, ...]:
        page = read_jobs.jobs(self.store, "small", JobFilter(run=run), 0, 50)
        assert page is not None
        return page.jobs

    @property
    def looked_at(self) -> str:
        """What says that the requests of the repository have been looked at."""
        return f"pull_requests {self.repository.url}"

    def request(self, number: int, files: dict[str, str]) -> str:
        """A pull request as its host shows it: a reference to commits beside the branch."""
        self.repository.git("checkout", "--quiet", "-b", f"work-{number}", "main")
        head = self.repository.commit(files, f"request {number}")
        self.repository.git("update-ref", f"refs/pull/{number}/head", head)
        self.repository.git("checkout", "--quiet", "main")
        self.repository.git("branch", "--quiet", "-D", f"work-{number}")
        return head


def look(triggers: Triggers) -> None:
    """Look at everything, whenever it was looked at last."""
    triggers.poke()
    triggers.look()
