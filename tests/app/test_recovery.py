"""Unsaved text is offered again at the next start."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from journal_files import journals, kept, wait_for, written
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.documents import journal
from app.documents.text_document import plain_text
from app.main_window import MainWindow


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Write at once instead of after half a second."""
    monkeypatch.setattr(journal, "WITHIN", 0.0)


@pytest.fixture
def make_window(qtbot, make_bridge, themes):
    def make(settings, folder) -> MainWindow:
        window = MainWindow(make_bridge(), settings, themes, folder)
        qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        return window

    return make


@pytest.fixture
def left(make_window, settings, tmp_path):
    """The journal folder after a crash, of a file with "One." on disk and "One. Two" on the page."""
    settings.set_value("greeted", True)
    notes = tmp_path / "notes.md"
    notes.write_bytes(b"One.\r\n")
    folder, crashed = tmp_path / "journals", tmp_path / "crashed"
    window = make_window(settings, folder)
    window.open_first(str(notes))
    window.page.moveCursor(QTextCursor.MoveOperation.EndOfBlock)
    QTest.keyClicks(window.page, " Two")
    wait_for(lambda: kept(folder) == ["One. Two\n"])
    # The lock stays behind as well, but nobody holds it there.
    crashed.mkdir()
    shutil.copy(*journals(folder), crashed)
    window.document.setModified(False)
    window.close()
    assert journals(folder) == []
    return crashed


def answer(name):
    """Press a button in the next question; returns its text."""
    said = []

    def press():
        question = QApplication.activeModalWidget()
        if question is None:
            # Not asked yet: reading a text passes some events on.
            QTimer.singleShot(5, press)
            return
        said.append(question.text() + " " + question.informativeText())
        QTest.keyClick(question.findChild(QPushButton, name), Qt.Key.Key_Space)

    QTimer.singleShot(0, press)
    return said


def test_what_was_not_saved_can_be_taken_back(make_window, settings, left, tmp_path):
    draft = journals(left)[0].with_suffix(".new")
    draft.write_bytes(b"half a journal")
    window = make_window(settings, left)
    said = answer("restore")
    window.offer_recovery()
    assert not draft.exists()
    assert said[0].startswith("Restore unsaved changes to “notes.md”? Remelt ended without saving them (")
    assert said[0].endswith("It begins: “One. Two”")
    assert plain_text(window.document) == "One. Two\n"
    assert window.open_document.name == "notes.md"
    assert window.open_document.unsaved
    # The text is kept on, in a journal of its own.
    wait_for(lambda: kept(left) == ["One. Two\n"])
    # The caret stands where the last word was written.
    QTest.keyClicks(window.page, " Three.")
    wait_for(lambda: kept(left) == ["One. Two Three.\n"])
    window.save()
    assert (tmp_path / "notes.md").read_bytes() == b"One. Two Three.\r\n"
    wait_for(lambda: not journals(left))


@pytest.mark.parametrize(
    ("codec", "label"), [("cp1252", "Windows-1252 (guessed)"), ("utf-16-be", "UTF-16 BE without BOM")]
)
def test_the_encoding_of_a_file_outlives_a_crash(make_window, settings, tmp_path, codec, label):
    settings.set_value("greeted", True)
    letter, folder, crashed = tmp_path / "letter.txt", tmp_path / "journals", tmp_path / "crashed"
    letter.write_bytes("Größe: 5 €.\r\n".encode(codec))
    window = make_window(settings, folder)
    window.open_first(str(letter))
    # Not in the encoding of the file: the journal keeps it all the same.
    window.page.insertPlainText("漢 ")
    wait_for(lambda: kept(folder) == ["漢 Größe: 5 €.\n"])
    crashed.mkdir()
    shutil.copy(*journals(folder), crashed)
    window.document.setModified(False)
    window.close()
    window = make_window(settings, crashed)
    answer("restore")
    window.offer_recovery()
    assert plain_text(window.document) == "漢 Größe: 5 €.\n"
    assert window.findChild(QLabel, "encoding").text() == label
    window.page.go_to_start()
    for _ in range(2):
        QTest.keyClick(window.page, Qt.Key.Key_Delete)
    window.save()
    assert letter.read_bytes() == "Größe: 5 €.\r\n".encode(codec)


