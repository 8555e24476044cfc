"""The results of a run and its repetitions: all of them, the current one, and what was declined in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import Correction


@dataclass(slots=True)
class Kept:
    """One result. declined: the changes whose old words stay. note: the engine's remark on it.

    corrections: what was corrected and why, in code points of the original words; empty where the engine does not tell.
    doubt: why it is not worth showing; "" if it is, or once the writer has asked for it.
    """

    replacement: str
    note: str = ""
    corrections: Sequence[Correction] = ()
    doubt: str = ""
    declined: set[int] = field(default_factory=set[int])


class Results:
    """The results for the same words, in order; at least one.

    original: those words. shown: the number of the current one, from 0.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        self.shown = 0
        self._kept: list[Kept] = []

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def current(self) -> Kept:
        """The result in review."""
        return self._kept[self.shown]

    def add(self, kept: Kept) -> bool:
        """Make a result the current one; False if it was there already."""
        known = [earlier.replacement for earlier in self._kept]
        if kept.replacement in known:
            self.shown = known.index(kept.replacement)
            return False
        self._kept.append(kept)
        self.shown = len(self._kept) - 1
        return True

    def move(self, by: int) -> bool:
        """Go to the next (1) or the previous (-1) one; False where there is none."""
        if not 0 <= self.shown + by < len(self._kept):
            return False
        self.shown += by
        return True
