"""Opening a large file: read on a thread, made a document in slices, with progress, until it is there or cancelled."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.documents.encoding_dialog import SEEN
from app.documents.text_document import fill, new_document
from app.documents.text_file import TextFile, shown
from engine import TextEncoding

_MANY_BYTES = 200_000
"""From here on, finding out the encoding may take longer than a tenth of a second."""
_PATIENCE = 0.5
"""Seconds without a word to the writer."""
_MANY_LINES = 20_000
"""From here on, making the document takes longer than a tenth of a second: some 6 microseconds a line."""


def read_file(path: str, window: QWidget, encoding: TextEncoding | None = None) -> tuple[str, TextFile] | None:
    """The text of a file, as `TextFile.read` returns it; None where the writer has cancelled it. Raises TextFileError.

    window: where it is shown that it takes long.
    """
    if _size(path) < _MANY_BYTES:
        return TextFile.read(path, encoding)
    thread = ThreadPoolExecutor(1, "reading")
    reading = thread.submit(TextFile.read, path, encoding)
    thread.shutdown(wait=False)
    progress = _progress(shown(Path(path).name), window, 0)
    begun = time.monotonic()
    while not reading.done() and not progress.wasCanceled():
        late = time.monotonic() > begun + _PATIENCE
        if late and not progress.isVisible():
            progress.show()
        # Without a dialog in front of it, the page must not take keys: its text may be about to go.
        flag = QEventLoop.ProcessEventsFlag
        QCoreApplication.processEvents(flag.AllEvents if late else flag.ExcludeUserInputEvents, 10)
        wait([reading], timeout=0.01)
    cancelled = progress.wasCanceled()
    progress.hide()
    progress.deleteLater()
    return None if cancelled else reading.result()


def make_document(text: str, font: QFont, parent: QObject, window: QWidget, name: str) -> QTextDocument | None:
    """A document as `new_document` makes it; None where the writer has cancelled it.

    window: where progress is shown, if it takes long. name: what is being opened.
    """
    if text.count("\n") < _MANY_LINES:
        return new_document(text, font, parent)
    progress = _progress(name, window, 1000)
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


def _progress(name: str, window: QWidget, steps: int) -> QProgressDialog:
    """A dialog that is shown where opening takes long. steps: 0 where it is not known how long."""
    progress = QProgressDialog(f"Opening {name}…", "Cancel", 0, steps, window)
    progress.setObjectName("opening")
    progress.setAccessibleName("Opening")
    progress.setWindowModality(Qt.WindowModality.WindowModal)
    return progress


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        # Reading it says why.
        return 0


def head_of(path: str | Path) -> bytes:
    """The first bytes of a file, as many as the encoding dialog shows; b"" where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(SEEN)
    except OSError:
        return b""