def test_a_journal_of_an_earlier_version_is_of_a_file_in_utf_8(make_window, settings, tmp_path):
    (tmp_path / "old.txt").write_bytes(b"\xef\xbb\xbfold")
    digest = hashlib.sha256((tmp_path / "old.txt").read_bytes()).hexdigest()
    file = {"path": str(tmp_path / "old.txt"), "bom": True, "usual": "\n", "mixed": [], "digest": digest}
    (tmp_path / "journals").mkdir()
    written(tmp_path / "journals" / "old.journal", "new Größe", [], {"title": "Untitled", "file": file})
    window = make_window(settings, tmp_path / "journals")
    answer("restore")
    window.offer_recovery()
    window.save()
    assert (tmp_path / "old.txt").read_bytes() == "\ufeffnew Größe".encode()


def test_a_file_that_another_program_has_changed_meanwhile_is_not_overwritten(make_window, settings, left, tmp_path):
    (tmp_path / "notes.md").write_bytes(b"Three.\r\n")
    window = make_window(settings, left)
    answer("restore")
    window.offer_recovery()
    said = answer("stay")
    window.save()
    assert "Another program has changed “notes.md”" in said[0]
    assert (tmp_path / "notes.md").read_bytes() == b"Three.\r\n"


def test_later_asks_again_and_thrown_away_is_gone(make_window, settings, left):
    for name, stay in (("later", 1), ("later", 1), ("discard", 0)):
        window = make_window(settings, left)
        said = answer(name)
        window.offer_recovery()
        assert len(said) == 1
        assert plain_text(window.document) == ""
        window.close()
        assert len(journals(left)) == stay
    window = make_window(settings, left)
    window.offer_recovery()


def test_several_texts_are_asked_about_newest_first_and_the_rest_is_kept(make_window, settings, left):
    (older,) = journals(left)
    newer = left / "newer.journal"
    written(newer, "Newer words", [])
    os.utime(older, (1, 1))
    window = make_window(settings, left)
    said = answer("restore")
    window.offer_recovery()
    assert "Newer words" in said[0]
    wait_for(lambda: not newer.exists())
    assert sorted(kept(left)) == ["Newer words", "One. Two\n"]


def test_what_was_saved_after_all_is_not_asked_about(make_window, settings, left, tmp_path):
    (tmp_path / "notes.md").write_bytes(b"One. Two\r\n")
    make_window(settings, left).offer_recovery()
    assert journals(left) == []


def test_a_journal_that_cannot_be_read_stays_and_is_told(make_window, settings, left):
    (left / "broken.journal").write_bytes(b"no journal")
    window = make_window(settings, left)
    answer("later")
    window.offer_recovery()
    assert "broken.journal contains no text" in window.findChild(QLabel, "message").text()
    assert (left / "broken.journal").read_bytes() == b"no journal"


@pytest.mark.parametrize("how", ["undo", "leave"])
def test_nothing_is_kept_of_what_is_not_wanted(make_window, settings, tmp_path, how):
    settings.set_value("greeted", True)
    folder = tmp_path / "journals"
    window = make_window(settings, folder)
    window.open_first(None)
    QTest.keyClicks(window.page, "words")
    wait_for(lambda: kept(folder) == ["words"])
    if how == "undo":
        while window.open_document.unsaved:
            window.undo()
        wait_for(lambda: not journals(folder))
    else:
        answer("discard")
        window.close()
        assert list(folder.iterdir()) == []


@pytest.fixture
def elsewhere(monkeypatch):
    """The journals that other windows were started for; no process is started."""
    started = []

    def start(_program, arguments):
        assert arguments[:3] == ["-m", "app", "--restore"]
        started.append(Path(arguments[3]))
        return True, 1

    monkeypatch.setattr("app.files.start.QProcess.startDetached", start)
    return started


@pytest.fixture
def asked(make_window, settings, left, tmp_path, elsewhere):
    """A window started with a file, while the text of another one waits."""
    path = tmp_path / "asked.md"
    path.write_text("Asked for.")
    window = make_window(settings, left)
    window.open_first(str(path))
    return window


