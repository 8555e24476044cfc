"""Line ends in a document whose lines end in different ways: each paragraph carries its own, through any edit.

The end is a property of the paragraph's format. Qt copies it where a paragraph is split, drops it with the paragraph,
and brings it back with undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument, QTextFormat

_END = int(QTextFormat.Property.UserProperty) + 1
_MARKED = "has_own_line_ends"


def set_own_ends(document: QTextDocument, ends: Sequence[str]) -> None:
    """Give the paragraphs of a new document their line ends; the last paragraph may have none.

    Not an edit: the document has no undo history afterwards.
    """
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
    """The ends of all paragraphs but the last; "" where one has none yet. None where all lines end in the same way."""
    if not document.property(_MARKED):
        return None
    ends = []
    block = document.firstBlock()
    while block.next().isValid():
        ends.append(block.blockFormat().stringProperty(_END))
        block = block.next()
    return ends
