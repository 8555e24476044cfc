"""The only place that converts between tokens, code points, UTF-16 units and graphemes.

Python counts code points, Qt counts UTF-16 units, a writer sees graphemes, and a token can be half a character.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from functools import cached_property

import regex

_GRAPHEME = regex.compile(r"\X")
# A word: letters, digits and marks with apostrophes or hyphens between them. Scripts without spaces are left to graphemes.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(rf"(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}\p{{N}}_])+(?:['’\-](?:(?!{_UNSPACED})[\p{{L}}\p{{M}}\p{{N}}_])+)*")
_WORD_REACH = 100
"""Widening looks that many code points to either side at most: nothing longer is a word a person wrote."""


class TextMap:
    """Converts positions in one text. Positions are boundaries: 0 stands before the first unit, len(text) behind the last.

    offsets: for each token its (start, end) in code points of the text, in order, as a tokenizer returns them. Tokens
        that share one character have the same range.
    """

    def __init__(self, text: str, offsets: Sequence[tuple[int, int]] = ()) -> None:
        self.text = text
        self.offsets = tuple(offsets)

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

    def tokens_in(self, start: int, end: int) -> tuple[int, int] | None:
        """The token range (first, last + 1) that covers exactly start..end; None where a border cuts a token."""
        first = bisect.bisect_left(self.offsets, start, key=lambda offset: offset[0])
        last = first
        while last < len(self.offsets) and self.offsets[last][1] <= end and self.offsets[last][0] < end:
            last += 1
        if first == last:
            return None
        if self.offsets[first][0] != start or self.offsets[last - 1][1] != end:
            return None
        if first and self.offsets[first - 1][1] > start or last < len(self.offsets) and self.offsets[last][0] < end:
            return None
        return first, last

    def widen(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of whole words, and of whole graphemes where a script has no spaces, around start..end.

        An empty range stays empty; inside a word it moves behind the word.
        """
        low = max(0, start - _WORD_REACH)
        high = min(len(self.text), end + _WORD_REACH)
        # A window must not itself start inside a grapheme: begin at a line or after a space where there is one.
        space = max(self.text.rfind(" ", low, start), self.text.rfind("\n", low, start))
        low = space + 1 if space >= 0 else low
        if start == end:
            for match in self._units(low, high):
                if match[0] < start < match[1]:
                    return match[1], match[1]
            return start, end
        for unit_start, unit_end in self._units(low, high):
            if unit_start < start < unit_end:
                start = unit_start
            if unit_start < end < unit_end:
                end = unit_end
        return start, end

    def _units(self, low: int, high: int) -> list[tuple[int, int]]:
        """Words and graphemes that overlap low..high, in code points. Words come after the graphemes."""
        graphemes = [match.span() for match in _GRAPHEME.finditer(self.text, low, high)]
        words = [match.span() for match in _WORD.finditer(self.text, low, high)]
        return graphemes + words


def graphemes(text: str) -> list[str]:
    """The user-perceived characters of a text (Unicode UAX 29, by the regex package)."""
    return _GRAPHEME.findall(text)