def test_a_file_that_was_asked_for_stays_open_and_the_other_text_can_be_had_later(asked, left):
    """Restoring the text of another file took the place of the one asked for."""
    answer("later")
    asked.offer_recovery()
    assert plain_text(asked.document) == "Asked for."
    assert "Restore unsaved text" in asked.findChild(QLabel, "message").text()
    answer("restore")
    asked.actions_by_name["restore_unsaved"].trigger()
    assert plain_text(asked.document) == "One. Two\n"
    asked.document.setModified(False)
    asked.new()
    # Its thread takes the journal away a moment later.
    wait_for(lambda: not journals(left))
    asked.actions_by_name["restore_unsaved"].trigger()
    assert asked.findChild(QLabel, "message").text() == "There is no unsaved text of an earlier session."


def test_the_other_text_is_restored_in_another_window(asked, left, elsewhere, make_window, settings):
    """The file that was asked for was open, or the text that waited, but never both."""
    (waiting,) = journals(left)
    answer("restore")
    asked.offer_recovery()
    assert plain_text(asked.document) == "Asked for."
    assert elsewhere == [waiting]
    # Until the other window has a journal of its own, the text must survive there.
    assert kept(left) == ["One. Two\n"]
    other = make_window(settings, left)
    other.files.open_recovered(waiting)
    other.offer_recovery()
    assert plain_text(other.document) == "One. Two\n"
    assert other.open_document.unsaved
    wait_for(lambda: not waiting.exists())
    assert kept(left) == ["One. Two\n"]


def test_another_window_that_cannot_be_started_loses_nothing(asked, left, monkeypatch):
    """Its text was taken for restored."""
    monkeypatch.setattr("app.files.start.QProcess.startDetached", lambda *_: (False, 0))
    answer("restore")
    asked.offer_recovery()
    assert kept(left) == ["One. Two\n"]
    assert "Restore unsaved text" in asked.findChild(QLabel, "message").text()


def test_the_other_text_can_be_discarded(asked, left, elsewhere):
    answer("discard")
    asked.offer_recovery()
    assert (journals(left), elsewhere) == ([], [])
    assert plain_text(asked.document) == "Asked for."


def test_the_last_file_does_not_stand_in_the_way_of_text_that_waits(make_window, settings, left, tmp_path):
    """The last file was opened first, and the text was restored over it."""
    (tmp_path / "last.md").write_text("Last.")
    settings.set_value("recent_files", (f"0 0 0 {tmp_path / 'last.md'}",))
    window = make_window(settings, left)
    window.open_first(None)
    assert plain_text(window.document) == ""
    answer("restore")
    window.offer_recovery()
    assert plain_text(window.document) == "One. Two\n"
    window.document.setModified(False)
    window.close()
    wait_for(lambda: not journals(left))
    window = make_window(settings, left)
    window.open_first(None)
    assert window.open_document.name == "notes.md"


def test_the_own_text_of_a_file_that_was_asked_for_is_offered(make_window, settings, left, tmp_path):
    window = make_window(settings, left)
    window.open_first(str(tmp_path / "notes.md"))
    answer("restore")
    window.offer_recovery()
    assert plain_text(window.document) == "One. Two\n"


CRASH = """
import os, signal, sys
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
import app.__main__ as program
from app.bridge import EngineBridge

def live(bridge):
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    if sys.argv[1] == "crash":
        window.new()
        QTest.keyClicks(window.page, "never saved")
        QTimer.singleShot(1000, lambda: os.kill(os.getpid(), signal.SIGKILL))
    else:
        QTimer.singleShot(200, look)

def look():
    question = QApplication.activeModalWidget()
    print(question.informativeText().split("It begins: ")[1])
    os._exit(0)

EngineBridge.start = live
program.main([])
"""


def test_a_killed_program_asks_at_its_next_start(tmp_path):
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    how = {"env": environment, "capture_output": True, "text": True, "timeout": 60, "check": False}
    ends = [subprocess.run([sys.executable, "-c", CRASH, what], **how) for what in ("crash", "look")]
    assert ends[0].returncode == -signal.SIGKILL
    assert ends[1].stdout == "“never saved”\n"
