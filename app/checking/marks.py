"""The mistakes that were found in a document, by paragraph, and which paragraphs have changed since they were checked.

Three sequences follow the paragraphs of the document, as that of `app.documents.word_count` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextBlock, QTextDocument

from app.checking.mark import Mark

_UNKNOWN = 2
"""Of a paragraph: not known whether it lies in code."""


class Marks(QObject):
    """Follows one document, and only while it is watched: nothing is kept of a document that is not.

    revision: counts the edits; what was found in an older one may lie elsewhere now.
    typed_at: the position at which the latest edit ended; -1 before the first, and after it was undone.
    """

    edited = Signal()
    """The text has changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.revision = 0
        self.typed_at = -1
        self._document: QTextDocument | None = None
        self._marks: list[Sequence[Mark]] = []
        self._due = bytearray()
        self._code = bytearray()

    def watch(self, document: QTextDocument | None) -> None:
        """Follow another document, of which nothing is known yet; None for none."""
        if self._document is not None:
            self._document.contentsChange.disconnect(self._take_edit)
        self._document = document
        if document is not None:
            document.contentsChange.connect(self._take_edit)
        self.revision += 1
        self.typed_at = -1
        self._forget_all()

    def of(self, block: QTextBlock) -> Sequence[Mark]:
        """The mistakes in a paragraph, in order."""
        number = block.blockNumber()
        return self._marks[number] if block.document() is self._document and 0 <= number < len(self._marks) else ()

    def put(self, number: int, marks: Sequence[Mark]) -> None:
        """A paragraph was checked."""
        self._marks[number] = marks
        self._due[number] = 0

    def drop(self, unwanted: Callable[[Mark], bool]) -> None:
        """Remove marks."""
        self._marks = [[mark for mark in marks if not unwanted(mark)] if marks else marks for marks in self._marks]

    def want(self, number: int) -> None:
        """A paragraph is to be checked again."""
        self._due[number] = 1

    def due(self, first: int = 0, last: int | None = None) -> Iterator[int]:
        """The paragraphs from `first` on, `last` exclusive, that are to be checked."""
        while (first := self._due.find(1, first, len(self._due) if last is None else last)) >= 0:
            yield first
            first += 1

    @property
    def is_due(self) -> bool:
        """Whether any paragraph is to be checked."""
        return 1 in self._due

    def take_code(self, code: bytes) -> None:
        """Which paragraphs lie in code. Where that is news, the paragraph is to be checked again."""
        if len(code) != len(self._code) or code == self._code:
            return
        for number, (before, now) in enumerate(zip(self._code, code, strict=True)):
            if before != now and before != _UNKNOWN:
                self._due[number], self._marks[number] = 1, ()
        self._code = bytearray(code)

    def places(self) -> Iterator[tuple[int, Mark]]:
        """All marks in order, each with the position of its paragraph."""
        for number, marks in enumerate(self._marks):
            if marks and self._document is not None:
                start = self._document.findBlockByNumber(number).position()
                yield from ((start, mark) for mark in marks)

    def _forget_all(self) -> None:
        count = self._document.blockCount() if self._document is not None else 0
        self._marks = list[Sequence[Mark]]([()] * count)
        self._due, self._code = bytearray(b"\1") * count, bytearray([_UNKNOWN]) * count

    @Slot(int, int, int)
    def _take_edit(self, position: int, removed: int, added: int) -> None:
        """The marks that an edit did not touch stay where their words are now."""
        document = self._document
        if document is None:
            return
        self.revision += 1
        end = min(position + added, document.characterCount() - 1)
        # What was undone is not being typed.
        self.typed_at = -1 if document.isRedoAvailable() else end
        first, last = document.findBlock(position).blockNumber(), document.findBlock(end).blockNumber()
        count = last + 1 - first
        replaced = count - (document.blockCount() - len(self._marks))
        if first < 0 or count < 1 or replaced < 1:
            self._forget_all()
        else:
            new = self._kept(position, removed, added, first, last, replaced)
            self._marks[first : first + replaced] = new
            self._due[first : first + replaced] = b"\1" * count
            if count != replaced:
                self._code[first : first + replaced] = bytes([_UNKNOWN]) * count
        self.edited.emit()

    def _kept(
        self, position: int, removed: int, added: int, first: int, last: int, replaced: int
    ) -> list[Sequence[Mark]]:
        """The marks of the paragraphs first..last, which an edit has put in the place of `replaced` ones.

        Those before it in the first one stay, and those after it in the last one, where their place is known.
        """
        document = self._document
        assert document is not None
        new: list[Sequence[Mark]] = [()] * (last + 1 - first)
        start, end = (document.findBlockByNumber(number).position() for number in (first, last))
        new[0] = [mark for mark in self._marks[first] if max(mark.end, mark.last) <= position - start]
        if replaced == 1:
            after = position + removed - start
            later = [mark for mark in self._marks[first] if min(mark.start, mark.first) >= after]
            moved = (mark.moved(start + added - removed - end) for mark in later)
            new[-1] = [*new[-1], *moved]
        return new
