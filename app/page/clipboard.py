"""What travels by clipboard and by drag and drop: text, every character unchanged, and files."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QTextCursor

from app.documents.text_document import qt_string, slice_of


def selected_data(cursor: QTextCursor) -> QMimeData:
    """The selected text. Qt's own would turn no-break spaces into spaces and U+2028 into line breaks."""
    data = QMimeData()
    data.setText(qt_string(slice_of(cursor.document(), cursor.selectionStart(), cursor.selectionEnd())))
    return data


def insertable_text(source: QMimeData) -> str:
    """The text that is pasted or dropped, without NUL, which would make a file binary."""
    return source.text().replace("\0", "")


def local_file(source: QMimeData) -> str:
    """The path of the only local file that is pasted or dropped; "" for anything else."""
    urls = source.urls()
    if len(urls) != 1 or not urls[0].toLocalFile():
        return ""
    # QUrl.toLocalFile() itself replaces bytes that are no UTF-8.
    return os.fsdecode(unquote_to_bytes(urls[0].path(QUrl.ComponentFormattingOption.FullyEncoded)))
