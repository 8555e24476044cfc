"""Takes the pictures of the README from the program itself: `python -m app.pictures FOLDER`.

A real window with the real engine, driven by keys, without a screen; a picture of every stage, in light and in dark.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Pictures are of one look on every machine, with or without a screen.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.bridge import EngineBridge
from app.main_window import MainWindow
from app.race_window import RaceWindow
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource
from engine import EngineThread, Frame

_SENTENCE = "It was not a scientific list. She wrote down the weather, what she was cooking"
_STEPS = (1, 2, 4)
"""Steps of the run that are shown."""
_PATIENCE = 60.0
"""Seconds until something that does not come is an error."""


def main(arguments: list[str] | None = None) -> int:
    """Take all pictures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.pictures", description="Take the pictures of the README.")
    parser.add_argument("folder", type=Path, help="where to put them")
    parser.add_argument("--model", metavar="FOLDER", help="the folder of a checkpoint; left out: the embedded one")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([sys.argv[0]])
    application.setStyle("Fusion")
    bridge = EngineBridge(lambda on_event: EngineThread(on_event, options.model), application)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "settings.json", application)
        session = _Sitting(application, bridge, settings)
        try:
            for theme in ("light", "dark"):
                settings.set_value("theme", theme)
                session.take(lambda name, theme=theme: str(options.folder / f"{theme}-{name}.png"))
        finally:
            session.end()
    return 0


class _Sitting:
    """One window in which the same sentence is rewritten again and again, always with the same words."""

    def __init__(self, application: QApplication, bridge: EngineBridge, settings: Settings) -> None:
        self._application = application
        self._bridge = bridge
        self._shown = -1
        # The window forwards each frame once; whoever wants to see which one is shown has to stand beside it.
        take = bridge.take_frame
        bridge.take_frame = lambda: self._note(take())
        self._window = MainWindow(bridge, settings, ThemeSource(settings, application.styleHints(), application))
        self._window.open_first(None)
        self._window.resize(1000, 700)
        self._window.show()
        bridge.start()
        self._wait(lambda: bridge.checkpoint is not None or bridge.failure)
        if bridge.failure:
            raise SystemExit(bridge.failure)

    def take(self, path: Callable[[str], str]) -> None:
        """Select, rewrite, review, accept and undo, with a picture of each."""
        window, page = self._window, self._window.page
        self._select(_SENTENCE)
        self._wait(window.controller.selection_bar.isVisible)
        self._picture(path("selected"))
        self._shown = -1
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        for step in _STEPS:
            self._wait(lambda step=step: self._shown >= step or window.controller.state is not RunState.RUNNING)
            self._rest(0.05)
            self._picture(path(f"step-{step:02}"))
        self._wait(lambda: window.controller.state is RunState.REVIEW)
        self._rest(0.6)
        self._picture(path("review"))
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self._rest(0.4)
        self._picture(path("accepted"))
        QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        self._race(path("race"))

    def _race(self, path: str) -> None:
        """The same words side by side, when both have written a good part."""
        self._select(_SENTENCE)
        self._window.compare()
        race = next(w for w in self._application.topLevelWidgets() if isinstance(w, RaceWindow) and w.isVisible())
        race.resize(1000, 700)
        QTest.keyClick(race, Qt.Key.Key_Return)
        self._wait(lambda: race.playback is not None)
        self._wait(lambda: race.playback.position > 0.55 * race.playback.length)
        QTest.keyClick(race, Qt.Key.Key_Space)
        self._rest(0.6)
        race.grab().save(path)
        print(path)
        race.close()
        self._window.activateWindow()
        self._rest(0.2)

    def end(self) -> None:
        """Close without asking."""
        self._bridge.close()
        self._window.deleteLater()
        self._application.processEvents()

    def _note(self, frame: Frame | None) -> Frame | None:
        """Remember the step of a frame on its way to the window."""
        if frame is not None:
            self._shown = frame.step
        return frame

    def _select(self, words: str) -> None:
        """Select words of the page."""
        cursor = self._window.page.document().find(words)
        page_cursor = self._window.page.textCursor()
        page_cursor.setPosition(cursor.selectionStart())
        page_cursor.setPosition(cursor.selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
        self._window.page.setTextCursor(page_cursor)
        self._window.page.setFocus()

    def _picture(self, path: str) -> None:
        """Save what the window shows."""
        self._window.grab().save(path)
        print(path)

    def _rest(self, seconds: float) -> None:
        """Let the window live for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._application.processEvents()
            time.sleep(0.005)

    def _wait(self, ready: Callable[[], object]) -> None:
        """Let the window live until something holds. Raises TimeoutError."""
        until = time.monotonic() + _PATIENCE
        while not ready():
            if time.monotonic() > until:
                raise TimeoutError("The window did not get there.")
            self._application.processEvents()
            time.sleep(0.002)


if __name__ == "__main__":
    sys.exit(main())
