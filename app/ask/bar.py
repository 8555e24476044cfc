"""The bar below the page with one line for any instruction."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ask.presets import Preset
from app.edits import Asked
from app.field import Field
from app.one_line import OneLine
from app.page.page import Page
from app.settings import Settings
from engine import EngineError, Instruction

_HOW = "Return asks, Up brings back earlier lines, Esc closes."


class AskBar(QWidget):
    """Hidden until it is opened. Return asks, and closes it."""

    asked = Signal(object)
    """What the writer asks for: an Asked."""

    def __init__(self, page: Page, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ask_bar")
        self.setAccessibleName("Ask in words")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._page, self._settings = page, settings
        self._preset: Preset | None = None
        self._refusal = ""
        self._field = Field("ask_field", "What should become of the text?", self, settings.value("ask_history"))
        self._note = OneLine("ask_note", "Note", self)
        close = QToolButton(self)
        close.setObjectName("close_ask")
        close.setText("✕")
        close.setToolTip("Close (Esc)")
        close.setAccessibleName("Close")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._field, 1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 8, 6)
        column.setSpacing(5)
        column.addLayout(row)
        column.addWidget(self._note)
        close.clicked.connect(self.close_bar)
        self._field.left.connect(self.close_bar)
        self._field.confirmed.connect(self._ask)
        self.hide()

    def open(self, preset: Preset | None = None) -> None:
        """Show the bar. preset: one whose instruction the writer is to finish."""
        self._preset = preset
        self._field.setText(preset.start if preset else "")
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        # What is there is to be finished, not to be typed over.
        self._field.end(False)
        self._announce()

    def close_bar(self) -> None:
        """Go back to the page."""
        self.hide()
        self._page.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where the button has the focus."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take Escape before the menus do: there, it rejects a result."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def explain(self, about: str, refusal: str) -> None:
        """Say what an instruction will change, or why none can be followed. refusal: "" where one can."""
        self._refusal = refusal
        line = refusal or f"{about} {_HOW}"
        self._note.say(line)
        self._note.setToolTip(refusal)
        if self.isVisible() and refusal:
            self._announce()

    @Slot()
    def _ask(self) -> None:
        """Ask for what is typed, where that is possible."""
        text = self._field.text().strip()
        if self._refusal:
            self._announce()
            return
        try:
            instruction = (
                Instruction(text, self._preset.asked.instruction.structure) if self._preset else Instruction(text)
            )
        except EngineError as error:
            self._note.say(str(error))
            return
        if self._field.remember():
            self._settings.set_value("ask_history", tuple(self._field.history or ()))
        after = self._preset is not None and self._preset.asked.after
        self.close_bar()
        self.asked.emit(Asked(instruction, after))

    def _announce(self) -> None:
        """Read the note aloud: the keys stay in the field."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._note.text()))
