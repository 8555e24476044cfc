"""A scroll bar that is seen only where there is something to scroll."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QScrollBar


class QuietScrollBar(QScrollBar):
    """A scroll bar that keeps its room but is not seen while everything is."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint only where there is something to scroll."""
        if self.maximum() > self.minimum():
            super().paintEvent(event)
