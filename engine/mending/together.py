"""Judges mistakes that stand near each other again, each with the others mended.

A mistake next to another is judged by surroundings that are wrong themselves, so that neither looks as certain as it
would alone. Here the likely mistakes of a stretch are assumed to be mended, and every place is judged in a text where
the others are; what does not hold there is assumed no longer, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from engine.mending.candidates import Candidate
from engine.mending.choose import Judged, Weights, overlap, taken

_LIKELY = 0.3
"""The probability from which on a candidate is assumed to be right at first."""
_ROUNDS = 3

Anew = Callable[[Sequence[Judged], Sequence[Candidate]], Generator[None, None, list[Judged]]]
"""Judges candidates as if others, none of which they touch, were made already. Yields between passes of the model."""


def judged_together(judged: list[Judged], weights: Weights, anew: Anew) -> Generator[None, None, list[Judged]]:
    """The same candidates in the same order, judged with the likely ones among them made. Yields between passes."""
    assumed = [row.candidate for row in taken(judged, replace(weights, threshold=min(_LIKELY, weights.threshold)))]
    latest = judged
    for _ in range(_ROUNDS):
        latest = yield from _under(assumed, judged, anew)
        right = [row.candidate for row in taken(latest, weights)]
        if right == assumed:
            break
        assumed = right
    return latest


def _under(assumed: Sequence[Candidate], judged: Sequence[Judged], anew: Anew) -> Generator[None, None, list[Judged]]:
    """Each row judged with those of the assumed candidates made that it does not touch."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, row in enumerate(judged):
        others = tuple(at for at, other in enumerate(assumed) if not overlap(row.candidate, other))
        groups.setdefault(others, []).append(number)
    latest = list(judged)
    for others, numbers in groups.items():
        if others:
            rows = yield from anew([judged[number] for number in numbers], [assumed[at] for at in others])
            for number, row in zip(numbers, rows, strict=True):
                latest[number] = row
    return latest
