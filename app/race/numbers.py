"""What is counted on each side of a race, and how it is written. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.race.recording import Counts

NONE = "–"
"""What stands where a number is not known yet."""


class Row(NamedTuple):
    """One number: what it is called, by programs and by people, what it means, and how it is read off the counts."""

    name: str
    title: str
    tip: str
    text: Callable[[Counts], str]


def decimal(digits: int) -> Callable[[float | None], str]:
    """Writes a number with so many digits behind the point."""
    return lambda number: NONE if number is None else f"{number:,.{digits}f}"


def _empty(counts: Counts) -> str:
    """How many slots came to nothing, once all are resolved."""
    return f", {counts.canvas - counts.tokens} empty" if counts.tokens < counts.resolved == counts.canvas else ""


ROWS = (
    Row("passes", "Forward passes", "How often the decoder was asked; reading the text before is not counted.",
     lambda counts: str(counts.passes)),
    Row("resolved", "Resolved", "Slots whose token is accepted now, of all slots; some of diffusion's may end empty.",
     lambda counts: f"{counts.resolved} of {counts.canvas}{_empty(counts)}"),
    Row("tokens_per_pass", "Tokens per pass", "Resolved tokens, without empty slots, divided by forward passes.",
     lambda counts: decimal(2)(counts.tokens_per_pass)),
    Row("seconds", "Seconds", "Since the run of this side started.",
     lambda counts: decimal(3)(counts.seconds)),
    Row("tokens_per_second", "Tokens per second", "Resolved tokens, without empty slots, divided by seconds.",
     lambda counts: decimal(0)(counts.tokens_per_second)),
    Row("first", "First text after", "Seconds until the first token with text was resolved.",
     lambda counts: f"{counts.first:.3f} s" if counts.first is not None else NONE),
    Row("melts", "Melts", "How often a token was taken back and became noise again.",
     lambda counts: str(counts.melts)),
    Row("bits", "−log₂ p a token", "How little the autoregressive head of the checkpoint expected the finished text; "
     "it wrote the right side itself, so it favours it.",
     lambda counts: decimal(2)(counts.bits)),
)  # fmt: skip
"""All numbers, in the order in which they stand below each other."""
