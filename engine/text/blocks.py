"""The blocks of a Markdown text, parsed anew after an edit only where the edit changed them.

The grammar of tree-sitter-markdown gives up on some lines that are valid Markdown, such as one that begins with `[\\*`,
and all that follows them is then no block to it. Such a line is shown to it without its punctuation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import regex
import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Tree

_GRAMMAR = Language(tree_sitter_markdown.language())
_NO_LABEL = regex.compile(rb"(?m)^[>\s\d.)*+-]*+\[(?=[^\]\n]{0,999}[\\&])")
"""The beginning of a line that the grammar may take for a definition and then cannot read."""
_PUNCTUATION = regex.compile(rb"[!-/:-@\[-`{-~]")
_REPAIRS = 20


@dataclass(frozen=True, slots=True)
class BlockTree:
    """A tree and the bytes that it was made of: those of the text, as many, but for lines that had to be mended."""

    source: bytes
    tree: Tree


def parse_blocks(data: bytes, earlier: BlockTree | None = None) -> BlockTree:
    """The blocks of a text in UTF-8. earlier: those of the same text before an edit."""
    # A mark at the very end is none to the grammar without a line end.
    found = _parsed(data + b"\n", earlier)
    if found.tree.root_node.has_error:
        found = _parsed(_NO_LABEL.sub(lambda match: match.group()[:-1] + b"x", found.source), found)
    for _ in range(_REPAIRS):
        error = _first_error(found.tree.root_node)
        if error is None:
            break
        mended = _mended(found.source, error.start_byte)
        if mended == found.source:
            break
        found = _parsed(mended, found)
    return found


def _parsed(source: bytes, earlier: BlockTree | None) -> BlockTree:
    old = None if earlier is None else _edited(earlier.tree, earlier.source, source)
    parser = Parser(_GRAMMAR)
    return BlockTree(source, parser.parse(source) if old is None else parser.parse(source, old))


def _first_error(root: Node) -> Node | None:
    """The first place that the grammar could not read."""
    node = root
    while node.has_error and not node.is_error:
        node = next((child for child in node.children if child.has_error or child.is_error), None) or node
        if not node.children and not node.is_error:
            return None
    return node if node.is_error else None


def _mended(source: bytes, at: int) -> bytes:
    """A source without punctuation in the first line from a place on that has any."""
    match = _PUNCTUATION.search(source, source.rfind(b"\n", 0, at) + 1)
    if match is None:
        return source
    start = source.rfind(b"\n", 0, match.start()) + 1
    end = source.find(b"\n", start)
    return source[:start] + _PUNCTUATION.sub(b"x", source[start:end]) + source[end:]


def _edited(tree: Tree, old: bytes, new: bytes) -> Tree | None:
    """The tree of a text with the edit noted that led to another; None where they have little in common."""
    most = min(len(old), len(new))
    start = _most(most, lambda low, high: old[low:high] == new[low:high])
    left = most - start
    end = _most(left, lambda low, high: old[len(old) - high : len(old) - low] == new[len(new) - high : len(new) - low])
    if start + end < len(new) // 2:
        return None
    edited = tree.copy()
    old_end, new_end = len(old) - end, len(new) - end
    edited.edit(start, old_end, new_end, _place(new, start), _place(old, old_end), _place(new, new_end))
    return edited


def _most(most: int, same: Callable[[int, int], bool]) -> int:
    """How far two texts are the same. same: whether they are between two distances."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _place(source: bytes, at: int) -> tuple[int, int]:
    """Row and column of a byte."""
    return source.count(b"\n", 0, at), at - (source.rfind(b"\n", 0, at) + 1)
