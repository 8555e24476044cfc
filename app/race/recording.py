"""A race: the same text continued or filled by both decoders, its recording, and the playback."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import Action, Decoder, EditRequest, EditResult, Frame, SlotState

CONTINUED = 48
"""Tokens that both sides write at a caret."""
LONGEST = 2000
"""Most characters of a selection; the frames of a longer one would fill the memory and be tedious to watch."""
SPEEDS = (1.0, 1 / 2, 1 / 5, 1 / 20, 1 / 50)
"""Seconds of the race that pass in one second of playback."""
NAMES = {Decoder.DIFFUSION: "Diffusion", Decoder.AUTOREGRESSIVE: "Autoregressive"}
"""What the sides are called."""
_RESOLVED = (SlotState.ACCEPTED, SlotState.KEPT)


def race_on(before: str, selection: str, after: str) -> EditRequest:
    """The task of both sides: fill the selection, or continue where nothing is selected."""
    if selection.strip():
        return EditRequest(before, selection, after, Action.FILL)
    return EditRequest(before + selection, "", after, Action.CONTINUE)


def diffusion_request(subject: EditRequest, seed: int) -> EditRequest:
    """The request of the first side."""
    length = CONTINUED if subject.action is Action.CONTINUE else None
    return replace(subject, seed=seed, length=length, recorded=True)


def autoregressive_request(subject: EditRequest, seed: int, tokens: int | None) -> EditRequest:
    """The request of the second side, which writes as many tokens as the first one did.

    tokens: their number; None while it is unknown, for as many as the first side starts with.
    """
    length = CONTINUED if tokens is None and subject.action is Action.CONTINUE else tokens
    return replace(subject, seed=seed, length=length, decoder=Decoder.AUTOREGRESSIVE, recorded=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one side has done by a moment.

    passes: decoder passes. resolved: slots that are accepted now. canvas: all slots of the side.
    tokens: resolved slots that hold text and no padding. seconds: since the side's run started.
    first: seconds until the first of those tokens was resolved; None before. melts: slots re-noised so far.
    bits: mean -log2 p of a token of the finished text under the causal head; None until it is finished.
    """

    passes: int = 0
    resolved: int = 0
    canvas: int = 0
    tokens: int = 0
    seconds: float = 0.0
    first: float | None = None
    melts: int = 0
    bits: float | None = None

    @property
    def open(self) -> int:
        """Slots that are not resolved."""
        return self.canvas - self.resolved

    @property
    def tokens_per_pass(self) -> float | None:
        """None before the first pass."""
        return self.tokens / self.passes if self.passes else None

    @property
    def tokens_per_second(self) -> float | None:
        """None before any time has passed."""
        return self.tokens / self.seconds if self.seconds else None


class Recording:
    """One side of a finished race: its frames, and its counts at each. checkpoint: the name of the one that wrote."""

    def __init__(self, request: EditRequest, frames: Sequence[Frame], result: EditResult, checkpoint: str = "") -> None:
        self.request = request
        self.checkpoint = checkpoint
        self.frames = tuple(frames)
        self.result = result
        self.times = [frame.seconds for frame in self.frames]
        self.counts = _count(self.frames, result)

    @property
    def decoder(self) -> Decoder:
        """Which side it is."""
        return self.request.decoder

    @property
    def seconds(self) -> float:
        """The time of its last frame."""
        return self.times[-1] if self.times else 0.0

    @property
    def summary(self) -> str:
        """The side in a sentence."""
        last = self.counts[-1]
        return f"{NAMES[self.decoder]}: {last.tokens} tokens in {last.passes} passes and {self.seconds:.2f} seconds."

    def index_at(self, seconds: float) -> int:
        """The frame that is shown at a moment; -1 before the first."""
        return bisect_right(self.times, seconds) - 1

    def counts_at(self, seconds: float) -> Counts:
        """What it has done by a moment. The clock of a side stops with its last frame."""
        index = self.index_at(seconds)
        counts = self.counts[index] if index >= 0 else Counts(canvas=self.counts[0].canvas if self.counts else 0)
        return replace(counts, seconds=min(seconds, self.seconds))

    def starts_afresh(self, index: int) -> bool:
        """Whether a frame is the initial noise of a canvas."""
        return self.frames[index].step == 0


def _count(frames: Sequence[Frame], result: EditResult) -> list[Counts]:
    """The counts at each frame. Groups count as one canvas; a group with an empty result is run again from noise."""
    sizes: dict[int, int] = {}
    for frame in frames:
        sizes[frame.group] = _slots(frame)
    counts: list[Counts] = []
    done = Counts()
    first: float | None = None
    for index, frame in enumerate(frames):
        if frame.step == 0 and index:
            before, ended = frames[index - 1], counts[-1]
            done = ended if before.group != frame.group else replace(done, melts=ended.melts)
        others = sum(size for group, size in sizes.items() if group != frame.group)
        resolved = [place for place, state in enumerate(frame.states) if state in _RESOLVED]
        tokens = sum(bool(frame.pieces[place]) for place in resolved)
        if tokens and first is None:
            first = frame.seconds
        counts.append(
            Counts(
                passes=frame.forward_passes,
                resolved=done.resolved + len(resolved),
                canvas=others + _slots(frame),
                tokens=done.tokens + tokens,
                seconds=frame.seconds,
                first=first,
                melts=done.melts + sum(frame.melts),
            )
        )
    if counts:
        # Only the engine knows which tokens without text are padding.
        counts[-1] = replace(counts[-1], tokens=result.tokens, bits=result.causal_bits)
    return counts


def _slots(frame: Frame) -> int:
    """Positions of a frame that are free."""
    return sum(state != SlotState.PINNED for state in frame.states)


class Playback:
    """The clock that plays both sides.

    position: seconds since both runs started. speed: one of SPEEDS. paused: whether the clock is stopped.
    """

    def __init__(self, sides: Sequence[Recording], speed: float = 1.0) -> None:
        self.sides = tuple(sides)
        self.speed = speed
        self.paused = False
        self.position = 0.0
        self.length = max(side.seconds for side in self.sides)
        self._moments = sorted({moment for side in self.sides for moment in side.times})

    @property
    def finished(self) -> bool:
        """Whether both sides have shown their last frame."""
        return self.position >= self.length

    @property
    def running(self) -> bool:
        """Whether the clock goes on by itself."""
        return not self.paused and not self.finished

    def advance(self, seconds: float) -> None:
        """Advance by that much of the viewer's time."""
        if not self.paused:
            self.position = min(self.length, self.position + seconds * self.speed)

    def restart(self) -> None:
        """Go back to the start and play."""
        self.position, self.paused = 0.0, False

    def step(self, by: int) -> None:
        """Pause at the next (1) or the previous (-1) frame of either side; before the first one is the start."""
        self.paused = True
        if by > 0:
            later = bisect_right(self._moments, self.position)
            self.position = self._moments[later] if later < len(self._moments) else self.length
        else:
            earlier = [moment for moment in self._moments if moment < self.position]
            self.position = earlier[-1] if earlier else 0.0
