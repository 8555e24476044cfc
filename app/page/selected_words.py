"""Counts the words of the selection, once it has stayed the same for a moment."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.documents.word_count import WordCount
from app.page.page import Page

_PAUSE = 120
"""Milliseconds of an unchanged selection before its words are counted."""


class SelectedWords(QObject):
    """Follows the selection of a page. words: the count of the writer's document."""

    counted = Signal(int)
    """Words of the selection; 0 where there is none, and while the page shows another document than the writer's."""

    def __init__(self, page: Page, words: WordCount, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._words = page, words
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_PAUSE)
        self._rest.timeout.connect(self._count)
        page.selectionChanged.connect(self._rest.start)
        words.counted.connect(self._count)

    @Slot()
    def _count(self) -> None:
        cursor = self._page.textCursor()
        own = self._page.document() is self._words.document and cursor.hasSelection()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        self.counted.emit(self._words.count_between(first, last) if own else 0)
