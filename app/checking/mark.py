"""One mistake in a paragraph, as it is underlined."""

from __future__ import annotations

from dataclasses import dataclass, replace

import regex

from engine import Correction, Mistake, TextMap

_MOST = 5
"""Corrections that are offered."""
_BESIDE = 24
"""Code points on either side by which a place is recognised."""
_BEFORE, _AFTER = regex.compile(r"\S+\s*\Z"), regex.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mistake.

    start, end: what is underlined. first, last: what a correction replaces. All in UTF-16 units of the paragraph.
    written: the words that a correction replaces. around: the text on either side. correction: the engine's.
    """

    start: int
    end: int
    first: int
    last: int
    written: str
    around: tuple[str, str]
    correction: Correction

    @property
    def choices(self) -> list[str]:
        """What may stand there, the best first."""
        return list(dict.fromkeys((self.correction.replacement, *self.correction.alternatives)))[:_MOST]

    @property
    def is_unknown_word(self) -> bool:
        """Whether the word is in no dictionary, so that it is wrong wherever it stands."""
        return self.correction.kind in (Mistake.SPELLING, Mistake.JOINED)

    @property
    def key(self) -> tuple[str, ...]:
        """What a writer ignores: the unknown word everywhere, or the words in this place, with those beside them."""
        kind = self.correction.kind.value
        return (kind, self.written) if self.is_unknown_word else (kind, self.written, *self.around)

    def moved(self, by: int) -> Mark:
        """The same so many units later."""
        return replace(self, start=self.start + by, end=self.end + by, first=self.first + by, last=self.last + by)


def make_mark(text: str, correction: Correction) -> Mark:
    """The mark of a correction of a paragraph. Where something is missing, the words on either side are underlined."""
    first, last = correction.start, correction.end
    written = text[first:last]
    start, end = first + len(written) - len(written.lstrip()), last - len(written) + len(written.rstrip())
    if not written.strip():
        before, after = _BEFORE.search(text[:first]), _AFTER.match(text, last)
        start, end = before.start() if before else first, after.end() if after else last
    units = TextMap(text)
    places = [units.to_utf16(place) for place in (start, end, first, last)]
    around = text[max(0, first - _BESIDE) : first], text[last : last + _BESIDE]
    return Mark(places[0], places[1], places[2], places[3], written, around, correction)
