"""Races on the scripted engine, and their recordings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtTest import QTest
from scripted_engine import Script

from app.bridge import EngineBridge
from app.race.recording import Recording, race_on
from app.race.runner import RaceRunner
from app.race.window import RaceWindow
from app.settings import Settings
from app.theme import ThemeSource
from engine import EditRequest


@pytest.fixture
def ready_bridge(qtbot, bridge: EngineBridge) -> EngineBridge:
    """A bridge whose engine is ready."""
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    return bridge


@pytest.fixture
def runner(ready_bridge: EngineBridge):
    """A runner; `endings` collects why races ended."""
    runner = RaceRunner(ready_bridge)
    runner.endings = []
    runner.ended.connect(runner.endings.append)
    yield runner
    shiboken6.delete(runner)


@pytest.fixture
def run_race(qtbot, runner: RaceRunner, script: Script) -> Callable[..., tuple[Recording, Recording]]:
    """Runs a race to its end and returns both recordings."""

    def run(subject: EditRequest, seed: int = 7, **how: object) -> tuple[Recording, Recording]:
        for name, value in how.items():
            setattr(script, name, value)
        with qtbot.waitSignal(runner.finished) as finished:
            runner.start(subject, seed)
        return finished.args[0]

    return run


@pytest.fixture
def window(qtbot, ready_bridge: EngineBridge, settings: Settings, themes: ThemeSource) -> RaceWindow:
    """The window with a selection to fill; without motion, so that no test has to wait for it."""
    settings.set_value("reduced_motion", True)
    window = RaceWindow(ready_bridge, settings, themes)
    qtbot.addWidget(window)
    window.begin(race_on("Once there was ", "a grey house", " by the sea."))
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    return window
