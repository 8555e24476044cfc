"""The matches found so far, in order, kept true while the text is edited."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_CHUNK = 2_000
"""Matches that are copied by an edit among them; all chunks after it move as a whole."""

Span = tuple[int, int]
"""Start and end in UTF-16 units."""


@dataclass(slots=True)
class _Chunk:
    """Some matches. shift: to be added to every position."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    shift: int = 0

    def span(self, number: int) -> Span:
        return self.starts[number] + self.shift, self.ends[number] + self.shift


class Matches:
    """Positions are UTF-16 units. No two matches overlap."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        # How many matches there are before each chunk.
        self._before: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Span:
        """The match with that number, from 0."""
        chunk = bisect.bisect_right(self._before, number) - 1
        return self._chunks[chunk].span(number - self._before[chunk])

    def add(self, starts: Sequence[int], ends: Sequence[int]) -> None:
        """Add matches after all others."""
        for first in range(0, len(starts), _CHUNK):
            last = first + _CHUNK
            self._chunks.append(_Chunk(array("q", starts[first:last]), array("q", ends[first:last])))
        self._recount()

    def first_from(self, position: int) -> int:
        """The number of the first match that starts at or after a position; their count where there is none."""
        number = bisect.bisect_left(self._chunks, position, key=lambda chunk: chunk.starts[-1] + chunk.shift)
        if number == len(self._chunks):
            return self._count
        chunk = self._chunks[number]
        return self._before[number] + bisect.bisect_left(chunk.starts, position - chunk.shift)

    def within(self, start: int, end: int) -> Iterator[Span]:
        """The matches that touch start..end."""
        first = bisect.bisect_left(self._chunks, start, key=lambda chunk: chunk.ends[-1] + chunk.shift)
        for chunk in self._chunks[first:]:
            low, high = start - chunk.shift, end - chunk.shift
            places = slice(bisect.bisect_left(chunk.ends, low), bisect.bisect_right(chunk.starts, high))
            for span in zip(chunk.starts[places], chunk.ends[places], strict=True):
                yield span[0] + chunk.shift, span[1] + chunk.shift
            if chunk.starts[-1] > high:
                return

    def edit(self, position: int, removed: int, added: int) -> None:
        """The text was edited: drop the matches that were touched, and move those after them."""
        end = position + removed
        kept: list[_Chunk] = []
        for chunk in self._chunks:
            if chunk.span(-1)[1] <= position:
                kept.append(chunk)
            elif chunk.span(0)[0] >= end:
                chunk.shift += added - removed
                kept.append(chunk)
            else:
                kept += _edited(chunk, position, end, added - removed)
        self._chunks = kept
        self._recount()

    def _recount(self) -> None:
        self._before, self._count = [], 0
        for chunk in self._chunks:
            self._before.append(self._count)
            self._count += len(chunk.starts)


def _edited(chunk: _Chunk, position: int, end: int, delta: int) -> list[_Chunk]:
    """A chunk without the matches that an edit of position..end touched: those before it, and those after."""
    first = bisect.bisect_right(chunk.ends, position - chunk.shift)
    last = max(first, bisect.bisect_left(chunk.starts, end - chunk.shift))
    before = _Chunk(chunk.starts[:first], chunk.ends[:first], chunk.shift)
    after = _Chunk(chunk.starts[last:], chunk.ends[last:], chunk.shift + delta)
    return [part for part in (before, after) if part.starts]


def moved(place: int, position: int, removed: int, added: int) -> int:
    """Where a position is after an edit."""
    if place <= position:
        return place
    return max(position + added, place + added - removed)
