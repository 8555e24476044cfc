"""The figures of each side of a race, and their format. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.race.recording import Counts

NONE = "–"
"""Shown for a figure that is not known yet."""


class Row(NamedTuple):
    """One figure: its name for programs, its title and meaning for people, and how it is read from the counts."""

    name: str
    title: str
    tip: str
    text: Callable[[Counts], str]


def decimal(digits: int) -> Callable[[float | None], str]:
    """Formats a number with so many decimal places."""
    return lambda number: NONE if number is None else f"{number:,.{digits}f}"


def _empty(counts: Counts) -> str:
    """How many slots ended empty, once all are resolved."""
    return f", {counts.canvas - counts.tokens} empty" if counts.tokens < counts.resolved == counts.canvas else ""


ROWS = (
    Row("passes", "Forward passes", "Passes of the decoder. Reading the text before is not counted.",
     lambda counts: str(counts.passes)),
    Row("resolved", "Resolved", "Slots whose token is accepted, of all slots. Diffusion may leave some of them empty.",
     lambda counts: f"{counts.resolved} of {counts.canvas}{_empty(counts)}"),
    Row("tokens_per_pass", "Tokens per pass", "Resolved tokens, without empty slots, divided by forward passes.",
     lambda counts: decimal(2)(counts.tokens_per_pass)),
    Row("seconds", "Seconds", "Time since this side started.",
     lambda counts: decimal(3)(counts.seconds)),
    Row("tokens_per_second", "Tokens per second", "Resolved tokens, without empty slots, divided by seconds.",
     lambda counts: decimal(0)(counts.tokens_per_second)),
    Row("first", "Time to first text", "Seconds until the first token with text was resolved.",
     lambda counts: f"{counts.first:.3f} s" if counts.first is not None else NONE),
    Row("melts", "Melts", "How often an accepted token turned back into noise.",
     lambda counts: str(counts.melts)),
    Row("bits", "−log₂ p per token", "How unexpected the finished text is to the checkpoint's autoregressive head, "
     "which wrote the right side and so favours it.",
     lambda counts: decimal(2)(counts.bits)),
)  # fmt: skip
"""All figures, from top to bottom."""
