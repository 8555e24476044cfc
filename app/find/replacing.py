"""Replacements in the document: one undo step, with caret and view where they were."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtGui import QTextCursor, QTextDocument

from app.documents.text_document import len_utf16, replace_range
from app.find.matching import Replacement, joined
from app.page.page import Page
from app.page.view_place import scroll_to_position, top_position
from engine import TextMap


@dataclass(frozen=True, slots=True)
class Edits:
    """What a replacement changes, in UTF-16 units and in order.

    each: one for every match. few: the same, with those of a paragraph as one.
    """

    each: Sequence[Replacement]
    few: Sequence[Replacement]

    @classmethod
    def of(cls, each: Sequence[Replacement], text: TextMap) -> Edits:
        """From the edits in code points."""

        def in_units(edit: Replacement) -> Replacement:
            return Replacement(text.to_utf16(edit.start), text.to_utf16(edit.end), edit.text)

        return cls([in_units(edit) for edit in each], [in_units(edit) for edit in joined(each, text.text)])

    def mover(self) -> Callable[[int], int]:
        """A function that tells where a position of the text before the edits is after them.

        One within replaced words stays as far from their start, or moves to the end of the new ones.
        """
        starts = [edit.start for edit in self.each]
        sizes = [len(edit.text) if edit.text.isascii() else len_utf16(edit.text) for edit in self.each]
        grown = list(
            accumulate((size - edit.end + edit.start for edit, size in zip(self.each, sizes, strict=True)), initial=0)
        )

        def move(position: int) -> int:
            number = bisect.bisect_left(starts, position)
            if number and position < self.each[number - 1].end:
                start = self.each[number - 1].start
                return start + grown[number - 1] + min(position - start, sizes[number - 1])
            return position + grown[number]

        return move


def apply(page: Page, edits: Edits) -> None:
    """Make the edits to the document on a page."""
    move = edits.mover()
    cursor, top = page.textCursor(), top_position(page)
    anchor, position = move(cursor.anchor()), move(cursor.position())
    _edit(page.document(), edits.few)
    last = page.document().characterCount() - 1
    cursor.setPosition(min(anchor, last))
    cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
    page.setTextCursor(cursor)
    scroll_to_position(page, move(top))


def _edit(document: QTextDocument, edits: Sequence[Replacement]) -> None:
    """From the last to the first, so that the positions of the others stay true."""
    whole = QTextCursor(document)
    whole.beginEditBlock()
    for edit in reversed(edits):
        replace_range(document, edit.start, edit.end, edit.text)
    whole.endEditBlock()
