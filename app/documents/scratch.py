"""The scratch document: what the page shows during a run and its review, so that the writer's text stays untouched."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextBlock, QTextCharFormat, QTextCursor, QTextDocument

from app.documents.folding import NOTHING, folded
from app.documents.folds import insert_marked, remove_empty_folds
from app.documents.text_document import clone_document, marked_slice, replace_range, slice_of

Span = tuple[int, int, QTextCharFormat]
"""Start and end from the start of the range, and how the text between them looks."""


class Scratch(QObject):
    """A clone of the real document in which one range may differ.

    Both documents have the same text before and after the range at any time: whatever the writer does outside the
    range of the clone is done to the real document as well, at once and as an ordinary edit that can be undone.
    An edit that reaches into the range keeps the original words (only an edit of the whole range replaces them)
    and is reported by `touched`. Positions are UTF-16 units, as everywhere in Qt.

    real: the writer's document. document: the clone.
    start: where the range starts, in both. end: where it ends in the clone. real_end: where it ends in `real`.
    """

    touched = Signal()
    """An edit reached into the range; the run or review cannot go on."""
    overtaken = Signal()
    """The real document was changed by something else; the clone is out of date."""

    def __init__(self, real: QTextDocument, start: int, end: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.real = real
        self.document = clone_document(real, self)
        self.start, self.end, self.real_end = start, end, end
        self._ours = False
        self._mirroring = False
        self._stale = False
        self._drop_empty_folds()
        self._length = self.document.characterCount() - 1
        self._ink = _Ink(self)
        self.document.contentsChange.connect(self._mirror)
        real.contentsChange.connect(self._watch_real)
        real.contentsChanged.connect(self._tell_overtaken)

    def text(self) -> str:
        """The text of the range in the clone."""
        return slice_of(self.document, self.start, self.end)

    def real_text(self) -> str:
        """The writer's own words in the range."""
        return slice_of(self.real, self.start, self.real_end)

    def text_between(self, first: int, last: int) -> str:
        """The writer's own text for a selection of the clone; the range counts as a whole."""
        start = self.to_real(first, outwards_left=True)
        return slice_of(self.real, start, self.to_real(last, outwards_left=False))

    def extend(self, before: int, after: int) -> None:
        """Extend the range by so many units on either side; it must still hold the writer's words."""
        self.start -= before
        self.end += after
        self.real_end += after
        self._ours = True
        self._drop_empty_folds()
        self._length = self.document.characterCount() - 1
        self._ours = False

    def replace(self, first: int, last: int, text: str) -> None:
        """Replace first..last, counted from the start of the range, with `text` in the clone."""
        cursor = QTextCursor(self.document)
        cursor.setPosition(self.start + first)
        cursor.setPosition(self.start + last, QTextCursor.MoveMode.KeepAnchor)
        before = self._length
        self._ours = True
        cursor.beginEditBlock()
        marked = folded(text)
        # A fold that stands for nothing would move what the caller knows the place of.
        insert_marked(cursor, text if NOTHING in marked else marked)
        # Before the document reports the edit: a receiver may ask where the range ends.
        self._length = self.document.characterCount() - 1
        self.end += self._length - before
        cursor.endEditBlock()
        self._ours = False

    def paint(self, spans: Sequence[Span], changed: Sequence[tuple[int, int]] | None = None) -> None:
        """Set the look of parts of the range, replacing the previous one. Never part of the text.

        spans: in order, without overlaps. changed: only these stretches look different; None for the whole range.
        """
        self._ink.spans = spans
        for first, last in [(0, self.end - self.start)] if changed is None else changed:
            self._ink.show(self.start + first, self.start + last)

    def commit(self, text: str) -> None:
        """Replace the range of the real document, as one undo step."""
        self._mirroring = True
        self.real_end = replace_range(self.real, self.start, self.real_end, text)
        self._mirroring = False

    def close(self) -> None:
        """Drop the clone. Qt deletes it later; until then it must not follow either document."""
        self.document.contentsChange.disconnect(self._mirror)
        self.real.contentsChange.disconnect(self._watch_real)
        self.real.contentsChanged.disconnect(self._tell_overtaken)
        self.deleteLater()

    def to_real(self, position: int, *, outwards_left: bool) -> int:
        """A position of the clone in the real document; one inside the range moves to one of its ends."""
        if position <= self.start:
            return position
        if position < self.end:
            return self.start if outwards_left else self.real_end
        return position - self.end + self.real_end

    def overlaps(self, first: int, last: int) -> bool:
        """Whether a selection of the clone, or a caret, is at least partly inside the range."""
        if first == last:
            return self.start < first < self.end
        return first < self.end and self.start < last

    @Slot(int, int, int)
    def _mirror(self, position: int, removed: int, added: int) -> None:
        """Do the writer's edit to the real document."""
        if self._ours:
            return
        before, self._length = self._length, self.document.characterCount() - 1
        # Qt may count the end of the document as if it could be edited.
        removed = min(removed, before - position)
        added = self._length - before + removed
        if not removed and not added:
            return
        text = marked_slice(self.document, position, position + added)
        self._mirroring = True
        self._do(position, position + removed, text, added)
        self._mirroring = False

    def _do(self, position: int, last: int, text: str, size: int) -> None:
        """Do to the real document what replaced position..last of the clone with `text` of `size` units."""
        if last <= self.start:
            _edit(self.real, position, last, text)
            self._shift(size - (last - position))
        elif position >= self.end:
            after = self.real_end - self.end
            _edit(self.real, position + after, last + after, text)
        else:
            self._mirror_inside(position, last, text, size)

    def _mirror_inside(self, position: int, last: int, text: str, size: int) -> None:
        """An edit that reaches into the range."""
        start, end, real_end = self.start, self.end, self.real_end
        after = max(0, last - end)
        if position <= start and last >= end:
            _edit(self.real, position, real_end + after, text)
            self.start = self.end = self.real_end = position + size
        elif position <= start:
            _edit(self.real, position, start, text)
            self.start = position + size
            self.end = self.start + end - last
            self.real_end = self.start + real_end - start
        else:
            _edit(self.real, real_end, real_end + after, text)
            self.end = end - (min(last, end) - position) + size
            self.real_end = real_end + size
        self.touched.emit()

    @Slot(int, int, int)
    def _watch_real(self, _position: int, removed: int, added: int) -> None:
        self._stale = self._stale or (not self._mirroring and bool(removed or added))

    @Slot()
    def _tell_overtaken(self) -> None:
        if self._stale:
            self._stale = False
            self.overtaken.emit()

    def _drop_empty_folds(self) -> None:
        """Make the range of the clone as long as its text, whose parts are found by their length."""
        self.end -= remove_empty_folds(self.document, self.start, self.end)

    def _shift(self, units: int) -> None:
        """The text before the range has become longer or shorter."""
        self.start += units
        self.end += units
        self.real_end += units


