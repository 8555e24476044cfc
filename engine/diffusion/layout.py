"""The initial state of a canvas as plain data: the tokens before it, its own, and which of them may change.

The canvas starts with the range of the text to be replaced, followed by pinned text after it, which the model can see
only there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Position(IntEnum):
    """The state of a canvas position at the start of a run."""

    SLOT = 0
    KEPT = 1
    PINNED = 2
    SEEDED = 3
    """A slot that starts with the writer's token instead of noise, and is free like any other from then on."""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring positions of the canvas, `last` exclusive, and the writer's text there."""

    first: int
    last: int
    own: str

    @property
    def lead(self) -> str:
        """The white space at the start of the writer's text."""
        return self.own[: len(self.own) - len(self.own.lstrip())]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the denoiser is given for one group. The last four have one entry for each position of the canvas.

    context: tokens of the causal prefill, starting with the beginning-of-sequence token.
    shown: how many positions, from the first, make up the range; the rest are text after it.
    gaps: the runs of slots and the kept words, which become slots when they melt, in order.
    stretches: everything between two pinned segments or ends of the range. They keep the writer's white space at both
        ends, so that lines and Markdown marks stay intact.
    tokens: the token that a position starts with; padding at a slot that starts with noise.
    positions: the kind of each.
    literals: the writer's own text of a kept or pinned word at its first position, "" at its others; None at slots.
    words: number of the kept word that a position belongs to; -1 elsewhere.
    """

    context: tuple[int, ...]
    shown: int
    gaps: tuple[Span, ...]
    stretches: tuple[Span, ...]
    tokens: tuple[int, ...]
    positions: tuple[Position, ...]
    literals: tuple[str | None, ...]
    words: tuple[int, ...]


def blank_layout(length: int, pad: int, own: str | None) -> Layout:
    """A canvas of `length` slots with no text after it.

    own: the text it replaces, whose white space at both ends is kept; None if the model decides.
    """
    spans = () if own is None else (Span(0, length, own),)
    nothing = (-1,) * length
    slots = (Position.SLOT,) * length
    return Layout((), length, spans, spans, (pad,) * length, slots, (None,) * length, nothing)
