"""A dialog with one clear sentence, technical details folded away, and a button that copies them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

_WIDTH, _DETAILS = 520, 220


class ReportDialog(QDialog):
    """Shown beside the window, which can be used meanwhile. Deleted when it is closed.

    sentence: what happened. advice: what it means for the text. details: for whoever mends it.
    """

    def __init__(self, parent: QWidget | None, sentence: str, advice: str, details: str) -> None:
        super().__init__(parent)
        self.setObjectName("report")
        self.setWindowTitle("Remelt")
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(advice)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.details = QPlainTextEdit(details)
        self.details.setObjectName("report_details")
        self.details.setAccessibleName("Details")
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setMinimumHeight(_DETAILS)
        self.details.hide()
        self._fold = _button("report_fold", "Show &details", self._toggle)
        self._copy = _button("report_copy", "&Copy details", self._copy_details)
        close = _button("report_close", "&Go on", self.close)
        close.setDefault(True)
        buttons = QHBoxLayout()
        for button in (self._fold, self._copy):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(_label("report_sentence", sentence))
        column.addWidget(_label("report_advice", advice))
        column.addWidget(self.details, 1)
        column.addLayout(buttons)
        self.setMinimumWidth(_WIDTH)
        close.setFocus()

    @Slot()
    def _toggle(self) -> None:
        shown = self.details.isHidden()
        self.details.setVisible(shown)
        self._fold.setText("Hide &details" if shown else "Show &details")
        self.adjustSize()

    @Slot()
    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())
        self._copy.setText("Copied")


def _label(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(True)
    return label


def _button(name: str, text: str, handler: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text.replace("&", ""))
    button.setAutoDefault(False)
    button.clicked.connect(handler)
    return button