class _Ink(QSyntaxHighlighter):
    """Colours the range without becoming part of the text: words typed next to it keep their own look."""

    def __init__(self, scratch: Scratch) -> None:
        super().__init__(scratch)
        self._scratch = scratch
        self.spans: Sequence[Span] = ()
        self.setDocument(scratch.document)

    def show(self, first: int, last: int) -> None:
        """Colour the blocks of a stretch of the document again."""
        block = self._scratch.document.findBlock(first)
        while block.isValid() and block.position() <= last:
            self.rehighlightBlock(block)
            block = block.next()

    def highlightBlock(self, _text: str) -> None:
        """Colour one paragraph."""
        if not self.spans:
            return
        block: QTextBlock = self.currentBlock()
        offset, length = self._scratch.start - block.position(), block.length()
        if offset >= length or self._scratch.end < block.position():
            return
        spans = self.spans
        # A review has thousands of spans, a paragraph a few of them.
        for number in range(bisect.bisect_right(spans, -offset, key=lambda span: span[1]), len(spans)):
            start, end, look = spans[number]
            if start + offset >= length:
                break
            first, last = max(0, start + offset), min(length, end + offset)
            if first < last:
                self.setFormat(first, last - first, look)


def look(colour: QColor | Qt.GlobalColor, *, struck: bool = False, underlined: bool = False) -> QTextCharFormat:
    """A text format: a colour, and a line through or under the text as a cue that does not depend on colour."""
    result = QTextCharFormat()
    result.setForeground(colour)
    result.setFontStrikeOut(struck)
    if underlined:
        result.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        result.setUnderlineColor(colour)
    return result


HIDDEN = look(Qt.GlobalColor.transparent)
"""Text that only takes up room."""


def _edit(document: QTextDocument, start: int, end: int, text: str) -> None:
    """Edit as typing would: single letters join the previous undo step."""
    if start == end and not text:
        return
    if end - start == 1 and not text:
        cursor = QTextCursor(document)
        cursor.setPosition(start)
        cursor.deleteChar()
        return
    replace_range(document, start, end, text, marked=True)
