"""What a person changes during denoising: plain data, so that a run can be repeated with all its changes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.errors import RequestError


@dataclass(frozen=True, slots=True)
class Pin:
    """Text typed over the word at a position of the frame; from the next step on, it is kept exactly.

    position: counted over the shown positions, as in `Frame`. text: one line without surrounding white space.
    group: that of the frame the person was looking at; None means the current one.
    """

    position: int
    text: str
    group: int | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() or self.text != self.text.strip() or len(self.text.splitlines()) > 1:
            raise RequestError("Type at least one letter, without a line break, to replace a word.")


@dataclass(frozen=True, slots=True)
class Melt:
    """The word at a position of the frame becomes noise and must not start with the same token again. See `Pin`."""

    position: int
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Reseed:
    """All further random draws come from another seed: the run branches off."""

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise RequestError(f"The seed must be between 0 and 2^63 - 1, not {self.seed}.")


Change = Pin | Melt | Reseed


@dataclass(frozen=True, slots=True)
class Move:
    """A change and its place in a run. after: forward passes (see `Frame`) before the step it takes effect in."""

    after: int
    change: Change
