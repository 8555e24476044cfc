"""A real window that is not on the screen, with its own settings, for measurements and screenshots."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

# One look on every machine, with or without a screen.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from app.bridge import EngineBridge, EngineFactory
from app.main_window import MainWindow
from app.own_words import OwnWords
from app.race.window import RaceWindow
from app.settings import Settings
from app.theme import ThemeSource
from engine import Checkpoint

_PATIENCE = 60.0
"""Seconds to wait for something before it counts as an error."""


class Desk:
    """The program from its start to its end, with the sample text on the page; a context manager."""

    def __init__(self, make_engine: EngineFactory) -> None:
        self.application = _application()
        self.application.setStyle("Fusion")
        # As in the program: a shorter switch interval keeps the animation smooth while the engine computes.
        sys.setswitchinterval(0.0005)
        self._folder = tempfile.TemporaryDirectory()
        self.settings = Settings(Path(self._folder.name) / "settings.json")
        self.themes = ThemeSource(self.settings, self.application.styleHints())
        self.bridge = EngineBridge(make_engine)
        data = Path(self._folder.name)
        words = OwnWords(data / "words.txt")
        self.window = MainWindow(self.bridge, self.settings, self.themes, data / "journal", words, state=data)

    def __enter__(self) -> Desk:
        """Show the window and wait for the engine. Raises SystemExit with one line if it cannot be loaded."""
        self.window.open_first(None)
        self.window.resize(1000, 700)
        self.window.show()
        self.bridge.start()
        self.wait(lambda: self.bridge.checkpoint is not None or self.bridge.failure)
        if self.bridge.failure:
            self._end()
            raise SystemExit(self.bridge.failure)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close without asking."""
        self._end()

    @property
    def checkpoint(self) -> Checkpoint:
        """What the engine has loaded."""
        assert self.bridge.checkpoint is not None
        return self.bridge.checkpoint

    def select(self, words: str) -> None:
        """Select words of the page."""
        found = self.window.page.document().find(words)
        cursor = self.window.page.textCursor()
        cursor.setPosition(found.selectionStart())
        cursor.setPosition(found.selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
        self.window.page.setTextCursor(cursor)
        self.window.page.setFocus()

    def compare(self) -> RaceWindow:
        """Open the race window for the selection."""
        self.window.compare()
        race = next(w for w in self.application.topLevelWidgets() if isinstance(w, RaceWindow) and w.isVisible())
        race.resize(1000, 700)
        return race

    def rest(self, seconds: float) -> None:
        """Process events for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.application.processEvents()
            time.sleep(0.005)

    def wait(self, ready: Callable[[], object]) -> None:
        """Process events until a condition holds. Raises TimeoutError."""
        until = time.monotonic() + _PATIENCE
        while not ready():
            if time.monotonic() > until:
                raise TimeoutError("Timed out while waiting for the window.")
            self.application.processEvents()
            time.sleep(0.002)

    def _end(self) -> None:
        # Other windows have engines of their own. A thread that computes while Python exits can crash it.
        for bridge in (self.bridge, *self.window.findChildren(EngineBridge)):
            bridge.close(_PATIENCE)
        if self.window.journal is not None:
            self.window.journal.close()
        self.window.deleteLater()
        for _ in range(2):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            self.application.processEvents()
        self._folder.cleanup()


def _application() -> QApplication:
    """The application of this process, made where there is none."""
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication([sys.argv[0]])
