"""The slim line above the page: menus, the document's name, and what can be done with a selection."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenuBar, QSizePolicy, QToolButton, QWidget

HEIGHT = 38


class TopBar(QWidget):
    """Holds the menu bar on the left, the document's name in the middle and buttons on the right.

    menus: the menu bar, to be filled by the window.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self.setAccessibleName("Menus and actions")
        self.setFixedHeight(HEIGHT)
        self.menus = QMenuBar(self)
        self.menus.setObjectName("menu_bar")
        self.menus.setAccessibleName("Menus")
        # On its own line of the screen the menu bar would belong to the window; here it is one of three parts.
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._name = QLabel(self)
        self._name.setObjectName("document_name")
        self._name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._right = QWidget(self)
        self._right.setLayout(self._buttons)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 12, 0)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._name, 1)
        row.addWidget(self._right, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_button(self, action: QAction) -> None:
        """A button for an action; it never takes the focus from the text."""
        button = QToolButton(self._right)
        button.setObjectName(f"{action.objectName()}_button")
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._buttons.addWidget(button)

    def show_name(self, name: str, *, unsaved: bool) -> None:
        """Say which document this is, and whether it has changes that are not on the disk."""
        self._name.setText(f"{name} — edited" if unsaved else name)
        self._name.setAccessibleName(f"Document: {name}, {'unsaved changes' if unsaved else 'saved'}")
