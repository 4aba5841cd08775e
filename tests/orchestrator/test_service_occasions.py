"""Runs at commits, requests and names: which suites they plan, and what they say of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Repository, repository
from trigger_scene import Scene, look
from worlds import Hand, card_of, offer_of, report_of, world

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.model import Matrix, Overrides
from matrix.occasion import UNTOUCHED
from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.service import carrying
from orchestrator.service.carrying import NothingTouched, Wish
from orchestrator.service.news import News
from orchestrator.store import read_grid, read_jobs, read_runs
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from orchestrator.views import JobFilter, JobView
from runners.environments.repositories import Repositories

SUITES = """
  code: {command: [sh, a.sh], takes: [toy], paths: [src, "!src/docs"], shards: 2}
  docs: {command: [sh, b.sh], takes: [toy], paths: ["**/*.md"]}
  always: {command: [sh, c.sh], takes: [toy]}
  long: {command: [sh, d.sh], takes: [toy], optional: true}
"""


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path, SUITES)


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    made = repository(tmp_path / "toys")
    made.commit({"src/a.py": "1"}, "the first")
    return made


class Server:
    """Starts runs as a server does that is asked to."""

    def __init__(self, store: Store, toy: Repository, home: Path) -> None:
        self._store, self._home = store, home
        stacks = f'stacks: {{dev: {{toy: {{git: "{toy.url}", ref: main}}}}}}\n'
        axes = "axes: {site: [lab], accelerator: [cpu]}\n"
        self.matrix: Matrix = parse(f"name: small\n{axes}suites:{SUITES}{stacks}", "m.yaml")
        save_matrix(store, self.matrix)

    def run(self, select: str = "", **at: str) -> int:
        wish = Wish(select, at)
        where = Repositories(self._home)
        return carrying.start(self._store, self.matrix, wish, Trigger(), News(), where)

    def jobs(self, run: int) -> tuple[JobView, ...]:
        page = read_jobs.jobs(self._store, "small", JobFilter(run=run), 0, 50)
        assert page is not None
        return page.jobs

    def words(self, run: int) -> dict[str, str]:
        """The jobs of a run, and why they are not carried out."""
        return {job.name.partition(":")[2]: job.reason for job in self.jobs(run)}


@pytest.fixture
def server(store: Store, toy: Repository, tmp_path: Path) -> Server:
    return Server(store, toy, tmp_path / "home")


RUN = {"code@dev#1/2": "", "code@dev#2/2": "", "docs@dev": "", "always@dev": ""}


def test_a_run_without_a_change_has_all_but_the_optional_suites(server: Server) -> None:
    assert server.words(server.run()) == RUN


def test_who_names_an_optional_suite_gets_it(server: Server) -> None:
    assert server.words(server.run("suite=long")) == {"long@dev": ""}
    assert server.words(server.run("suite!=code,site=lab")) == {"docs@dev": "", "always@dev": ""}


def test_what_is_optional_is_not_on_the_grid(
    server: Server, store: Store, clock: Hand, tmp_path: Path
) -> None:
    del tmp_path
    run = server.run("suite=long")
    small = world(store, clock, "name: small\n" + _text(server.matrix))
    (ticket,) = small.claim(4)
    small.end([ticket], report_of(Status.FAIL))

    grid = read_grid.grid(store, "small")
    assert grid is not None
    assert "FAIL" not in str(grid)
    assert [job.status for job in server.jobs(run)] == [Status.FAIL]


def _text(matrix: Matrix) -> str:
    (source,) = [text for _, text in matrix.stacks[0].components]
    url = source.removeprefix("git+").rpartition("@")[0]
    stacks = f'stacks: {{dev: {{toy: {{git: "{url}", ref: main}}}}}}\n'
    return f"axes: {{site: [lab], accelerator: [cpu]}}\nsuites:{SUITES}{stacks}"


def test_a_commit_of_the_branch_runs_what_it_touches_itself(
    server: Server, toy: Repository
) -> None:
    first = toy.commit({"src/b.py": "1"}, "code")
    second = toy.commit({"README.md": "1"}, "words")
    toy.commit({"other": "1"}, "neither")

    assert server.words(server.run(toy=first)) == RUN | {"docs@dev": UNTOUCHED}
    assert server.words(server.run(toy=second)) == {
        "code@dev": UNTOUCHED,
        "docs@dev": "",
        "always@dev": "",
    }


def test_a_request_runs_what_it_touches_since_it_left_the_branch(
    server: Server, toy: Repository
) -> None:
    toy.git("checkout", "--quiet", "-b", "work")
    toy.commit({"src/b.py": "1"}, "one thing")
    head = toy.commit({"x.txt": "1"}, "and another")
    toy.git("update-ref", "refs/pull/7/head", head)
    toy.git("checkout", "--quiet", "main")
    toy.commit({"README.md": "moved on"})

    assert server.words(server.run(toy="pull/7/head")) == RUN | {"docs@dev": UNTOUCHED}


def test_the_first_commit_of_all_changes_all_its_files(server: Server, toy: Repository) -> None:
    first = toy.git("rev-list", "--max-parents=0", "HEAD")

    assert server.words(server.run(toy=first))["docs@dev"] == UNTOUCHED


def test_what_is_left_out_has_ended_and_is_nobodys_to_take(
    server: Server, store: Store, toy: Repository
) -> None:
    head = toy.commit({"README.md": "1"})
    run = server.run(toy=head)
    left = next(job for job in server.jobs(run) if "code" in job.name)
    (summary,) = read_runs.runs(store, "small", 0, 9) or ()

    assert (left.status, left.state) == (Status.SKIP, "ended")
    assert (summary.jobs, summary.ended, summary.state) == (3, 1, "running")
    queue = StoreQueue(store)
    runner = queue.announce(card_of())
    taken = queue.claim(runner, [Room(offer_of(), 9)])
    assert sorted(ticket.suite for ticket in taken) == ["always", "docs"]


def test_a_commit_that_touches_nothing_starts_nothing(server: Server, toy: Repository) -> None:
    head = toy.commit({"other": "1"})

    with pytest.raises(NothingTouched, match="touches the paths of no suite"):
        server.run("suite=in(code,docs)", toy=head)
    assert server.words(server.run(toy=head))["always@dev"] == ""


def test_a_source_that_is_no_commit_may_touch_anything(server: Server, toy: Repository) -> None:
    wheel = "https://example.org/toy-1-py3-none-any.whl#sha256=" + "0" * 64
    del toy

    assert server.words(server.run(toy=wheel)) == RUN


def test_a_name_that_no_suite_has_is_told(server: Server) -> None:
    with pytest.raises(CoevoError, match="no planned job is selected"):
        server.run("suite=lnog")


def test_changes_of_a_wish_hold_where_its_selector_does(
    server: Server, store: Store, tmp_path: Path
) -> None:
    wish = Wish(changes=Overrides(env=(("A", "b"),)), when="suite!=code")
    where = Repositories(tmp_path / "home")
    run = carrying.start(store, server.matrix, wish, Trigger(), News(), where)
    queue = StoreQueue(store)
    taken = queue.claim(queue.announce(card_of()), [Room(offer_of(), 9)])
    assert {ticket.suite: dict(ticket.env) for ticket in taken} == {
        "code": {},
        "docs": {"A": "b"},
        "always": {"A": "b"},
    }
    assert run


def test_a_ticket_says_what_the_stack_has_of_the_suites_components(
    server: Server, store: Store, toy: Repository
) -> None:
    head = toy.commit({"src/a.py": "2"})
    server.run("suite=always", toy=head)
    queue = StoreQueue(store)
    (ticket,) = queue.claim(queue.announce(card_of()), [Room(offer_of(), 9)])
    assert ticket.components == (("toy", f"git+{toy.url}@{head}"),)


def test_a_trigger_runs_the_suites_whose_paths_a_change_touches(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main}")
    look(triggers)
    scene.repository.commit({"src/b.py": "1"})
    look(triggers)

    (run,) = scene.runs()
    told = {job.suite: job.reason for job in scene.jobs(run.id)}
    assert told == {"code": "", "docs": UNTOUCHED, "always": ""}


def test_one_that_names_an_optional_suite_runs_it(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main, select: suite=long}")
    look(triggers)
    scene.repository.commit({"x": "1"})
    look(triggers)

    (run,) = scene.runs()
    assert [job.suite for job in scene.jobs(run.id)] == ["long"]


def test_a_change_that_touches_nothing_is_seen_and_no_trouble(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main, select: 'suite=in(code,docs)'}")
    look(triggers)
    scene.repository.commit({"x": "1"})
    look(triggers)
    look(triggers)

    assert scene.runs() == ()
    assert scene.news.status().problems == ()


def test_a_request_is_held_against_the_paths_of_suites_too(scene: Scene) -> None:
    triggers = scene.serve("{pull_requests: toy}")
    look(triggers)
    scene.request(3, {"README.md": "1"})
    scene.repository.commit({"src/main.py": "moved on"})
    look(triggers)

    (run,) = scene.runs()
    told = {job.suite: job.reason for job in scene.jobs(run.id)}
    assert told == {"code": UNTOUCHED, "docs": "", "always": ""}


def test_a_change_that_cannot_be_compared_touches_every_path(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main}")
    look(triggers)
    scene.repository.git("checkout", "--quiet", "--orphan", "fresh")
    scene.repository.commit({"x": "1"}, "another beginning")
    scene.repository.git("branch", "--quiet", "-M", "fresh", "main")
    look(triggers)

    (run,) = scene.runs()
    assert {job.reason for job in scene.jobs(run.id)} == {""}


def test_a_new_revision_leaves_what_was_asked_for_by_name_alone(
    server: Server, store: Store, tmp_path: Path
) -> None:
    run = server.run("suite=long")
    changed = parse("label: Other\nname: small\n" + _text(server.matrix), "m.yaml")
    carrying.take_up(store, changed, (), News(), Repositories(tmp_path / "home"))

    assert server.words(run) == {"long@dev": ""}
