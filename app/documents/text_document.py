"""Documents for the page: made from text, cloned, and turned back into exactly the same text."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextCursor, QTextDocument

from app.documents.page_layout import PageLayout
from engine import kind_of

MARGIN = 40.0
"""Pixels of paper around the text that scroll with it."""


def new_document(text: str, font: QFont, parent: QObject | None = None, *, undo: bool = True) -> QTextDocument:
    """A document with the page's layout. `text` has "\\n" between paragraphs.

    The caller keeps the document alive (or gives it a parent): the page shows documents, it does not own them.
    undo: False for a document that a person never edits.
    """
    document = QTextDocument(parent)
    document.setUndoRedoEnabled(undo)
    document.setDefaultFont(font)
    document.setDocumentMargin(MARGIN)
    document.setDocumentLayout(PageLayout(document))
    document.setPlainText(qt_string(text))
    document.setModified(False)
    return document


def fill(document: QTextDocument, text: str, size: int = 10_000) -> Iterator[float]:
    """Append a text to a document without undo, `size` characters at a time; yields how much is done, 0 to 1."""
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    for start in range(0, len(text), size):
        cursor.insertText(qt_string(text[start : start + size]))
        yield min(1.0, (start + size) / len(text))


def qt_string(text: str) -> str:
    """The string to pass to Qt so that it holds `text`; needed for every insertion of text a person may have written.

    On the way to Qt, PySide takes U+FEFF at the start of a string for a byte order mark and drops it, and U+FFFE for
    one of the other byte order.
    """
    return "\ufeff" + text if text.startswith(("\ufeff", "\ufffe")) else text


def plain_text(document: QTextDocument) -> str:
    """The text with "\\n" between paragraphs and every other character as it was typed.

    QTextDocument.toPlainText() would turn no-break spaces into spaces and U+2028 into line breaks.
    """
    return _whole(document, document.toRawText(), 0, document.characterCount() - 1)


def kind_of_document(document: QTextDocument) -> str:
    """What kind of text a document is, by its name."""
    return kind_of(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))


def slice_of(document: QTextDocument, start: int, end: int) -> str:
    """A part of the text, unchanged, with "\\n" between paragraphs. Positions are UTF-16 units."""
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    return _whole(document, cursor.selectedText(), start, end)


def replace_range(document: QTextDocument, start: int, end: int, text: str) -> int:
    """Replace a part of the text as one undo step; returns where the new text ends. Positions are UTF-16 units.

    Where lines remain on both sides, each keeps its paragraph format, and so its own line end. Qt itself would give
    both that of the first.
    """
    first, last = document.findBlock(start).blockFormat(), document.findBlock(end).blockFormat()
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    if first == last or "\n" not in text:
        # Not in a block of its own: Qt joins letters that are typed one after the other into one undo step.
        cursor.insertText(qt_string(text))
        return cursor.position()
    cursor.beginEditBlock()
    cursor.insertText(qt_string(text))
    cursor.setBlockFormat(last)
    head = QTextCursor(document)
    head.setPosition(start)
    head.setBlockFormat(first)
    cursor.endEditBlock()
    return cursor.position()


def replace_text(document: QTextDocument, text: str) -> None:
    """Make this the whole text as one undo step. What is the same at both ends stays, and a caret there with it."""
    old = plain_text(document)
    start = _same(old, text)
    shortest = min(len(old), len(text)) - start
    end = _same(old[::-1][:shortest], text[::-1][:shortest])
    first, last = (len_utf16(old[:place]) for place in (start, len(old) - end))
    if (first, start + end) != (last, len(text)):
        replace_range(document, first, last, text[start : len(text) - end])


def _same(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def len_utf16(text: str) -> int:
    """How many units Qt counts for a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clone_document(document: QTextDocument, parent: QObject | None = None) -> QTextDocument:
    """A scratch document with the same text, font and layout, and no undo history of its own."""
    clone = new_document(plain_text(document), document.defaultFont(), parent, undo=False)
    clone.setDefaultTextOption(document.defaultTextOption())
    return clone


def _whole(document: QTextDocument, text: str, start: int, end: int) -> str:
    """The string that Qt has given for a part of a document, complete: on the way, PySide drops half characters."""
    if end - start not in (len(text), len(text.encode("utf-16-le")) // 2):
        units = "".join(map(document.characterAt, range(start, end)))
        text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text.replace("\u2029", "\n")
