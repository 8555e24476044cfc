"""What was found to be mended in a text, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Mistake(StrEnum):
    """The kind of a mistake; its value is a reason that a writer can read, in two words at most."""

    SPELLING = "spelling"
    CONFUSION = "confused words"
    SIMILAR = "similar word"
    AGREEMENT = "agreement"
    FORM = "word form"
    ARTICLE = "article"
    DOUBLED = "doubled word"
    MISSING = "missing word"
    EXTRA = "extra word"
    JOINED = "joined words"
    PARTED = "split word"
    SPACING = "spacing"
    PUNCTUATION = "punctuation"
    APOSTROPHE = "apostrophe"
    CASING = "capital letter"


@dataclass(frozen=True, slots=True)
class Correction:
    """A range of a text and what should stand there.

    start, end: in code points of the whole text; equal where something is missing.
    replacement: what takes the place of the range, "" where something is too much.
    kind: of the mistake.
    gain: nats by which the text as corrected is more probable, here and in what follows, than as it was written.
    alternatives: what else may stand there, the best first, without `replacement`; four at most.
    """

    start: int
    end: int
    replacement: str
    kind: Mistake
    gain: float
    alternatives: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why, in two words at most."""
        return self.kind.value


def corrected(text: str, corrections: Sequence[Correction]) -> str:
    """The text with corrections, which do not overlap and stand in order."""
    pieces: list[str] = []
    position = 0
    for correction in corrections:
        pieces += [text[position : correction.start], correction.replacement]
        position = correction.end
    return "".join((*pieces, text[position:]))


def moved(correction: Correction, by: int) -> Correction:
    """The same correction in a text that has so many code points more before it, or fewer."""
    return replace(correction, start=correction.start + by, end=correction.end + by)
