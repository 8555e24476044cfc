"""Unsaved text survives whatever ends the program."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.documents import journal
from app.documents.journal import Journal, JournalError, UnitText, read
from app.documents.journal_keeper import JournalKeeper
from app.documents.open_document import OpenDocument
from app.documents.text_document import plain_text
from app.main_window import MainWindow

WORDS = st.text(alphabet="aé \n\t\u2029\u00a0שلא👩‍🏽\ufeff\ud83d", max_size=6)
SECONDS = 5


def wait_for(ready):
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        QCoreApplication.processEvents()
        time.sleep(0.002)


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"))


def kept(folder: Path) -> list[str]:
    """The texts that would survive now."""
    texts = []
    for path in journals(folder):
        # The keeper's thread may take one away between the listing and the reading.
        with contextlib.suppress(JournalError):
            texts.append(read(path).text)
    return texts


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Nobody waits half a second for the disk."""
    monkeypatch.setattr(journal, "WITHIN", 0.0)


# The file.


def written(path, text, edits, about=None):
    """A journal of some edits, and all texts that it was."""
    texts = [text]
    writer = Journal(path, pytest.fail)
    writer.begin(about or {"title": "Sample", "file": None}, text)
    now = UnitText(text)
    for position, removed, inserted in edits:
        position = min(position, len(now))
        removed = min(removed, len(now) - position)
        now.edit(position, removed, inserted)
        writer.edit(position, removed, inserted)
        texts.append(str(now))
    writer.close()
    return texts


EDITS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), WORDS), max_size=8)


@given(WORDS, EDITS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_journal_that_is_cut_or_broken_gives_a_text_that_was_once_there(tmp_path_factory, text, edits, data):
    path = tmp_path_factory.mktemp("journal") / "one.journal"
    texts = written(path, text, edits)
    assert read(path).text == texts[-1]
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    # Only what stands before the edits is needed; the end of its last line may be cut off, but not changed.
    needed = len(b"".join(whole.splitlines(keepends=True)[: 2 if text else 1]))
    cut, changed = whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    for broken, first_spared in ((cut, needed - 1), (changed, needed)):
        path.write_bytes(broken)
        if at < first_spared:
            with pytest.raises(JournalError, match=r"^[^\n]+$"):
                read(path)
        else:
            assert read(path).text in texts


def test_a_long_text_comes_in_pieces_that_do_not_part_a_pair(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_PIECE", 3)
    text = "aa👩bb👩👩c"
    assert written(tmp_path / "one.journal", text, [(2, 2, "👩‍🏽")])[-1] == read(tmp_path / "one.journal").text


def test_many_edits_become_one_text_when_nobody_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_IDLE", 0.01)
    monkeypatch.setattr(journal, "_LONG", 100)
    path = tmp_path / "one.journal"
    writer = Journal(path, pytest.fail)
    writer.begin({"title": "Sample", "file": None}, "")
    for number in range(50):
        writer.edit(number, 0, "x")
    wait_for(lambda: path.exists() and 0 < path.stat().st_size < 200 and read(path).text == "x" * 50)
    writer.edit(50, 0, "!")
    writer.close()
    assert read(path).text == "x" * 50 + "!"
    assert [file.name for file in tmp_path.iterdir()] == ["one.journal"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_of_another_version_is_left_alone(tmp_path):
    path = tmp_path / "one.journal"
    written(path, "text", [])
    head, rest = path.read_bytes().split(b"\n", 1)
    value = json.loads(head[9:]) | {"version": 99}
    path.write_bytes(journal._line(value) + rest)
    with pytest.raises(JournalError, match="another version"):
        read(path)


# What is followed.


@pytest.fixture
def opened(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    return OpenDocument(qapp.font(), window)


@pytest.fixture
def keeper(opened, tmp_path):
    keeper = JournalKeeper(tmp_path / "journals", opened)
    keeper.warnings = []
    keeper.warning.connect(keeper.warnings.append)
    yield keeper
    keeper.close()


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 60), st.integers(0, 6), WORDS),
        st.tuples(st.sampled_from(["undo", "redo", "save", "all"])),
    ),
    max_size=10,
)


def do(opened, deed, *how):
    document = opened.document
    if deed == "undo":
        document.undo()
    elif deed == "redo":
        document.redo()
    elif deed == "save":
        document.setModified(False)
    else:
        cursor = QTextCursor(document)
        if deed == "all":
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
            return
        at, removed, words = how
        end = document.characterCount() - 1
        cursor.setPosition(min(at, end))
        cursor.setPosition(min(at + removed, end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words)


@given(DEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_what_is_unsaved_is_on_the_disk(keeper, opened, tmp_path, deeds):
    folder = tmp_path / "journals"
    for deed in deeds:
        do(opened, *deed)
    document = opened.document
    # As a list of units: half a surrogate pair is lost where a whole text comes from Qt.
    units = "".join(map(document.characterAt, range(document.characterCount() - 1))).replace("\u2029", "\n")
    expected = [str(UnitText(units))] if opened.unsaved else []
    wait_for(lambda: kept(folder) == expected)
    assert keeper.warnings == []


def test_another_document_begins_anew(keeper, opened, tmp_path):
    folder = tmp_path / "journals"
    do(opened, "write", 0, 0, "one")
    wait_for(lambda: kept(folder) == ["one"])
    (tmp_path / "notes.md").write_bytes("\ufefftwo\r\nlines\r\n".encode())
    opened.document.setModified(False)
    opened.open(str(tmp_path / "notes.md"))
    wait_for(lambda: kept(folder) == [])
    do(opened, "write", 0, 0, "> ")
    wait_for(lambda: kept(folder) == ["> two\nlines\n"])


def test_a_folder_that_cannot_be_written_is_told_once_and_writing_goes_on(keeper, opened, tmp_path):
    (tmp_path / "journals").write_text("in the way")
    for letter in "abc":
        do(opened, "write", 0, 0, letter)
    wait_for(lambda: keeper.warnings)
    keeper.close()
    QCoreApplication.processEvents()
    assert len(keeper.warnings) == 1
    assert keeper.warnings[0].startswith("Unsaved text is not protected against a crash: ")
    assert plain_text(opened.document) == "cba"


def test_a_journal_belongs_to_the_window_that_lives(keeper, opened, tmp_path, qtbot, qapp):
    do(opened, "write", 0, 0, "mine")
    wait_for(lambda: kept(tmp_path / "journals") == ["mine"])
    assert keeper.recoverable() == []
    window = QWidget()
    qtbot.addWidget(window)
    other = JournalKeeper(tmp_path / "journals", OpenDocument(qapp.font(), window))
    assert other.recoverable() == []
    assert kept(tmp_path / "journals") == ["mine"]


# As a writer meets it.


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
    """A folder of journals as a crash leaves it, of a file that says "One." on the disk and "One. Two" on the page."""
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
    """Press a button of the question that comes, and return what it says."""
    said = []

    def press():
        question = QApplication.activeModalWidget()
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
    QTest.keyClicks(window.page, "Zero. ")
    wait_for(lambda: kept(left) == ["Zero. One. Two\n"])
    window.save()
    assert (tmp_path / "notes.md").read_bytes() == b"Zero. One. Two\r\n"
    wait_for(lambda: not journals(left))


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
