"""Main windows with a scripted engine."""

import pytest
from window_driver import activate

from app.main_window import MainWindow


@pytest.fixture
def make_window(qtbot, make_bridge, settings, themes, tmp_path):
    windows = []

    def make(path=None) -> MainWindow:
        window = MainWindow(make_bridge(), settings, themes, state=tmp_path / "state")
        windows.append(window)
        qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
        window.open_first(str(path) if path else None)
        window.show()
        activate(window)
        return window

    return make


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.md"
    path.write_bytes(b"One line.\r\nAnother line.\r\n")
    return path


@pytest.fixture
def window(make_window, notes):
    return make_window(notes)


@pytest.fixture
def ready(qtbot, window, settings, script):
    settings.set_value("reduced_motion", True)
    script.replacement = lambda old: old.upper()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    return window
