"""The window as a writer uses it: by keys, from the first start to the last question."""

import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QMessageBox, QPushButton, QToolButton, QWidget

from app.commands import COMMANDS
from app.documents.text_document import plain_text
from app.main_window import MainWindow
from app.run_state import RunState
from app.settings import Settings
from app.theme import DARK, LIGHT
from engine import Action

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


@pytest.fixture
def make_window(qtbot, make_bridge, settings, themes):
    windows = []

    def make(path=None) -> MainWindow:
        window = MainWindow(make_bridge(), settings, themes)
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


def activate(window):
    """Shortcuts belong to the active window; a question that was answered must be gone for it to be that again."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.activateWindow()
    # Qt also calls a window active while one that belongs to it has the keyboard.
    deadline = time.monotonic() + 4
    while QApplication.activeWindow() is not window:
        assert time.monotonic() < deadline, "the window was not activated"
        QTest.qWait(2)


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    activate(window)
    QTest.keyClick(window.page, key, modifiers)


def text(window) -> str:
    return plain_text(window.document)


def said(window, name="message") -> str:
    return window.findChild(QLabel, name).text()


def answer(qtbot, name):
    """Press the button of that name in the question that is about to be asked, and note that it was asked."""
    asked = []

    def choose():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(5, choose)
            return
        asked.append(box.text())
        if name:
            QTest.mouseClick(box.findChild(QPushButton, name), Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(box, KEY.Key_Escape)

    QTimer.singleShot(0, choose)
    return asked


def choose_file(monkeypatch, path):
    """The file that the writer will choose in the system's dialog."""
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path) if path else "", ""))


# Starting.


def test_the_first_start_shows_a_sample_and_the_next_an_empty_page(make_window, settings):
    window = make_window()
    assert "Select this sentence and press Ctrl+Return." in text(window)
    assert said(window, "document_name") == "Sample"
    assert not window.document.isModified()
    assert text(make_window()) == ""
    assert Settings(settings.path).value("greeted")


def test_a_file_is_opened(window):
    assert text(window) == "One line.\nAnother line.\n"
    assert said(window, "document_name") == "notes.md"
    assert window.page.hasFocus()
    assert window.page.textCursor().position() == 0


def test_a_file_that_does_not_exist_yet_is_begun(make_window, tmp_path):
    window = make_window(tmp_path / "new.md")
    assert "new.md is a new file" in said(window)
    QTest.keyClicks(window.page, "words")
    press(window, KEY.Key_S, CONTROL)
    assert (tmp_path / "new.md").read_text() == "words"


@pytest.mark.parametrize("bad", ["", "nowhere/file.md", "picture.png"])
def test_a_file_that_cannot_be_opened_is_one_line(make_window, tmp_path, bad):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    window = make_window(tmp_path / bad)
    assert said(window)
    assert text(window) == ""


def test_broken_settings_are_one_line(make_window, settings):
    settings.trouble = "The settings file was broken."
    assert said(make_window()) == "The settings file was broken."


def test_the_engine_is_waited_for_in_the_status_bar(qtbot, window):
    assert said(window, "engine_state").startswith("Loading model…")
    window.bridge.start()
    qtbot.waitUntil(lambda: said(window, "engine_state") == "Ready · scripted · cpu")
    assert said(window, "words") == "4 words"


# Writing and files.


def test_typing_saving_and_line_ends(window, notes):
    press(window, KEY.Key_End)
    QTest.keyClicks(window.page, " More.")
    assert said(window, "document_name") == "notes.md — edited"
    assert window.isWindowModified()
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"One line. More.\r\nAnother line.\r\n"
    assert said(window, "document_name") == "notes.md"
    assert said(window) == "Saved notes.md."
    press(window, KEY.Key_Z, CONTROL)
    assert text(window).startswith("One line.\n")
    assert window.isWindowModified()
    press(window, KEY.Key_Z, CONTROL | SHIFT)
    assert not window.isWindowModified()


