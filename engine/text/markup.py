"""What of a whole text no run may change, by what kind of text it is.

A text is looked at as a whole, so that a selection that begins inside a code block is known to lie in one. What a
parser made of a text is kept for the next run on it.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import pairwise

import regex

from engine.text.balance import pair_marks
from engine.text.html import html
from engine.text.inline import inline
from engine.text.kinds import MARKDOWN
from engine.text.latex import latex
from engine.text.markdown import MarkdownText
from engine.text.messages import json, po
from engine.text.names import names, numbers, without_marks
from engine.text.outlines import adoc, org
from engine.text.ranges import Guard, Protected, clipped, disjoint, gaps
from engine.text.rst import rst
from engine.text.subtitles import subtitles
from engine.text.tables import csv, tsv
from engine.text.words import for_patterns

_WINDOW = 20_000
"""Characters around a range that are looked at in a text without a tree: no construct there is longer."""

_LINE = 200
"""Characters before a range in which the beginning of its sentence is looked for."""

_RULES: dict[str, Callable[[str], Iterable[Protected]]] = {
    "tex": latex,
    "rst": rst,
    "html": html,
    "srt": subtitles,
    "vtt": subtitles,
    "csv": csv,
    "tsv": tsv,
    "org": org,
    "adoc": adoc,
    "po": po,
    "json": json,
    "csv words": partial(csv, data=False),
    "tsv words": partial(tsv, data=False),
    "json words": partial(json, data=False),
}
_ANY_WORDS = {"csv": "csv words", "tsv": "tsv words", "json": "json words"}
"""Kinds in which what is written tells whether it is data, and the rules that hold whatever is written there."""
# A part begins after an empty line: in subtitles with any line, in reStructuredText with one that is not indented.
_PART = {"rst": r"\n[^\S\n]*\n\S", "srt": r"\n[^\S\n]*\n[^\n]", "vtt": r"\n[^\S\n]*\n[^\n]"}
_PARTS = {kind: (regex.compile(f"(?r){part}"), regex.compile(part)) for kind, part in _PART.items()}
"""Where parts of a text begin that the rules of its kind read each by itself: searched backwards, and forwards."""


def protected(
    text: str, start: int, end: int, kind: str = MARKDOWN, *, facts: bool = True, pairs: bool = True
) -> list[Protected]:
    """What no run may change in text[start:end], in order and disjoint.

    kind: as `engine.text.kinds.kind_of` gives it; one without rules of its own has those that hold within a line.
    facts: whether numbers and names are kept too. pairs: whether all brackets and quotation marks are, instead of those
    alone that have no partner in the range.
    """
    # The line before tells whether a sentence begins here.
    low = max(0, start - _LINE)
    found = _structure(text, low, end, kind)
    # A byte order mark stands where no grammar looks for it.
    found += (Protected(at, at + 1) for at in range(start, min(start + 1, end)) if text[at] == "\ufeff")
    read = for_patterns(without_marks(text, found)) if facts else text
    found = clipped(disjoint(found), start, end)
    free = gaps(found, start, end)
    # What has its partner outside of the range, or beyond a mark, must stay where it is.
    found += (mark for first, last in free for mark in pair_marks(text, first, last, alone=not pairs))
    if facts:
        figures = for_patterns(text)
        for first, last in free:
            found += numbers(figures, first, last)
            found += names(read, first, last)
    return disjoint(found)


def _structure(text: str, start: int, end: int, kind: str) -> list[Protected]:
    """Marks and code of text[start:end], which may reach out of it."""
    if kind == MARKDOWN:
        return _parsed(text).protected(start, end)
    if kind not in _RULES:
        return inline(text, max(0, start - _WINDOW), min(len(text), end + _WINDOW))
    shift, stop = _stretch(text, start, end, kind)
    found = _ruled(text[shift:stop], kind)
    first = bisect.bisect_right(found, start - shift, key=lambda each: each.end)
    last = bisect.bisect_left(found, end - shift, key=lambda each: each.start)
    within = [Protected(shift + each.start, shift + each.end, each.guard) for each in found[first:last]]
    for low, high in gaps(within, start, end):
        within += inline(text, low, high, lines=False)
    return within


@lru_cache(maxsize=2)
def _ruled(text: str, kind: str) -> tuple[Protected, ...]:
    """What the rules of a kind find in a text, in order and disjoint."""
    return tuple(disjoint(_RULES[kind](text)))


def _stretch(text: str, start: int, end: int, kind: str) -> tuple[int, int]:
    """As much around a range as the rules of a kind must see to find in it what they find in the whole text."""
    if kind not in _PARTS:
        return 0, len(text)
    before, after = _PARTS[kind]
    first = before.search(text, 0, start + 1)
    last = after.search(text, max(start, end - 1))
    return first.end() - 1 if first else 0, last.end() - 1 if last else len(text)


def is_open_code(text: str, at: int, kind: str = MARKDOWN) -> bool:
    """Whether what is written at a place of a text would be code."""
    probe = text[:at] + "\nx"
    return any(each.guard is Guard.CODE for each in protected(probe, at + 1, at + 2, kind, facts=False, pairs=False))


def code_lines(text: str, kind: str = MARKDOWN) -> bytes:
    """One byte for each line of a text: 1 where it lies in a block of code, data or front matter.

    It tells what an edit has changed elsewhere, as the beginning of a code block does for all that follows.
    """
    if kind == MARKDOWN:
        blocks = _parsed(text).code_blocks()
    else:
        rules = _ruled(text, kind) if kind in _RULES else ()
        blocks = [each for each in rules if each.guard is Guard.CODE and "\n" in text[each.start : each.end]]
    if not blocks:
        return bytes(text.count("\n") + 1)
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    found = bytearray(len(starts))
    for each in blocks:
        first = bisect.bisect_right(starts, each.start) - 1
        last = max(first + 1, bisect.bisect_left(starts, each.end))
        found[first:last] = b"\1" * (last - first)
    return bytes(found)


def same_structure(before: str, own: str, new: str, after: str, kind: str) -> bool:
    """Whether a text, before + own + after, keeps its marks and blocks, letter by letter, with `new` in place of `own`.

    Only the paragraphs are looked at that the two texts do not share.
    """
    if own == new:
        return True
    # Not from within a line: half a string or a cell would read inside out.
    low = max(0, len(before) - _WINDOW)
    before, after = before[max(low, before.find("\n", low) + 1) if low else 0 :], after[:_WINDOW]
    before = before[max(0, before.rfind("\n\n", 0, max(0, len(before) - 1))) :]
    end = after.find("\n\n", 1)
    after = after if end < 0 else after[:end]
    return _skeleton(before + own + after, kind) == _skeleton(before + new + after, kind)


def _skeleton(text: str, kind: str) -> list[str]:
    """The kinds of blocks of a text, and all of its marks and code, in order."""
    kind = _ANY_WORDS.get(kind, kind)
    parsed = MarkdownText(text) if kind == MARKDOWN else None
    blocks = [*parsed.blocks, *parsed.inlines] if parsed else []
    found = parsed.protected(0, len(text)) if parsed else protected(text, 0, len(text), kind, facts=False, pairs=False)
    marks = [text[each.start : each.end] for each in found]
    if parsed is None:
        # A tree tells where the words of a link are gone; here, it is what stands between two marks.
        blocks = ["words" if text[low:high].strip() else "" for low, high in _between(found)]
    return [*blocks, *marks]


def _between(found: Sequence[Protected]) -> list[tuple[int, int]]:
    """What lies between each of some ranges and the next."""
    return [(one.end, other.start) for one, other in pairwise(found)]


_last: MarkdownText | None = None


def _parsed(text: str) -> MarkdownText:
    """The tree of a text; after an edit, only what the edit changed is parsed again."""
    global _last
    if _last is None or _last.text != text:
        _last = MarkdownText(text, _last)
    return _last
