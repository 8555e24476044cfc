"""The animation of a run, independent of the screen: where each slot is, how far it has settled, where it is going.

Frames set the goals; this model approaches them in small steps, so that words glide instead of jumping.
Coordinates: `across` in pixels from the leading edge of the column, `line` in lines from the first line of the range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from engine import Frame, SlotState

MOVE = 0.065
"""Time constant in seconds of the movement of words and widths: two thirds of the way are covered in it."""
APPEAR = 0.07
"""The same for noise that turns into a word."""
SINK = 0.16
"""The same for a melting word; slower than landing, so that it is noticed."""
FLASH = 0.26
"""The same for the glow of a word that has just landed."""
NATS = 4.0
"""Entropy from which a slot counts as completely uncertain."""
CELLS = 3
"""Glyphs of one noise slot."""

_SURPLUS = 0.7
"""Glyphs by which a word is likely to exceed the noise it replaces."""
_NOISE = (SlotState.NOISE, SlotState.RENOISED)
_WORDS = re.compile(r"[^\S\n]*\S+\n*|\s+")
_AT_REST = 0.01
_AT_REST_PIXELS = 0.25


@dataclass(slots=True)
class Slot:
    """One animated position of the canvas.

    text: the word or part of one that it shows when settled, without the space before it. gap: room for that space.
    starts_word: whether a line may break before it. breaks: how many line breaks follow it.
    across, line, width: where it is; goal_*: where it is going.
    presence: 0 for padding, which takes no room. ink: 0 is noise, 1 is text. glow: 1 as it lands, then fading.
    ghost: text that has melted, sinking while melt falls from 1 to 0.
    doubt: entropy, 0 to 1. grain: changes whenever the noise changes.
    """

    text: str = ""
    gap: float = 0.0
    starts_word: bool = True
    breaks: int = 0
    state: SlotState = SlotState.NOISE
    across: float = 0.0
    line: float = 0.0
    width: float = 0.0
    goal_across: float = 0.0
    goal_line: float = 0.0
    goal_width: float = 0.0
    presence: float = 1.0
    goal_presence: float = 1.0
    ink: float = 0.0
    glow: float = 0.0
    ghost: str = ""
    melt: float = 0.0
    doubt: float = 1.0
    grain: int = 0
    placed: bool = False

    @property
    def goal_ink(self) -> float:
        """1 when the state shows a word, 0 when it shows noise."""
        return 0.0 if self.state in _NOISE else 1.0

    @property
    def changes_line(self) -> bool:
        """Whether it has to move to another line."""
        return abs(self.goal_line - self.line) > 0.5

    @property
    def moving(self) -> bool:
        """Whether it has not reached its goal yet."""
        return (
            abs(self.goal_across - self.across) > _AT_REST_PIXELS
            or abs(self.goal_line - self.line) > _AT_REST
            or abs(self.goal_presence - self.presence) > _AT_REST
            or abs(self.goal_ink - self.ink) > _AT_REST
            or max(self.glow, self.melt) > _AT_REST
        )


class MeltModel:
    """All slots of the group being denoised.

    measure: width in pixels of a text in the page's font.
    """

    def __init__(self, measure: Callable[[str], float]) -> None:
        self.slots: list[Slot] = []
        self._measure = measure
        self._widths: dict[str, float] = {}
        self._space = measure(" ")
        self.cell = measure("n")
        self._group = -1

    def show(self, frame: Frame) -> None:
        """Take new goals for every slot from a frame."""
        if frame.group != self._group or len(frame.states) != len(self.slots):
            self._group = frame.group
            self.slots = [Slot() for _ in frame.states]
        pieces = _spread(frame)
        for index, slot in enumerate(self.slots):
            before, slot.state = slot.state, frame.states[index]
            slot.doubt = min(1.0, frame.entropies[index] / NATS)
            slot.grain = frame.canvas_tokens[index]
            self._take_text(slot, pieces[index], known=slot.placed, before=before)
        self._join_words()

    def settle(self) -> None:
        """The run has ended: the slots now show the result."""
        for slot in self.slots:
            if not slot.goal_ink:
                slot.state = SlotState.ACCEPTED
                slot.goal_presence = float(bool(slot.text or slot.breaks))
            slot.doubt = 0.0
            slot.goal_width = self._width_of(slot)

    def flow(self, first_across: float, width: float) -> None:
        """Break the slots into lines of that width, the first one starting at `first_across`; sets their goals."""
        across, line = first_across, 0
        for word in self._words(width):
            gap = word[0].gap
            room = sum(slot.goal_width for slot in word) - (gap if across == 0 else 0)
            if across > 0 and across + room > width + _AT_REST_PIXELS:
                across, line = 0.0, line + 1
            # A space at the start of a line hangs outside it, as in any paragraph.
            start = across - gap if across == 0 else across
            for slot in word:
                slot.goal_across, slot.goal_line = start, float(line)
                start += slot.goal_width
                across = max(across, start)
                if slot.breaks:
                    across, start, line = 0.0, 0.0, line + slot.breaks
        self._place()

    def extent(self, first_across: float, width: float) -> tuple[int, float]:
        """Where text of the greatest likely length would end: line and across. Used to reserve room before a run."""
        across, line = first_across, 0
        for word in self._words(width):
            room = sum(slot.goal_width + (0.0 if slot.goal_ink else _SURPLUS * self.cell) for slot in word)
            if across > 0 and across + room > width:
                across, line = 0.0, line + 1
            across += room
            for slot in word:
                if slot.breaks:
                    across, line = 0.0, line + slot.breaks
        return line, across

    def end(self) -> tuple[int, float]:
        """Where the last slot will end: line and across."""
        if not self.slots:
            return 0, 0.0
        last = max(self.slots, key=lambda slot: (slot.goal_line, slot.goal_across))
        return int(last.goal_line), last.goal_across + last.goal_width

    def advance(self, seconds: float) -> bool:
        """Advance. False when everything has arrived and nothing needs to be repainted."""
        moving = False
        for slot in self.slots:
            slot.across += (slot.goal_across - slot.across) * _share(seconds, MOVE)
            slot.line += (slot.goal_line - slot.line) * _share(seconds, MOVE)
            slot.width += (slot.goal_width - slot.width) * _share(seconds, MOVE)
            slot.presence += (slot.goal_presence - slot.presence) * _share(seconds, MOVE)
            # A word appears only as fast as there is room for it, so that it never covers its neighbours.
            cramped = min(1.0, max(0.0, slot.goal_width - slot.width) / (2 * self.cell)) if slot.goal_ink else 0.0
            slot.ink += (slot.goal_ink - slot.ink) * _share(seconds, APPEAR) * (1.0 - cramped)
            slot.glow -= slot.glow * _share(seconds, FLASH)
            slot.melt -= slot.melt * _share(seconds, SINK)
            moving = moving or slot.moving
        return moving

    @property
    def noisy(self) -> bool:
        """Whether any noise is left."""
        return any(slot.presence > _AT_REST and slot.ink < 1 - _AT_REST for slot in self.slots)

    def _take_text(self, slot: Slot, piece: str, *, known: bool, before: SlotState) -> None:
        """Set the text of a slot, and how the change is animated."""
        noise = slot.goal_ink == 0
        if noise and known and before not in _NOISE and slot.text:
            slot.ghost, slot.melt = slot.text, 1.0
        slot.breaks = piece.count("\n")
        slot.text = piece.replace("\n", "").strip(" ")
        slot.starts_word = noise or piece[:1].isspace() or bool(slot.breaks)
        slot.gap = self._space if noise or piece[:1] == " " else 0.0
        slot.goal_presence = float(noise or bool(piece))
        slot.goal_width = self._width_of(slot)
        if slot.state == SlotState.ACCEPTED and before != SlotState.ACCEPTED and known and slot.text:
            slot.glow = 1.0
        if not known and not noise:
            slot.ink = 1.0

    def _width_of(self, slot: Slot) -> float:
        """The width of a slot, including the space before it."""
        if slot.goal_presence == 0:
            return 0.0
        if slot.goal_ink == 0:
            return slot.gap + CELLS * self.cell
        if slot.text not in self._widths:
            self._widths[slot.text] = self._measure(slot.text)
        return slot.gap + self._widths[slot.text]

    def _join_words(self) -> None:
        """The first slot directly follows the text before it: noise there gets no gap."""
        if self.slots and not self.slots[0].goal_ink:
            self.slots[0].gap = 0.0
            self.slots[0].goal_width = self._width_of(self.slots[0])

    def _words(self, width: float) -> Iterator[list[Slot]]:
        """Groups of slots between which lines may break. A word longer than a line may break at each of its slots."""
        words: list[list[Slot]] = []
        for slot in self.slots:
            if not words or slot.starts_word or words[-1][-1].breaks:
                words.append([])
            words[-1].append(slot)
        for word in words:
            fits = sum(part.goal_width for part in word) - word[0].gap <= width + _AT_REST_PIXELS
            yield from [word] if fits else ([part] for part in word)

    def _place(self) -> None:
        """A new slot starts at its goal and glides from then on, but never to another line.

        A word that comes from another line appears between the current positions of its neighbours and grows with the
        room they make. All slots glide alike, so those that do not overlap now never will.
        """
        room = [math.inf] * len(self.slots)
        line, edge = -1.0, math.inf
        for index in reversed(range(len(self.slots))):
            slot = self.slots[index]
            if slot.goal_line != line:
                line, edge = slot.goal_line, math.inf
            room[index] = edge
            if slot.placed and not slot.changes_line:
                edge = slot.across
        before: Slot | None = None
        for slot, edge in zip(self.slots, room, strict=True):
            if not slot.placed:
                slot.across, slot.line = slot.goal_across, slot.goal_line
                slot.width, slot.presence = slot.goal_width, slot.goal_presence
                slot.placed = True
            elif slot.changes_line:
                slot.across = slot.goal_across
                if before is not None and before.goal_line == slot.goal_line:
                    slot.across = before.across + before.width
                slot.line = slot.goal_line
                slot.width = max(0.0, min(slot.goal_width, edge - slot.across))
                slot.ink = min(slot.ink, 0.2)
            before = slot


def _spread(frame: Frame) -> list[str]:
    """The pieces of a frame, with the words of a long one on the empty slots after it: a slot is never broken.

    Where nothing fits a gap, all of its old words come in its first slot.
    """
    pieces = list(frame.pieces)
    for index, piece in enumerate(frame.pieces):
        words = _WORDS.findall(piece) if " " in piece[1:] else []
        if len(words) > 1:
            after = range(index + 1, len(pieces))
            room = takewhile(lambda at: not pieces[at] and frame.states[at] not in _NOISE, after)
            places = [index, *room][: len(words)]
            for number, place in enumerate(places):
                first, last = (len(words) * edge // len(places) for edge in (number, number + 1))
                pieces[place] = "".join(words[first:last])
    return pieces


def _share(seconds: float, time: float) -> float:
    """The share of the way covered in `seconds` with the time constant `time`."""
    return 1.0 - math.exp(-seconds / time)
