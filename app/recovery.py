"""Offers what earlier sessions have left unsaved: at the start, and when the writer asks for it."""

from __future__ import annotations

from textwrap import shorten

from PySide6.QtCore import QDateTime, QLocale, QObject, Signal
from PySide6.QtWidgets import QWidget

from app.documents.journal import Recovered
from app.documents.journal_keeper import JournalKeeper, file_of
from app.documents.text_file import TextFile
from app.page.page import Page
from app.questions import RecoveryAnswer, ask_about_recovery

_FIRST_WORDS = 70
"""Characters of a text by which a writer recognises it."""


class Recovery(QObject):
    """Asks about the texts of a journal. journal: None where none is kept."""

    message = Signal(str)
    """One line for the writer."""

    def __init__(self, window: QWidget, page: Page, journal: JournalKeeper | None) -> None:
        super().__init__(window)
        self._window, self._page, self._journal = window, page, journal

    def offer_at_start(self, asked: TextFile | None) -> None:
        """Ask about texts that were not saved when the program last ended.

        asked: the file it was started with. Then only its own text is offered: after restoring another, it would not
        be open.
        """
        found = self._found()
        own = [text for text in found if asked is None or _is_of(text, asked)]
        self._ask(own)
        if len(own) < len(found):
            self.message.emit("There is other unsaved text. Restore it with File > Restore unsaved text.")

    def restore_unsaved(self) -> None:
        """Ask about all of them."""
        found = self._found()
        if not found:
            self.message.emit("There is no unsaved text of an earlier session.")
        self._ask(found)

    def _found(self) -> list[Recovered]:
        return self._journal.recoverable() if self._journal is not None else []

    def _ask(self, texts: list[Recovered]) -> None:
        """Ask about each, the newest first, until one is restored; the caret then goes to where it was last edited."""
        if self._journal is None:
            return
        for found in texts:
            when = self._window.locale().toString(
                QDateTime.fromSecsSinceEpoch(int(found.written)), QLocale.FormatType.ShortFormat
            )
            words = shorten(found.text[:1000], _FIRST_WORDS, placeholder=" …")
            answer = ask_about_recovery(self._window, self._journal.name_of(found), when, words)
            if answer is RecoveryAnswer.DISCARD:
                self._journal.discard(found)
                continue
            if answer is RecoveryAnswer.RESTORE and self._journal.restore(found):
                cursor = self._page.textCursor()
                cursor.setPosition(min(found.place, self._page.document().characterCount() - 1))
                self._page.setTextCursor(cursor)
                self._page.centerCursor()
            break


def _is_of(text: Recovered, asked: TextFile) -> bool:
    file = file_of(text)
    return file is not None and file.path == asked.path
