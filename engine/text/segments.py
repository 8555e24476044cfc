"""Divides a range of text into what a run may change and what it must keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import regex

from engine.text.inline import inline
from engine.text.ranges import Protected
from engine.text.text_map import TextMap
from engine.text.words import WORD

# Includes the information separators, which are white space for Python but not for the regex package.
_BREAK = r"[\n\r\v\f\x1c-\x1f\x85\u2028\u2029]"
_SPACE = r"[^\S\n\r\v\f\x1c-\x1f\x85\u2028\u2029]"
_END_OF_LINE = regex.compile(rf"(?:(?<!{_SPACE}){_SPACE}++)?+{_BREAK}\s*+")
_UNIT = regex.compile(rf"{_SPACE}*+(?:\p{{N}}++(?:[.,:]\p{{N}}++)++|{WORD.pattern}|\X)")
_HAS_BREAK = regex.compile(_BREAK)
_WORDLIKE = regex.compile(r"[\p{L}\p{N}\p{So}]")
SENTENCE_END = regex.compile(r"""[.!?…。！？]["'”’)\]]*\Z""")
"""The end of a text that is the end of a sentence."""


class SegmentKind(Enum):
    """What a run may do with a segment."""

    FIXED = auto()
    """Kept exactly: line breaks, Markdown marks, code, addresses, outer white space, pinned words."""
    WORD = auto()
    """A word, or a grapheme of a script without spaces."""
    MARK = auto()
    """Punctuation; it melts only if everything does."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the range; all pieces joined give the range. White space before a word belongs to its segment.

    start: where it starts, in code points of the whole text.
    """

    kind: SegmentKind
    start: int
    text: str

    @property
    def end(self) -> int:
        """Where it ends, in code points of the whole text."""
        return self.start + len(self.text)

    @property
    def ends_sentence(self) -> bool:
        """Whether a new sentence or line may begin after it."""
        return bool(_HAS_BREAK.search(self.text) or SENTENCE_END.search(self.text))


def cut(
    text: str,
    start: int,
    end: int,
    pins: Sequence[tuple[int, int]] = (),
    protected: Iterable[Protected] | None = None,
) -> list[Segment]:
    """The segments of text[start:end], in order, without gaps.

    pins: ranges of the whole text, in code points, that must be kept; they are widened to whole words.
    protected: what else must be kept; None means whatever is not prose in a text of any kind.
    """
    if protected is None:
        protected = inline(text, start, end)
    fixed = [(each.start, each.end) for each in protected]
    fixed += (match.span() for match in _END_OF_LINE.finditer(text, start, end))
    widen = TextMap(text).widen
    for pin in pins:
        low, high = widen(*pin)
        # The space before a pinned word belongs to it, as it does in its token.
        while low > start and text[low - 1] in " \t\u00a0":
            low -= 1
        fixed.append((max(low, start), min(high, end)))
    segments: list[Segment] = []
    position = start
    for low, high in [*_merged([span for span in fixed if span[0] < span[1]]), (end, end)]:
        segments += _free(text, position, low)
        if segments and segments[-1].kind is SegmentKind.FIXED:
            low = segments.pop().start
        if low < high:
            segments.append(Segment(SegmentKind.FIXED, low, text[low:high]))
        position = high
    return segments


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, with overlapping and touching ones merged."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _free(text: str, start: int, end: int) -> list[Segment]:
    """Words and punctuation between two fixed segments; trailing white space is fixed."""
    segments = []
    position = start
    for match in _UNIT.finditer(text, start, end):
        kind = SegmentKind.WORD if _WORDLIKE.search(match.group()) else SegmentKind.MARK
        segments.append(Segment(kind, match.start(), match.group()))
        position = match.end()
    if position < end:
        segments.append(Segment(SegmentKind.FIXED, position, text[position:end]))
    return segments
