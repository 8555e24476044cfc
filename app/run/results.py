"""All results of one run that was repeated: which there are, which one is looked at, what was declined in each."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Kept:
    """One result. declined: the changes in it whose old words shall stay. note: what the engine said of it."""

    replacement: str
    note: str = ""
    declined: set[int] = field(default_factory=set[int])


class Results:
    """The results for the same words, in the order in which they came; at least one.

    original: those words. shown: the number of the one that is looked at, from 0.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        self.shown = 0
        self._kept: list[Kept] = []

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def current(self) -> Kept:
        """The one that is looked at."""
        return self._kept[self.shown]

    def add(self, replacement: str, note: str) -> bool:
        """Look at a result; False where it was there already, and that one is looked at."""
        known = [kept.replacement for kept in self._kept]
        if replacement in known:
            self.shown = known.index(replacement)
            return False
        self._kept.append(Kept(replacement, note))
        self.shown = len(self._kept) - 1
        return True

    def move(self, by: int) -> bool:
        """Look at the next (1) or the previous (-1) one; False where there is none."""
        if not 0 <= self.shown + by < len(self._kept):
            return False
        self.shown += by
        return True
