"""Errors nobody expected: the text is safe, one sentence is shown, and the writer goes on."""

import sys
import threading

import pytest
from journal_files import kept, wait_for
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from app.crash_log import CrashLog
from app.failures import Failures
from app.main_window import MainWindow
from app.report_dialog import ReportDialog


@pytest.fixture
def window(qtbot, make_bridge, settings, themes, tmp_path):
    window = MainWindow(make_bridge(), settings, themes, tmp_path / "journals")
    qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
    window.show()
    return window


@pytest.fixture
def failures(window, monkeypatch):
    """Watches in place of pytest's own hooks; what Python prints is left out."""
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    failures = Failures(window, window.journal)
    failures.watch()
    yield failures
    failures.leave()


def fail(number: int = 0) -> None:
    """Raise an error and leave it to the hook, as a slot does; each number at a line of its own."""
    try:
        if number:
            raise RuntimeError("another")
        raise KeyError("nobody expected this")
    except (KeyError, RuntimeError) as error:
        sys.excepthook(type(error), error, error.__traceback__)


def shown(window) -> list[ReportDialog]:
    return window.findChildren(ReportDialog)


def said(dialog, name) -> str:
    return dialog.findChild(QLabel, f"report_{name}").text()


def test_the_whole_text_is_in_the_journal_before_a_word_is_said(window, failures, tmp_path):
    """Catches text that is lost because the error kept an edit from the journal."""
    window.page.insertPlainText("One. ")
    window.document.blockSignals(True)
    window.page.insertPlainText("Two.")
    window.document.blockSignals(False)
    fail()
    wait_for(lambda: shown(window))
    assert kept(tmp_path / "journals") == ["One. Two."]
    assert "Your text is safe" in said(shown(window)[0], "advice")
    # The writer goes on, and what follows is kept, too.
    window.page.insertPlainText(" Three.")
    wait_for(lambda: kept(tmp_path / "journals") == ["One. Two. Three."])


def test_details_are_folded_and_can_be_copied(window, failures):
    fail()
    wait_for(lambda: shown(window))
    dialog = shown(window)[0]
    assert not dialog.isModal()
    assert not dialog.details.isVisible()
    dialog.findChild(QPushButton, "report_fold").click()
    assert dialog.details.isVisible()
    dialog.findChild(QPushButton, "report_copy").click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Remelt ")
    assert "KeyError: 'nobody expected this'" in copied
    dialog.findChild(QPushButton, "report_close").click()
    wait_for(lambda: not shown(window))


def test_the_same_error_is_shown_once_and_another_again(qtbot, window, failures):
    """Catches a dialog for every frame of a painting that fails."""
    for _ in range(5):
        fail()
    fail(1)
    wait_for(lambda: len(shown(window)) == 2)
    fail()
    QTest.qWait(0)
    assert len(shown(window)) == 2


def test_an_error_on_another_thread_is_shown_like_any_other(window, failures):
    thread = threading.Thread(target=lambda: [][0])
    thread.start()
    thread.join()
    wait_for(lambda: shown(window))
    assert "IndexError" in shown(window)[0].details.toPlainText()


def test_where_the_journal_cannot_be_written_it_asks_to_save(
    qtbot, make_bridge, settings, themes, tmp_path, monkeypatch
):
    """Catches a promise that the text is safe while it is on no disk."""
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    (tmp_path / "blocked").write_text("in the way")
    window = MainWindow(make_bridge(), settings, themes, tmp_path / "blocked")
    qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
    failures = Failures(window, window.journal)
    failures.watch()
    try:
        window.page.insertPlainText("One.")
        fail()
        wait_for(lambda: shown(window))
        assert said(shown(window)[0], "advice").startswith("Save your text now")
    finally:
        failures.leave()


def test_logs_of_running_and_of_killed_processes_are_no_crashes(tmp_path):
    """Catches a report of nothing, and one taken from a process that still runs."""
    (tmp_path / "1.crash").write_text("Remelt 0.1.0\n")
    (tmp_path / "2.crash").write_text("Remelt 0.1.0\nFatal Python error: Aborted\n")
    log = CrashLog(tmp_path)
    assert "Aborted" in log.take_earlier()
    assert log.take_earlier() == ""
    assert not list(tmp_path.glob("*.crash"))
    assert CrashLog(tmp_path / "nowhere").take_earlier() == ""
