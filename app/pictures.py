"""Take the screenshots of the README: `python -m app.pictures FOLDER`.

A real window with the real engine, driven by keys, off screen; one picture of each stage, in light and in dark.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk import Desk
from app.run_state import RunState
from engine import EngineThread, Frame

_SENTENCE = "It was not a scientific list. She wrote down the weather, what she was cooking"
_STEPS = (1, 2, 4)
"""Steps of the run that are shown."""


def main(arguments: list[str] | None = None) -> int:
    """Take all pictures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.pictures", description="Take the screenshots of the README.")
    parser.add_argument("folder", type=Path, help="output folder")
    parser.add_argument("--model", metavar="FOLDER", help="folder of a checkpoint (default: the embedded one)")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    with Desk(lambda on_event: EngineThread(on_event, options.model)) as desk:
        session = _Sitting(desk)
        for theme in ("light", "dark"):
            desk.settings.set_value("theme", theme)
            session.take(lambda name, theme=theme: str(options.folder / f"{theme}-{name}.png"))
    return 0


class _Sitting:
    """One window in which the same sentence is rewritten in every theme."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown = -1
        # The window takes each frame only once, so the frames have to be watched on their way to it.
        take = desk.bridge.take_frame
        desk.bridge.take_frame = lambda: self._note(take())

    def take(self, path: Callable[[str], str]) -> None:
        """Select, rewrite, review, accept and undo, with a picture of each."""
        desk, window, page = self._desk, self._desk.window, self._desk.window.page
        desk.select(_SENTENCE)
        desk.wait(window.controller.selection_bar.isVisible)
        self._picture(path("selected"))
        self._shown = -1
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        for step in _STEPS:
            desk.wait(lambda step=step: self._shown >= step or window.controller.state is not RunState.RUNNING)
            desk.rest(0.05)
            self._picture(path(f"step-{step:02}"))
        desk.wait(lambda: window.controller.state is RunState.REVIEW)
        desk.rest(0.6)
        self._picture(path("review"))
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.rest(0.4)
        self._picture(path("accepted"))
        QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        self._race(path("race"))

    def _race(self, path: str) -> None:
        """The same words side by side, with a good part of the race played."""
        desk = self._desk
        desk.select(_SENTENCE)
        race = desk.compare()
        QTest.keyClick(race, Qt.Key.Key_Return)
        desk.wait(lambda: race.playback is not None and race.playback.position > 0.55 * race.playback.length)
        QTest.keyClick(race, Qt.Key.Key_Space)
        desk.rest(0.6)
        race.grab().save(path)
        print(path)
        race.close()
        desk.window.activateWindow()
        desk.rest(0.2)

    def _note(self, frame: Frame | None) -> Frame | None:
        """Remember the step of a frame on its way to the window."""
        if frame is not None:
            self._shown = frame.step
        return frame

    def _picture(self, path: str) -> None:
        """Save what the window shows."""
        self._desk.window.grab().save(path)
        print(path)


if __name__ == "__main__":
    sys.exit(main())
