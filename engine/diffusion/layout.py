"""What a canvas is at the start, as plain data: the tokens before it, its own, and which of them may change.

The canvas shows the range of the text that is replaced first and then pinned text after it, which the model can see
only there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Position(IntEnum):
    """What a position of the canvas is at the start of a run."""

    SLOT = 0
    KEPT = 1
    PINNED = 2
    SEEDED = 3
    """A slot that starts with the writer's token instead of noise, and is as free as any from then on."""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring positions of the canvas, `last` exclusive, and the text of the writer that stood there."""

    first: int
    last: int
    own: str

    @property
    def lead(self) -> str:
        """The writer's white space at the start."""
        return self.own[: len(self.own) - len(self.own.lstrip())]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the denoiser gets for one group. The last four have one entry for each position of the canvas.

    context: tokens of the causal prefill, starting with the beginning-of-sequence token.
    shown: so many positions, from the first, make up the range; the others are text after it.
    gaps: the runs of slots and the kept words, which become slots when they melt, in order.
    stretches: all between two pinned segments or ends of the range: there the white space at both ends is the writer's,
        so that a line or a Markdown mark stays what it is.
    tokens: the token that a position starts with; padding at a slot that starts with noise.
    positions: what each is.
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
    """A canvas of `length` slots that sees nothing after it.

    own: the text it replaces, whose white space at both ends stays; None where the model decides on it.
    """
    spans = () if own is None else (Span(0, length, own),)
    nothing = (-1,) * length
    slots = (Position.SLOT,) * length
    return Layout((), length, spans, spans, (pad,) * length, slots, (None,) * length, nothing)
