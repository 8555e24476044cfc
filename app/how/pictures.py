"""The pictures of the help page that show slots as cells."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.how.pages import causal_part
from app.how.picture import Picture
from app.how.run import AFTER, BEFORE, TRIES, Recording, accepted, mean_entropy
from app.melt.cells import EMPTY, Cell, CellFlow, Faces, Look, cell_width, context_cells, frame_cells
from app.theme import Theme
from engine import Alternative, Frame, SlotState

_SHOWN = 3
"""Alternatives below a slot."""
_BLOCK_GAP = 14.0


class NoisePicture(Picture):
    """The canvas before the first step, between the words around it."""

    usual = 75

    def caption(self) -> str:
        """What it shows."""
        slots = len(self.recording.frames[0].states)
        return f"Before the first step: {slots} slots of noise between the words the model reads."

    def description(self) -> str:
        """In words."""
        first = self.recording.frames[0]
        drawn = ", ".join(piece.strip() or EMPTY for piece in first.canvas_pieces)
        noise = f"{len(first.states)} slots of noise, the random tokens {drawn}"
        return f"{BEFORE.strip()} Then {noise}. Then: {AFTER.strip()}"

    def _flow(self, width: float) -> CellFlow:
        cells = [*context_cells(BEFORE), *frame_cells(self.recording.frames[0]), *context_cells(AFTER)]
        return CellFlow(cells, self.faces, width)

    def _height(self, width: float) -> float:
        return self._flow(width).height

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        self._flow(area.width()).paint(painter, self.theme, area.left(), area.top())


class PredictionPicture(Picture):
    """The draft of the first step, with entropies and the best alternatives."""

    usual = 175

    def caption(self) -> str:
        """What it shows, and whether the causal head took part."""
        return (
            f"Step 1: the draft, with the entropy and the most probable tokens below each word. A full bar is "
            f"{self.recording.most:.1f} nats. {causal_part(self.recording.settings)}"
        )

    def description(self) -> str:
        """In words."""
        first = self.recording.frames[1]
        slots = []
        for place, piece in enumerate(first.pieces):
            others = ", ".join(_share(other) for other in self._alternatives(place))
            slots.append(
                f"{piece.strip() or EMPTY}: {first.entropies[place]:.2f} nats" + (f", {others}" if others else "")
            )
        return f"The draft of step 1, slot by slot. {'; '.join(slots)}."

    def _alternatives(self, place: int) -> tuple[Alternative, ...]:
        known = self.recording.alternatives
        return known[place][:_SHOWN] if place < len(known) else ()

    def _flow(self, width: float) -> CellFlow:
        first = self.recording.frames[1]
        cells = [
            Cell(
                piece.strip(),
                Look.DRAFT,
                doubt=first.entropies[place] / self.recording.most,
                notes=tuple(_share(other) for other in self._alternatives(place)),
            )
            for place, piece in enumerate(first.pieces)
        ]
        return CellFlow(cells, self.faces, width)

    def _height(self, width: float) -> float:
        return self._flow(width).height

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        self._flow(area.width()).paint(painter, self.theme, area.left(), area.top())


class StatePicture(Picture):
    """The canvas of any frame, every slot always in the same place.

    index: of the frame.
    """

    usual = 46

    def __init__(self, name: str, title: str, theme: Theme, faces: Faces) -> None:
        super().__init__(name, title, theme, faces)
        self.index = 0
        self._widths: list[float] = []

    def redraw(self) -> None:
        """Measure the slots again."""
        self._widths = _steady(self.recording, self.faces) if self.has_recording else []
        super().redraw()

    def show_frame(self, index: int) -> None:
        """Go to a frame."""
        self.index = index
        self.tell()
        self.update()

    def caption(self) -> str:
        """The figures of the frame."""
        frame = self.recording.frames[self.index]
        if self.index == 0:
            return f"Before step 1 of {self.recording.steps}: noise."
        melting = sum(state == SlotState.RENOISED for state in frame.states)
        return (
            f"Step {self.index} of {self.recording.steps}: {accepted(frame)} of {len(frame.states)} slots accepted, "
            + (f"{melting} melting, " if melting else "")
            + f"mean entropy {mean_entropy(frame):.2f} nats, {frame.forward_passes} "
            + ("pass." if frame.forward_passes == 1 else "passes.")
        )

    def description(self) -> str:
        """In words."""
        return f"{self.caption()} {_spoken(self.recording, self.index)}"

    def _flow(self, index: int, width: float) -> CellFlow:
        recording = self.recording
        cells = frame_cells(recording.frames[index], recording.frames[max(0, index - 1)], recording.most)
        # Step 0 has no prediction; its bars are empty but keep their room.
        cells = [cell if cell.doubt is not None else Cell(cell.text, cell.look, cell.token, 0.0) for cell in cells]
        return CellFlow(cells, self.faces, width, self._widths)

    def _height(self, width: float) -> float:
        return self._flow(0, width).height

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        self._flow(self.index, area.width()).paint(painter, self.theme, area.left(), area.top())


class MeltPicture(StatePicture):
    """The step before a word melts, and the step in which it does; or two consecutive steps if no word melts."""

    usual = 132

    def show_recording(self, recording: Recording) -> None:
        """Go to where a word melts."""
        self.index = recording.melt.index if recording.melt else min(2, recording.steps)
        super().show_recording(recording)

    def caption(self) -> str:
        """What melted, and what replaced it."""
        recording, melt = self.recording, self.recording.melt
        if melt is None:
            return (
                f"No word melted in any of the {TRIES} runs tried. This only shows how "
                f"waiting slots get fresh noise from step {self.index - 1} to step {self.index}. Try another run."
            )
        slot = melt.slots[0]
        word = recording.frames[melt.index - 1].pieces[slot].strip()
        last = recording.frames[-1].pieces[slot].strip() or f"an {EMPTY} slot"
        end = "it came back in the end" if last == word else f"in the end it is replaced by {_quoted(last)}"
        return f"“{word}” was accepted in step {melt.index - 1} and melts in step {melt.index}; {end}."

    def description(self) -> str:
        """In words."""
        before, now = (_spoken(self.recording, index) for index in (self.index - 1, self.index))
        return f"{self.caption()} Step {self.index - 1}: {before} Step {self.index}: {now}"

    def _height(self, width: float) -> float:
        return 2 * (self.faces.notes.height() + 4 + self._flow(0, width).height) + _BLOCK_GAP

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        y = area.top()
        for index in (self.index - 1, self.index):
            self._note(painter, area.left(), y + self.faces.notes.ascent(), f"Step {index}")
            y += self.faces.notes.height() + 4
            flow = self._flow(index, area.width())
            flow.paint(painter, self.theme, area.left(), y)
            y += flow.height + _BLOCK_GAP


class BlocksPicture(Picture):
    """A longer text in the middle of its second block."""

    usual = 233

    def caption(self) -> str:
        """What it shows."""
        frame = self.recording.block_moment
        return (
            f"A text of {frame.groups} blocks, of which block {frame.group + 1} is in its step {frame.step}: "
            f"{frame.resolved} of its {len(frame.states)} slots are accepted."
        )

    def description(self) -> str:
        """In words."""
        frame = self.recording.block_moment
        return f"{self.caption()} Finished before it: {frame.head.strip() or 'nothing'}"

    def _bands(self, width: float) -> list[tuple[str, CellFlow]]:
        """A heading and its cells, from the first block to the last."""
        frame = self.recording.block_moment
        bands = []
        if frame.group:
            finished = CellFlow(context_cells(frame.head), self.faces, width)
            bands.append(
                ("Block 1" if frame.group == 1 else f"Blocks 1 to {frame.group}", "finished, read as context", finished)
            )
        bands.append(
            (f"Block {frame.group + 1}", f"step {frame.step}", CellFlow(self._slots(frame), self.faces, width))
        )
        if frame.group + 1 < frame.groups:
            bands.append((f"Block {frame.group + 2}", "not started", CellFlow((), self.faces, width)))
        return [(f"{name}: {state}", flow) for name, state, flow in bands]

    def _slots(self, frame: Frame) -> list[Cell]:
        earlier = [other for other in self.recording.blocks if other.group == frame.group and other.step < frame.step]
        return frame_cells(frame, earlier[-1] if earlier else None)

    def _height(self, width: float) -> float:
        bands = self._bands(width - 2 * MARGIN_INSIDE)
        return sum(self._band_height(flow) for _, flow in bands) + _BLOCK_GAP * (len(bands) - 1)

    def _band_height(self, flow: CellFlow) -> float:
        return self.faces.notes.height() + 2 * MARGIN_INSIDE + (flow.height + 6 if flow.height else 0)

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        y = area.top()
        for heading, flow in self._bands(area.width() - 2 * MARGIN_INSIDE):
            height = self._band_height(flow)
            painter.setPen(QPen(self.theme.hairline, 1))
            painter.setBrush(self.theme.paper)
            painter.drawRoundedRect(QRectF(area.left() + 0.5, y + 0.5, area.width() - 1, height - 1), 5, 5)
            inside = QPointF(area.left() + MARGIN_INSIDE, y + MARGIN_INSIDE)
            self._note(painter, inside.x(), inside.y() + self.faces.notes.ascent(), heading)
            flow.paint(painter, self.theme, inside.x(), inside.y() + self.faces.notes.height() + 6)
            y += height + _BLOCK_GAP


MARGIN_INSIDE = 8.0
"""Pixels between the frame of a block and its content."""


def _steady(recording: Recording, faces: Faces) -> list[float]:
    """The greatest width of each slot in any frame."""
    widths = [0.0] * len(recording.frames[0].states)
    for index, frame in enumerate(recording.frames):
        cells = frame_cells(frame, recording.frames[max(0, index - 1)])
        widths = [max(pair) for pair in zip(widths, (cell_width(cell, faces) for cell in cells), strict=True)]
    return widths


def _share(other: Alternative) -> str:
    """A token and its probability."""
    text = other.text.strip() or EMPTY
    return f"{text if text.isalnum() else f'“{text}”'} {100 * other.probability:.0f}%"


def _spoken(recording: Recording, index: int) -> str:
    """The slots of a frame in words."""
    cells = frame_cells(recording.frames[index], recording.frames[max(0, index - 1)])
    names = {Look.NOISE: "noise", Look.MELTING: "melting"}
    return (
        ", ".join(
            f"{cell.text} {names[cell.look]}".strip() if cell.look in names else cell.text or EMPTY for cell in cells
        )
        + "."
    )


def _quoted(text: str) -> str:
    return text if text.startswith("an ") else f"“{text}”"
