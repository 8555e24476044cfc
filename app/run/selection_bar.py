"""The bar that appears beside a selection: its actions, and the strength and length of a rewrite."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractSlider, QApplication

from app.bridge import EngineBridge
from app.edits import EDITS, LENGTHS
from app.page.floating_bar import HEIGHT, SHADOW, BarButton, BarLabel, Divider, FloatingBar
from app.page.page import Page
from app.run.bar_place import covers_what_is_read, look_around, place
from app.settings import Settings
from app.theme import ThemeSource
from engine import MOST_WORDS, Action

STRENGTH_STEP = 0.1
"""Share by which a key changes the strength of the next rewrite."""
_PAUSE = 160
"""Milliseconds for which a selection must stay the same: a bar that chases the mouse is a nuisance."""
_WORDS_TIP = "Choose another word that fits here, for one to three words."
_LENGTH_TIP = "Length of a rewrite compared with the selection. Also in the Write menu."


class SelectionBar(FloatingBar):
    """Rewrite, Fill, Fix, other words for a few, strength and length of a rewrite.

    Lies above or below the selection: see `bar_place`.

    wanted: whether it may be shown; not during a run or a review.
    """

    edit_requested = Signal(object)
    """The Action of the button that was pressed."""
    words_requested = Signal()
    """The button for other words was pressed."""
    message = Signal(str)
    """One line for the writer."""

    def __init__(self, page: Page, themes: ThemeSource, settings: Settings, bridge: EngineBridge) -> None:
        super().__init__(page, themes.theme, "selection_bar", "Selected words")
        self.wanted = True
        self._settings, self._bridge = settings, bridge
        self._dismissed = False
        self._buttons = {action: self._add_button(action) for action, edit in EDITS.items() if edit.keys}
        self._words = BarButton(self, "other_words_selection", "Words", "Alt+W", _WORDS_TIP)
        self._words.setAccessibleName("Other words")
        self._words.clicked.connect(self.words_requested)
        self.row.addWidget(self._words)
        self._length = BarButton(self, "length", "", "", _LENGTH_TIP)
        self._length.clicked.connect(self._take_next_length)
        self._dial = StrengthDial(self, settings)
        self._percent = BarLabel(self, "strength_label")
        for widget in (Divider(self), self._dial, self._percent, self._length):
            self.row.addWidget(widget)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self.follow)
        page.selectionChanged.connect(self._await_rest)
        page.view_changed.connect(self.follow)
        page.installEventFilter(self)
        settings.changed.connect(self._take_setting)
        themes.theme_changed.connect(self.take_theme)
        for changed in (bridge.ready, bridge.load_failed, bridge.replaced):
            changed.connect(self._offer)
        self._show_strength()
        self._show_length()
        self._offer()

    def change_strength(self, by: float) -> None:
        """Make the next rewrite stronger or gentler; `by` is a share, such as 0.1."""
        strength = round(min(1.0, max(0.0, self._settings.value("strength") + by)), 2)
        self._settings.set_value("strength", strength)
        self.message.emit(f"Strength: {round(100 * strength)}%")

    def dismiss(self) -> bool:
        """Hide until something else is selected. False when there was nothing to hide."""
        self._dismissed = True
        self._wait.stop()
        shown = self.isVisible()
        self.hide()
        return shown

    @Slot()
    def follow(self) -> None:
        """Show the bar beside the selection, or hide it."""
        cursor = self.page.textCursor()
        allowed = self.wanted and not self._dismissed and self._settings.value("floating_bar")
        if not allowed or not cursor.hasSelection() or self._wait.isActive() or not self.page.hasFocus():
            self.hide()
            return
        if QApplication.mouseButtons():
            # The writer is still dragging.
            self._wait.start()
            self.hide()
            return
        self._words.setVisible(len(cursor.selectedText().split()) <= MOST_WORDS)
        self.row.activate()
        around = look_around(self.page, self.lowest, QCursor.pos())
        if not around.selected:
            self.hide()
            return
        corner = place(around, QSizeF(self.fitted_size()))
        self.put(corner.x(), corner.y())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Show and hide the bar with the keyboard focus."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._wait.start()
        return False

    def _is_out_of_the_way(self) -> bool:
        """Whether the bar, where it is, covers nothing of the selection as it is now, nor what comes next."""
        around = look_around(self.page, self.lowest, QCursor.pos())
        card = QRectF(self.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW))
        return not covers_what_is_read(around, card.translated(-around.view.topLeft()))

    def _add_button(self, action: Action) -> BarButton:
        """A button for an action; the first one is the main one."""
        edit = EDITS[action]
        strong = action is Action.REWRITE
        button = BarButton(self, f"{action.value}_selection", edit.name, edit.keys, edit.tip, strong=strong)
        button.clicked.connect(lambda: self.edit_requested.emit(action))
        self.row.addWidget(button)
        return button

    @Slot()
    def _offer(self) -> None:
        """Disable what the engine cannot do."""
        for action, button in self._buttons.items():
            button.refuse(self._bridge.refusal(action))

    @Slot()
    def _await_rest(self) -> None:
        self._dismissed = False
        if self.isVisible() and not (self.page.textCursor().hasSelection() and self._is_out_of_the_way()):
            self.hide()
        self._wait.start()

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        if name == "strength":
            self._show_strength()
        elif name == "length":
            self._show_length()
            self.follow()
        elif name == "floating_bar":
            self.follow()

    def _show_strength(self) -> None:
        percent = round(100 * self._settings.value("strength"))
        self._percent.setText(f"{percent}%")
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100%") + 14)
        self._dial.setValue(percent)

    @Slot()
    def _take_next_length(self) -> None:
        names = list(LENGTHS)
        following = (names.index(self._settings.value("length")) + 1) % len(names)
        self._settings.set_value("length", names[following])

    def _show_length(self) -> None:
        text = LENGTHS[self._settings.value("length")]
        self._length.setText(text)
        self._length.setAccessibleName(f"Length: {text}")
        self._length.updateGeometry()


class StrengthDial(QAbstractSlider):
    """How many of the words a rewrite melts, in per cent."""

    def __init__(self, bar: FloatingBar, settings: Settings) -> None:
        super().__init__(bar)
        self.setObjectName("strength")
        self.setAccessibleName("Strength")
        self.setToolTip("Strength: how much of the selection a rewrite may change (Alt+Up, Alt+Down).")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setRange(0, 100)
        self._bar = bar
        self._settings = settings
        self.setValue(round(100 * settings.value("strength")))
        self.setFixedSize(QSize(96, HEIGHT - 6))
        self.valueChanged.connect(self._keep)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to the pressed position."""
        self._follow_mouse(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        self._follow_mouse(event.position())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A line, filled up to a knob."""
        theme = self._bar.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        left, right = 8.0, self.width() - 8.0
        knob = left + (right - left) * self.value() / 100
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.hairline)
        painter.drawRoundedRect(QRectF(left, middle - 1.5, right - left, 3), 1.5, 1.5)
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(QRectF(left, middle - 1.5, knob - left, 3), 1.5, 1.5)
        painter.drawEllipse(QPointF(knob, middle), 5.5, 5.5)

    def _follow_mouse(self, place: QPointF) -> None:
        share = (place.x() - 8) / (self.width() - 16)
        self.setValue(round(20 * min(1.0, max(0.0, share))) * 5)

    @Slot(int)
    def _keep(self, percent: int) -> None:
        self._settings.set_value("strength", percent / 100)
        self.update()
