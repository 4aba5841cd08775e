"""Runs that the triggers of real matrices start, at local repositories in the place of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from real_matrices import FOLDER, table
from repositories import Repository, repository
from trigger_scene import look
from worlds import Hand, card_of

from matrix.load import parse
from matrix.model import Matrix
from matrix.occasion import UNTOUCHED
from matrix.status import Layer, Status
from orchestrator.dispatch.port import Room
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.triggers import Triggers
from orchestrator.store import read_jobs, read_runs
from orchestrator.store.planning import save_matrix
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from orchestrator.views import JobFilter, JobView
from runners.work import Artifact, Ended, Offer, Report, Ticket

VERIFIED = "cdc4824a21eaa986d4d1fee90a7e6465c9f706e6"
NAMES = ("vllm", "vllm-ascend")
HOURS = 3600

WHEEL = Artifact("wheel", "torch-2.14.0-cp310-cp310-linux_x86_64.whl", "a" * 64, 2**29)


class Server:
    """A server that serves one matrix; `lists` what its only run has."""

    def __init__(self, store: Store, folder: Path, matrix: Matrix) -> None:
        self._store, self._matrix = store, matrix
        save_matrix(store, matrix)
        settings = Settings(Folder(folder), store.url)
        answers = Answers(settings, Declarations.of(matrix), store, News(), "token")
        self.triggers = Triggers(answers)
        look(self.triggers)

    def jobs(self) -> tuple[JobView, ...]:
        (run,) = read_runs.runs(self._store, self._matrix.name, 0, 9) or ()
        page = read_jobs.jobs(self._store, self._matrix.name, JobFilter(run=run.id), 0, 200)
        assert page is not None
        return page.jobs

    def tickets(self, offers: Sequence[Offer]) -> tuple[Ticket, ...]:
        """What a runner with these offers gets."""
        queue = StoreQueue(self._store)
        runner = queue.announce(card_of("bench", *offers))
        return queue.claim(runner, [Room(offer, 99) for offer in offers])

    def built(self, ticket: Ticket, made: Artifact) -> None:
        """The runner hands a build back with what it made."""
        report = Report(Status.PASS, Layer.NONE, "", artifacts=(made,))
        assert not StoreQueue(self._store).record(1, [Ended(ticket.key, report)])


def offer(site: str, accelerator: str, devices: int, *capabilities: str) -> Offer:
    return Offer(
        labels=(("site", site), ("accelerator", accelerator)),
        device="cuda" if devices else "cpu",
        slots=99,
        devices=devices,
        memory_bytes=2**40,
        disk_bytes=2**44,
        capabilities=frozenset(capabilities),
        platform="linux_x86_64",
    )


def text(name: str, **urls: str) -> str:
    """A matrix whose repositories are others."""
    found = (FOLDER / f"{name}.yaml").read_text()
    for owner, url in urls.items():
        found = found.replace(f'"https://github.com/{owner.replace("__", "/")}"', f'"{url}"')
    return found


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    made = repository(tmp_path / "project")
    made.commit({"README.md": "1"}, "the first")
    return made


@pytest.mark.parametrize("event", table("inductor-h100-events")[:2], ids=lambda e: e["event"])
def test_a_time_table_of_inductor_gives_its_flags_and_time_out_to_the_legs(
    store: Store, clock: Hand, tmp_path: Path, project: Repository, event: dict[str, str]
) -> None:
    found = text("inductor-h100", pytorch__pytorch=project.url)
    other = "weekly" if event["event"] == "nightly" else "nightly"
    begin = found.index(f"  {other}:")
    end = found.index("\n  requests:") if other == "weekly" else found.index("\n  weekly:")
    matrix = parse(found[:begin] + found[end + 1 :], "m.yaml")
    server = Server(store, tmp_path / "data", matrix)
    clock.pass_by(timedelta(days=7))
    look(server.triggers)

    offers = [offer("aws", "cpu", 0, "linux.12xlarge.memory"), offer("aws", "h100", 1)]
    (build,) = server.tickets(offers)
    server.built(build, WHEEL)
    legs = server.tickets(offers)
    assert build.suite == "build"
    assert [leg.inputs for leg in legs] == [(WHEEL,)] * 21
    assert {ticket.timeout_seconds / 60 for ticket in legs} == {float(event["minutes"])}
    assert {dict(ticket.env)["DASHBOARD_TAG"] for ticket in legs} == {event["flags"]}
    assert build.timeout_seconds == 8 * HOURS
    assert "DASHBOARD_TAG" not in dict(build.env)


def test_a_request_for_ascend_is_tested_with_two_versions_of_vllm(
    store: Store, tmp_path: Path, project: Repository
) -> None:
    vllm = repository(tmp_path / "vllm")
    verified = vllm.commit({"a": "1"})
    released = vllm.commit({"a": "2"})
    vllm.git("tag", "v0.27.1")
    urls = {"vllm-project__vllm-ascend": project.url, "vllm-project__vllm": vllm.url}
    matrix = parse(text("vllm-ascend-requests", **urls).replace(VERIFIED, verified), "m.yaml")
    server = Server(store, tmp_path / "data", matrix)
    project.git("checkout", "--quiet", "-b", "work")
    head = project.commit({"vllm_ascend/worker.py": "1"})
    project.git("update-ref", "refs/pull/5/head", head)
    project.git("checkout", "--quiet", "main")
    look(server.triggers)

    # All that can be asked for but the optional suite: 38 rows of the table without two.
    assert len(server.jobs()) == len(table("vllm-ascend-requests")) - 2
    tickets = server.tickets([offer("ci", "a2", 1, "images")])
    told = {(ticket.stack, *map(dict(ticket.components).get, NAMES)) for ticket in tickets}
    ours = f"git+{project.url}@{head}"
    assert told == {
        ("main", f"git+{vllm.url}@{verified}", ours),
        ("release", f"git+{vllm.url}@{released}", ours),
    }
    assert len(tickets) == 12  # five parts and the tests of vLLM itself, on both


def test_a_request_for_ascend_that_touches_no_source_says_what_it_leaves_out(
    store: Store, tmp_path: Path, project: Repository
) -> None:
    urls = {"vllm-project__vllm-ascend": project.url, "vllm-project__vllm": project.url}
    first = project.git("rev-parse", "HEAD")
    project.git("tag", "v0.27.1")
    matrix = parse(text("vllm-ascend-requests", **urls).replace(VERIFIED, first), "m.yaml")
    server = Server(store, tmp_path / "data", matrix)
    project.git("checkout", "--quiet", "-b", "work")
    project.git("update-ref", "refs/pull/6/head", project.commit({"docs/a.md": "1"}))
    project.git("checkout", "--quiet", "main")
    look(server.triggers)

    run = {job.suite for job in server.jobs() if not job.reason}
    left = {job.suite: job.reason for job in server.jobs() if job.reason}
    assert run == {"pre-commit", "csrc"}
    assert set(left.values()) == {UNTOUCHED}
    assert len(left) == 8
