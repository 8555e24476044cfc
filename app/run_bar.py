"""The bar under the words that a run is about: how far it is, and then what may be done with its result."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from app.floating_bar import HEIGHT, SHADOW, BarButton, BarLabel, Divider, FloatingBar
from app.page import Page
from app.theme import Theme

ROOM = HEIGHT + 14
"""Pixels that the page keeps free for the bar under the paragraph."""
_WIDEST = "Rewriting · part 88 of 88 · step 88 of 88"


class RunBar(FloatingBar):
    """Progress with Stop during a run; Accept, Reject and Again in a review."""

    stop_requested = Signal()
    accept_requested = Signal()
    reject_requested = Signal()
    again_requested = Signal()

    def __init__(self, page: Page, theme: Theme) -> None:
        super().__init__(page, theme, "run_bar", "Run and review")
        self._fraction = 0.0
        self._label = BarLabel(self, "run_progress")
        self._stop = BarButton(self, "stop_run", "Stop", "Esc", "Stop and keep the words as they are.")
        self._accept = BarButton(
            self,
            "accept_change",
            "Accept",
            "Ctrl+Return",
            "Take the new words. One undo brings the old back.",
            strong=True,
        )
        self._reject = BarButton(self, "reject_change", "Reject", "Esc", "Keep the old words.")
        self._again = BarButton(self, "rewrite_again", "Again", "Ctrl+R", "Throw the new words away and try once more.")
        self._divider = Divider(self)
        for widget in (self._label, self._divider, self._stop, self._accept, self._reject, self._again):
            self.row.addWidget(widget)
        self._stop.clicked.connect(self.stop_requested)
        self._accept.clicked.connect(self.accept_requested)
        self._reject.clicked.connect(self.reject_requested)
        self._again.clicked.connect(self.again_requested)

    def show_progress(self, text: str, fraction: float) -> None:
        """A run is under way. fraction: 0 to 1."""
        self._offer(reviewing=False)
        self._label.setText(text)
        self._label.setMinimumWidth(QFontMetrics(self._label.font()).horizontalAdvance(_WIDEST) // 2)
        self._fraction = fraction
        self.update()

    def show_review(self, taken: int, changes: int) -> None:
        """A result is there. taken: how many of its changes will be accepted."""
        self._offer(reviewing=True)
        self._fraction = 0.0
        many = f"{changes} change" + "s" * (changes != 1)
        self._label.setText(many if taken == changes else f"{taken} of {many}")
        self._label.setMinimumWidth(0)
        self._label.setToolTip("F7 goes to the next change, F8 or a click puts its old words back.")

    def follow(self, start: int, end: int) -> None:
        """Lie under the paragraph where the range ends, in the room that is kept there.

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
        """The card, and a thin line that grows with the steps."""
        super().paintEvent(event)
        if self._fraction > 0:
            painter = QPainter(self)
            card = QRectF(self.rect()).adjusted(SHADOW + 8, SHADOW, -SHADOW - 8, -SHADOW)
            line = QRectF(card.left(), card.bottom() - 2.5, card.width() * min(1.0, self._fraction), 1.5)
            painter.fillRect(line, self.theme.accent)

    def _offer(self, *, reviewing: bool) -> None:
        """Show the buttons of one of the two moments."""
        self._stop.setVisible(not reviewing)
        for button in (self._accept, self._reject, self._again):
            button.setVisible(reviewing)
        self.row.activate()
