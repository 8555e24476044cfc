"""Offers at the start what a crash has left unsaved."""

from __future__ import annotations

from textwrap import shorten

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QWidget

from app.documents.journal_keeper import JournalKeeper
from app.questions import RecoveryAnswer, ask_about_recovery

_FIRST_WORDS = 70
"""Characters of a text by which a writer recognises it."""


def offer_recovery(window: QWidget, journal: JournalKeeper) -> None:
    """Ask about each text that an earlier session has left unsaved, the newest first, until one is restored."""
    for found in journal.recoverable():
        when = window.locale().toString(
            QDateTime.fromSecsSinceEpoch(int(found.written)), QLocale.FormatType.ShortFormat
        )
        words = shorten(found.text[:1000], _FIRST_WORDS, placeholder=" …")
        answer = ask_about_recovery(window, journal.name_of(found), when, words)
        if answer is RecoveryAnswer.DISCARD:
            journal.discard(found)
            continue
        if answer is RecoveryAnswer.RESTORE:
            journal.restore(found)
        break
