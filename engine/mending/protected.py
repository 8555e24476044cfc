"""What a mending must leave alone, whatever a model thinks of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import regex

from engine.mending.dictionary import Dictionary, plain
from engine.mending.english import FUNCTION_WORDS
from engine.text.segments import SegmentKind, cut
from engine.text.words import for_patterns

_TIMES = 3
"""A word that no dictionary has and that is written so often is meant."""
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_]+(?:['’.\-/\\:@][\p{L}\p{M}\p{N}_]+)*")
_ODD = regex.compile(r"[\p{N}_/\\:@]|\p{Ll}\p{Lu}|\.\p{L}|[^\P{L}\p{Script=Latin}]")
"""Numbers, paths, addresses, names of variables, other scripts."""


class Protected:
    """The ranges of a text, in code points, that stay as they are."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self.ranges = sorted(ranges)
        self._ends: list[int] = []
        last = 0
        for _, end in self.ranges:
            last = max(last, end)
            self._ends.append(last)

    def __call__(self, start: int, end: int) -> bool:
        """Whether a change to a range touches one of them; what is put in at the edge of one does not."""
        at = bisect_left(self._ends, start + 1)
        return any(low < max(end, start + 1) if start != end else low < start for low, _ in self.ranges[at : at + 1])

    @classmethod
    def of(
        cls, text: str, dictionary: Dictionary, more: Sequence[tuple[int, int]] = (), start: int = 0, end: int = -1
    ) -> Protected:
        """Code, links and marks, numbers, words in capitals, names in mid-sentence, the writer's own words, and unknown
        words used thrice in the whole text.

        more: ranges that the caller protects. start, end: the part of the text that matters; -1 for its end.
        """
        end = len(text) if end < 0 else end
        ranges = list(more)
        ranges += [
            (segment.start, segment.end)
            for segment in cut(text, start, end)
            if segment.kind is SegmentKind.FIXED and not segment.text.isspace()
        ]
        low, high = max(0, start - _NEAR), min(len(text), end + _NEAR)
        words = _WORD.finditer(text[:low] + for_patterns(text[low:high]), low)
        ranges += [match.span() for match in words if _is_meant(match, text, dictionary)]
        return cls(ranges)


def _is_meant(match: regex.Match[str], text: str, dictionary: Dictionary) -> bool:
    word = plain(match.group())
    if not word:
        # Nothing but characters that nobody sees.
        return False
    if _ODD.search(word) or (len(word) > 1 and word.isupper()) or dictionary.is_own(word):
        return True
    if not dictionary.knows(word) and _is_frequent(text, word):
        return True
    # Short words are no names, whatever made them begin with a capital.
    return word[:1].isupper() and word.lower() not in FUNCTION_WORDS and not starts_sentence(text, match.start())


def _is_frequent(text: str, word: str) -> bool:
    """Whether a word is written often. Hardly any is, so the words of a long text are rarely counted."""
    if word.isalpha() and text.count(word) < _TIMES:
        return False
    return _words(text)[word] >= _TIMES


@lru_cache(maxsize=1)
def _words(text: str) -> Counter[str]:
    """How often each word of a text is written."""
    return Counter(plain(match.group()) for match in _WORD.finditer(for_patterns(text)))


_NEAR = 16
_STARTS = regex.compile(r"""(?:\A|[.!?…]["'”’)\]]*\s|[\n\r])[\s"'“‘(\[*_#>-]*\Z""")


def starts_sentence(text: str, at: int) -> bool:
    """Whether a sentence or a line begins at a place."""
    before = text[max(0, at - _NEAR) : at]
    # What was cut off is no beginning.
    return _STARTS.search(before if at <= _NEAR else "x" + before) is not None
