"""Offers what earlier sessions have left unsaved: at the start, and when the writer asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
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
    """Asks about the texts of a journal.

    journal: None where none is kept. restore_elsewhere: opens the text of a journal in another window; False where that
    cannot be started.
    """

    message = Signal(str)
    """One line for the writer."""

    def __init__(
        self, window: QWidget, page: Page, journal: JournalKeeper | None, restore_elsewhere: Callable[[Path], bool]
    ) -> None:
        super().__init__(window)
        self._window, self._page, self._journal = window, page, journal
        self._restore_elsewhere = restore_elsewhere

    def offer_at_start(self, asked: TextFile | None) -> None:
        """Ask about texts that were not saved when the program last ended.

        asked: the file it was started with. It stays open: any text but its own is restored in another window.
        """
        found = self._found()
        own = [text for text in found if asked is None or _is_of(text, asked)]
        self._ask(own)
        for text in found:
            if text not in own and not self._ask_elsewhere(text):
                self.message.emit("There is other unsaved text. Restore it with File > Restore unsaved text.")
                break

    def restore_from(self, journal: Path) -> None:
        """Restore the text of one journal without a question."""
        for text in self._found():
            if text.path == journal:
                self._restore(text)

    def restore_unsaved(self) -> None:
        """Ask about all of them."""
        found = self._found()
        if not found:
            self.message.emit("There is no unsaved text of an earlier session.")
        self._ask(found)

    def _found(self) -> list[Recovered]:
        return self._journal.recoverable() if self._journal is not None else []

    def _ask(self, texts: list[Recovered]) -> None:
        """Ask about each, the newest first, until one is restored."""
        for text in texts:
            answer = self._answer(text, elsewhere=False)
            if answer is RecoveryAnswer.DISCARD:
                self._discard(text)
                continue
            if answer is RecoveryAnswer.RESTORE:
                self._restore(text)
            break

    def _ask_elsewhere(self, text: Recovered) -> bool:
        """Ask about a text that would open in another window. False where it waits on."""
        answer = self._answer(text, elsewhere=True)
        if answer is RecoveryAnswer.DISCARD:
            self._discard(text)
            return True
        # Its journal stays until the other window has one of its own.
        return answer is RecoveryAnswer.RESTORE and self._restore_elsewhere(text.path)

    def _answer(self, text: Recovered, *, elsewhere: bool) -> RecoveryAnswer:
        if self._journal is None:
            return RecoveryAnswer.LATER
        when = QDateTime.fromSecsSinceEpoch(int(text.written))
        return ask_about_recovery(
            self._window,
            self._journal.name_of(text),
            self._window.locale().toString(when, QLocale.FormatType.ShortFormat),
            shorten(text.text[:1000], _FIRST_WORDS, placeholder=" …"),
            elsewhere=elsewhere,
        )

    def _discard(self, text: Recovered) -> None:
        if self._journal is not None:
            self._journal.discard(text)

    def _restore(self, text: Recovered) -> None:
        """Open a text; the caret goes to where it was last edited."""
        if self._journal is not None and self._journal.restore(text):
            cursor = self._page.textCursor()
            cursor.setPosition(min(text.place, self._page.document().characterCount() - 1))
            self._page.setTextCursor(cursor)
            self._page.centerCursor()


def _is_of(text: Recovered, asked: TextFile) -> bool:
    file = file_of(text)
    return file is not None and file.path == asked.path
