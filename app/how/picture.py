"""The common part of all pictures of the help page: they follow the width, the text size and the theme."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.how.run import Recording
from app.melt.cells import Faces
from app.theme import Theme

MARGIN = 5.0
"""Pixels around the painting."""
_USUAL = 640


class Picture(QWidget):
    """Painted from a recording; its height depends on its width.

    theme, faces: colours and fonts. usual: its height in pixels for an ordinary run, kept free until there is one.
    """

    usual: ClassVar[int]

    def __init__(self, name: str, title: str, theme: Theme, faces: Faces) -> None:
        super().__init__()
        self.setObjectName(f"how_{name}_picture")
        self.setAccessibleName(title)
        # Screen readers reach its description by Tab.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.theme = theme
        self.faces = faces
        self._recording: Recording | None = None
        # A layout asks for the same heights repeatedly.
        self._heights: dict[int, int] = {}

    @property
    def has_recording(self) -> bool:
        """Whether there is anything to see."""
        return self._recording is not None

    @property
    def recording(self) -> Recording:
        """What it is drawn from; only asked for where there is one."""
        assert self._recording is not None
        return self._recording

    def show_recording(self, recording: Recording) -> None:
        """Draw another run."""
        self._recording = recording
        self.tell()
        self.redraw()

    def tell(self) -> None:
        """Set the description for screen readers."""
        self.setAccessibleDescription(self.description())

    def redraw(self) -> None:
        """Repaint, perhaps at another height."""
        self._heights.clear()
        self.updateGeometry()
        self.update()

    @abstractmethod
    def caption(self) -> str:
        """One or two sentences below the picture."""

    @abstractmethod
    def description(self) -> str:
        """The picture in words, for screen readers."""

    @abstractmethod
    def _height(self, width: float) -> float:
        """The height of the painting at a width, in pixels."""

    @abstractmethod
    def _paint(self, painter: QPainter, area: QRectF) -> None:
        """Paint the recording."""

    def hasHeightForWidth(self) -> bool:
        """Cells wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Including margins."""
        if not self.has_recording:
            return self.usual
        if width not in self._heights:
            self._heights[width] = round(self._height(max(1.0, width - 2 * MARGIN)) + 2 * MARGIN)
        return self._heights[width]

    def sizeHint(self) -> QSize:
        """A usual width."""
        return QSize(_USUAL, self.heightForWidth(_USUAL))

    def minimumSizeHint(self) -> QSize:
        """It can be made narrow."""
        return QSize(200, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, with a frame while it has the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.accent, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        area = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if self.has_recording:
            self._paint(painter, area)
        else:
            self._paint_waiting(painter, area)

    def _paint_waiting(self, painter: QPainter, area: QRectF) -> None:
        """Show where the picture will be."""
        painter.setPen(QPen(self.theme.noise, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(area, 5, 5)
        painter.setFont(self.faces.note)
        painter.setPen(self.theme.chrome_ink)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Recording a run…")

    def _note(self, painter: QPainter, x: float, baseline: float, text: str) -> None:
        """A small line of text."""
        painter.setFont(self.faces.note)
        painter.setPen(self.theme.chrome_ink)
        painter.drawText(QPointF(x, baseline), text)
