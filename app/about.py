"""About Remelt: its versions, to copy into a report, and the licences and sources of all that is shipped."""

from __future__ import annotations

from importlib import metadata

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.credits import CREDITS
from app.icon import application_icon
from app.versions import versions

_ICON = 64
_SIZE = 760, 560
_LIST = 180


class AboutDialog(QDialog):
    """A dialog beside the window. Deleted when it is closed."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("about_dialog")
        self.setWindowTitle("About Remelt")
        self.setAccessibleName("About Remelt")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._text = QTextBrowser()
        self._text.setObjectName("about_text")
        self._text.setAccessibleName("Licence and sources")
        self._text.setOpenExternalLinks(True)
        self._parts = QListWidget()
        self._parts.setObjectName("about_parts")
        self._parts.setAccessibleName("Parts")
        self._parts.setFixedWidth(_LIST)
        self._parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._parts.addItems([credit.title for credit in CREDITS])
        self._parts.currentRowChanged.connect(self._show_part)
        self._lay_out()
        self._parts.setCurrentRow(0)
        self._parts.setFocus()
        self.resize(*_SIZE)

    def _lay_out(self) -> None:
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(_ICON, _ICON))
        about = metadata.metadata("remelt")
        title = _label("about_title", f"Remelt {about['Version']}")
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (title, _label("about_summary", f"{about['Summary']}."), _label("about_versions", _versions())):
            words.addWidget(label)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        middle = QHBoxLayout()
        middle.addWidget(self._parts)
        middle.addWidget(self._text, 1)
        self._copy = QPushButton("&Copy versions")
        self._copy.setObjectName("about_copy")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(self._copy_versions)
        close = QPushButton("C&lose")
        close.setObjectName("about_close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addLayout(head)
        column.addLayout(middle, 1)
        column.addLayout(buttons)

    @Slot(int)
    def _show_part(self, row: int) -> None:
        credit = CREDITS[row]
        if credit.markdown:
            self._text.setMarkdown(credit.read())
        else:
            self._text.setPlainText(credit.read())

    @Slot()
    def _copy_versions(self) -> None:
        QGuiApplication.clipboard().setText(_versions())
        self._copy.setText("Copied")


def _versions() -> str:
    return " · ".join(versions())


def _label(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(True)
    return label
