"""The slim line above the page: menus, the document's name, and the actions for a selection."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenuBar, QToolButton, QWidget

HEIGHT = 38
_EDGE = 8


class TopBar(QWidget):
    """Holds the menu bar on the left, the document's name in the middle and buttons on the right.

    menus: the menu bar, to be filled by the window.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self.setAccessibleName("Menus and actions")
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menus = QMenuBar(self)
        self.menus.setObjectName("menu_bar")
        self.menus.setAccessibleName("Menus")
        self._line = ""
        self._name = QLabel(self)
        self._name.setObjectName("document_name")
        self._name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE, 0, _EDGE, 0)
        # Equal shares on both sides keep the name in the middle of the window.
        row.addWidget(self.menus, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._name)
        row.addLayout(self._buttons, 1)

    def add_button(self, action: QAction) -> None:
        """A button for an action; it never takes the focus from the text."""
        button = QToolButton(self)
        button.setObjectName(f"{action.objectName()}_button")
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._buttons.addWidget(button)

    def show_name(self, name: str, *, unsaved: bool) -> None:
        """Show the document's name and whether it has unsaved changes."""
        self._line = f"{name} — edited" if unsaved else name
        self._fit_name()
        self._name.setAccessibleName(f"Document: {name}, {'unsaved changes' if unsaved else 'saved'}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the name is shortened first: the title shows it too."""
        super().resizeEvent(event)
        self._fit_name()

    def _fit_name(self) -> None:
        """Shorten the name to the room between menus and buttons."""
        taken = self.menus.sizeHint().width() + self._buttons.sizeHint().width() + 4 * _EDGE
        room = max(0, self.width() - taken)
        self._name.setText(self._name.fontMetrics().elidedText(self._line, Qt.TextElideMode.ElideMiddle, room))