def test_save_as_and_open(window, monkeypatch, tmp_path, notes):
    choose_file(monkeypatch, tmp_path / "copy.md")
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert (tmp_path / "copy.md").read_bytes() == notes.read_bytes()
    assert said(window, "document_name") == "copy.md"
    choose_file(monkeypatch, notes)
    press(window, KEY.Key_O, CONTROL)
    assert said(window, "document_name") == "notes.md"


def test_a_cancelled_dialog_changes_nothing(window, monkeypatch, notes):
    choose_file(monkeypatch, None)
    press(window, KEY.Key_O, CONTROL)
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert said(window, "document_name") == "notes.md"


def test_what_cannot_be_saved_stays_on_the_page(window, monkeypatch, tmp_path):
    choose_file(monkeypatch, tmp_path / "no folder" / "text.md")
    QTest.keyClicks(window.page, "New ")
    press(window, KEY.Key_S, CONTROL | SHIFT)
    assert "could not be saved" in said(window)
    assert text(window).startswith("New One line.")
    assert window.isWindowModified()
    assert said(window, "document_name") == "notes.md — edited"


def test_a_file_changed_by_another_program_is_asked_about(qtbot, window, notes, monkeypatch, tmp_path):
    notes.write_text("From elsewhere.")
    QTest.keyClicks(window.page, "Mine. ")
    asked = answer(qtbot, None)
    press(window, KEY.Key_S, CONTROL)
    assert "Another program has changed “notes.md”" in asked[0]
    assert notes.read_text() == "From elsewhere."
    choose_file(monkeypatch, tmp_path / "mine.md")
    answer(qtbot, "save_as")
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_text() == "From elsewhere."
    assert "Mine." in (tmp_path / "mine.md").read_text()


def test_overwriting_a_changed_file(qtbot, window, notes):
    notes.write_text("From elsewhere.")
    QTest.keyClicks(window.page, "Mine. ")
    answer(qtbot, "overwrite")
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"Mine. One line.\r\nAnother line.\r\n"


def test_a_dropped_file_replaces_the_text(window, tmp_path):
    (tmp_path / "other.txt").write_text("other")
    window.page.file_dropped.emit(str(tmp_path / "other.txt"))
    assert text(window) == "other"
    window.page.file_dropped.emit(str(tmp_path))
    assert "is a folder" in said(window)
    assert text(window) == "other"


# Leaving.


def test_closing_asks_nothing_without_changes(qtbot, window):
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert not window.isVisible()


