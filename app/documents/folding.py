"""Where a very long line is folded, and what the folds of a text stand for. Knows no Qt.

Qt lays a whole paragraph out at every key, so a long line is shown as several paragraphs. The fold between two of them
is one UTF-16 unit of the document. In the file it is a space, or nothing where the line has none. In a *marked* text it
is one of two characters that no page can hold otherwise: Qt takes them for the end of a paragraph.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

import regex

from engine import TextMap

LONGEST = 10_000
"""Code points of a line that is not folded."""
SPACE, NOTHING = "\ufdd1", "\ufdd0"
"""Folds in a marked text: one that is a space in the file, and one that is nothing."""

_PIECE = 5_000
"""Code points between two folds at most: there is room to type before the piece has to be folded again."""
_LONG = regex.compile(rf"[^\n]{{{LONGEST + 1},}}")
_FOLD = regex.compile(f"[{NOTHING}{SPACE}]")
# A space with a mark of its own is one character for the writer.
_SPACE_AT = regex.compile(r"(?r) (?![\p{M}\u200d])")
_SENTENCE_AT = regex.compile(r"(?r)(?<=[.!?…]['\"’”»)\]]*) (?![\p{M}\u200d])")
# Between two characters of which neither joins others, no grapheme is cut (Unicode UAX 29).
_LETTERS = regex.compile(r"(?r)\p{GCB=Other}(?=\p{GCB=Other})")
_MARK = regex.compile(r"(?r)\W")
_AFTER_MARK = regex.compile(r"(?r)(?=\W)\p{GCB=Other}(?=\p{GCB=Other})")
_GRAPHEME = regex.compile(r"\X")


def folded(text: str) -> str:
    """The marked text: with folds in every line that is too long."""
    text = _FOLD.sub("\n", text)
    return _LONG.sub(lambda line: _folded(line.group()), text)


def unfolded(marked: str) -> str:
    """The text of the file, with "\\n" between its lines."""
    return marked.replace(NOTHING, "").replace(SPACE, " ")


def folds(line: str) -> Iterator[tuple[int, str]]:
    """Where a line is to be folded, in code points, and with what: `SPACE` takes the place of the space that is there.

    After a sentence where there is one; else at a space, between two words, or between two graphemes.
    """
    start = 0
    while len(line) - start > (LONGEST if not start else _PIECE):
        half, most = start + _PIECE // 2, start + _PIECE
        space = _SENTENCE_AT.search(line, half, most) or _SPACE_AT.search(line, half, most)
        if space is not None:
            yield space.start(), SPACE
            start = space.end()
            continue
        start = _between(line, start, half, most)
        if start < len(line):
            yield start, NOTHING


class DocumentText(TextMap):
    """The text of the file, and where its code points are in the document, in UTF-16 units of Qt.

    A position at a fold that stands for nothing is the one before it.
    """

    def __init__(self, marked: str) -> None:
        super().__init__(unfolded(marked))
        self._folds = [match.start() - number for number, match in enumerate(regex.finditer(NOTHING, marked))]
        self._places = [super(DocumentText, self).to_utf16(fold) + number for number, fold in enumerate(self._folds)]

    def to_utf16(self, position: int) -> int:
        """The position in the document of the code point boundary `position`."""
        return super().to_utf16(position) + bisect.bisect_left(self._folds, position)

    def from_utf16(self, units: int) -> int:
        """The code point boundary at a position of the document; one inside a surrogate pair moves before the pair."""
        return super().from_utf16(units - bisect.bisect_left(self._places, units))


def _folded(line: str) -> str:
    parts, done = list[str](), 0
    for place, fold in folds(line):
        parts += [line[done:place], fold]
        done = place + (fold == SPACE)
    return "".join([*parts, line[done:]])


def _between(line: str, start: int, half: int, most: int) -> int:
    """Where a line without spaces is best cut between half and most: after a mark if there is one, never in a grapheme.

    A grapheme that is longer than that is not cut.
    """
    # The plain look first: where there are no marks, it is twenty times faster.
    marked = _MARK.search(line, half, most) and _AFTER_MARK.search(line, half, most)
    place = marked or _LETTERS.search(line, half, most)
    return place.end() if place else _ends(line, start, most)[-1]


def _ends(line: str, start: int, most: int) -> Sequence[int]:
    """The ends of the graphemes from start to most, in order; at least of one."""
    # Not in the line itself: for a flag, the package looks back at all flags before it.
    last = min(most + 1, len(line))
    while True:
        ends = [start + match.end() for match in _GRAPHEME.finditer(line[start:last])]
        # The last one may be cut.
        whole = ends if last == len(line) else ends[:-1]
        if whole:
            return [end for end in whole if end <= most] or whole[:1]
        last = min(2 * last - start, len(line))
