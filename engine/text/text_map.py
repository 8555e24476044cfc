"""Positions in a text: code points, UTF-16 units, whole graphemes and words.

Python counts code points, Qt counts UTF-16 units, and a writer sees graphemes. Tokens are `engine.text.vocabulary`'s.
"""

from __future__ import annotations

import bisect
from functools import cached_property

import regex

from engine.text.words import WORD

GRAPHEME = regex.compile(r"\X")
_WORD_REACH = 100
"""The most code points that widening looks at on either side: no word a person writes is longer."""


class TextMap:
    """Converts positions in one text. A position is a boundary: 0 is the start, len(text) the end."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _wide(self) -> list[int]:
        """Positions, in code points, of the characters that take two UTF-16 units."""
        return [match.start() for match in regex.finditer(r"[\U00010000-\U0010FFFF]", self.text)]

    def to_utf16(self, position: int) -> int:
        """UTF-16 units before the code point boundary `position`."""
        return position + bisect.bisect_left(self._wide, position)

    def from_utf16(self, units: int) -> int:
        """The code point boundary at `units` UTF-16 units; one inside a surrogate pair moves before the pair."""
        # The i-th wide character ends at UTF-16 unit wide[i] + i + 2.
        crossed = bisect.bisect_right(range(len(self._wide)), units, key=lambda i: self._wide[i] + i + 2)
        position = units - crossed
        if crossed < len(self._wide) and self._wide[crossed] < position:
            position = self._wide[crossed]
        return min(position, len(self.text))

    def widen(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of whole words, and of whole graphemes for scripts without spaces, around start..end.

        An empty range stays empty; inside a word it moves to the end of the word.
        """
        low = max(0, start - _WORD_REACH)
        high = min(len(self.text), end + _WORD_REACH)
        # The window itself must not start inside a grapheme: start at a line break or a space if there is one.
        low = max(low, self.text.rfind(" ", low, start), self.text.rfind("\n", low, start))
        units = self._units(low, high)
        if start == end:
            while ends := [unit_end for unit_start, unit_end in units if unit_start < start < unit_end]:
                start = max(ends)
            return start, start
        # A word may start inside a grapheme and vice versa, so widen until neither is cut.
        while True:
            cut = [unit for unit in units if unit[0] < start < unit[1] or unit[0] < end < unit[1]]
            if not cut:
                return start, end
            start = min([start, *(unit[0] for unit in cut if unit[0] < start < unit[1])])
            end = max([end, *(unit[1] for unit in cut if unit[0] < end < unit[1])])

    def _units(self, low: int, high: int) -> list[tuple[int, int]]:
        """Graphemes and words that overlap low..high, in code points."""
        found = [match.span() for match in GRAPHEME.finditer(self.text, low, high)]
        return found + [match.span() for match in WORD.finditer(self.text, low, high)]


def graphemes(text: str) -> list[str]:
    """The user-perceived characters of a text (Unicode UAX 29, by the regex package)."""
    return GRAPHEME.findall(text)
