"""Count the words of a document without delaying typing: only changed paragraphs, a few milliseconds at a time."""

from __future__ import annotations

import re
import time

import regex
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextBlock, QTextDocument

from app.documents.folding import NOTHING
from app.documents.folds import fold_before, has_folds
from engine import WORD

# Chinese and Japanese have no spaces between words; as elsewhere, each of their characters counts as one. So does a
# row of letters in other scripts without spaces, whose words only a dictionary can tell.
_COUNTED = regex.compile(
    rf"{WORD.pattern}|[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}]|[\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}]++"
)
# The same for Western text, in a third of the time: a paragraph may have a megabyte.
_WESTERN = re.compile(r"\w+(?:['’\-]\w+)*")
_NOT_WESTERN = re.compile(r"[^\x00-\xac\xae-\u02ff\u2012-\u2027]")
_PAUSE = 250
"""Milliseconds without typing before a count begins."""
_REACH = 100
"""Characters on either side of a fold in which a word may be cut by it."""
_SLICE = 0.004
"""Seconds of counting before control returns to the window."""


def count_words(text: str) -> int:
    """How many words a person would say the text has; apostrophes and hyphens join."""
    pattern = _COUNTED if _NOT_WESTERN.search(text) else _WESTERN
    return sum(1 for _ in pattern.finditer(text))


class WordCount(QObject):
    """Follows one document.

    document: the one it follows. words: words of the whole document at the last full count.
    """

    counted = Signal(int)
    """The whole document has been counted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = 0
        self.document = QTextDocument(self)
        # Words of each paragraph in order; None where it changed since it was counted.
        self._counts: list[int | None] = []
        self._next = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._count_on)
        self.document.contentsChange.connect(self._look_at_edit)

    def set_document(self, document: QTextDocument) -> None:
        """Follow another document."""
        self.document.contentsChange.disconnect(self._look_at_edit)
        self.document = document
        document.contentsChange.connect(self._look_at_edit)
        self._counts = [None] * document.blockCount()
        self._start(0)

    def count_between(self, start: int, end: int) -> int:
        """Words between two positions in UTF-16 units; whole paragraphs are looked up, not counted again."""
        first, last = self.document.findBlock(start), self.document.findBlock(end)
        if first == last:
            return count_words(_part(first.text(), start - first.position(), end - first.position()))
        inner = self._counts[first.blockNumber() + 1 : last.blockNumber()]
        ends = count_words(_part(first.text(), start - first.position(), first.length()))
        ends += _count(last, end - last.position())
        return ends + sum(count or 0 for count in inner)

    @Slot(int, int, int)
    def _look_at_edit(self, position: int, _removed: int, added: int) -> None:
        """Drop the counts of the edited paragraphs."""
        document = self.document
        first = document.findBlock(position).blockNumber()
        last = document.findBlock(min(position + added, document.characterCount() - 1)).blockNumber()
        more = document.blockCount() - len(self._counts)
        if has_folds(document):
            # The next one may begin with the rest of a word.
            last = min(last + 1, document.blockCount() - 1)
        replaced = last + 1 - first - more
        if first < 0 or last < first or replaced < 0:
            first, last, replaced = 0, document.blockCount() - 1, len(self._counts)
        self._counts[first : first + replaced] = [None] * (last + 1 - first)
        self._next = min(self._next, first)
        self._start(_PAUSE)

    def _start(self, pause: int) -> None:
        if not pause:
            self._next = 0
        self._timer.start(pause)

    @Slot()
    def _count_on(self) -> None:
        """Count for one slice of time, then schedule the rest."""
        deadline = time.monotonic() + _SLICE
        block = self.document.findBlockByNumber(self._next)
        while block.isValid():
            if self._counts[self._next] is None:
                self._counts[self._next] = _count(block)
            self._next += 1
            block = block.next()
            if time.monotonic() > deadline:
                self._timer.start(0)
                return
        self.words = sum(count or 0 for count in self._counts)
        self.counted.emit(self.words)


def _count(block: QTextBlock, end: int | None = None) -> int:
    """Words that begin in a paragraph, or in its first `end` UTF-16 units; the rest of a folded word counts no more."""
    text = block.text() if end is None else _part(block.text(), 0, end)
    if fold_before(block) != NOTHING:
        return count_words(text)
    before, start = block.previous().text()[-_REACH:], text[:_REACH]
    return count_words(text) - count_words(before) - count_words(start) + count_words(before + start)


def _part(text: str, start: int, end: int) -> str:
    """Part of a paragraph between two UTF-16 positions."""
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")
