"""Folds a line of the writer's text that an edit has made very long, once the edit is over."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor, QTextDocument

from app.documents.folds import fold_long, has_folds
from app.page.page import Page


class LongLines(QObject):
    """Follows the document on a page."""

    first_folded = Signal()
    """A text without folds has got its first ones while it was edited."""

    def __init__(self, page: Page, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._document = page, page.document()
        self._edited: tuple[QTextCursor, QTextCursor] | None = None
        self._had_folds = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._fold)
        page.document_shown.connect(self._take_document)
        self._document.contentsChange.connect(self._take_edit)

    @Slot(object)
    def _take_document(self, document: QTextDocument) -> None:
        self._soon.stop()
        self._document.contentsChange.disconnect(self._take_edit)
        self._document, self._edited = document, None
        self._had_folds = has_folds(document)
        document.contentsChange.connect(self._take_edit)

    @Slot(int, int, int)
    def _take_edit(self, position: int, _removed: int, added: int) -> None:
        last = self._document.characterCount() - 1
        first, end = min(position, last), min(position + added, last)
        if self._edited is None:
            self._edited = QTextCursor(self._document), QTextCursor(self._document)
        else:
            first = min(first, self._edited[0].position())
            end = max(end, self._edited[1].position())
        for cursor, place in zip(self._edited, (first, end), strict=True):
            cursor.setPosition(place)
        self._soon.start(0)

    @Slot()
    def _fold(self) -> None:
        """Fold, as a part of the edit. What was undone, or saved meanwhile, is left until the next edit."""
        if self._edited is None:
            return
        first, end = (cursor.position() for cursor in self._edited)
        document, self._edited = self._document, None
        if document.isModified() and not document.isRedoAvailable() and not self._page.is_composing:
            fold_long(document, first, end)
            # What it has folded needs no second look.
            self._edited = None
            self._soon.stop()
        if has_folds(document) and not self._had_folds:
            self._had_folds = True
            self.first_folded.emit()
