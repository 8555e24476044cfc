"""In a review, says why a change was made while the mouse is on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from app.page.page import Page
from app.run.review import Review
from app.run.view import RunView


class ChangeHints(QObject):
    """Watches the mouse on the page: the bar and a tooltip show the change that it is on.

    find_review: returns what is shown; None outside a review.
    """

    def __init__(self, page: Page, view: RunView, find_review: Callable[[], Review | None], parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._view, self._find_review = page, view, find_review
        page.viewport().setMouseTracking(True)
        page.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """True for a tooltip that is shown here."""
        review = self._find_review()
        if review is None:
            return False
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._view.hover(self._change_at(event.position().toPoint()))
        elif event.type() == QEvent.Type.Leave:
            self._view.hover(None)
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._change_at(event.pos())
            if number is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), review.sentence_of(number), self._page.viewport())
            return True
        return False

    def _change_at(self, point: QPoint) -> int | None:
        """The change below a point, not the one nearest to it."""
        review = self._find_review()
        number = review.change_at(self._page.position_at(point)) if review is not None else None
        if review is None or number is None:
            return None
        rects = self._page.range_rects(*review.range_of(number))
        return number if any(rect.contains(point) for rect in rects) else None
