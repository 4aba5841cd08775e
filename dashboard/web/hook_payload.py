"""What a git host's message says: GitHub's (and Gitea's, Forgejo's) and GitLab's shapes, as one."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matrix.names import printable
from orchestrator.messages import Kind, Message

_LONGEST = 200
_FEW, _MANY = 255, 200  # letters of a label, as many as GitLab has; labels of a request
Said = Annotated[str, Field(max_length=2000)]
S = TypeVar("S", bound=BaseModel)


class _Part(BaseModel):
    """A part of what a stranger wrote: only what is named here is read, null stands for nothing."""

    model_config = ConfigDict(extra="ignore")


class _Repository(_Part):
    """A repository with the addresses that hosts give it."""

    clone_url: Said | None = None
    ssh_url: Said | None = None
    html_url: Said | None = None
    git_http_url: Said | None = None
    git_ssh_url: Said | None = None
    web_url: Said | None = None

    def addresses(self) -> tuple[str, ...]:
        return tuple(one for one in self.model_dump().values() if one)


class _Named(_Part):
    """A label: of GitHub by `name`, of GitLab by `title`."""

    name: Said | None = None
    title: Said | None = None


class _Push(_Part):
    ref: Said
    repository: _Repository | None = None
    project: _Repository | None = None  # of GitLab, where `repository` says less


class _Pull(_Part):
    number: Annotated[int, Field(ge=1)]
    state: Said = "open"
    labels: list[_Named] | None = None


class _PullEvent(_Part):
    action: Said | None = None
    pull_request: _Pull
    repository: _Repository


class _MergeAttributes(_Part):
    iid: Annotated[int, Field(ge=1)]
    state: Said = "opened"
    action: Said | None = None


class _MergeEvent(_Part):
    object_attributes: _MergeAttributes
    labels: list[_Named] | None = None
    project: _Repository


class _Any(_Part):
    repository: _Repository | None = None
    project: _Repository | None = None


def message(delivery: str, event: str, body: bytes) -> Message:
    """A message as it can be acted on; one that cannot be read says why."""
    plain = printable(event)[:_LONGEST]
    told = _BY_EVENT.get(event.lower(), _other)
    try:
        return told(delivery, plain, body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        trouble = f"its body is no {plain} that we can read: {where or 'all of it'}"
        if first["type"] == "json_invalid":
            trouble = "its body is no JSON: choose the content type application/json at the host"
        return Message(delivery, plain, trouble=printable(trouble)[:_LONGEST])


def _push(delivery: str, event: str, body: bytes) -> Message:
    said = _Push.model_validate_json(body)
    return Message(
        delivery,
        event,
        Kind.PUSH,
        _addresses(said.repository, said.project),
        said.ref,
        about=_line(said.ref.removeprefix("refs/heads/")),
    )


def _pull(delivery: str, event: str, body: bytes) -> Message:
    said = _PullEvent.model_validate_json(body)
    pull = said.pull_request
    labels = _labels(pull.labels)
    return Message(
        delivery,
        event,
        Kind.REQUEST,
        _addresses(said.repository),
        f"refs/pull/{pull.number}/head",
        labels,
        pull.state == "open",
        _request(pull.number, said.action or "", labels),
    )


def _merge(delivery: str, event: str, body: bytes) -> Message:
    said = _MergeEvent.model_validate_json(body)
    what = said.object_attributes
    labels = _labels(said.labels)
    return Message(
        delivery,
        event,
        Kind.REQUEST,
        _addresses(said.project),
        f"refs/merge-requests/{what.iid}/head",
        labels,
        what.state == "opened",
        _request(what.iid, what.action or "", labels),
    )


def _ping(delivery: str, event: str, body: bytes) -> Message:
    said = _Any.model_validate_json(body)
    return Message(delivery, event, Kind.PING, _addresses(said.repository, said.project))


def _other(delivery: str, event: str, body: bytes) -> Message:
    said = _Any.model_validate_json(body)
    return Message(delivery, event, Kind.OTHER, _addresses(said.repository, said.project))


def _addresses(*parts: _Repository | None) -> tuple[str, ...]:
    return tuple(printable(one) for part in parts if part for one in part.addresses())


def _labels(told: list[_Named] | None) -> tuple[str, ...]:
    names = (one.name or one.title for one in (told or ())[:_MANY])
    return tuple(sorted({printable(name)[:_FEW] for name in names if name}))


def _request(number: int, action: str, labels: tuple[str, ...]) -> str:
    told = f", labelled {', '.join(labels)}" if labels else ""
    return _line(f"#{number} {action}{told}")


def _line(text: str) -> str:
    return printable(text.strip())[:_LONGEST]


_BY_EVENT = {
    "push": _push,
    "push hook": _push,
    "pull_request": _pull,
    "merge request hook": _merge,
    "ping": _ping,
}
