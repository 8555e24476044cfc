"""Documents for the page: made from text, cloned, and turned back into exactly the same text."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextCursor, QTextDocument

from app.documents.folding import LONGEST, DocumentText, folded, unfolded
from app.documents.folds import fold_long, insert_marked, mark_folds
from app.documents.page_layout import PageLayout
from engine import kind_of

MARGIN = 40.0
"""Pixels of paper around the text that scroll with it."""


def new_document(text: str, font: QFont, parent: QObject | None = None, *, undo: bool = True) -> QTextDocument:
    """A document with the page's layout. `text` has "\n" between lines; very long ones are folded.

    The caller keeps the document alive (or gives it a parent): the page shows documents, it does not own them.
    undo: False for a document that a person never edits.
    """
    return _of_marked(folded(text), font, parent, undo=undo)


def fill(document: QTextDocument, text: str, size: int = 10_000) -> Iterator[float]:
    """Append a text to a document without undo, `size` characters at a time; yields how much is done, 0 to 1."""
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    marked = folded(text)
    for start in range(0, len(marked), size):
        insert_marked(cursor, marked[start : start + size])
        yield min(1.0, (start + size) / len(marked))


def qt_string(text: str) -> str:
    """The string to pass to Qt so that it holds `text`; needed for every insertion of text a person may have written.

    On the way to Qt, PySide takes U+FEFF at the start of a string for a byte order mark and drops it, and U+FFFE for
    one of the other byte order.
    """
    return "\ufeff" + text if text.startswith(("\ufeff", "\ufffe")) else text


def plain_text(document: QTextDocument) -> str:
    """The text of the file, with "\n" between lines and every other character as it was typed.

    QTextDocument.toPlainText() would turn no-break spaces into spaces and U+2028 into line breaks.
    """
    return unfolded(marked_text(document))


def marked_text(document: QTextDocument) -> str:
    """The text with a character for each position of the document: see `app.documents.folding`."""
    return mark_folds(document, text_of_paragraphs(document), 0)


def mapped_text(document: QTextDocument) -> DocumentText:
    """The text of the file, and where in the document it is."""
    return DocumentText(marked_text(document))


def text_of_paragraphs(document: QTextDocument) -> str:
    """The text as it is shown: with "\n" between paragraphs, in which a fold is like any other end."""
    return _whole(document, document.toRawText(), 0, document.characterCount() - 1)


def kind_of_document(document: QTextDocument) -> str:
    """What kind of text a document is, by its name."""
    return kind_of(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))


def slice_of(document: QTextDocument, start: int, end: int) -> str:
    """A part of the text of the file, unchanged, with "\n" between lines. Positions are UTF-16 units."""
    return unfolded(marked_slice(document, start, end))


def marked_slice(document: QTextDocument, start: int, end: int) -> str:
    """The same, with a character for each position of the document: see `app.documents.folding`."""
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    return mark_folds(document, _whole(document, cursor.selectedText(), start, end), start)


def replace_range(document: QTextDocument, start: int, end: int, text: str, *, marked: bool = False) -> int:
    """Replace a part of the text as one undo step; returns where the new text ends. Positions are UTF-16 units.

    Where lines remain on both sides, each keeps its paragraph format, and so its own line end. Qt itself would give
    both that of the first. What becomes a very long line is folded.
    marked: whether `text` says itself where it is folded, and nothing else is to be folded.
    """
    first, last = document.findBlock(start), document.findBlock(end)
    one_format = first.blockFormat() == last.blockFormat() or "\n" not in text
    long = not marked and first.length() + last.length() + len(text) > LONGEST
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    if one_format and not long:
        # Not in a block of its own: Qt joins letters that are typed one after the other into one undo step.
        insert_marked(cursor, text) if marked else cursor.insertText(qt_string(text))
        return cursor.position()
    formats = first.blockFormat(), last.blockFormat()
    cursor.beginEditBlock()
    insert_marked(cursor, text if marked else folded(text))
    if not one_format:
        cursor.setBlockFormat(formats[1])
        head = QTextCursor(document)
        head.setPosition(start)
        head.setBlockFormat(formats[0])
    if long:
        fold_long(document, start, cursor.position())
    cursor.endEditBlock()
    return cursor.position()


def replace_text(document: QTextDocument, text: str) -> None:
    """Make this the whole text as one undo step. What is the same at both ends stays, and a caret there with it."""
    mapped = mapped_text(document)
    old = mapped.text
    start = _same(old, text)
    shortest = min(len(old), len(text)) - start
    end = _same(old[::-1][:shortest], text[::-1][:shortest])
    if (start, start + end) != (len(old) - end, len(text)):
        first, last = (mapped.to_utf16(place) for place in (start, len(old) - end))
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
    """A scratch document with the same text, folds, font and layout, and no undo history of its own."""
    clone = _of_marked(marked_text(document), document.defaultFont(), parent, undo=False)
    clone.setDefaultTextOption(document.defaultTextOption())
    return clone


def _of_marked(marked: str, font: QFont, parent: QObject | None, *, undo: bool) -> QTextDocument:
    document = QTextDocument(parent)
    document.setUndoRedoEnabled(False)
    document.setDefaultFont(font)
    document.setDocumentMargin(MARGIN)
    document.setDocumentLayout(PageLayout(document))
    if unfolded(marked) == marked:
        document.setPlainText(qt_string(marked))
    else:
        insert_marked(QTextCursor(document), marked)
    document.setUndoRedoEnabled(undo)
    document.setModified(False)
    return document


def _whole(document: QTextDocument, text: str, start: int, end: int) -> str:
    """The string that Qt has given for a part of a document, complete: on the way, PySide drops half characters."""
    if end - start not in (len(text), len(text.encode("utf-16-le")) // 2):
        units = "".join(map(document.characterAt, range(start, end)))
        text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text.replace("\u2029", "\n")
