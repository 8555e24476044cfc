"""What a person changes while a canvas is denoised: plain data, so that a run can be repeated with all of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.errors import RequestError


@dataclass(frozen=True, slots=True)
class Pin:
    """Text typed over the word at a position of the frame; from the next step on it stays letter by letter.

    position: counted over the shown positions, as in `Frame`. text: one line, without the space around it.
    group: of the frame that the person looked at; None takes the one under way.
    """

    position: int
    text: str
    group: int | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() or self.text != self.text.strip() or len(self.text.splitlines()) > 1:
            raise RequestError("Type at least one letter, and no line break, in place of a word.")


@dataclass(frozen=True, slots=True)
class Melt:
    """The word at a position of the frame becomes noise again and must not begin with the same token. As in `Pin`."""

    position: int
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Reseed:
    """All further random draws follow from another seed: the run branches off."""

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise RequestError(f"The seed must lie between 0 and 2^63 - 1, not {self.seed}.")


Change = Pin | Melt | Reseed


@dataclass(frozen=True, slots=True)
class Move:
    """A change and its place in a run: it takes effect in the step after so many forward passes (`Frame`)."""

    after: int
    change: Change
