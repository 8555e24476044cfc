"""Reads the text of a document in short slices, so that keys are not held up while a long one is read."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.documents.folding import DocumentText
from app.documents.text_document import marked_slice

_SLICE = 100_000
"""UTF-16 units; reading them takes about a millisecond."""


class TextReader(QObject):
    """Reads one document at a time, and keeps what it has read until the document is edited.

    text: the whole text; None until it has been read.
    """

    read = Signal()
    """`text` is there."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.text: DocumentText | None = None
        self._document: QTextDocument | None = None
        self._parts: list[str] = []
        self._position = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read_on)

    def start(self, document: QTextDocument) -> None:
        """Read a document; ends with `read`, which comes at once for a short text."""
        if self.text is not None and document is self._document:
            self.read.emit()
            return
        self.forget()
        self._document = document
        self._read_on()

    def forget(self) -> None:
        """Drop what was read: the document has been edited, or nobody needs it any more."""
        self._timer.stop()
        self.text, self._document = None, None
        self._parts, self._position = [], 0

    @Slot()
    def _read_on(self) -> None:
        document = self._document
        if document is None:
            return
        last = document.characterCount() - 1
        end = min(self._position + _SLICE, last)
        if end < last and "\udc00" <= document.characterAt(end) <= "\udfff":
            # The second half of a character.
            end += 1
        self._parts.append(marked_slice(document, self._position, end))
        self._position = end
        if end < last:
            self._timer.start(0)
            return
        self.text = DocumentText("".join(self._parts))
        self._parts = []
        self.read.emit()
