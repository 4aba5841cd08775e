"""Makes the moving references of a matrix's stacks commits, once, before a run is planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from matrix.errors import CoevoError
from matrix.model import Matrix, Stack
from matrix.names import Misfit, did_you_mean, shown
from matrix.sources import Source, source
from orchestrator.service.news import News, in_a_line
from orchestrator.store.runs import Subject, request_of
from runners.environments.repositories import Repositories, Said
from runners.environments.unresolved import ResolverFailed

_WRITTEN = "://"  # in a whole source, never in a version or a reference


def pinned(
    matrix: Matrix, news: News, repositories: Repositories
) -> tuple[Matrix, tuple[Subject, ...]]:
    """The matrix with commits for branches and tags, and what a run of it is therefore about.

    What cannot be looked up stays as it is: its jobs say so when their environment is resolved,
    and the server until the next look.
    """
    looked_up = ("commits", matrix.name)
    if not any(source(text).is_moving for stack in matrix.stacks for _, text in stack.components):
        news.stands(looked_up, "")
        return matrix, ()
    troubles: list[str] = []
    with news.doing("looking up commits"):
        stacks = tuple(_pinned(stack, troubles, repositories) for stack in matrix.stacks)
        news.stands(looked_up, _all(troubles))
        moved = replace(matrix, stacks=stacks)
        return moved, tuple(dict.fromkeys(_moved(matrix, moved, repositories)))


def fixed(matrix: Matrix, repositories: Repositories) -> Matrix:
    """The matrix with commits for branches and tags; CoevoError where one cannot be looked up."""
    stacks = []
    for stack in matrix.stacks:
        now = stack
        for component, text in stack.components:
            now = _with(now, component, repositories.fixed(source(text)))
        stacks.append(now)
    return replace(matrix, stacks=tuple(stacks))


def at(
    matrix: Matrix, wanted: Mapping[str, str], repositories: Repositories
) -> tuple[Matrix, tuple[Subject, ...]]:
    """The matrix with other versions or commits of components, and these as subjects.

    `wanted` maps a component to a version, branch, tag, commit or whole source. A stack that
    cannot be there (a release is no commit of a repository) stays as it is. Raises CoevoError
    where no stack has the component, or the reference names nothing for any of them: that a
    commit is there is asked as well, where its repository answers.
    """
    subjects: dict[tuple[str, str], Subject] = {}
    for component, reference in wanted.items():
        moved = _moved_to(matrix, component, reference, repositories)
        for stack in matrix.stacks:
            if stack.name in moved:
                head, base = (_source(one, component) for one in (moved[stack.name], stack))
                about = subject(component, head, repositories, base)
                about = about._replace(request=request_of(reference))
                subjects.setdefault((component, about.head), about)
        stacks = tuple(moved.get(stack.name, stack) for stack in matrix.stacks)
        matrix = replace(matrix, stacks=stacks)
    return matrix, tuple(subjects.values())


def is_at(stack: Stack, subjects: Iterable[Subject]) -> bool:
    """Whether a stack has every component of the subjects where one of them is."""
    heads = defaultdict[str, set[str]](set)
    for one in subjects:
        heads[one.component].add(one.head)
    found = {name: _name(source(text)) for name, text in stack.components}
    return all(found.get(component) in wanted for component, wanted in heads.items())


def _moved_to(
    matrix: Matrix, component: str, reference: str, repositories: Repositories
) -> dict[str, Stack]:
    """By name the stacks that can be there, as they then are; raises CoevoError for none."""
    having = [stack for stack in matrix.stacks if stack.version(component)]
    if not having:
        known = {name for stack in matrix.stacks for name, _ in stack.components}
        hint = did_you_mean(component, known)
        raise CoevoError.because(f"no stack has the component {shown(component)}", hint)
    tried = {one.name: _tried(one, component, reference, repositories) for one in having}
    moved = {name: one for name, one in tried.items() if isinstance(one, Stack)}
    for refusal in tried.values():
        if not moved and isinstance(refusal, CoevoError):
            raise refusal
    return moved


def _tried(
    stack: Stack, component: str, reference: str, repositories: Repositories
) -> Stack | CoevoError:
    try:
        return _at(stack, component, reference, repositories)
    except CoevoError as refusal:
        return refusal


def _source(stack: Stack, component: str) -> Source:
    return source(dict(stack.components)[component])


def subject(
    component: str, head: Source, repositories: Repositories, base: Source | None = None
) -> Subject:
    """What a run with this source is about; raises Unresolved for a commit that is not there."""
    was = _name(base) if base is not None and base.origin == head.origin else ""
    said = _said(head, repositories)
    return Subject(component, head.origin, was, _name(head), *(said or ()))


def _said(head: Source, repositories: Repositories) -> Said | None:
    """What its commit says of itself; None for what is no commit, or where nobody answers."""
    if not head.origin or head.is_moving:
        return None
    try:
        return repositories.said(head.origin, head.reference)
    except ResolverFailed:
        return None


def _name(given: Source) -> str:
    """What a source is called in addresses: its commit, its version, the digest of its wheel."""
    return given.reference or given.sha256 or given.place


def _at(stack: Stack, component: str, reference: str, repositories: Repositories) -> Stack:
    try:
        given = (
            source(reference) if _WRITTEN in reference else _source(stack, component).at(reference)
        )
    except Misfit as misfit:
        raise CoevoError.because(misfit.problem, misfit.hint) from misfit
    return _with(stack, component, repositories.fixed(given))


def _all(troubles: Sequence[str]) -> str:
    """One line for all of them."""
    more = len(set(troubles)) - 1
    return f"{troubles[0]} (and {more} more)" if more > 0 else "".join(troubles[:1])


def _pinned(stack: Stack, troubles: list[str], repositories: Repositories) -> Stack:
    for component, text in stack.components:
        try:
            stack = _with(stack, component, repositories.fixed(source(text)))
        except CoevoError as error:
            troubles.append(in_a_line(error))
    return stack


def _with(stack: Stack, component: str, given: Source) -> Stack:
    components = dict(stack.components) | {component: str(given)}
    return replace(stack, components=tuple(sorted(components.items())))


def _moved(before: Matrix, after: Matrix, repositories: Repositories) -> Iterator[Subject]:
    for old, new in zip(before.stacks, after.stacks, strict=True):
        for (component, text), (_, now) in zip(old.components, new.components, strict=True):
            if text != now:
                yield subject(component, source(now), repositories)
