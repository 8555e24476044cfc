"""A second start hands its file to the window that is open."""

import os
import signal
import socket
import subprocess
import sys

import pytest
import shiboken6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from window_driver import answer, text

from app.files.handover import Reception, address, hand_over
from app.main_window import MainWindow

ASKS = """
import sys
from app.files.handover import hand_over
sys.exit(not hand_over(sys.argv[1], sys.argv[2], 5.0))
"""


@pytest.fixture
def where(tmp_path_factory):
    """An address; the path of a socket may have no more than a hundred bytes."""
    return str(tmp_path_factory.mktemp("w") / "window")


@pytest.fixture
def ask(qtbot):
    """Start the program a second time, as far as it asks the first window. True where that takes the file."""

    def ask(where, path) -> bool:
        with subprocess.Popen([sys.executable, "-c", ASKS, where, path]) as asking:
            qtbot.waitUntil(lambda: asking.poll() is not None, timeout=10_000)
        return not asking.returncode

    return ask


@pytest.fixture
def receive(qapp):
    """Make receptions, which are closed after the test."""
    made = []

    def receive(where, is_busy=lambda: False) -> Reception:
        made.append(Reception(where, is_busy))
        made[-1].files = []
        made[-1].requested.connect(made[-1].files.append)
        return made[-1]

    yield receive
    for reception in made:
        reception.close()
        shiboken6.delete(reception)


def test_one_address_for_each_settings_file(tmp_path):
    one, other = (address(tmp_path, tmp_path / name) for name in ("a.json", "b.json"))
    assert one != other
    assert os.path.dirname(one) == str(tmp_path)


@pytest.mark.parametrize("path", ["/a folder/café.md", os.fsdecode(b"/caf\xe9.md"), ""])
def test_the_first_window_takes_any_path_and_only_this_user_may_ask(qtbot, ask, receive, where, path):
    first = receive(where)
    assert ask(where, path)
    qtbot.waitUntil(lambda: first.files == [path])
    assert os.stat(where).st_mode & 0o077 == 0


def test_a_second_window_leaves_the_first_its_place(qtbot, ask, receive, where):
    """The window opened last took over the address, and the first was never asked again."""
    first, second = receive(where), receive(where)
    assert (first.is_open, second.is_open) == (True, False)
    assert ask(where, "/notes.md")
    qtbot.waitUntil(lambda: first.files == ["/notes.md"])
    assert second.files == []
    first.close()
    assert receive(where).is_open


def test_nobody_there_and_what_a_crash_has_left(qtbot, ask, receive, where):
    assert not ask(where, "/notes.md")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(where)
    assert not ask(where, "/notes.md")
    first = receive(where)
    assert first.is_open
    assert ask(where, "/notes.md")


def test_a_window_that_asks_something_takes_nothing(ask, receive, where):
    """The file would have been opened under a question about another one."""
    first = receive(where, lambda: True)
    assert not ask(where, "/notes.md")
    assert first.files == []


def test_a_window_that_does_not_answer_in_time_takes_nothing_later(ask, qtbot, receive, where):
    """The second start had opened the file by itself, and then the first window did so, too."""
    first = receive(where)
    # Its event loop stands still meanwhile.
    assert not hand_over(where, "/late.md", 0.05)
    assert ask(where, "/after.md")
    qtbot.waitUntil(lambda: first.files == ["/after.md"])


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"file": "/a"}\n', b"x" * 100_000, b"half"])
def test_nonsense_is_no_request(qtbot, ask, receive, where, line):
    first = receive(where)
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(where)
        other.sendall(line)
        assert ask(where, "/after.md")
    qtbot.waitUntil(lambda: first.files == ["/after.md"])


def test_a_folder_that_cannot_be_made_is_no_obstacle(ask, receive, tmp_path):
    (tmp_path / "blocked").write_text("")
    where = str(tmp_path / "blocked" / "window")
    assert not receive(where).is_open
    assert not ask(where, "/notes.md")


@pytest.fixture
def window(qtbot, make_bridge, settings, themes, where, tmp_path):
    """A window that answers, with notes.md open."""
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "other.md").write_text("other")
    window = MainWindow(make_bridge(), settings, themes, state=tmp_path / "state")
    qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
    window.open_first(str(tmp_path / "notes.md"))
    window.files.answer_at(where)
    window.show()
    return window


def test_the_file_is_opened_and_the_window_comes_to_the_front(qtbot, window, ask, where, tmp_path):
    window.showMinimized()
    assert ask(where, str(tmp_path / "other.md"))
    qtbot.waitUntil(lambda: text(window) == "other")
    assert not window.isMinimized()
    qtbot.waitUntil(window.isActiveWindow)
    # A name that does not exist yet is begun, as at a start.
    assert ask(where, str(tmp_path / "new.md"))
    qtbot.waitUntil(lambda: window.open_document.name == "new.md")


def test_unsaved_changes_are_asked_about(qtbot, window, ask, where, tmp_path):
    for name in ("other.md", "new.md"):
        QTest.keyClicks(window.page, "New ")
        asked = answer(qtbot, None)
        assert ask(where, str(tmp_path / name))
        qtbot.waitUntil(lambda asked=asked: asked == ["Save changes to “notes.md”?"])
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert text(window) == "New New notes"


def test_the_file_that_is_open_is_not_read_again(qtbot, window, ask, where, tmp_path):
    """Without changes it would have jumped to the start; with changes it asked about nothing."""
    QTest.keyClicks(window.page, "New ")
    (tmp_path / "link.md").symlink_to(tmp_path / "notes.md")
    assert ask(where, str(tmp_path / "link.md"))
    qtbot.waitUntil(window.isActiveWindow)
    assert text(window) == "New notes"


def test_a_window_with_a_question_open_lets_the_second_start_open_its_own(qtbot, window, ask, where, tmp_path):
    box = QMessageBox(window)
    box.open()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is box)
    assert not ask(where, str(tmp_path / "other.md"))
    box.close()
    box.deleteLater()
    assert text(window) == "notes"


def test_a_closed_window_takes_nothing(qtbot, window, ask, where, tmp_path):
    window.close()
    assert not ask(where, str(tmp_path / "other.md"))


TELLS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.__main__ as program
from app.bridge import EngineBridge

def live(bridge):
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    window.open_document.replaced.connect(lambda _: QTimer.singleShot(0, tell))
    print("open", window.open_document.name, flush=True)

def tell():
    window = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")
    print("open", window.open_document.name, flush=True)
    window.close()

EngineBridge.start = live
sys.exit(program.main(sys.argv[1:]))
"""


@pytest.fixture
def environment(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("w"))
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}


def test_real_programs_hand_over_or_open_another_window(environment, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(name)
    how = {"env": environment, "cwd": tmp_path, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    start = [sys.executable, "-c", TELLS]
    first = subprocess.Popen([*start, "a.md"], **how)
    assert first.stdout.readline() == "open a.md\n"
    another = subprocess.Popen([*start, "--new-window", "b.md"], **how)
    try:
        assert another.stdout.readline() == "open b.md\n"
        # A relative path is one of the folder where the second start was.
        done = subprocess.run([*start, "c.md"], timeout=20, check=False, **how)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        # Qt complains there that nothing can come to the front without a screen.
        assert first.communicate(timeout=20)[0] == "open c.md\n"
        another.send_signal(signal.SIGTERM)
        assert another.communicate(timeout=20) == ("", "")
    finally:
        first.kill()
        another.kill()
