"""The bar that says that another program has changed the open file, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.documents.disk_watch import DiskWatch
from app.documents.open_document import OpenDocument
from app.one_line import OneLine


class DiskNotice(QWidget):
    """Lies above the page, hidden until it is needed. watch: looks at the file, also when the window becomes active."""

    def __init__(self, opened: OpenDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("disk_notice")
        self.setAccessibleName("File changed on disk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.watch = DiskWatch(opened)
        self._opened = opened
        self._line = OneLine("disk_line", "File", self)
        self._line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._reload = self._button("reload_file", "Reload", "Show the new content of the file. Ctrl+Z restores yours.")
        self._keep = self._button("keep_mine", "Keep mine", "Keep this text. Saving it overwrites the file.")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 16, 5)
        row.addWidget(self._line, 1)
        row.addWidget(self._reload)
        row.addWidget(self._keep)
        self._reload.clicked.connect(opened.reload)
        self._keep.clicked.connect(opened.keep_mine)
        self.watch.changed.connect(self._show)
        self.watch.unchanged.connect(self.hide)
        self.hide()

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        """A button that never takes the focus from the text, except by Tab."""
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot(bool)
    def _show(self, gone: bool) -> None:
        what = "moved or deleted" if gone else "changed"
        yours = " You have unsaved changes." if self._opened.unsaved and not gone else ""
        self._line.say(f"Another program has {what} {self._opened.name}.{yours}")
        self._reload.setVisible(not gone)
        self.show()
