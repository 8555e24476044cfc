"""What Backspace and Delete remove where Qt's own choice is wrong: at a joined emoji, and at a fold."""

from __future__ import annotations

import regex
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor

from app.documents.folding import NOTHING
from app.documents.folds import fold_before
from app.documents.text_document import len_utf16, slice_of

_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3")
_KEY, _MOVE = QKeySequence.StandardKey, QTextCursor.MoveOperation
_KEYS = {
    _KEY.DeleteStartOfWord: (_MOVE.PreviousCharacter, _MOVE.PreviousWord),
    _KEY.Delete: (_MOVE.NextCharacter, _MOVE.NextCharacter),
    _KEY.DeleteEndOfWord: (_MOVE.NextCharacter, _MOVE.NextWord),
}
"""How such a key goes over the fold, and then over what it removes."""
_BACKSPACE = _MOVE.PreviousCharacter, _MOVE.PreviousCharacter
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_LONGEST = 64
"""UTF-16 units before the caret that need to be looked at; the longest joined emoji in use have 35."""


def remove_emoji(cursor: QTextCursor) -> bool:
    """Remove the joined emoji before a caret. False, with nothing done, where Qt's own choice is right.

    Qt removes one code point: right for a letter with combining marks, of which a writer takes back the last mark,
    and wrong for a family, a flag or a skin tone, which would fall apart (Unicode UTS 51 and UAX 29).
    """
    if cursor.hasSelection():
        return False
    start = max(cursor.block().position(), cursor.position() - _LONGEST)
    clusters = regex.findall(r"\X", slice_of(cursor.document(), start, cursor.position()))
    if not clusters or len(clusters[-1]) == 1 or not _EMOJI.match(clusters[-1]):
        return False
    cursor.setPosition(cursor.position() - len_utf16(clusters[-1]), QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    return True


def remove_over_fold(cursor: QTextCursor, event: QKeyEvent) -> bool:
    """Do what a key removes across a fold that stands for nothing: Qt would remove only the fold.

    False, with nothing done, anywhere else.
    """
    # Not a standard key on every platform.
    backspace = event.key() == Qt.Key.Key_Backspace and event.modifiers() in _PLAIN
    moves = _BACKSPACE if backspace else next((moves for key, moves in _KEYS.items() if event.matches(key)), None)
    if moves is None or cursor.hasSelection():
        return False
    back = moves[0] == _MOVE.PreviousCharacter
    if not (cursor.atBlockStart() if back else cursor.atBlockEnd()):
        return False
    if fold_before(cursor.block() if back else cursor.block().next()) != NOTHING:
        return False
    for move in moves:
        cursor.movePosition(move, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    return True
