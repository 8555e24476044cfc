"""Ranges of a text that must survive letter by letter, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Guard(StrEnum):
    """Why a range is protected."""

    MARKUP = "markup"
    """Marks, addresses, tags, placeholders: what a program reads."""
    CODE = "code"
    """Code, data and formulas, with all that stands in them."""
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True, order=True)
class Protected:
    """A range in code points of the whole text, `end` exclusive, that no run may change."""

    start: int
    end: int
    guard: Guard = Guard.MARKUP


def clipped(found: Iterable[Protected], start: int, end: int) -> list[Protected]:
    """What lies within a range of the text, in order; empty ranges are left out."""
    within = (Protected(max(start, each.start), min(end, each.end), each.guard) for each in found)
    return sorted(each for each in within if each.start < each.end)


def disjoint(found: Iterable[Protected]) -> list[Protected]:
    """Overlapping ranges made one, in order, with the guard of the first; those that only touch stay apart."""
    kept: list[Protected] = []
    for each in sorted(found):
        if kept and each.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = Protected(last.start, max(last.end, each.end), last.guard)
        elif each.start < each.end:
            kept.append(each)
    return kept


def gaps(found: Iterable[Protected], start: int, end: int) -> list[tuple[int, int]]:
    """What ranges leave of a stretch of text, in order."""
    free: list[tuple[int, int]] = []
    position = start
    for each in sorted(found):
        if position < each.start:
            free.append((position, min(each.start, end)))
        position = max(position, each.end)
    if position < end:
        free.append((position, end))
    return free
