"""Small bars that float on the page: their look, their position, and their buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QHBoxLayout, QLabel, QWidget

from app.page.page import Page
from app.theme import Theme

HEIGHT = 32
"""Pixels, without the shadow."""
SHADOW = 10
"""Pixels around the bar for its shadow."""
_EDGE = 6.0
"""Pixels between a card and the sides of the page."""
_RADIUS = 8
_FONT = 13


class FloatingBar(QFrame):
    """A rounded card on the page that never takes the focus from the text."""

    def __init__(self, page: Page, theme: Theme, name: str, title: str) -> None:
        super().__init__(page)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # A click between the buttons must not move the caret under the bar.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        # The page is set in a reading face; a bar is part of the window.
        font = QApplication.font()
        font.setPixelSize(_FONT)
        self.setFont(font)
        self.theme = theme
        self.page = page
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SHADOW + 5, SHADOW + 3, SHADOW + 5, SHADOW + 3)
        self.row.setSpacing(2)
        self.hide()

    def take_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self.theme = theme
        self.update()

    @property
    def lowest(self) -> float:
        """The upper edge of a card at the lower edge of the page."""
        return self.page.height() - HEIGHT - 6.0

    def card_size(self) -> QSize:
        """Size without the shadow."""
        return self.sizeHint() - QSize(2 * SHADOW, 2 * SHADOW)

    def put(self, left: float, top: float) -> None:
        """Show the bar with its card at that position; it moves sideways or hides its keys where it would be cut off.

        If it would be too low, it lies at the lower edge.
        """
        top = min(top, self.lowest)
        size = self.fitted_size()
        left = max(_EDGE, min(left, self.page.width() - size.width() - _EDGE))
        self.setGeometry(QRect(QPoint(round(left) - SHADOW, round(top) - SHADOW), self.sizeHint()))
        self.show()
        self.raise_()

    def fitted_size(self) -> QSize:
        """Show the keys of the buttons if the page is wide enough; returns the size of the card."""
        for shown in (True, False):
            for button in self.findChildren(BarButton):
                button.show_key(shown)
            size = self.card_size()
            if size.width() <= self.page.width() - 2 * _EDGE:
                break
        return size

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a card with a soft shadow."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread in range(SHADOW - 2, 0, -1):
            painter.setBrush(QColor(0, 0, 0, 2 if self.theme.name == "light" else 9))
            shade = card.adjusted(-spread, -spread + 2, spread, spread + 2)
            painter.drawRoundedRect(shade, _RADIUS + spread, _RADIUS + spread)
        painter.setBrush(self.theme.chrome)
        painter.setPen(QPen(self.theme.hairline, 1))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


class BarLabel(QLabel):
    """A line of secondary text on a bar."""

    def __init__(self, bar: FloatingBar, name: str) -> None:
        super().__init__(bar)
        self.setObjectName(name)
        # Its own: a new style sheet of the window takes from it what it has inherited.
        self.setFont(bar.font())
        self.setContentsMargins(7, 0, 7, 0)
        self._bar = bar

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the text in secondary ink. Not by the palette, which a new style sheet of the window would reset."""
        painter = QPainter(self)
        painter.setPen(self._bar.theme.chrome_ink)
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())


class BarButton(QAbstractButton):
    """A button with a word and its key. strong: the main one. framed: its word is a choice, not something to do."""

    def __init__(
        self, bar: FloatingBar, name: str, text: str, key: str, tip: str, *, strong: bool = False, framed: bool = False
    ) -> None:
        super().__init__(bar)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setText(text)
        # As for BarLabel.
        self.setFont(bar.font())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._bar = bar
        self._key = key
        self._key_shown = True
        self._tip = tip
        self._strong = strong
        self._framed = framed
        self.refuse("")

    def rename(self, text: str, tip: str) -> None:
        """Give the button another word and tooltip."""
        if text != self.text():
            self._tip = tip
            self.setText(text)
            self.setAccessibleName(text)
            self.refuse("")
            self.updateGeometry()

    def show_key(self, shown: bool) -> None:
        """Show the key beside the word, or hide it."""
        if shown != self._key_shown:
            self._key_shown = shown
            self.updateGeometry()
            self.update()

    def refuse(self, reason: str) -> None:
        """Disable the button and show why; "" enables it again."""
        self.setEnabled(not reason)
        self.setToolTip(reason or self._tip)
        self.setAccessibleDescription(reason or self._tip)

    def sizeHint(self) -> QSize:
        """Room for the word and its key."""
        metrics = QFontMetrics(self.font())
        key = metrics.horizontalAdvance(self._key) * 0.86 + 8 if self._key and self._key_shown else 0
        return QSize(round(metrics.horizontalAdvance(self.text()) + key) + 20, HEIGHT - 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the word in ink, the key faint, and a tint under the mouse."""
        theme = self._bar.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._framed:
            painter.setPen(QPen(theme.noise, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5), _RADIUS - 3, _RADIUS - 3)
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if self.isDown() else theme.hairline)
            painter.drawRoundedRect(QRectF(self.rect()), _RADIUS - 3, _RADIUS - 3)
        font = self.font()
        ink = theme.accent if self._strong else theme.ink
        painter.setPen(ink if self.isEnabled() else theme.ink_faint)
        words = self.rect().adjusted(10, 0, -10, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        if not self._key_shown:
            return
        font.setPixelSize(round(_FONT * 0.86))
        painter.setFont(font)
        painter.setPen(theme.ink_faint)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._key)


class Divider(QWidget):
    """A thin line between two groups of buttons."""

    def __init__(self, bar: FloatingBar) -> None:
        super().__init__(bar)
        self._bar = bar
        self.setFixedSize(9, HEIGHT - 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.fillRect(QRectF(4, 0, 1, self.height()), self._bar.theme.hairline)
