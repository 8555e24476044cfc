"""One side of a race as running text: the surrounding words, and what is being written between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.documents.page_layout import LINE_HEIGHT
from app.melt.brush import Anchor, MeltBrush
from app.melt.model import MeltModel, Slot
from app.page.reading_font import reading_font
from app.race.sight import ALL, NONE, SOME, View
from app.race.text import Column, Passage, Place, runs_right_to_left
from app.race.veil import paint_hatching, paint_level
from app.theme import Theme
from engine import Decoder, EditRequest, Frame, SlotState

MARGIN = 16
_LINES_BEFORE = 3
"""Lines of the text before that are shown."""
_BEFORE = 600
"""Characters of the text before that are laid out for them."""
_AFTER = 400
"""Characters of the text after that are shown."""
_LONG = 60.0
"""Seconds after which every animation is at rest."""


class RaceCanvas(QWidget):
    """Paints one moment of a side.

    moves: False under reduced motion: each frame is shown without a transition.
    model: the animated slots; None before anything is written. line_step: pixels of a line; the height is a multiple.
    """

    slot_pressed = Signal(int)
    """The number of a slot in the frame shown."""

    def __init__(self, decoder: Decoder, theme: Theme, text_size: int) -> None:
        super().__init__()
        self.theme = theme
        self.moves = True
        self._decoder = decoder
        self._set_font(text_size)
        self._subject: EditRequest | None = None
        self._sees_after = False
        self._seconds = 0.0
        self._view: View | None = None
        self._levels: Sequence[int] = ()
        self._chosen = -1
        self.clear()

    def set_subject(self, subject: EditRequest, *, sees_after: bool) -> None:
        """Set the text of the race. sees_after: whether this side reads the text after."""
        self._subject = subject
        self._sees_after = sees_after
        self.clear()

    def set_text_size(self, text_size: int) -> None:
        """Show everything in another size."""
        self._set_font(text_size)
        frame, final = self._frame, self._finished
        self.clear()
        if frame is not None:
            self.show_frame(frame, final=final)
            self.come_to_rest()

    def _set_font(self, text_size: int) -> None:
        self._font = reading_font(text_size)
        self.line_step = float(round(text_size * LINE_HEIGHT))
        metrics = QFontMetricsF(self._font)
        # As on the page: half of the free space above the letters, half below.
        self._base = round((self.line_step - metrics.height()) / 2 + metrics.ascent())

    def clear(self) -> None:
        """Show the text before anything is written."""
        self.model: MeltModel | None = None
        self._frame: Frame | None = None
        self._finished = False
        self._reserved = 0
        self._lay_out()

    def show_frame(self, frame: Frame, *, final: bool = False) -> None:
        """Move to a frame. final: it is the last one, and its draft is the result."""
        if self.model is None:
            self.model = MeltModel(QFontMetricsF(self._font).horizontalAdvance)
        self._frame, self._finished = frame, final
        self.model.show(frame)
        if self._decoder is Decoder.AUTOREGRESSIVE:
            self._close_open_slots()
        if final:
            self.model.settle()
        self._lay_out()
        if not self.moves:
            self.come_to_rest()

    def show_view(self, view: View | None, levels: Sequence[int], chosen: int) -> None:
        """Show what a token sees. levels: of the slots shown. chosen: the number of its slot; -1 if it is not shown."""
        self._view, self._levels, self._chosen = view, levels, chosen
        self.update()

    @property
    def writing_at(self) -> tuple[float, float]:
        """Upper and lower edge of the lines being written."""
        begun = self._head.end.line
        last = begun + max((slot.goal_line for slot in self._slots if slot.goal_presence), default=0.0)
        first = last if self._decoder is Decoder.AUTOREGRESSIVE else begun
        return (first - self._first_line) * self.line_step, (last + 1 - self._first_line) * self.line_step

    def come_to_rest(self) -> None:
        """Finish all animation at once."""
        if self.model is not None:
            self.model.advance(_LONG)
            self.update()

    def advance(self, seconds: float) -> bool:
        """Advance the animation. False when it is at rest."""
        if self.model is None or not self.moves:
            return False
        self._seconds += seconds
        self.update()
        return self.model.advance(seconds)

    def sizeHint(self) -> QSize:
        """As high as the text."""
        return QSize(200, self._height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines again."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surrounding text in faint ink, and what is written in full ink."""
        theme = self.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.paper)
        if self._subject is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._view is not None:
            for box in self._seen_boxes(ALL):
                painter.fillRect(box, theme.selection)
        if not self._sees_after:
            paint_hatching(painter, theme, self._on_screen(self._after.boxes(0, self._after.length)))
        for passage, color in (
            (self._before, theme.ink_faint),
            (self._head, theme.ink),
            (self._tail, theme.ink_faint),
            (self._after, theme.ink_faint if self._sees_after else theme.noise),
        ):
            passage.paint(painter, MARGIN, self._baseline, color)
        if self.model is not None:
            self._paint_slots(painter, self.model)
        if self._view is not None:
            self._paint_seen(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report which slot is pressed."""
        for number, slot in enumerate(self._slots):
            if self._slot_box(slot).contains(event.position()):
                self.slot_pressed.emit(number)

    @property
    def _slots(self) -> list[Slot]:
        return self.model.slots if self.model is not None else []

    def _paint_slots(self, painter: QPainter, model: MeltModel) -> None:
        theme = self.theme
        brush = MeltBrush(
            painter,
            theme,
            self._font,
            model.cell,
            self._seconds,
            mark_pinned=False,
            shows_noise=self._decoder is Decoder.DIFFUSION,
        )
        brush.paint(model.slots, self._anchor(), self.height())

    # What a token sees.

    def _paint_seen(self, painter: QPainter) -> None:
        """Mark what is not seen, what only some layers see, and the chosen token."""
        for level in (SOME, NONE):
            for box in self._seen_boxes(level):
                paint_level(painter, self.theme, level, box)
        if self._chosen >= 0:
            painter.setPen(QPen(self.theme.accent, 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._slot_box(self._slots[self._chosen]).adjusted(-1, 0, 1, 0), 4, 4)

    def _seen_boxes(self, level: int) -> list[QRectF]:
        """The boxes of the text with a level."""
        boxes = [
            self._slot_box(slot, slot.gap)
            for number, slot in enumerate(self._slots)
            # The chosen token has a mark of its own.
            if slot.goal_presence and self._levels[number] == level and (number != self._chosen or level == ALL)
        ]
        for passage, start, end in self._seen_parts(level):
            boxes += self._on_screen(passage.boxes(start, end))
        return boxes

    def _on_screen(self, boxes: Iterable[QRectF]) -> list[QRectF]:
        """Boxes of a passage where they are painted; lines cut off at the upper edge are not."""
        moved = (box.translated(MARGIN, self._baseline) for box in boxes)
        return [box for box in moved if box.top() >= 0]

    def _seen_parts(self, level: int) -> Iterator[tuple[Passage, int, int]]:
        """The parts of passages with a level: passage, first and last code point."""
        view, frame = self._view, self._frame
        if view is None or frame is None:
            return
        start = frame.start
        for passage, first in ((self._before, start - self._before.length), (self._head, start)):
            far, near, end = (passage.within(edge - first) for edge in (view.far, view.near, view.end))
            parts = {NONE: ((0, far), (end, passage.length)), SOME: ((far, near),), ALL: ((near, end),)}
            yield from ((passage, low, high) for low, high in parts[level])
        # The text after is seen by all layers or by none.
        for passage, given in ((self._tail, len(frame.tail)), (self._after, 0)):
            edge = passage.within(view.rest + given - self._skipped[passage])
            parts = {NONE: ((edge, passage.length),), SOME: (), ALL: ((0, edge),)}
            yield from ((passage, low, high) for low, high in parts[level])

    def _slot_box(self, slot: Slot, gap: float = 0.0) -> QRectF:
        """The box of a slot, with that much of the space before it."""
        anchor = self._anchor()
        across, width = slot.across + slot.gap - gap, max(0.0, slot.width - slot.gap + gap)
        x = anchor.left + (anchor.width - across - width if anchor.mirrored else across)
        metrics = QFontMetricsF(self._font)
        y = anchor.baseline + slot.line * anchor.line_step - metrics.ascent()
        return QRectF(QPointF(x, y), QPointF(x + width, y + metrics.height()))

    def _close_open_slots(self) -> None:
        """Autoregressive decoding has no noise: a position not yet written takes up no room."""
        for slot in self._slots:
            if slot.state is SlotState.NOISE:
                slot.goal_presence = slot.goal_width = 0.0
            slot.presence, slot.width = slot.goal_presence, slot.goal_width

    def _lay_out(self) -> None:
        """Lay everything out."""
        self._height = 0
        if self._subject is None:
            return
        text, frame = self._subject.text, self._frame
        start, end = (frame.start, frame.end) if frame else (self._subject.start, self._subject.end)
        mirrored = runs_right_to_left(text)
        column = Column(self._font, self.width() - 2 * MARGIN, self.line_step, mirrored=mirrored)
        self._column = column
        self._before = Passage(_last_words(text[:start]), column, Place(0, 0.0))
        self._head = Passage(frame.head if frame else text[start:end], column, self._before.end)
        reached = self._head.end
        if self.model is not None:
            self.model.flow(reached.across, column.width)
            line, across = self.model.end()
            reached = Place(reached.line + line, across)
        tail, after = given = frame.tail if frame else "", _first_words(text[end:])
        if frame and not self._finished:
            # On a line of its own that only moves down: text must not jump whenever a word changes its width.
            self._reserved = max(self._reserved, reached.line)
            reached = Place(self._reserved + 1, 0.0)
            tail, after = tail.lstrip(), after if tail.strip() else after.lstrip()
        self._tail = Passage(tail, column, reached)
        self._after = Passage(after, column, self._tail.end)
        # Characters of white space at the start that are not shown.
        self._skipped = {self._tail: len(given[0]) - len(tail), self._after: len(given[1]) - len(after)}
        first = max(0, self._before.end.line - _LINES_BEFORE + 1)
        self._first_line = first
        self._baseline = self._base - first * self.line_step
        self._height = round((self._after.end.line - first + 1) * self.line_step)
        self.setMinimumHeight(self._height)
        self.update()

    def _anchor(self) -> Anchor:
        """Where the slots start."""
        line, across = self._head.end
        return Anchor(
            left=MARGIN,
            width=self._column.width,
            first_across=across,
            baseline=self._baseline + line * self.line_step,
            line_step=self.line_step,
            mirrored=self._column.mirrored,
        )


def _first_words(text: str) -> str:
    """The start of a text as far as it is shown, up to the end of a word."""
    if len(text) <= _AFTER:
        return text
    start = text[:_AFTER]
    return (start.rsplit(maxsplit=1)[0] if len(start.split()) > 1 else start) + " …"


def _last_words(text: str) -> str:
    """The end of a text as far as it can be visible, from the start of a word."""
    end = text[-_BEFORE:]
    return end if end == text else end[end.find(" ") + 1 :]
