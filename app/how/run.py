"""The runs that the pictures of the help page show, and the data each picture takes from them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from engine import (
    Action,
    Alternative,
    EditRequest,
    EditResult,
    Exactly,
    Frame,
    SamplerSettings,
    SlotState,
    Unit,
)

BEFORE, AFTER = "The old lamp stood by the window. ", " and went to bed early."
"""The words around the gap that is filled."""
SLOTS = 14
"""Tokens requested, none of them empty: enough for some runs to re-noise a word, few enough to show them all."""
TRIES = 12
"""Most runs, with consecutive seeds, until a word melts in one."""
OPENING = "Before it was light, the baker opened his door."
"""The start of the long text."""
LONG = 96
"""Tokens of the long text."""
_NOISE = (SlotState.NOISE, SlotState.RENOISED)
_WRITERS = (SlotState.KEPT, SlotState.PINNED)

Recorded = tuple[EditResult, tuple[Frame, ...]]
"""The outcome of a recorded request."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A slot in the order of acceptance. entropy, before: its own nats, and the sum of those before it."""

    text: str
    entropy: float
    before: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Melt:
    """The first step in which visible words melt. index: of its frame. slots: their positions."""

    index: int
    slots: tuple[int, ...]


@dataclass(frozen=True)
class Recording:
    """One filled gap and one longer text, as recorded.

    seed: of the fill. tried: how many fills were run. settings: those of the checkpoint.
    frames, result: of the fill; frame k is step k. alternatives: for each slot, the best tokens of step 1, best first.
    blocks: the frames of the long text.
    """

    seed: int
    tried: int
    settings: SamplerSettings
    frames: tuple[Frame, ...]
    result: EditResult
    alternatives: tuple[tuple[Alternative, ...], ...]
    blocks: tuple[Frame, ...]

    @property
    def steps(self) -> int:
        """Denoising steps of the fill."""
        return len(self.frames) - 1

    @property
    def melt(self) -> Melt | None:
        """Where a word melts; None if no visible word does."""
        return find_melt(self.frames)

    @property
    def acceptance(self) -> int:
        """The step that accepts closest to half of the slots, except the last one, which shows its result instead."""
        slots = len(self.frames[0].states)
        return min(range(1, max(2, self.steps)), key=lambda step: abs(2 * accepted(self.frames[step]) - slots))

    @property
    def means(self) -> list[float]:
        """Mean entropy in nats of the slots after each step, the first step first."""
        return [mean_entropy(frame) for frame in self.frames[1:]]

    @property
    def changes(self) -> list[int]:
        """How many slots of the draft each step changed, from the second step on."""
        drafts = [frame.draft_tokens for frame in self.frames[1:]]
        return [sum(old != new for old, new in zip(*pair, strict=True)) for pair in pairwise(drafts)]

    @property
    def most(self) -> float:
        """The largest entropy of the fill in nats: that of a full bar."""
        return max(max(frame.entropies) for frame in self.frames) or 1.0

    @property
    def block_moment(self) -> Frame:
        """A frame in which the second block is half finished."""
        group = min(1, self.blocks[-1].group)
        half = [frame for frame in self.blocks if frame.group == group]
        return next((frame for frame in half if frame.resolved * 2 >= len(frame.states)), half[-1])


Plan = Generator[EditRequest, Recorded, Recording | None]
"""Yields requests one by one and is sent their outcomes. Returns None if nothing was written at all."""


def plan(settings: SamplerSettings, seed: int) -> Plan:
    """The runs of one recording: fills until a word melts in one, its first step again, and a long text."""
    found: Recorded | None = None
    chosen, tried = seed, 0
    while tried < TRIES and not (found and find_melt(found[1])):
        recorded = yield _fill(seed + tried)
        if _usable(*recorded) and (found is None or find_melt(recorded[1])):
            found, chosen = recorded, seed + tried
        tried += 1
    if found is None:
        return None
    # Alternatives come with the last step of a run. The same seed gives the same first step, here as the last one.
    _, first = yield replace(_fill(chosen), settings=replace(settings, steps=1))
    _, blocks = yield EditRequest(OPENING, "", "", Action.CONTINUE, length=LONG, seed=chosen, recorded=True)
    return Recording(chosen, tried, settings, found[1], found[0], first[1].alternatives or (), blocks)


def find_melt(frames: Sequence[Frame]) -> Melt | None:
    """The first step in which an accepted word becomes noise, preferably one that is replaced in the end."""
    melts = []
    for index in range(1, len(frames)):
        before, frame = frames[index - 1], frames[index]
        slots = [place for place, state in enumerate(frame.states) if state == SlotState.RENOISED]
        slots = [place for place in slots if before.pieces[place].strip()]
        if slots:
            melts.append(Melt(index, tuple(slots)))
    last = frames[-1].pieces
    replaced = (
        melt
        for melt in melts
        if any(frames[melt.index - 1].pieces[place].strip() != last[place].strip() for place in melt.slots)
    )
    return next(replaced, melts[0] if melts else None)


def ranks(frame: Frame) -> list[Rank]:
    """The slots of a step, the most certain first: the order of the entropy bound (arXiv 2505.24857)."""
    order = sorted(
        (place for place, state in enumerate(frame.states) if state not in _WRITERS),
        # Of equally certain slots, the accepted ones came first.
        key=lambda place: (frame.entropies[place], frame.states[place] in _NOISE),
    )
    sums = accumulate((frame.entropies[place] for place in order), initial=0.0)
    return [
        Rank(frame.pieces[place].strip(), frame.entropies[place], before, frame.states[place] not in _NOISE)
        for place, before in zip(order, sums, strict=False)
    ]


def mean_entropy(frame: Frame) -> float:
    """Nats per slot, without the writer's own words."""
    values = [value for value, state in zip(frame.entropies, frame.states, strict=True) if state not in _WRITERS]
    return sum(values) / len(values) if values else 0.0


def accepted(frame: Frame) -> int:
    """How many slots are accepted in a frame."""
    return sum(state == SlotState.ACCEPTED for state in frame.states)


def _fill(seed: int) -> EditRequest:
    return EditRequest(BEFORE, "", AFTER, Action.FILL, length=Exactly(SLOTS, Unit.TOKENS), seed=seed, recorded=True)


def _usable(result: EditResult, frames: tuple[Frame, ...]) -> bool:
    """Whether something was written at the first attempt: an empty result is retried within the same run."""
    return result.tokens > 0 and len(frames) > 1 and sum(frame.step == 0 for frame in frames) == 1
