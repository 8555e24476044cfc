"""Files that are dropped anywhere on a window, not only on its page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from app.page.clipboard import local_file

_DRAGS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class Drops(QObject):
    """Takes a file that the page, or another part of the window, has not taken. Text is left to the page."""

    dropped = Signal(object)
    """The path of a file: a str, which Qt's own would change where it is not UTF-8."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept a file."""
        if event.type() not in _DRAGS or not isinstance(event, QDropEvent):
            return False
        path = local_file(event.mimeData())
        if path:
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self.dropped.emit(path)
        else:
            event.ignore()
        return True
