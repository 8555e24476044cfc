"""Who sees what: what a chosen token of a race can see, for the views and in words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.race.cells import Cell
from app.race.recording import Recording
from engine import Checkpoint, Decoder, EngineError, Frame, Sight, Stage, stages

NONE, SOME, ALL = 0, 1, 2
"""Whether something is seen by no layers, some or all."""


@dataclass(frozen=True, slots=True)
class View:
    """What one token sees. Positions are code points of the text before the range followed by what was written.

    cells: NONE, SOME or ALL for each cell of the side. far, near: where the text seen by some layers and by all starts.
    end: where it ends; what was written later is not seen. rest: code points of the text after the range that are seen;
    below 0 where not even the words in between are.
    words: the same in words.
    """

    cells: tuple[int, ...]
    far: int
    near: int
    end: int
    rest: int
    words: str

    def before(self, place: int) -> int:
        """The level of a position in the text before."""
        return NONE if place < self.far or place >= self.end else SOME if place < self.near else ALL


def view_of(found: Sequence[Stage], blocks: Sequence[Frame], cells: Sequence[Cell], chosen: int) -> View | None:
    """What the chosen cell sees; None if it does not exist yet."""
    if not 0 <= chosen < len(cells):
        return None
    block, place = cells[chosen].block, cells[chosen].place
    stage, frame = found[block], blocks[block]
    sights = stage.sights(place)
    far, near = min(sight.since for sight in sights), max(sight.since for sight in sights)
    own = frame.start + len(frame.head)
    end = own + sum(len(piece) for piece in frame.pieces)
    levels = []
    for cell in cells:
        if cell.block == block:
            count = sum(sight.first <= cell.place < sight.last for sight in sights)
            levels.append(ALL if count == len(sights) else SOME if count else NONE)
        elif cell.block < block:
            earlier = blocks[cell.block]
            start = earlier.start + len(earlier.head) + sum(len(piece) for piece in earlier.pieces[: cell.place])
            levels.append(NONE if start < far else SOME if start < near else ALL)
        else:
            levels.append(NONE)
    return View(tuple(levels), far, near, end, sights[0].until - len(frame.tail), _words(stage, sights))


def _words(stage: Stage, sights: Sequence[Sight]) -> str:
    """What a token sees in one or two sentences."""
    least, most = sights[0], sights[-1]
    layers = sum(sight.layers.count for sight in sights)
    if stage.decoder is Decoder.DIFFUSION:
        fewer, all_of_them = least.before, most.before
        after = f"the {most.behind} after it" if most.behind else "nothing after it"
        text = f"It sees all {_tokens(stage.shown)} of its block at once, the {all_of_them} before it and {after}"
        rest = f"only the last {fewer} before the block"
    else:
        fewer, all_of_them = (sight.before + sight.last - sight.first for sight in (least, most))
        text = f"It was written after the {_tokens(all_of_them)} before it and saw nothing after it"
        rest = f"only the last {fewer} of them"
    if fewer == all_of_them:
        return f"{text}, in all {layers} layers."
    windowed = sum(sight.layers.count for sight in sights if sight.layers.window is not None)
    return f"{text}. Because of their window, {windowed} of its {layers} layers see {rest}."


def _tokens(count: int) -> str:
    return f"{count} token{'s' if count != 1 else ''}"


class SightReader(QObject):
    """Finds out what was read around the blocks of a race, on a thread of its own: a tokenizer may load slowly."""

    found = Signal(object)
    """The Stages of each side, in order; or one line that says why they are not known."""
    _read = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted = 0
        self._lock = threading.Lock()
        self._read.connect(self._take)

    def read(self, sides: Sequence[tuple[Checkpoint, Recording]]) -> None:
        """Start; ends with `found`. An earlier reading is dropped."""
        self.stop()
        threading.Thread(target=self._work, args=(self._wanted, sides), name="sight", daemon=True).start()

    def stop(self) -> None:
        """Drop the reading in progress. Does not wait for the thread, which ends by itself."""
        with self._lock:
            self._wanted += 1

    def _work(self, number: int, sides: Sequence[tuple[Checkpoint, Recording]]) -> None:
        """On the thread."""
        try:
            found = tuple(stages(checkpoint, side.request, side.frames) for checkpoint, side in sides)
        except EngineError as error:
            found = str(error)
        # A damaged folder must be reported instead of ending the thread unnoticed.
        except Exception as error:
            found = f"Can't show what a token sees: {str(error) or type(error).__name__}."
        with self._lock:
            if number == self._wanted:
                self._read.emit(number, found)

    @Slot(int, object)
    def _take(self, number: int, found: object) -> None:
        if number == self._wanted:
            self.found.emit(found)
