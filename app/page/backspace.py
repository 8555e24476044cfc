"""What Backspace removes: a whole emoji, however many code points it is joined from."""

from __future__ import annotations

import regex
from PySide6.QtGui import QTextCursor

from app.documents.text_document import len_utf16, slice_of

_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3")
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
