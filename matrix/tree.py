"""Ways through the nodes of a document; a wrong turn leads to nothing, never to an error."""

from __future__ import annotations

from matrix.document import Listing, Node, Table, Word

_NOTHING = Word(None, 1, 1)


def child(node: Node, key: str) -> Node:
    """What stands behind a key; an empty word where the key is not there."""
    return node.index[key][1] if isinstance(node, Table) and key in node.index else _NOTHING


def key_of(node: Node, key: str) -> Node:
    """The key itself, to point at; the node where the key is not there."""
    return node.index[key][0] if isinstance(node, Table) and key in node.index else node


def pairs(node: Node) -> tuple[tuple[Word, Node], ...]:
    """The pairs of a mapping."""
    return node.pairs if isinstance(node, Table) else ()


def items(node: Node) -> tuple[Node, ...]:
    """The items of a list."""
    return node.items if isinstance(node, Listing) else ()


def listed(node: Node, key: str) -> tuple[Node, ...]:
    """The items of a list, or of the one that stands behind a key of a mapping."""
    return items(child(node, key) if isinstance(node, Table) else node)


def keys(node: Node) -> tuple[str, ...]:
    """The keys of a mapping."""
    return tuple(str(word.value) for word, _ in pairs(node))


def without(node: Node, wrong: set[int]) -> Node:
    """The tree without the nodes of those `id`s, and without the keys in front of them."""
    match node:
        case Listing():
            kept = tuple(without(item, wrong) for item in node.items if id(item) not in wrong)
            return Listing(kept, node.line, node.column, node.broken)
        case Table():
            left = tuple(
                (key, without(value, wrong))
                for key, value in node.pairs
                if id(value) not in wrong and id(key) not in wrong
            )
            return Table(left, node.line, node.column, node.broken)
        case Word():
            return node
