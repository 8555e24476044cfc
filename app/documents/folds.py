"""The folds of a document: put in, told apart from the ends of lines, and kept through any edit.

A fold is the end of a paragraph whose own character has an object type of ours. Qt moves and removes a character with
its format, brings both back with undo, and never gives an object type to what is typed beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextFormat

from app.documents.folding import LONGEST, NOTHING, SPACE, folds
from engine import TextMap

FOLDED = "has very long lines. They are folded on the page; saving keeps them whole."
"""What a writer is told, after the name of the file."""

_TYPES = {SPACE: int(QTextFormat.ObjectTypes.UserObject) + 1, NOTHING: int(QTextFormat.ObjectTypes.UserObject) + 2}
_FOLDS = {kind: fold for fold, kind in _TYPES.items()}
_PARTS = regex.compile(f"([{NOTHING}{SPACE}])")
_PROPERTY = "has_folds"


def has_folds(document: QTextDocument) -> bool:
    """Whether lines of it have been folded."""
    return bool(document.property(_PROPERTY))


def fold_before(block: QTextBlock) -> str:
    """The fold at which a paragraph begins; "" where it begins a line."""
    return _FOLDS.get(block.charFormat().objectType(), "")


def is_folded(block: QTextBlock) -> bool:
    """Whether a paragraph is only a part of a line."""
    return bool(fold_before(block) or fold_before(block.next()))


def insert_marked(cursor: QTextCursor, marked: str) -> None:
    """Insert a marked text, in place of the selection if there is one."""
    # PySide would drop these two at the start of a string.
    parts = ["\ufeff" + part if part.startswith(("\ufeff", "\ufffe")) else part for part in _PARTS.split(marked)]
    if len(parts) == 1:
        cursor.insertText(parts[0])
        return
    cursor.beginEditBlock()
    cursor.insertText(parts[0])
    for fold, part in zip(parts[1::2], parts[2::2], strict=True):
        _insert_fold(cursor, fold)
        cursor.insertText(part)
    cursor.endEditBlock()


def mark_folds(document: QTextDocument, text: str, start: int) -> str:
    """The marked text of what Qt has given, from a position on, with "\\n" for every end of a paragraph."""
    if not has_folds(document) or "\n" not in text:
        return text
    lines = text.split("\n")
    parts = [lines[0]]
    for block, line in zip(_blocks_after(document.findBlock(start)), lines[1:], strict=False):
        parts += [fold_before(block) or "\n", line]
    return "".join(parts)


def fold_long(document: QTextDocument, start: int, end: int) -> None:
    """Fold what has become too long between two positions, as a part of the edit that is being made, or of the last."""
    if not document.isUndoRedoEnabled():
        # The copy of a run; the writer's own text is folded afterwards.
        return
    last = QTextCursor(document)
    last.setPosition(end)
    block = document.findBlock(start)
    while block.isValid() and block.position() <= last.position():
        following = block.next()
        if block.length() > LONGEST + 1:
            _fold(document, block)
        block = following


def count_lines(document: QTextDocument) -> int:
    """How many lines the file has."""
    blocks = document.blockCount()
    if not has_folds(document):
        return blocks
    return blocks - sum(1 for block in _blocks_after(document.firstBlock()) if fold_before(block))


def block_of_line(document: QTextDocument, line: int) -> QTextBlock:
    """The first paragraph of a line, counted from 0; the last line's where there are fewer."""
    if not has_folds(document):
        return document.findBlockByNumber(min(line, document.blockCount() - 1))
    found = document.firstBlock()
    for block in _blocks_after(found):
        if line < 1:
            break
        if not fold_before(block):
            line -= 1
            found = block
    return found


def remove_empty_folds(document: QTextDocument, start: int, end: int) -> int:
    """Remove the folds between two positions that stand for nothing; returns how many there were."""
    if not has_folds(document):
        return 0
    places = []
    for block in _blocks_after(document.findBlock(start)):
        if block.position() > end:
            break
        if fold_before(block) == NOTHING:
            places.append(block.position())
    cursor = QTextCursor(document)
    for place in reversed(places):
        cursor.setPosition(place)
        cursor.deletePreviousChar()
    return len(places)


def _fold(document: QTextDocument, block: QTextBlock) -> None:
    """Fold one paragraph."""
    text = block.text()
    units = TextMap(text)
    # PySide drops half characters; then it is not known where the others are.
    places = list(folds(text)) if units.to_utf16(len(text)) == block.length() - 1 else []
    if not places:
        return
    cursor = QTextCursor(document)
    cursor.joinPreviousEditBlock()
    for place, fold in reversed(places):
        at = block.position() + units.to_utf16(place)
        # In this order a caret on either side of the space stays there.
        cursor.setPosition(at + (fold == SPACE))
        _insert_fold(cursor, fold)
        if fold == SPACE:
            cursor.setPosition(at)
            cursor.deleteChar()
    cursor.endEditBlock()


def _insert_fold(cursor: QTextCursor, fold: str) -> None:
    mark = QTextCharFormat()
    mark.setObjectType(_TYPES[fold])
    cursor.insertBlock(cursor.blockFormat(), mark)
    cursor.document().setProperty(_PROPERTY, True)


def _blocks_after(block: QTextBlock) -> Iterator[QTextBlock]:
    block = block.next()
    while block.isValid():
        yield block
        block = block.next()
