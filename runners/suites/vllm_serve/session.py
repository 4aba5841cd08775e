"""The suite's conversation: a server, the cases against it one by one, and how long it starts."""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.tiny_models import architectures, writing
from runners.suites.vllm_serve.server import NotReady, Server
from runners.suites.vllm_serve.tasks import Task, tasks

_LAYERS = 8
_MOST_STARTS = 4  # one that dies again and again is not started for ever


def run() -> None:
    """Carry out the cases that are asked for."""
    wanted = chosen(tasks(), harness.suite().parameters)
    with harness.suite(total=2 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            model = folder / "model"
            made_of = writing.written(_model(), model)
            suite.fact("model.fingerprint", made_of, "runners/suites/tiny_models")
            with Server(model, folder, suite.device, key=secrets.token_hex(8)) as server:
                _cases(suite, server, [one for one in wanted if suite.wants(one.id)])
                _speed(suite, server)


def _model() -> architectures.Architecture:
    """A tiny Llama, but slow enough that the server keeps up with its engine."""
    small = architectures.named("llama")
    return small._replace(numbers={**small.numbers, "num_hidden_layers": _LAYERS})


def _cases(suite: harness.Suite, server: Server, wanted: list[Task]) -> None:
    if suite.wants("start"):
        with suite.case("start") as case:
            _started(server, case)
            case.note(detail={"seconds": [round(one, 2) for one in server.starts]})
        if case.status != "PASS":
            return
    for task in wanted:
        with suite.case(task.id) as case:
            _carried_out(task, server, case)
        print(f"{task.id} {case.status} {case.said.get('message', '')}", file=sys.stderr)  # noqa: T201 - the log


def _carried_out(task: Task, server: Server, case: harness.Case) -> None:
    if not task.starts and not server.is_up:
        _started(server, case)
        if case.status != "PASS":
            return
    found = task.check(server)
    case.note(detail=found.detail)
    if found.problem:
        case.fail(found.problem)


def _started(server: Server, case: harness.Case) -> None:
    if len(server.starts) >= _MOST_STARTS:
        case.fail(f"the server has died; it was started {_MOST_STARTS} times")
        return
    try:
        server.start()
    except NotReady as problem:
        case.fail(str(problem))


def _speed(suite: harness.Suite, server: Server) -> None:
    if server.starts:
        suite.metric("start_seconds", server.starts, unit="s", better="lower", case="start")
