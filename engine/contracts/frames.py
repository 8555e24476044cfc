"""A frame shows one denoising step to the outside; the mailbox holds the newest one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import IntEnum


class SlotState(IntEnum):
    """The state of a canvas position in one frame."""

    NOISE = 0
    """Not accepted, and not accepted in the frame before."""
    ACCEPTED = 1
    """The sampler kept this token in this step; it may melt in a later one. Shown as *locked*."""
    RENOISED = 2
    """Accepted in the frame before, noise now. Shown as *melting*."""
    KEPT = 3
    """The writer's own token, free to change but not noised at the start."""
    PINNED = 4
    """Always keeps its token."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A candidate token for a slot, with its text and its probability (0 to 1)."""

    token: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One denoising step. All tuples below have one entry for each shown position of the canvas, in reading order.

    `head + "".join(pieces) + tail` is the draft of the whole range that the run replaces.

    run, variant: which run, and which of its variants (from 0).
    group, groups: a long selection is processed in groups; `group` counts from 0.
    start, end: the range of the original text, in code points, that the run replaces.
    head, tail: text of that range before and after the shown positions (groups that are finished or still to come).
    step: 0 is the initial noise before any pass; then 1, 2, ... up to at most `steps`.
    temperature: the logits of this step were divided by it; 0 in step 0.
    forward_passes: decoder passes of the run so far.
    seconds: wall clock since the run started.
    canvas_tokens: what the model sees next: accepted tokens and noise.
    draft_tokens: the model's argmax; in the last frame, the result.
    canvas_pieces: text of the canvas tokens, for painting noise; never part of a result.
    pieces: text of the draft tokens in whole graphemes; "" for padding and for a token that continues a grapheme.
    states: SlotState of each position.
    entropies: nats of the tempered prediction at each position; 0 at pinned ones.
    melts: how often each position has been re-noised so far.
    alternatives: in the last frame of a group, up to five tokens for each position, best first; else None.
    """

    run: int
    variant: int
    group: int
    groups: int
    start: int
    end: int
    head: str
    tail: str
    step: int
    steps: int
    temperature: float
    forward_passes: int
    seconds: float
    canvas_tokens: tuple[int, ...]
    draft_tokens: tuple[int, ...]
    canvas_pieces: tuple[str, ...]
    pieces: tuple[str, ...]
    states: tuple[SlotState, ...]
    entropies: tuple[float, ...]
    melts: tuple[int, ...]
    alternatives: tuple[tuple[Alternative, ...], ...] | None = None

    @property
    def draft(self) -> str:
        """The whole range as it would read if the run ended with this frame."""
        return self.head + "".join(self.pieces) + self.tail

    @property
    def resolved(self) -> int:
        """How many of the shown positions are not noise."""
        return sum(state not in (SlotState.NOISE, SlotState.RENOISED) for state in self.states)


class FrameMailbox:
    """Holds the newest frame. The engine puts frames in, the window polls; a frame not taken is overwritten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> None:
        """Replace the frame in the mailbox."""
        with self._lock:
            self._frame = frame

    def take(self) -> Frame | None:
        """The newest frame, once; None if there has been none since the last call."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame
