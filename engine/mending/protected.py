"""What a mending must leave alone, whatever a model thinks of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

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
    def of(cls, text: str, dictionary: Dictionary, more: Sequence[tuple[int, int]] = ()) -> Protected:
        """Code, links and marks, numbers, words in capitals, names in mid-sentence, and unknown words used thrice.

        more: ranges that the caller protects.
        """
        read = for_patterns(text)
        words: Counter[str] = Counter(plain(match.group()) for match in _WORD.finditer(read))
        ranges = list(more)
        ranges += [
            (segment.start, segment.end)
            for segment in cut(text, 0, len(text))
            if segment.kind is SegmentKind.FIXED and not segment.text.isspace()
        ]
        ranges += [match.span() for match in _WORD.finditer(read) if _is_meant(match, text, words, dictionary)]
        return cls(ranges)


def _is_meant(match: regex.Match[str], text: str, words: Counter[str], dictionary: Dictionary) -> bool:
    word = plain(match.group())
    if not word:
        # Nothing but characters that nobody sees.
        return False
    if _ODD.search(word) or (len(word) > 1 and word.isupper()):
        return True
    if words[word] >= _TIMES and not dictionary.knows(word):
        return True
    # Short words are no names, whatever made them begin with a capital.
    return word[0].isupper() and word.lower() not in FUNCTION_WORDS and not starts_sentence(text, match.start())


_NEAR = 16
_STARTS = regex.compile(r"""(?:\A|[.!?…]["'”’)\]]*\s|[\n\r])[\s"'“‘(\[*_#>-]*\Z""")


def starts_sentence(text: str, at: int) -> bool:
    """Whether a sentence or a line begins at a place."""
    before = text[max(0, at - _NEAR) : at]
    # What was cut off is no beginning.
    return _STARTS.search(before if at <= _NEAR else "x" + before) is not None
