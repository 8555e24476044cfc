"""The structure of a Markdown text: which characters are marks, code or data, found by a parser.

tree-sitter's two Markdown grammars give every mark its place: one reads the blocks of the whole text, the other the
inline marks of a paragraph, a heading or a cell. Positions are bytes there and code points here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy
import regex
import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Range, Tree

from engine.text.blocks import parse_blocks
from engine.text.drawn import drawn
from engine.text.inline import inline, spans
from engine.text.ranges import Guard, Protected, disjoint, gaps

_INLINE = Language(tree_sitter_markdown.inline_language())

_CODE = {
    "minus_metadata",
    "plus_metadata",
    "fenced_code_block",
    "indented_code_block",
    "code_span",
}
_MARKS = {
    "thematic_break",
    "pipe_table_delimiter_row",
    "block_continuation",
    "block_quote_marker",
    "setext_h1_underline",
    "setext_h2_underline",
    "link_reference_definition",
    "uri_autolink",
    "email_autolink",
    "html_tag",
    "entity_reference",
    "numeric_character_reference",
    "backslash_escape",
    "hard_line_break",
    "emphasis_delimiter",
    "link_label",
    "|",
}
_MARK_PREFIXES = ("list_marker", "task_list_marker", "atx_h")
_LINKS = {"inline_link", "image", "full_reference_link"}
_WORDS_OF_A_LINK = {"link_text", "image_description"}
_REACH = 20_000
"""Bytes or characters around a range; no mark and its partner are further apart, and no drawn table is longer."""
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_RAW_HTML = regex.compile(r"(?i)\A\s*<(?:script|style|pre|textarea|svg|math|!--|\?|!)")
_DEFINED = regex.compile(
    r"(?m)^[^\S\n]{0,3}(?:>[^\S\n]{0,4}|(?:[-*+]|\d{1,9}[.)])[^\S\n]{1,4}){0,8}"
    r"\[(?P<label>[^\^\[\]\n][^\[\]\n]{0,200})\]:"
)
_LABEL = regex.compile(r"!?\[(?P<label>[^\[\]]{1,200}+)\](?:\[\])?")
_NOTE = regex.compile(r"(?m)^[^\S\n]{0,3}\[\^[^\]\s]{1,100}\]:[^\S\n]*")
_CODE_IN_A_NOTE = regex.compile(
    r"(?m)^(?:[ ]{8}|[ ]{0,3}\t[ ]{0,3}\t|[ ]{0,3}\t[ ]{4}|[ ]{4,7}\t)[^\n]*+"
    r"|^[^\S\n]+(?P<fence>`{3,}+|~{3,}+)[^\n]*+\n(?:[^\n]*+\n)*?[^\S\n]*(?P=fence)[^\n]*+"
)
_ENVIRONMENT = regex.compile(
    r"(?m)^(?=[^\S\n]*+[\\{$%])(?:"  # seen at once where there is none
    r"[^\S\n]*\\begin\{(?P<kind>(?:equation|align|alignat|gather|multline|eqnarray|math|displaymath|tikzpicture)\*?)\}"
    r"[\s\S]{0,20000}?\\end\{(?P=kind)\}"
    r"|[^\S\n]*\{%-?\s*(?P<block>comment|raw|verbatim|highlight|math|mermaid)\b[\s\S]{0,20000}?\{%-?\s*end(?P=block)\s*-?%\}"
    r"|[^\S\n]*\{\{[<%]\s*(?P<code>highlight|code|raw|rawhtml|html|math|katex|mermaid|chart|script|css)\b(?:(?!/[>%]\}\})[^\n])*+\n"
    r"[\s\S]{0,20000}?\{\{[<%]\s*/\s*(?P=code)\s*[>%]\}\}"
    r"|\$\$[^\S\n]*\n(?:(?!\$\$)[^\n]*+\n){1,400}?[^\S\n]*\$\$[^\S\n]*$"
    r"(?:\n(?:[ ]{4}|\t|[ ]{0,3}\[[^\]\n]{1,200}+\]:)[^\n]*+)*+"  # a block to some, so code and definitions may follow
    r"|%%[^\S\n]*\n(?:(?!%%)[^\n]*+\n){1,400}?%%[^\S\n]*$)"  # a comment of several paragraphs
)
_CLOSING = regex.compile(r"[^\S\n]+#++[^\S\n]*\Z")
_ROW = regex.compile(rb"([*_~`\[\]<>!&])\1{99,}+")
_INDENTED = regex.compile(rb"(?:    |\t)[^|]*+\Z")
_SHORT = 2
"""Characters of a mark."""
_TERM = regex.compile(r"(?m)(?:^[^\S\n]{0,3}|\G)(?::|~)[^\S\n]+(?=\S)")
_DEFINITIONS = regex.compile(
    r"(?:[^\S\n]{0,40}\[(?!\^)(?:\\.|[^\[\]\\]){1,999}+\]:[^\S\n]*+\n?[^\S\n]*+(?:<[^<>\n]*+>|[^\s<]\S*+)"
    r"(?:\s+(?:\"(?:\\.|[^\"\\]){0,999}+\"|'(?:\\.|[^'\\]){0,999}+'|\((?:\\.|[^()\\]){0,999}+\)))?[^\S\n]*+(?:\n|\Z))++"
)
"""Definitions that the grammar does not see at the beginning of an item."""


class MarkdownText:
    """A whole Markdown text, its blocks parsed once."""

    def __init__(self, text: str, earlier: MarkdownText | None = None) -> None:
        """earlier: of the same text before an edit; what both share is not parsed again."""
        self.text = text
        self._bytes = _readable(text).encode()
        self._blocks = parse_blocks(self._bytes, None if earlier is None else earlier._blocks)
        self._inline = Parser(_INLINE)

    def protected(self, start: int, end: int) -> list[Protected]:
        """What no run may change in text[start:end], in order and disjoint; numbers and names are not looked for."""
        found = list(self._walk(self._blocks.tree.root_node, self._byte(start), self._byte(end)))
        found += (each for each in self._environments if each.start < end and each.end > start)
        return disjoint([*found, *drawn(self.text, max(0, start - _REACH), min(len(self.text), end + _REACH))])

    def code_blocks(self) -> list[Protected]:
        """The blocks without prose: code, front matter, raw HTML, formulas."""
        found = list(self._environments)
        waiting = [self._blocks.tree.root_node]
        while waiting:
            node = waiting.pop()
            if node.type in _CODE or node.type == "html_block":
                found.append(self._range(node.start_byte, min(node.end_byte, len(self._bytes)), Guard.CODE))
            elif node.type not in ("inline", "pipe_table"):
                waiting += node.children
        return found

    @property
    def blocks(self) -> list[str]:
        """The kinds of all blocks, each before those within it."""
        return [node.type for node in _below(self._blocks.tree.root_node)]

    @property
    def inlines(self) -> list[str]:
        """The kinds of what stands in the prose of the blocks, such as emphasis and links, in order."""
        found: list[str] = []
        for node in _below(self._blocks.tree.root_node):
            if node.type in ("inline", "pipe_table_cell"):
                tree = self._parse_inline(node, node.start_byte, min(node.end_byte, len(self._bytes)))
                found += (each.type for each in _below(tree.root_node))
        return found

    @cached_property
    def _offsets(self) -> numpy.ndarray | None:
        """The byte where each code point begins, and the end; None where all are one byte long."""
        if len(self._bytes) == len(self.text):
            return None
        points = numpy.frombuffer(_readable(self.text).encode("utf-32-le"), dtype=numpy.uint32)
        sizes = 1 + (points > 0x7F).astype(numpy.int64) + (points > 0x7FF) + (points > 0xFFFF)
        return numpy.concatenate(([0], numpy.cumsum(sizes)))

    @cached_property
    def _environments(self) -> list[Protected]:
        """Formulas and code with empty lines in them, which are several paragraphs to the grammar."""
        return [Protected(*match.span(), Guard.CODE) for match in _ENVIRONMENT.finditer(self.text)]

    @cached_property
    def _labels(self) -> set[str]:
        """The names that links of the text may refer to."""
        return {match["label"].casefold().strip() for match in _DEFINED.finditer(self.text)}

    def _aligned(self, byte: int) -> int:
        """Where the character begins that a byte belongs to."""
        while 0 < byte < len(self._bytes) and self._bytes[byte] & 0xC0 == 0x80:
            byte -= 1
        return byte

    def _byte(self, point: int) -> int:
        return point if self._offsets is None else int(self._offsets[point])

    def _point(self, byte: int) -> int:
        return byte if self._offsets is None else int(numpy.searchsorted(self._offsets, byte))

    def _range(self, low: int, high: int, guard: Guard = Guard.MARKUP) -> Protected:
        return Protected(self._point(low), self._point(high), guard)

    def _walk(self, node: Node, low: int, high: int) -> Iterator[Protected]:
        """What is protected below a node of the tree of blocks; only what lies between two bytes is looked at."""
        start, end = node.start_byte, min(node.end_byte, len(self._bytes))
        if end < low or start > high:
            return
        kind = node.type
        if kind == "indented_code_block" and self._continues_a_note(node):
            yield from self._note(self._point(start), self._point(end))
        elif kind in _CODE:
            yield self._range(start, end, Guard.CODE)
        elif kind == "link_reference_definition" and self._bytes[start:end].lstrip().startswith(b"[^"):
            yield from self._prose(node, low, high)
        elif kind in _MARKS or (kind.startswith(_MARK_PREFIXES) and not node.child_count):
            yield self._range(start, end)
        elif kind == "pipe_table_row" and _INDENTED.match(self._bytes, start, end):
            # A table ends where indented code begins, which the grammar takes for its last rows.
            yield self._range(start, end, Guard.CODE)
        elif kind == "html_block":
            yield from self._html(start, end)
        elif kind in ("inline", "pipe_table_cell"):
            yield from self._prose(node, low, high)
        else:
            for child in node.children:
                yield from self._walk(child, low, high)

    def _continues_a_note(self, node: Node) -> bool:
        """Whether what looks like indented code are paragraphs of a footnote, which the grammar does not know."""
        before = node.prev_named_sibling
        return before is not None and _NOTE.match(self._bytes[before.start_byte : before.end_byte].decode()) is not None

    def _note(self, first: int, last: int) -> Iterator[Protected]:
        """The marks and the code in further paragraphs of a footnote."""
        code = [Protected(*match.span(), Guard.CODE) for match in _CODE_IN_A_NOTE.finditer(self.text, first, last)]
        yield from code
        for begin, stop in gaps(code, first, last):
            yield from inline(self.text, begin, stop)

    def _prose(self, node: Node, low: int, high: int) -> Iterator[Protected]:
        """The marks in a paragraph, a heading, a cell or a note; of a very long one, those around two bytes."""
        start, end = self._aligned(max(node.start_byte, low - _REACH)), self._aligned(min(node.end_byte, high + _REACH))
        first, last = self._point(start), self._point(end)
        marks = (child for child in node.children if child.type in _MARKS)
        found = [self._range(mark.start_byte, mark.end_byte) for mark in marks if start <= mark.start_byte < end]
        tree = self._parse_inline(node, start, end)
        for child in tree.root_node.children:
            found += self._inline_walk(child, start)
        for match in _LABEL.finditer(self.text, first, last):
            if match["label"].casefold().strip() in self._labels:
                found.append(Protected(*match.span()))
        # The grammar ends some spans too early.
        found += spans(self.text, first, last)
        patterns = (_NOTE, _TERM, _CLOSING) if node.parent and node.parent.type == "atx_heading" else (_NOTE, _TERM)
        if defined := _DEFINITIONS.match(self.text, first, last) if start == node.start_byte else None:
            found.append(Protected(*defined.span()))
        for pattern in patterns:
            found += (Protected(*match.span()) for match in pattern.finditer(self.text, first, last))
        yield from found
        # A short mark may be part of something that the grammar does not know: a formula, a link of a wiki.
        whole = [each for each in found if each.end - each.start > _SHORT or each.guard is Guard.CODE]
        for begin, stop in gaps(whole, first, last):
            yield from inline(self.text, begin, stop, lines=False)

    def _parse_inline(self, node: Node, start: int, end: int) -> Tree:
        """The inline tree of a part of a node of prose; its places are counted from the start."""
        self._inline.included_ranges = _parts(node, start, end)
        # A long row of marks is a line, and would take the grammar a time that grows with its square.
        return self._inline.parse(_ROW.sub(lambda row: b"x" * len(row.group()), self._bytes[start:end]))

    def _inline_walk(self, node: Node, shift: int) -> list[Protected]:
        """What is protected below a node of an inline tree."""
        start, end = node.start_byte + shift, node.end_byte + shift
        kind = node.type
        if kind in _CODE:
            return [self._range(start, end, Guard.CODE)]
        if kind in _MARKS or kind == "collapsed_reference_link":
            return [self._range(start, end)]
        words = [child for child in node.children if child.type in _WORDS_OF_A_LINK]
        if kind == "shortcut_link":
            label = self._bytes[start + 1 : end - 1].decode("utf-8", "replace")
            if label.startswith(("^", "@", "!")) or label.casefold().strip() in self._labels or not words:
                return [self._range(start, end)]
        if kind in _LINKS or kind == "shortcut_link":
            # The words of a link are prose; all around them is not.
            found: list[Protected] = []
            position = start
            for child in words:
                found.append(self._range(position, child.start_byte + shift))
                found += [each for grandchild in child.children for each in self._inline_walk(grandchild, shift)]
                position = child.end_byte + shift
            return [*found, self._range(position, end)]
        return [each for child in node.children for each in self._inline_walk(child, shift)]

    def _html(self, start: int, end: int) -> Iterator[Protected]:
        """The tags of a block of HTML; all of it where it holds no prose."""
        first, last = self._point(start), self._point(end)
        if _RAW_HTML.match(self.text, first, last):
            yield Protected(first, last, Guard.CODE)
        else:
            yield from inline(self.text, first, last, lines=False)


def _readable(text: str) -> str:
    """A text of as many code points that the parser takes: a lone surrogate has no bytes, and zero ends a text."""
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\x01")


def _below(root: Node) -> Iterator[Node]:
    """A node and all named ones below it, each before those within it."""
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        yield node
        open_nodes += (child for child in reversed(node.children) if child.is_named)


def _parts(node: Node, start: int, end: int) -> list[Range]:
    """The source of an inline tree, counted from its start, without the marks at the beginning of its lines."""
    parts: list[Range] = []
    position, point = start, (0, 0)
    prefixes = (child for child in node.children if child.type == "block_continuation")
    for child in (*(prefix for prefix in prefixes if start <= prefix.start_byte < end), None):
        stop = end if child is None else child.start_byte
        if position < stop:
            parts.append(Range(point, (0, stop - start), position - start, stop - start))
        if child is not None:
            position, point = child.end_byte, (0, child.end_byte - start)
    return parts
