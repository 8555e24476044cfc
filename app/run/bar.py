"""The bar below the words of a run: its progress, then the choices in the review."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from app.page.floating_bar import HEIGHT, SHADOW, BarButton, BarLabel, Divider, FloatingBar
from app.page.page import Page
from app.run.review import counted
from app.theme import Theme

ROOM = HEIGHT + 14
"""Pixels that the page keeps free for the bar below the paragraph."""
_WIDEST = "Rewriting · part 88 of 88 · about 88 min left"


class RunBar(FloatingBar):
    """Progress with Stop during a run; Accept, Reject and Again in a review."""

    stop_requested = Signal()
    accept_requested = Signal()
    reject_requested = Signal()
    again_requested = Signal()
    result_requested = Signal(int)
    """1 for the next result, -1 for the previous one."""
    change_requested = Signal(int)
    """1 for the next change, -1 for the previous one."""

    def __init__(self, page: Page, theme: Theme) -> None:
        super().__init__(page, theme, "run_bar", "Run and review")
        self._fraction = 0.0
        self._label = BarLabel(self, "run_progress")
        self._stop = BarButton(self, "stop_run", "Stop", "Esc", "Stop and leave your text unchanged.")
        self._accept = BarButton(
            self,
            "accept_change",
            "Accept",
            "Ctrl+Return",
            "Accept the new words. A single undo restores the old ones.",
            strong=True,
        )
        self._reject = BarButton(self, "reject_change", "Reject", "Esc", "Keep your words.")
        self._again = BarButton(
            self,
            "rewrite_again",
            "Try again",
            "Ctrl+R",
            "Try again, or retry only selected words. This result is kept.",
        )
        self._previous = BarButton(self, "previous_result", "‹", "", "Previous result (Alt+Left)")
        self._next = BarButton(self, "next_result", "›", "", "Next result (Alt+Right)")
        self._previous.setAccessibleName("Previous result")
        self._next.setAccessibleName("Next result")
        self._back = BarButton(self, "previous_change_button", "↑", "", "Previous change (Shift+F7)")
        self._forward = BarButton(self, "next_change_button", "↓", "", "Next change (F7)")
        self._back.setAccessibleName("Previous change")
        self._forward.setAccessibleName("Next change")
        self._which = BarLabel(self, "result_number")
        self._divider = Divider(self)
        choice = (self._previous, self._which, self._next)
        for widget in (
            self._label,
            self._back,
            self._forward,
            self._divider,
            self._stop,
            self._accept,
            self._reject,
            self._again,
            *choice,
        ):
            self.row.addWidget(widget)
        self._stop.clicked.connect(self.stop_requested)
        self._accept.clicked.connect(self.accept_requested)
        self._reject.clicked.connect(self.reject_requested)
        self._again.clicked.connect(self.again_requested)
        self._previous.clicked.connect(lambda: self.result_requested.emit(-1))
        self._next.clicked.connect(lambda: self.result_requested.emit(1))
        self._back.clicked.connect(lambda: self.change_requested.emit(-1))
        self._forward.clicked.connect(lambda: self.change_requested.emit(1))

    def show_progress(self, text: str, fraction: float) -> None:
        """A run is in progress. fraction: 0 to 1."""
        self._offer(reviewing=False)
        self._label.setText(text)
        self._label.setMinimumWidth(QFontMetrics(self._label.font()).horizontalAdvance(_WIDEST) // 2)
        self._fraction = fraction
        self.update()

    def show_review(
        self, taken: int, changes: int, number: int, results: int, position: int = 0, reason: str = ""
    ) -> None:
        """A result is in review. taken: how many of its changes will be accepted. number: of the result, from 1.

        position: of the change that is looked at, from 1; 0 where there is none. reason: why it was made.
        """
        self._open_review(number, results, walk=changes > 1)
        self._accept.rename("Accept", "Accept the new words. A single undo restores the old ones.")
        many = counted(changes)
        declined = f" · {changes - taken} declined" if taken != changes else ""
        all_of_them = many if taken == changes else f"{taken} of {many}"
        why = f" · {reason}" if reason else ""
        self._label.setText(f"Change {position} of {changes}{why}{declined}" if position else all_of_them)
        self._label.setMinimumWidth(0)
        self._label.setToolTip("F7 goes to the next change. F8 or a click restores its old words.")

    def show_held_back(self, number: int, results: int) -> None:
        """A result is not shown, because it has faults. number: of the result, from 1."""
        self._open_review(number, results, walk=False)
        self._accept.rename("Show anyway", "Show the result that was held back. Nothing is accepted yet.")
        self._label.setText("Nothing better found")
        self._label.setMinimumWidth(0)
        self._label.setToolTip("")

    def _open_review(self, number: int, results: int, *, walk: bool) -> None:
        """Show the buttons of a review.

        number: of the result, from 1. walk: whether there are changes to go through.
        """
        self._which.setText(f"{number} of {results}")
        self._previous.setEnabled(number > 1)
        self._next.setEnabled(number < results)
        self._offer(reviewing=True, several=results > 1, walk=walk)
        self._fraction = 0.0

    def follow(self, start: int, end: int) -> None:
        """Lie below the paragraph in which the range ends, in the room kept there.

        When the writer has scrolled away from it, the bar waits at the lower edge of the page.
        """
        page = self.page
        view, document = page.viewport().geometry(), page.document()
        top = self.lowest
        block = document.findBlock(end)
        if abs(block.blockNumber() - page.firstVisibleBlock().blockNumber()) < page.height():
            bottom = page.blockBoundingGeometry(block).translated(page.contentOffset()).bottom() - ROOM
            if not block.next().isValid():
                bottom -= document.documentMargin()
            if bottom > 0:
                top = view.top() + bottom + 6
        self.put(view.left() + document.documentMargin() - 8, top)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card, and a thin line that grows with what has settled."""
        super().paintEvent(event)
        if self._fraction > 0:
            painter = QPainter(self)
            card = QRectF(self.rect()).adjusted(SHADOW + 8, SHADOW, -SHADOW - 8, -SHADOW)
            line = QRectF(card.left(), card.bottom() - 2.5, card.width() * min(1.0, self._fraction), 1.5)
            painter.fillRect(line, self.theme.accent)

    def _offer(self, *, reviewing: bool, several: bool = False, walk: bool = False) -> None:
        """Show the buttons of a run or of a review.

        several: whether there is more than one result. walk: whether there is more than one change.
        """
        for button in (self._back, self._forward):
            button.setVisible(walk)
        for widget in (self._previous, self._which, self._next):
            widget.setVisible(several)
        self._stop.setVisible(not reviewing)
        for button in (self._accept, self._reject, self._again):
            button.setVisible(reviewing)
        self.row.activate()
