"""An error nobody expected: the text is made safe first, then one sentence is shown, and the writer goes on."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.documents.journal_keeper import JournalKeeper
from app.report_dialog import ReportDialog
from app.versions import versions

_SENTENCE = "Something in Remelt went wrong."
_SAFE = "Your text is safe: what is not saved yet is in the journal. You can go on writing."
_UNSAFE = "Save your text now: it could not be written to the journal."
_CRASHED = "Remelt crashed the last time it ran."
_OFFER = (
    "Text that was not saved is offered separately. The details say where it crashed; they contain none of your text."
)

Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class Failures(QObject):
    """Takes the exceptions that nothing has caught, on any thread.

    window: whose text is made safe, and over which the dialog is shown. journal: None where none is kept.

    The same error at the same place is shown once: one in the painting would come back with every frame.
    """

    _raised = Signal(str, str)
    """Place and traceback; queued, so that the dialog never opens in the middle of what failed."""

    def __init__(self, window: QWidget, journal: JournalKeeper | None) -> None:
        super().__init__(window)
        self._window, self._journal = window, journal
        self._known: set[str] = set()
        self._before: tuple[Callable[..., object], Callable[..., object]] | None = None
        self._raised.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def watch(self) -> None:
        """Take exceptions from now on."""
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread

    def leave(self) -> None:
        """Leave exceptions to Python again."""
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None

    def offer_report(self, report: str) -> None:
        """Show the report of an earlier crash; nothing where it is empty."""
        if report:
            ReportDialog(self._window, _CRASHED, _OFFER, report).show()

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """On the thread of the error. Whatever happens here, the terminal has been told."""
        sys.__excepthook__(kind, error, trace)
        if issubclass(kind, Exception):
            frames = traceback.extract_tb(trace)
            place = f"{kind.__name__} {frames[-1].filename}:{frames[-1].lineno}" if frames else kind.__name__
            self._raised.emit(place, "".join(traceback.format_exception(kind, error, trace)))

    def _take_from_thread(self, raised: threading.ExceptHookArgs) -> None:
        if raised.exc_value is not None:
            self._take(raised.exc_type, raised.exc_value, raised.exc_traceback)

    @Slot(str, str)
    def _show(self, place: str, trace: str) -> None:
        """Make the text safe, whether or not the error is new; then say what is new."""
        safe = self._journal is not None and self._journal.secure()
        if place in self._known:
            return
        self._known.add(place)
        details = "\n".join([*versions(), "", trace])
        ReportDialog(self._window, _SENTENCE, _SAFE if safe else _UNSAFE, details).show()
