"""Line ends in a document whose lines end in different ways: each paragraph carries its own, through any edit.

The end is a property of the paragraph's format. Qt copies it where a paragraph is split, drops it with the paragraph,
and brings it back with undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument, QTextFormat

from app.documents.folds import fold_before, has_folds

_END = int(QTextFormat.Property.UserProperty) + 1
_MARKED = "has_own_line_ends"


def set_own_ends(document: QTextDocument, ends: Sequence[str]) -> None:
    """Give the lines of a new document their ends; the last line may have none.

    Not an edit: the document has no undo history afterwards.
    """
    ends = _of_paragraphs(document, ends)
    undo = document.isUndoRedoEnabled()
    document.setUndoRedoEnabled(False)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for end, numbers in groupby(range(len(ends)), key=ends.__getitem__):
        run = list(numbers)
        cursor.setPosition(document.findBlockByNumber(run[0]).position())
        cursor.setPosition(document.findBlockByNumber(run[-1]).position(), QTextCursor.MoveMode.KeepAnchor)
        look = QTextBlockFormat()
        look.setProperty(_END, end)
        cursor.mergeBlockFormat(look)
    cursor.endEditBlock()
    document.setProperty(_MARKED, True)
    document.setUndoRedoEnabled(undo)
    document.setModified(False)


def own_ends(document: QTextDocument) -> list[str] | None:
    """The ends of all lines but the last; "" where one has none yet. None where all lines end in the same way."""
    if not document.property(_MARKED):
        return None
    ends = []
    block = document.firstBlock()
    while (following := block.next()).isValid():
        if not fold_before(following):
            ends.append(block.blockFormat().stringProperty(_END))
        block = following
    return ends


def _of_paragraphs(document: QTextDocument, ends: Sequence[str]) -> Sequence[str]:
    """An end for each paragraph: those of a folded line have that of the line."""
    if not has_folds(document):
        return ends
    found, line = list[str](), 0
    block = document.firstBlock()
    while line < len(ends) and block.isValid():
        found.append(ends[line])
        block = block.next()
        line += not fold_before(block)
    return found
