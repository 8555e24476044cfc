"""Choosing the encoding of a file: to read it once more, or to save it, in another one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.documents.text_document import qt_string
from engine import ENCODINGS, TextEncoding

SEEN = 65_536
"""Bytes of a file from which the preview takes its lines."""
_LINES = 8
_SCRIPTS = {
    "Western": ("cp1252", "iso8859_1", "iso8859_15", "mac_roman", "cp437", "cp850"),
    "Central European": ("cp1250", "iso8859_2"),
    "Baltic": ("cp1257", "iso8859_13"),
    "Turkish": ("cp1254", "iso8859_9"),
    "Cyrillic": ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"),
    "Greek": ("cp1253", "iso8859_7"),
    "Hebrew": ("cp1255", "iso8859_8"),
    "Arabic": ("cp1256", "iso8859_6"),
    "Thai": ("cp874",),
    "Vietnamese": ("cp1258",),
    "Japanese": ("cp932", "euc_jp"),
    "Chinese": ("gb18030", "big5"),
}
_LINE = 200
"""Characters of a line that the preview shows."""


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """What the writer has chosen. reopen: whether to read the file in that encoding instead of saving it."""

    encoding: TextEncoding
    reopen: bool


class EncodingDialog(QDialog):
    """Offers all encodings, and shows how the file reads in the one that is selected.

    head: the first bytes of the file, SEEN at most; b"" where there is none to reopen. current: its encoding; None
    where it is not known, so that there is nothing to save.
    """

    def __init__(self, parent: QWidget, name: str, head: bytes, current: TextEncoding | None) -> None:
        super().__init__(parent)
        self.setObjectName("encoding_dialog")
        self.setWindowTitle("Encoding")
        self.setAccessibleName("Encoding")
        self.choice: EncodingChoice | None = None
        self._head = head
        # One that nobody would choose, such as UTF-16 without a byte order mark, is only there while the file has it.
        self._encodings = [*([current] if current and current not in ENCODINGS else []), *ENCODINGS]
        self._list = QListWidget()
        self._list.setObjectName("encodings")
        self._list.setAccessibleName("Encodings")
        self._list.addItems([_described(encoding) for encoding in self._encodings])
        self._preview = QPlainTextEdit()
        self._preview.setObjectName("preview")
        self._preview.setAccessibleName("How the file reads")
        self._preview.setReadOnly(True)
        self._preview.setVisible(bool(head))
        self._lay_out(_about(name, current), with_save=current is not None)
        self._list.currentRowChanged.connect(self._show_preview)
        self._list.setCurrentRow(self._encodings.index(current) if current else 0)
        self._list.setFocus()

    @classmethod
    def ask(cls, parent: QWidget, name: str, head: bytes, current: TextEncoding | None) -> EncodingChoice | None:
        """Show the dialog; None where the writer has cancelled it."""
        dialog = cls(parent, name, head, current)
        dialog.exec()
        dialog.deleteLater()
        return dialog.choice

    def _lay_out(self, about: str, *, with_save: bool) -> None:
        explanation = QLabel(about)
        explanation.setObjectName("explanation")
        explanation.setTextFormat(Qt.TextFormat.PlainText)
        explanation.setWordWrap(True)
        sides = QHBoxLayout()
        sides.setSpacing(12)
        sides.addWidget(self._list, 2)
        sides.addWidget(self._preview, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        if self._head:
            self._add_button(buttons, "reopen", "&Reopen" if with_save else "&Open", reopen=True)
        if with_save:
            self._add_button(buttons, "save", "&Save", reopen=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(explanation)
        column.addLayout(sides, 1)
        column.addWidget(buttons)
        self.resize(620 if self._head else 360, 400)

    def _add_button(self, buttons: QDialogButtonBox, name: str, text: str, *, reopen: bool) -> None:
        button = buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setObjectName(name)
        button.setAccessibleName(text.replace("&", ""))
        # Return reopens, which asks about unsaved changes first, rather than writing the file.
        button.setDefault(reopen or not self._head)
        button.clicked.connect(lambda: self._choose(reopen=reopen))

    def _choose(self, *, reopen: bool) -> None:
        self.choice = EncodingChoice(self._encodings[self._list.currentRow()], reopen)
        self.accept()

    @Slot(int)
    def _show_preview(self, row: int) -> None:
        text = self._head.decode(self._encodings[row].codec, "replace").removeprefix("\ufeff")
        lines = text.splitlines()
        telling = [line for line in lines if not line.isascii()] or lines
        self._preview.setPlainText(qt_string("\n".join(line[:_LINE] for line in telling[:_LINES])))


def _about(name: str, current: TextEncoding | None) -> str:
    if current is None:
        return f"The encoding of “{name}” is not known. Choose one in which it reads well."
    guess = ", which is a guess" if current.guessed else ""
    return f"“{name}” is in {current.label}{guess}. Reopen it if it reads wrong, or save it in another encoding."


def _described(encoding: TextEncoding) -> str:
    """An encoding, and for which texts it is."""
    script = next((script for script, codecs in _SCRIPTS.items() if encoding.codec in codecs), "")
    return f"{encoding.label} · {script}" if script else encoding.label
