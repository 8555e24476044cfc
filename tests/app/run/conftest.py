"""A page with everything a run needs and a scripted engine, driven by keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from scripted_engine import Script, ScriptedEngine

from app.bridge import EngineBridge
from app.documents.text_document import new_document, plain_text
from app.page.page import Page
from app.run.controller import RunController
from app.run.review_commands import FRESH
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
PATIENCE = 4.0
"""Seconds to wait for something before the test fails."""


class Desk(QWidget):
    """A page with a controller. `messages` and `results` collect what the controller reports."""

    def __init__(self, folder: Path, text: str, script: Script, *, reduced_motion: bool = True) -> None:
        super().__init__()
        self.resize(900, 600)
        self.settings = Settings(folder / "settings.json")
        self.settings.set_value("reduced_motion", reduced_motion)
        self.themes = ThemeSource(self.settings, QGuiApplication.styleHints())
        self.page = Page(19, self)
        self.page.resize(self.size())
        self.document = new_document(text, self.page.font(), self)
        engines: list[ScriptedEngine] = []

        def make_engine(on_event: Callable) -> ScriptedEngine:
            engines.append(ScriptedEngine(on_event, script))
            return engines[0]

        self.bridge = EngineBridge(make_engine, self)
        self.engine = engines[0]
        self.controller = RunController(self.page, self.bridge, self.themes, self.settings, self)
        self.controller.set_document(self.document)
        self.messages: list[str] = []
        self.results: list[object] = []
        self.controller.message.connect(self.messages.append)
        self.controller.undo_offered.connect(self.messages.append)
        self.controller.last_run.connect(self.results.append)
        self.show()
        self.activateWindow()
        self.page.setFocus()

    def open_engine(self) -> None:
        """Start the engine and wait until it is ready or has failed."""
        self.bridge.start()
        self.wait_for(lambda: self.bridge.checkpoint is not None or self.bridge.failure)

    def wait_for(self, fact) -> None:
        """Process events until a condition holds; fails if it never does."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, "waited in vain"
            QTest.qWait(2)

    def wait_for_state(self, state: RunState) -> None:
        """Process events until the controller is in a state."""
        self.wait_for(lambda: self.controller.state is state)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press and release a key on the page."""
        QTest.keyClick(self.page, key, modifiers)

    def rewrite(self) -> None:
        self.press(Qt.Key.Key_Return, CONTROL)

    def fill(self) -> None:
        self.press(Qt.Key.Key_Return, CONTROL | SHIFT)

    def fix(self) -> None:
        self.press(Qt.Key.Key_Return, ALT)

    def accept(self) -> None:
        """Accept by keyboard after a moment, as a person would."""
        QTest.qWait(FRESH + 10)
        self.rewrite()

    def escape(self) -> None:
        self.press(Qt.Key.Key_Escape)

    def type(self, text: str) -> None:
        """Type on the page."""
        QTest.keyClicks(self.page, text)

    def select(self, start: int, end: int) -> None:
        """Select on the page, in UTF-16 units."""
        cursor = QTextCursor(self.page.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.page.setTextCursor(cursor)

    def select_words(self, words: str) -> None:
        """Select the first occurrence of these words on the page."""
        start = plain_text(self.page.document()).index(words)
        self.select(start, start + len(words))

    def put_caret(self, position: int) -> None:
        self.select(position, position)

    def click(self, position: int) -> None:
        """Click on a character of the page."""
        cursor = QTextCursor(self.page.document())
        cursor.setPosition(position)
        place = self.page.cursorRect(cursor).center() + QPoint(3, 0)
        QTest.mouseClick(self.page.viewport(), Qt.MouseButton.LeftButton, pos=place)

    @property
    def text(self) -> str:
        """The writer's own text: what would be saved."""
        return plain_text(self.controller.real_document)

    @property
    def shown(self) -> str:
        """What the page shows."""
        return plain_text(self.page.document())

    @property
    def caret(self) -> int:
        return self.page.textCursor().position()

    @property
    def selected(self) -> str:
        return self.page.textCursor().selectedText()


@pytest.fixture
def make_desk(qapp, tmp_path: Path, script: Script) -> Iterator[Callable[..., Desk]]:
    """Makes desks: `make_desk(text)`. Without animation by default, so that tests need not wait for it."""
    desks: list[Desk] = []

    def make(text: str, *, reduced_motion: bool = True, engine: bool = True) -> Desk:
        desk = Desk(tmp_path, text, script, reduced_motion=reduced_motion)
        desks.append(desk)
        if engine:
            desk.open_engine()
        return desk

    yield make
    for desk in desks:
        assert desk.bridge.close(PATIENCE)
        shiboken6.delete(desk)
