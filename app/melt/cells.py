"""Slots as cells in rows that wrap: noise, draft, accepted and melting, each with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.melt.noise_glyphs import grains, mark
from app.page.reading_font import reading_font
from app.theme import Theme
from engine import Frame, SlotState

EMPTY = "empty"
"""Shown for a slot without text: a token that ends a passage early."""
_MARKS = 3
_PAD = 7.0
_GAP = 5.0
_ROW_GAP = 9.0
_BAR = 4.0


class Look(Enum):
    """How a cell is drawn."""

    CONTEXT = auto()
    """A word of the context."""
    NOISE = auto()
    DRAFT = auto()
    """The most probable token, accepted or not."""
    ACCEPTED = auto()
    MELTING = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot, or a word next to the canvas.

    token: chooses the marks of noise. doubt: entropy as a share of a full bar; None draws no bar.
    notes: lines below it.
    """

    text: str
    look: Look
    token: int = 0
    doubt: float | None = None
    notes: tuple[str, ...] = ()


class Faces:
    """The fonts of the help page and their metrics. text_size: that of the editor's page, in pixels."""

    def __init__(self, text_size: int) -> None:
        self.size = round(0.84 * text_size)
        self.word = reading_font(self.size)
        self.note = QFont()
        self.note.setPixelSize(max(10, round(0.64 * text_size)))
        self.words = QFontMetricsF(self.word)
        self.notes = QFontMetricsF(self.note)


def context_cells(text: str) -> list[Cell]:
    """The words of a text next to the canvas."""
    return [Cell(word, Look.CONTEXT) for word in text.split()]


def frame_cells(frame: Frame, before: Frame | None = None, most: float | None = None) -> list[Cell]:
    """The slots of a frame. before: the previous frame, whose words may melt. most: nats of a full bar."""
    cells = []
    for place, state in enumerate(frame.states):
        doubt = frame.entropies[place] / most if most and frame.step else None
        if state == SlotState.RENOISED and before is not None and before.pieces[place].strip():
            cells.append(Cell(before.pieces[place].strip(), Look.MELTING, 0, doubt))
        elif state in (SlotState.NOISE, SlotState.RENOISED):
            cells.append(Cell("", Look.NOISE, frame.canvas_tokens[place], doubt))
        else:
            cells.append(Cell(frame.pieces[place].strip(), Look.ACCEPTED, 0, doubt))
    return cells


def cell_width(cell: Cell, faces: Faces) -> float:
    """Its width in pixels."""
    if cell.look is Look.CONTEXT:
        return faces.words.horizontalAdvance(cell.text)
    shown = _MARKS * faces.words.horizontalAdvance("n")
    if cell.look is not Look.NOISE:
        shown = faces.words.horizontalAdvance(cell.text) if cell.text else faces.notes.horizontalAdvance(EMPTY)
    widest = max((faces.notes.horizontalAdvance(note) for note in cell.notes), default=0.0)
    return max(shown + 2 * _PAD, widest + _PAD, 2.4 * faces.size)


class CellFlow:
    """Cells laid out in a width. least: the minimum width of each, so that they stay in place while their texts change.

    places: the boxes of the cells. height: of all rows, including what is below the boxes.
    """

    def __init__(self, cells: Sequence[Cell], faces: Faces, width: float, least: Sequence[float] = ()) -> None:
        self._faces = faces
        self._cells = list(cells)
        self._box = faces.words.height() + 6
        row = self._box
        row += _BAR + 4 if any(cell.doubt is not None for cell in cells) else 0
        row += max((len(cell.notes) for cell in cells), default=0) * faces.notes.height()
        self.places: list[QRectF] = []
        x = y = 0.0
        for number, cell in enumerate(cells):
            needed = max(cell_width(cell, faces), least[number] if least else 0.0)
            if x > 0 and x + needed > width:
                x, y = 0.0, y + row + _ROW_GAP
            self.places.append(QRectF(x, y, needed, self._box))
            x += needed + _GAP
        self.height = y + row if cells else 0.0

    def paint(self, painter: QPainter, theme: Theme, left: float, top: float) -> None:
        """Paint all cells with the upper left corner of the first at left, top."""
        for cell, place in zip(self._cells, self.places, strict=True):
            self._paint_cell(painter, theme, cell, place.translated(left, top))

    def _paint_cell(self, painter: QPainter, theme: Theme, cell: Cell, box: QRectF) -> None:
        self._paint_box(painter, theme, cell.look, box)
        baseline = box.top() + 3 + self._faces.words.ascent()
        if cell.look is Look.NOISE:
            self._paint_noise(painter, theme, cell.token, box, baseline)
        else:
            self._paint_text(painter, theme, cell, box, baseline)
        y = box.bottom()
        if cell.doubt is not None:
            paint_bar(painter, theme, QRectF(box.left(), y + 3, box.width(), _BAR), cell.doubt)
            y += _BAR + 4
        painter.setFont(self._faces.note)
        painter.setPen(theme.chrome_ink)
        for number, note in enumerate(cell.notes):
            painter.drawText(
                QPointF(box.left(), y + number * self._faces.notes.height() + self._faces.notes.ascent()), note
            )

    def _paint_box(self, painter: QPainter, theme: Theme, look: Look, box: QRectF) -> None:
        """Paint the box of a cell. Its line style is a cue that does not depend on colour."""
        if look is Look.CONTEXT:
            return
        pen = QPen(theme.hairline if look is Look.DRAFT else theme.noise, 1.0)
        fill = QColor(Qt.GlobalColor.transparent)
        if look is Look.ACCEPTED:
            pen, fill = QPen(theme.locked_flash, 1.0), theme.selection
        elif look is Look.MELTING:
            pen = QPen(theme.melt, 1.4)
        if look in (Look.NOISE, Look.MELTING):
            pen.setDashPattern([2.0, 3.0])
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_text(self, painter: QPainter, theme: Theme, cell: Cell, box: QRectF, baseline: float) -> None:
        """Paint a word in its cell; a melting one is struck out."""
        faces = self._faces
        font = QFont(faces.word if cell.text or cell.look is Look.CONTEXT else faces.note)
        font.setStrikeOut(cell.look is Look.MELTING)
        painter.setFont(font)
        color = theme.melt if cell.look is Look.MELTING else theme.ink
        if cell.look is Look.CONTEXT or not cell.text:
            color = theme.chrome_ink
        painter.setPen(color)
        text = cell.text or EMPTY
        width = QFontMetricsF(font).horizontalAdvance(text)
        painter.drawText(QPointF(box.center().x() - width / 2, baseline), text)

    def _paint_noise(self, painter: QPainter, theme: Theme, token: int, box: QRectF, baseline: float) -> None:
        """Paint the marks of the editor's noise, without motion."""
        x_height, step = self._faces.words.xHeight(), self._faces.words.horizontalAdvance("n")
        pen = QPen(theme.ink_faint, max(1.1, x_height * 0.14))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        left = box.center().x() - _MARKS * step / 2
        for number, grain in enumerate(grains(token, _MARKS)):
            shape = mark(grain, round(step * 0.72, 1), round(x_height * 0.94, 1))
            painter.drawPath(shape.translated(left + number * step + step * 0.14, baseline))


def paint_bar(painter: QPainter, theme: Theme, box: QRectF, share: float) -> None:
    """Paint a bar that is filled from the left."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.hairline)
    painter.drawRoundedRect(box, 2, 2)
    painter.setBrush(theme.accent)
    painter.drawRoundedRect(QRectF(box.left(), box.top(), box.width() * min(1.0, share), box.height()), 2, 2)
