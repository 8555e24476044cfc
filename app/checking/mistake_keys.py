"""Keys and clicks on underlined words, before the page and the runs see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent

from app.checking.mark import Mark
from app.page.page import Page

_SECOND_CLICK = 220
"""Milliseconds in which a second click would make it a double click, which selects a word."""


class Mistakes(Protocol):
    """What there is to click on."""

    def mark_at(self, position: int) -> tuple[int, Mark] | None:
        """The underlined words at a position of the page, and where their paragraph starts."""
        ...

    def offer(self, start: int, mark: Mark, more: Sequence[QAction] = ()) -> None:
        """Show the menu of a mistake."""


class MistakeKeys(QObject):
    """Shows the menu of a mistake at a click, at Alt+Return, and in place of the context menu."""

    def __init__(self, page: Page, mistakes: Mistakes, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._mistakes = page, mistakes
        self._pressed = QPoint()
        self._clicked: tuple[int, Mark] | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_SECOND_CLICK)
        self._wait.timeout.connect(self._offer_clicked)
        page.installEventFilter(self)
        page.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for what nobody else must see."""
        if isinstance(event, QKeyEvent):
            return watched is self._page and self._take_key(event)
        if isinstance(event, QContextMenuEvent):
            return self._take_menu(watched, event)
        if isinstance(event, QMouseEvent) and watched is self._page.viewport():
            self._take_mouse(event)
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        self._wait.stop()
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or modifiers != Qt.KeyboardModifier.AltModifier:
            return False
        cursor = self._page.textCursor()
        found = None if cursor.hasSelection() else self._mistakes.mark_at(cursor.position())
        if found is None or event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # The key then arrives here as a press, although a menu has it too.
            event.accept()
        elif not event.isAutoRepeat():
            self._mistakes.offer(*found)
        return True

    def _take_menu(self, watched: QObject, event: QContextMenuEvent) -> bool:
        """By key, only what mends; by mouse, also what the page offers everywhere."""
        self._wait.stop()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            found, more = self._mistakes.mark_at(self._page.textCursor().position()), []
        elif watched is self._page.viewport():
            found, more = self._mark_below(event.pos()), self._page.actions()
        else:
            return False
        if found is None:
            return False
        self._mistakes.offer(*found, more)
        return True

    def _take_mouse(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers():
            return
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = point
            self._wait.stop()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self._wait.stop()
            self._pressed = QPoint(-1, -1)
        elif event.type() == QEvent.Type.MouseButtonRelease and (point - self._pressed).manhattanLength() < 4:
            self._clicked = None if self._page.textCursor().hasSelection() else self._mark_below(point)
            if self._clicked is not None:
                self._wait.start()

    def _mark_below(self, point: QPoint) -> tuple[int, Mark] | None:
        """The mark below a point, not the one nearest to it."""
        found = self._mistakes.mark_at(self._page.position_at(point))
        if found is None:
            return None
        start, mark = found
        rects = self._page.range_rects(start + mark.start, start + mark.end)
        return found if any(rect.contains(point) for rect in rects) else None

    @Slot()
    def _offer_clicked(self) -> None:
        if self._clicked is not None:
            self._mistakes.offer(*self._clicked)
