"""Making the document of a large file: in slices, with progress, until it is there or cancelled."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.documents.text_document import fill, new_document

_MANY_LINES = 20_000
"""From here on, making the document takes longer than a tenth of a second: some 6 microseconds a line."""
_LONG_LINE = re.compile(r"[^\n]{20001}")
"""Qt lays out the whole line at every key: half a microsecond a character and more."""


def make_document(text: str, font: QFont, parent: QObject, window: QWidget, name: str) -> QTextDocument | None:
    """A document as `new_document` makes it; None where the writer has cancelled it.

    window: where progress is shown, if it takes long. name: what is being opened.
    """
    if text.count("\n") < _MANY_LINES:
        return new_document(text, font, parent)
    progress = QProgressDialog(f"Opening {name}…", "Cancel", 0, 1000, window)
    progress.setObjectName("opening")
    progress.setAccessibleName("Opening")
    progress.setWindowModality(Qt.WindowModality.WindowModal)
    document = new_document("", font, parent, undo=False)
    for share in fill(document, text):
        # Processes events, too.
        progress.setValue(int(1000 * share))
        if progress.wasCanceled():
            break
    cancelled = progress.wasCanceled()
    progress.deleteLater()
    if cancelled:
        document.deleteLater()
        return None
    document.setUndoRedoEnabled(True)
    document.setModified(False)
    return document


def has_long_line(text: str) -> bool:
    """Whether typing in one of its lines will be slow."""
    return _LONG_LINE.search(text) is not None
