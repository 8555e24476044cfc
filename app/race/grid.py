"""The canvas of one side as a grid: cells of equal size, so that only changes move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.documents.text_document import qt_string
from app.melt.cells import paint_bar
from app.page.reading_font import reading_font
from app.race.cells import Cell, cells_of, described
from app.race.recording import NAMES
from app.race.veil import paint_level
from app.theme import Theme
from engine import Decoder, Frame, SlotState

FULL_BAR = 6.0
"""Nats of a full bar; a uniform distribution over the small checkpoint's vocabulary would have 9."""
_MARGIN = 16
_GAP = 4
_BAR = 3.0
_SHARE = 0.82
"""Size of the tokens, as a share of the text of the pane."""
_WIDTH = 5.0
"""Width of a cell, in heights of its text: most words of a vocabulary fit."""
_WINDOW_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How a state is drawn; the line style is a cue that does not depend on colour."""

    line: Qt.PenStyle
    edge: Callable[[Theme], QColor]
    ink: Callable[[Theme], QColor]
    fill: Callable[[Theme], QColor | None] = lambda theme: None


STYLES = {
    SlotState.NOISE: CellStyle(Qt.PenStyle.DashLine, lambda theme: theme.noise, lambda theme: theme.ink_faint),
    SlotState.ACCEPTED: CellStyle(
        Qt.PenStyle.SolidLine, lambda theme: theme.locked_flash, lambda theme: theme.ink, lambda theme: theme.selection
    ),
    SlotState.RENOISED: CellStyle(Qt.PenStyle.DashDotLine, lambda theme: theme.melt, lambda theme: theme.melt),
    SlotState.KEPT: CellStyle(Qt.PenStyle.DotLine, lambda theme: theme.ink, lambda theme: theme.ink),
    SlotState.PINNED: CellStyle(Qt.PenStyle.SolidLine, lambda theme: theme.pinned, lambda theme: theme.ink),
}


class RaceGrid(QWidget):
    """Shows the blocks of one side below each other; a cell can be chosen with the mouse or the arrow keys.

    cells: block after block. chosen, hovered: numbers of cells; -1 where there is none.
    sees: NONE, SOME or ALL for each cell: whether the chosen token sees it; empty while not wanted.
    """

    chosen_changed = Signal(int)
    """A person has chosen another cell."""
    hover_changed = Signal()

    def __init__(self, decoder: Decoder, theme: Theme, text_size: int) -> None:
        super().__init__()
        self.setObjectName(f"race_grid_{decoder.value}")
        self.setAccessibleName(f"{NAMES[decoder]}, tokens")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.theme = theme
        self.cells: list[Cell] = []
        self.chosen = self.hovered = -1
        self.sees: Sequence[int] = ()
        self.mirrored = False
        self._decoder = decoder
        self._blocks: Sequence[Frame] = ()
        self._places: list[QRectF] = []
        self._heads: list[tuple[QPointF, str]] = []
        self.set_text_size(text_size)

    def set_text_size(self, text_size: int) -> None:
        """Follow the text size of the pane."""
        self._font = reading_font(round(_SHARE * text_size))
        self._small = QFont()
        self._small.setPixelSize(max(9, round(0.56 * text_size)))
        self._lay_out()

    def show_blocks(self, blocks: Sequence[Frame]) -> None:
        """Show the frames of consecutive blocks; none clears the grid."""
        self._blocks = blocks
        self.cells = cells_of(blocks, self._decoder)
        self.hovered = min(self.hovered, len(self.cells) - 1)
        self._lay_out()

    def choose(self, number: int) -> None:
        """Choose a cell, whether or not it exists yet; -1 chooses none."""
        self.chosen = number
        self._tell()
        self.update()

    def described(self) -> str:
        """The description of the cell under the mouse, or else of the chosen one; "" where there is neither."""
        number = self.hovered if self.hovered >= 0 else self.chosen
        if number < 0:
            return ""
        if number >= len(self.cells):
            return "This side has no token at this position."
        # The description of what a token sees leaves no room for alternatives.
        return described(self.cells[number], self._blocks, self._decoder, alternatives=not self.sees)

    def place(self, number: int) -> QRectF:
        """The box of a cell."""
        return self._places[number]

    @property
    def writing_at(self) -> QRectF:
        """The box of the cell being written: the first open one, or else the last one."""
        open_states = (SlotState.NOISE, SlotState.RENOISED)
        number = next((n for n, cell in enumerate(self.cells) if cell.state in open_states), len(self.cells) - 1)
        return self._places[number] if self._places else QRectF()

    def sizeHint(self) -> QSize:
        """As high as all cells."""
        return QSize(200, self.minimumHeight())

    # Mouse and keys.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse; outside all cells, none."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe the cell under the mouse."""
        self._hover(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Describe the chosen cell again."""
        super().leaveEvent(event)
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys, Home and End move the choice; other keys, and arrows with Ctrl or Alt, belong to the window."""
        goal = self._goal(event.key()) if not event.modifiers() & _WINDOW_KEYS else None
        if goal is None:
            event.ignore()
        else:
            self._choose(goal)

    def _goal(self, key: int) -> int | None:
        """The cell that a key leads to; None for other keys."""
        last = len(self.cells) - 1
        if key in _STEPS:
            by = -_STEPS[key] if self.mirrored else _STEPS[key]
            return max(0, min(last, self.chosen + by)) if self.chosen >= 0 else min(0, last)
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return self._beside(1 if key == Qt.Key.Key_Down else -1)
        ends: dict[int, int] = {Qt.Key.Key_Home: min(0, last), Qt.Key.Key_End: last}
        return ends.get(key)

    def _beside(self, by: int) -> int:
        """The cell above or below the chosen one, or the nearest of a shorter row."""
        if not 0 <= self.chosen < len(self.cells):
            return min(0, len(self.cells) - 1)
        box = self._places[self.chosen]
        rows = sorted({place.top() for place in self._places})
        row = rows.index(box.top()) + by
        if not 0 <= row < len(rows):
            return self.chosen
        beside = [number for number, place in enumerate(self._places) if place.top() == rows[row]]
        return min(beside, key=lambda number: abs(self._places[number].left() - box.left()))

    def _choose(self, number: int) -> None:
        if number != self.chosen:
            self.choose(number)
            self.chosen_changed.emit(number)

    def _hover(self, number: int) -> None:
        if number != self.hovered:
            self.hovered = number
            self.hover_changed.emit()

    def _at(self, point: QPointF) -> int:
        return next((number for number, place in enumerate(self._places) if place.contains(point)), -1)

    def _tell(self) -> None:
        """Set the description for screen readers."""
        self.setAccessibleDescription(self.described() or f"{len(self.cells)} tokens. Choose one with the arrow keys.")

    # The picture.

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the rows again."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Place every cell: blocks below each other, each with a heading where there are several.

        In right-to-left text, the cells run from right to left.
        """
        metrics, small = QFontMetricsF(self._font), QFontMetricsF(self._small)
        width, height = _WIDTH * self._font.pixelSize(), metrics.height() + _BAR + 5
        inner = max(width, self.width() - 2 * _MARGIN)
        columns = max(1, int((inner + _GAP) // (width + _GAP)))
        width = (inner + _GAP) / columns - _GAP
        self._places, self._heads = [], []
        y = 4.0
        for block, cells in groupby(self.cells, key=lambda cell: cell.block):
            frame = self._blocks[block]
            if frame.groups > 1:
                self._heads.append((QPointF(_MARGIN, y + small.ascent()), f"Block {frame.group + 1} of {frame.groups}"))
                y += small.height() + 2
            rows = 0
            for number, _ in enumerate(cells):
                row, column = divmod(number, columns)
                x = (columns - 1 - column if self.mirrored else column) * (width + _GAP)
                self._places.append(QRectF(_MARGIN + x, y + row * (height + _GAP), width, height))
                rows = row + 1
            y += rows * (height + _GAP) + 6
        self.setMinimumHeight(round(y))
        self._tell()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all visible cells."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self.theme.paper)
        painter.setFont(self._small)
        painter.setPen(self.theme.chrome_ink)
        for point, text in self._heads:
            painter.drawText(point, text)
        seen = QRectF(event.rect())
        for number, (cell, box) in enumerate(zip(self.cells, self._places, strict=True)):
            if box.intersects(seen):
                self._paint_cell(painter, number, cell, box)

    def _paint_cell(self, painter: QPainter, number: int, cell: Cell, box: QRectF) -> None:
        paint_box(painter, self.theme, cell.state if cell.written else SlotState.NOISE, box)
        self._paint_text(painter, cell, box)
        if cell.entropy is not None:
            bar = QRectF(box.left() + 5, box.bottom() - _BAR - 3, box.width() - 10, _BAR)
            paint_bar(painter, self.theme, bar, cell.entropy / FULL_BAR)
        if self.sees and number != self.chosen:
            paint_level(painter, self.theme, self.sees[number], box.adjusted(-1, -1, 1, 1))
        if number == self.chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.accent, 2.0))
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 5, 5)

    def _paint_text(self, painter: QPainter, cell: Cell, box: QRectF) -> None:
        """Paint the token, shortened to fit, and how often its position has melted."""
        room = box.width() - 8
        if cell.melts:
            painter.setFont(self._small)
            painter.setPen(self.theme.melt)
            count = f"×{cell.melts}"
            room -= QFontMetricsF(self._small).horizontalAdvance(count) + 2
            y = box.top() + QFontMetricsF(self._small).ascent() + 1
            painter.drawText(QPointF(box.right() - 4 - QFontMetricsF(self._small).horizontalAdvance(count), y), count)
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        painter.setPen(STYLES[cell.state].ink(self.theme))
        text = metrics.elidedText(qt_string(cell.label), Qt.TextElideMode.ElideRight, room)
        x = box.left() + 4 + max(0.0, (room - metrics.horizontalAdvance(text)) / 2)
        painter.drawText(QPointF(x, box.top() + 2 + metrics.ascent()), text)


def paint_box(painter: QPainter, theme: Theme, state: SlotState, box: QRectF) -> None:
    """The box of a cell in a state, here and in the legend."""
    style = STYLES[state]
    painter.setPen(QPen(style.edge(theme), 1.2, style.line))
    painter.setBrush(style.fill(theme) or Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
