"""Shared by the window's tests: no screen, an engine that plays prepared frames, and checks for leaks."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app.bridge import EngineBridge
from app.settings import Settings
from app.theme import ThemeSource


def _load_sibling(name: str) -> None:
    """Let tests import a helper module from this folder; tests are not a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


for _helper in ("scripted_engine", "window_driver", "journal_files", "find_desk"):
    _load_sibling(_helper)

from scripted_engine import Script, ScriptedEngine  # noqa: E402

NOT_OURS = ("This plugin does not support", "OpenType support missing")
"""Qt's warnings about the missing screen and the fonts of the machine; all others fail a test."""

_ORIGINS: dict[int, tuple[QTimer, str]] = {}
"""Started timers, and where they were started."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore warnings about what the test machine lacks."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(*NOT_OURS))


@pytest.fixture(autouse=True, scope="session")
def _watch_timers() -> Iterator[None]:
    """Remember where every timer was started from Python."""
    start = QTimer.start

    def start_and_remember(timer: QTimer, *arguments: object) -> None:
        caller = traceback.extract_stack(limit=2)[0]
        _ORIGINS[id(timer)] = (timer, f"{caller.filename}:{caller.lineno}")
        start(timer, *arguments)

    QTimer.start = start_and_remember
    yield
    QTimer.start = start


@pytest.fixture(autouse=True)
def _no_leaks() -> Iterator[None]:
    """Fail a test that leaks a thread, an active timer or a top-level widget, and name it."""
    _ORIGINS.clear()
    # What lives already is none of this test's: a collection that looks through all of torch takes half a second.
    gc.freeze()
    threads = set(threading.enumerate())
    widgets = set(QApplication.topLevelWidgets()) if QApplication.instance() else set()
    yield
    left = []
    if QApplication.instance():
        for _ in range(2):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            gc.collect()
        left += [f"timer started at {place}" for timer, place in _ORIGINS.values() if _runs(timer)]
        left += [
            f"widget {type(widget).__name__} {widget.objectName()!r}"
            for widget in QApplication.topLevelWidgets()
            if widget not in widgets
        ]
    left += [f"thread {thread.name}" for thread in _threads_beside(threads)]
    _ORIGINS.clear()
    assert not left, f"the test left behind: {', '.join(left)}"


def _runs(timer: QTimer) -> bool:
    return shiboken6.isValid(timer) and timer.isActive()


def _threads_beside(known: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that still run after a second's grace."""
    deadline = time.monotonic() + 1
    while (left := [thread for thread in threading.enumerate() if thread not in known]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


@pytest.fixture
def settings(qapp: QApplication, tmp_path: Path) -> Settings:
    """Settings in the test's own folder."""
    return Settings(tmp_path / "config" / "settings.json")


@pytest.fixture
def themes(qapp: QApplication, settings: Settings) -> Iterator[ThemeSource]:
    """The theme, which follows those settings."""
    source = ThemeSource(settings, qapp.styleHints())
    yield source
    shiboken6.delete(source)


@pytest.fixture
def script() -> Script:
    """What the scripted engine does; a test may change it before and between runs."""
    return Script()


@pytest.fixture
def make_bridge(qapp: QApplication, script: Script) -> Iterator[Callable[[], EngineBridge]]:
    """Makes a bridge to a scripted engine, which is closed after the test. The engine is `bridge.engine`."""
    bridges: list[EngineBridge] = []

    def make() -> EngineBridge:
        engines: list[ScriptedEngine] = []

        def make_engine(on_event: Callable) -> ScriptedEngine:
            engines.append(ScriptedEngine(on_event, script))
            return engines[0]

        bridge = EngineBridge(make_engine)
        bridge.engine = engines[0]
        bridges.append(bridge)
        return bridge

    yield make
    for bridge in bridges:
        assert bridge.close(10.0)
        shiboken6.delete(bridge)


@pytest.fixture
def bridge(make_bridge: Callable[[], EngineBridge]) -> EngineBridge:
    """A bridge to a scripted engine that has not been started."""
    return make_bridge()
