"""A line of text that is shortened with an ellipsis where it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QWidget


class OneLine(QLabel):
    """A single-line label that ends with an ellipsis where there is no room."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._role = accessible_name
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(accessible_name)

    def say(self, text: str) -> None:
        """Show a text; an empty one hides the label."""
        self.setText(text)
        self.setAccessibleName(f"{self._role}: {text}" if text else self._role)
        self.setVisible(bool(text))

    def minimumSizeHint(self) -> QSize:
        """As narrow as the ellipsis."""
        return QSize(self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, shortened to fit."""
        with QPainter(self) as painter:
            text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(self.rect(), self.alignment(), text)
