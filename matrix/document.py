"""Safe YAML: text of a stranger → a small tree of nodes that know their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml
from yaml import events

from matrix.errors import CoevoError, Mistake
from matrix.names import shown
from matrix.scalars import Scalar, meaning, trap
from matrix.source import FORBIDDEN, MAX_MISTAKES, Source, decoded, limited
from matrix.syntax import syntax_mistakes

MAX_DEPTH = 32
MAX_NODES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A scalar. `value` is what it means; a `broken` one was reported already."""

    value: Scalar
    line: int
    column: int
    broken: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int
    column: int
    broken: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A mapping in the order of the file; each key is text, and there once.

    `index` finds a pair by its key.
    """

    pairs: tuple[tuple[Word, Node], ...]
    line: int
    column: int
    broken: bool = False
    index: Mapping[str, tuple[Word, Node]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {str(pair[0].value): pair for pair in self.pairs})


Node = Word | Listing | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A file's tree, and the mistakes that its YAML holds but that leave a tree to look at."""

    source: Source
    root: Node
    mistakes: tuple[Mistake, ...]

    def mistake(self, at: Node, problem: str, hint: str = "") -> Mistake:
        """A mistake at a node."""
        return self.source.mistake(at.line, at.column, problem, hint)


def read(raw: str | bytes, file: str) -> Document:
    """The document of a file; `CoevoError` where it is no YAML, or too large, deep or tangled."""
    source = decoded(raw, file)
    composer = _Composer(source)
    try:
        return composer.document()
    except yaml.MarkedYAMLError as error:
        raise CoevoError(*syntax_mistakes(source, error, composer.unclosed())) from error


def plain(node: Node) -> object:
    """The node as lists, dicts and scalars, for a validator."""
    match node:
        case Word():
            return node.value
        case Listing():
            return [plain(item) for item in node.items]
        case Table():
            return {str(key.value): plain(value) for key, value in node.pairs}


class _Events(yaml.SafeLoader):
    """PyYAML's pure scanner and parser, stopped before a nesting grows deep.

    Never the C loader, which 200,000 brackets crash; nothing of PyYAML's constructor is used.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.unclosed: list[yaml.Mark] = []

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 - PyYAML's name
        self._deeper()
        self.unclosed.append(self.get_mark())
        super().fetch_flow_collection_start(TokenClass)

    def fetch_flow_collection_end(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 - PyYAML's name
        del self.unclosed[-1:]
        super().fetch_flow_collection_end(TokenClass)

    def add_indent(self, column: int) -> bool:
        self._deeper()
        return bool(super().add_indent(column))

    def _deeper(self) -> None:
        if self.flow_level + len(self.indents) > MAX_DEPTH:
            problem = f"nested more than {MAX_DEPTH} levels deep"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark())


class _Composer:
    """Builds the tree from events, noting mistakes on the way."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._events = _Events(source.text)
        self._mistakes: list[Mistake] = []
        self._nodes = 0

    def unclosed(self) -> yaml.Mark | None:
        """The innermost bracket or brace that was not closed yet."""
        return next(iter(self._events.unclosed[-1:]), None)

    def document(self) -> Document:
        """The whole file; `MarkedYAMLError` where it breaks off."""
        self._next()
        if isinstance(self._next(), events.StreamEndEvent):
            hint = "a matrix has at least a name, axes and suites"
            raise CoevoError(self._source.mistake(1, 1, "the file is empty", hint))
        root = self._node(self._next())
        self._next()
        if not isinstance(event := self._next(), events.StreamEndEvent):
            self._note(event, "a second document begins here", "one file holds one matrix")
        return Document(self._source, root, tuple(self._mistakes))

    def _next(self) -> events.Event:
        event: events.Event = self._events.get_event()  # type: ignore[no-untyped-call] # its stub is bare
        return event

    def _node(self, event: events.Event) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            problem = f"more than {MAX_NODES:,} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=_start(event))
        broken = self._is_refused(event)
        line, column = _start(event).line + 1, _start(event).column + 1
        match event:
            case events.SequenceStartEvent():
                return Listing(tuple(self._items()), line, column, broken)
            case events.MappingStartEvent():
                return Table(tuple(self._pairs()), line, column, broken)
            case events.ScalarEvent():
                return self._word(event, line, column, broken=broken)
        return Word(None, line, column, broken=True)

    def _items(self) -> Iterator[Node]:
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            yield self._node(event)

    def _pairs(self) -> Iterator[tuple[Word, Node]]:
        seen: dict[str, int] = {}
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key, value = self._node(event), self._node(self._next())
            if self._is_key(key, event, seen):
                assert isinstance(key, Word)
                yield Word(str(key.value), key.line, key.column, key.broken), value

    def _is_key(self, key: Node, event: events.Event, seen: dict[str, int]) -> bool:
        if not isinstance(key, Word):
            self._note(event, "a key has to be a word", "quote it, or take the brackets off")
            return False
        text = key.value
        if not isinstance(text, str | int) or isinstance(text, bool):
            problem = "a key is missing before `:`" if text is None else "a truth value as a key"
            self._note(event, problem, "write a name; in quotes where it is true, false or null")
            return False
        if str(text) in seen:
            hint = f"it stands in line {seen[str(text)]} already; keep one of the two"
            self._note(event, f"the key {shown(str(text))} is given twice", hint)
            return False
        seen[str(text)] = key.line
        return str(text) != "<<"

    def _word(self, event: events.ScalarEvent, line: int, column: int, *, broken: bool) -> Word:
        text: str = event.value
        if found := FORBIDDEN.search(text):
            self._note(event, f"control character U+{ord(found[0]):04X}", "take it out")
            return Word(text, line, column, broken=True)
        if not event.implicit[0]:
            return Word(text, line, column, broken)
        if text == "<<":
            self._note(event, "merge keys are not read", "write the keys out")
        elif caught := trap(text):
            self._note(event, *caught)
            return Word(text, line, column, broken=True)
        return Word(meaning(text), line, column, broken or text == "<<")

    def _is_refused(self, event: events.Event) -> bool:
        """Whether the node is one that a matrix never needs: tagged, anchored or an alias."""
        anchor: str = getattr(event, "anchor", None) or ""
        tag: str = getattr(event, "tag", None) or ""
        if isinstance(event, events.AliasEvent):
            self._note(event, f"aliases are not read: {shown('*' + anchor)}", "write it out")
        elif anchor:
            self._note(event, f"anchors are not read: {shown('&' + anchor)}", "take it out")
        elif tag:
            hint = f"put it in quotes where the text {shown(tag)} is meant"
            self._note(event, f"tags are not read: {shown(tag)}", hint)
        return bool(anchor or tag)

    def _note(self, event: events.Event, problem: str, hint: str) -> None:
        mark = _start(event)
        self._mistakes.append(self._source.mistake(mark.line + 1, mark.column + 1, problem, hint))
        if len(self._mistakes) > MAX_MISTAKES:
            raise CoevoError(*limited(self._mistakes))


def _start(event: events.Event) -> yaml.Mark:
    """Where an event begins: the pure parser marks them all."""
    assert isinstance(event.start_mark, yaml.Mark)
    return event.start_mark