def test_closing_and_staying(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    asked = answer(qtbot, None)
    with qtbot.assertNotEmitted(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert asked == ["Save changes to “notes.md”?"]
    assert window.isVisible()
    assert text(window).startswith("New ")


def test_closing_and_saving(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, "save")
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert notes.read_bytes().startswith(b"New One line.\r\n")


def test_closing_without_saving(qtbot, window, notes):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, "discard")
    with qtbot.waitSignal(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert notes.read_bytes().startswith(b"One line.\r\n")


def test_closing_stays_where_saving_fails(qtbot, window, monkeypatch):
    QTest.keyClicks(window.page, "New ")
    monkeypatch.setattr("app.documents.text_file.QSaveFile.open", lambda *_: False)
    answer(qtbot, "save")
    with qtbot.assertNotEmitted(window.closed):
        press(window, KEY.Key_Q, CONTROL)
    assert "could not be saved" in said(window)


def test_a_new_page_asks_first(qtbot, window):
    QTest.keyClicks(window.page, "New ")
    answer(qtbot, None)
    press(window, KEY.Key_N, CONTROL)
    assert text(window).startswith("New ")
    answer(qtbot, "discard")
    press(window, KEY.Key_N, CONTROL)
    assert text(window) == ""
    assert said(window, "document_name") == "Untitled"


def test_the_window_comes_back_where_it_was(qtbot, make_window, notes):
    window = make_window(notes)
    window.resize(777, 555)
    with qtbot.waitSignal(window.closed):
        window.close()
    assert (make_window(notes).width(), make_window(notes).height()) == (777, 555)


# The look.


def test_text_size_by_keys(window, settings):
    press(window, KEY.Key_Plus, CONTROL)
    press(window, KEY.Key_Equal, CONTROL)
    assert settings.value("text_size") == window.page.font().pixelSize() == 21
    press(window, KEY.Key_Minus, CONTROL)
    assert window.document.defaultFont().pixelSize() == 20
    press(window, KEY.Key_0, CONTROL)
    assert settings.value("text_size") == 19
    for _ in range(60):
        press(window, KEY.Key_Minus, CONTROL)
    assert settings.value("text_size") == 11


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_colours_can_be_chosen(window, name, theme):
    window.findChild(QWidget, "page")
    next(action for action in window.findChildren(type(window.actions_by_name["new"]), f"theme_{name}")).trigger()
    picture = window.page.grab().toImage()
    assert picture.pixelColor(5, 300) == theme.paper
    assert picture.pixelColor(window.page.width() // 2, 400) == theme.paper
    bar = window.findChild(QWidget, "top_bar").grab().toImage()
    assert bar.pixelColor(330, 5) == theme.chrome


def test_in_a_narrow_window_the_name_gives_way_to_menus_and_buttons(window):
    window.open_document.open_or_begin(str(window.settings.path.with_name("a very long name of a file " * 4)))
    label = window.findChild(QLabel, "document_name")
    window.resize(1400, 500)
    whole = label.text()
    window.resize(500, 500)
    QCoreApplication.processEvents()
    menus = window.findChild(QWidget, "menu_bar")
    assert len(label.text()) < len(whole)
    assert whole in label.accessibleName()
    assert menus.width() >= menus.sizeHint().width()
    assert menus.geometry().right() < window.findChild(QToolButton, "rewrite_button").x()


def test_checkable_settings(window, settings):
    for name in ("floating_bar", "reduced_motion"):
        before = settings.value(name)
        window.findChild(type(window.actions_by_name["new"]), name).trigger()
        assert settings.value(name) is not before


def test_everything_a_person_can_use_has_a_name(window):
    for command in COMMANDS:
        assert window.actions_by_name[command.name].objectName() == command.name
    for button in window.findChildren(QToolButton):
        if button.objectName() != "qt_menubar_ext_button":
            assert button.objectName()
            assert button.accessibleName() or button.text()
    for name in ("page", "top_bar", "status_bar", "menu_bar"):
        assert window.findChild(QWidget, name).accessibleName()
    keys = [key for command in COMMANDS for key in [command.keys] if key]
    assert len(keys) == len(set(keys))


def test_selected_words_are_counted(qtbot, window):
    qtbot.waitUntil(lambda: said(window, "words") == "4 words")
    press(window, KEY.Key_End, SHIFT)
    qtbot.waitUntil(lambda: said(window, "words") == "2 of 4 words")


# A run, seen from the window.


@pytest.fixture
def ready(qtbot, window, settings, script):
    settings.set_value("reduced_motion", True)
    script.replacement = lambda old: old.upper()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    return window


def select(window, start, end):
    cursor = QTextCursor(window.page.document())
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    window.page.setTextCursor(cursor)


def wait_for(qtbot, window, state):
    qtbot.waitUntil(lambda: window.controller.state is state)


def test_rewrite_accept_undo_save(qtbot, ready, notes):
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.REVIEW)
    assert "steps" in said(ready, "last_run")
    assert ready.actions_by_name["rewrite"].text() == "&Accept"
    press(ready, KEY.Key_S, CONTROL)
    assert notes.read_bytes().startswith(b"One line.\r\n")
    qtbot.wait(450)
    press(ready, KEY.Key_Return, CONTROL)
    assert ready.controller.state is RunState.IDLE
    assert text(ready) == "ONE LINE.\nAnother line.\n"
    press(ready, KEY.Key_S, CONTROL)
    assert notes.read_bytes() == b"ONE LINE.\r\nAnother line.\r\n"
    press(ready, KEY.Key_Z, CONTROL)
    assert text(ready) == "One line.\nAnother line.\n"


def test_the_menu_does_what_the_keys_do(qtbot, ready):
    select(ready, 0, 9)
    for name in ("again", "escape"):
        assert not ready.actions_by_name[name].isEnabled()
    ready.actions_by_name["rewrite"].trigger()
    wait_for(qtbot, ready, RunState.REVIEW)
    assert ready.actions_by_name["escape"].text() == "Re&ject"
    ready.actions_by_name["undo"].trigger()
    assert ready.controller.state is RunState.IDLE
    assert text(ready) == "One line.\nAnother line.\n"
    ready.actions_by_name["fill"].trigger()
    wait_for(qtbot, ready, RunState.REVIEW)
    ready.actions_by_name["fix"].trigger()
    wait_for(qtbot, ready, RunState.REVIEW)
    assert [request.action for request in ready.bridge.engine.requests] == ["rewrite", "fill", "fix"]
    for name in ("next_change", "previous_change", "toggle_change"):
        ready.actions_by_name[name].trigger()
    assert "One line" in plain_text(ready.page.document())
    ready.actions_by_name["escape"].trigger()
    assert ready.controller.state is RunState.IDLE
    assert not ready.actions_by_name["next_change"].isEnabled()
    ready.actions_by_name["stronger"].trigger()
    assert ready.settings.value("strength") == 0.6
    ready.actions_by_name["gentler"].trigger()
    assert ready.settings.value("strength") == 0.5


def test_the_menu_edits_the_page(ready):
    select(ready, 0, 4)
    ready.actions_by_name["copy"].trigger()
    assert QApplication.clipboard().text() == "One "
    ready.actions_by_name["cut"].trigger()
    assert text(ready).startswith("line.")
    ready.actions_by_name["paste"].trigger()
    assert text(ready).startswith("One line.")
    ready.actions_by_name["undo"].trigger()
    ready.actions_by_name["redo"].trigger()
    assert text(ready).startswith("One line.")
    ready.actions_by_name["select_all"].trigger()
    assert ready.page.textCursor().selectedText().startswith("One line.")


def test_opening_another_file_ends_a_run(qtbot, ready, script, tmp_path):
    script.manual = True
    (tmp_path / "other.txt").write_text("other")
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    ready.open_document.open(str(tmp_path / "other.txt"))
    assert ready.controller.state is RunState.IDLE
    assert ready.page.document() is ready.document
    assert text(ready) == "other"


def test_closing_in_the_middle_of_a_run(qtbot, ready, script, notes):
    script.manual = True
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.RUNNING)
    with qtbot.waitSignal(ready.closed):
        press(ready, KEY.Key_Q, CONTROL)
    assert notes.read_bytes().startswith(b"One line.\r\n")


def test_an_action_the_checkpoint_cannot_do_is_grey_and_says_why(qtbot, window, script):
    script.tasks = ()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    for name, modifiers, reason in (("fill", CONTROL | SHIFT, "to fill gaps"), ("fix", ALT, "to fix spelling")):
        button = window.findChild(QToolButton, f"{name}_button")
        assert not button.isEnabled()
        assert f"not trained {reason}" in button.toolTip()
        press(window, KEY.Key_Return, modifiers)
        assert f"not trained {reason}" in said(window)
    assert window.findChild(QToolButton, "rewrite_button").isEnabled()


def test_tasks_of_some_checkpoints_only_are_in_the_menu_where_they_are_to_be_had(qtbot, window, script):
    script.tasks = ("fix", "shorter", "continue")
    names = ("shorter", "simpler", "rephrase", "continue")
    offered = window.actions_by_name
    assert [name for name in names if offered[name].isVisible()] == []
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    assert [name for name in names if offered[name].isVisible()] == ["shorter", "continue"]
    assert offered["shorter"] in window.findChild(QMenu, "write_menu").actions()
    offered["shorter"].trigger()
    qtbot.waitUntil(lambda: len(window.bridge.engine.requests) == 1)
    assert window.bridge.engine.requests[0].action is Action.SHORTER
    assert said(window) == "Shortening… Press Esc to stop."
    press(window, KEY.Key_Escape)


def test_a_failed_engine_leaves_an_editor(qtbot, window, script, notes):
    from engine import CheckpointError

    script.load_error = CheckpointError("The checkpoint is cut off.")
    with qtbot.waitSignal(window.bridge.load_failed):
        window.bridge.start()
    assert said(window) == "The checkpoint is cut off."
    assert said(window, "engine_state") == "No model"
    assert not window.findChild(QToolButton, "rewrite_button").isEnabled()
    QTest.keyClicks(window.page, "Still writing. ")
    press(window, KEY.Key_S, CONTROL)
    assert notes.read_bytes().startswith(b"Still writing. One line.")


# Both decoders side by side.


def beside(window):
    return window.findChild(QWidget, "race_window")


def test_both_decoders_fill_the_selection_or_write_on_from_the_caret(qtbot, ready, script):
    assert beside(ready) is None
    select(ready, 4, 8)
    press(ready, KEY.Key_D, CONTROL | SHIFT)
    subject = beside(ready).subject
    assert beside(ready).isVisible()
    assert (subject.before, subject.selection, subject.after) == ("One ", "line", ".\nAnother line.\n")
    assert subject.action is Action.FILL
    select(ready, 9, 9)
    press(ready, KEY.Key_D, CONTROL | SHIFT)
    assert ready.findChildren(QWidget, "race_window") == [beside(ready)]
    subject = beside(ready).subject
    assert (subject.before, subject.selection) == ("One line.", "")
    assert subject.action is Action.CONTINUE
    script.replacement = " two words"
    with qtbot.waitSignal(beside(ready).runner.finished):
        QTest.keyClick(beside(ready), KEY.Key_Return)
    assert text(ready) == "One line.\nAnother line.\n"
    assert not ready.document.isModified()


def test_a_run_and_a_race_do_not_take_the_engine_from_each_other(qtbot, ready, script):
    select(ready, 0, 9)
    press(ready, KEY.Key_D, CONTROL | SHIFT)
    script.manual = True
    QTest.keyClick(beside(ready), KEY.Key_Return)
    press(ready, KEY.Key_Return, CONTROL)
    assert said(beside(ready), "race_message") == "The race was stopped because a run started in the editor."
    QTest.keyClick(beside(ready), KEY.Key_Return)
    assert "Finish it first" in said(beside(ready), "race_message")
    press(ready, KEY.Key_D, CONTROL | SHIFT)
    assert said(ready).startswith("Stop the run or finish its review first")
    ready.bridge.engine.play(100)
    wait_for(qtbot, ready, RunState.REVIEW)
    press(ready, KEY.Key_Escape)
    with qtbot.waitSignal(beside(ready).runner.finished):
        QTest.keyClick(beside(ready), KEY.Key_Return)


def test_closing_the_editor_ends_a_race(qtbot, ready, script):
    script.manual = True
    select(ready, 0, 9)
    press(ready, KEY.Key_D, CONTROL | SHIFT)
    with qtbot.waitSignal(ready.bridge.run_started):
        QTest.keyClick(beside(ready), KEY.Key_Return)
    with qtbot.waitSignals([ready.closed, ready.bridge.run_cancelled]):
        press(ready, KEY.Key_Q, CONTROL)
    assert not beside(ready).isVisible()


def test_the_length_can_be_chosen_in_the_menu_and_both_places_agree(window):
    menu = window.findChild(QMenu, "length_menu")
    assert [action.text().replace("&", "") for action in menu.actions()] == ["Any length", "Shorter", "Same length"]
    menu.actions()[1].trigger()
    assert window.settings.value("length") == "shorter"
    window.settings.set_value("length", "same")
    assert [action.isChecked() for action in menu.actions()] == [False, False, True]
