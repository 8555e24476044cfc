"""Asked in words, as a writer does it: Ctrl+K, a line, a result; the presets and their keys."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QWidget
from scripted_engine import ScriptedEngine
from window_driver import ALT, CONTROL, KEY, activate, press, said, select, text, wait_for

from app.ask.presets import Presets
from app.commands import KEYS
from app.run_state import RunState
from engine import Action, Structure

OWN = '[[preset]]\nname = "Louder"\ninstruction = "Shout it."\nkey = "{key}"\nstructure = "kept"\n'


@pytest.fixture
def asking(qtbot, window, settings, script):
    """A window whose checkpoint follows instructions; its answers are the old words in capitals."""
    settings.set_value("reduced_motion", True)
    script.instructed = True
    script.replacement = lambda old: old.upper()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    return window


def field(window) -> QLineEdit:
    return window.findChild(QLineEdit, "ask_field")


def bar(window) -> QWidget:
    return window.findChild(QWidget, "ask_bar")


def note(window) -> str:
    return window.findChild(QLabel, "ask_note").text()


def ask(window, line) -> None:
    """Open the line with its key, and type into it."""
    press(window, KEY.Key_K, CONTROL)
    assert bar(window).isVisible()
    field(window).setFocus()
    QTest.keyClicks(field(window), line)
    QTest.keyClick(field(window), KEY.Key_Return)


def request(window):
    return window.bridge.engine.requests[-1]


def chosen(window, name):
    """Choose a preset of the menu."""
    actions = {action.text(): action for action in window.findChild(QMenu, "presets_menu").actions()}
    actions[name].trigger()


def test_a_line_becomes_a_request_and_a_review(qtbot, asking):
    select(asking, 0, 3)
    ask(asking, "Make it louder.")
    assert not bar(asking).isVisible()
    assert asking.page.hasFocus()
    wait_for(qtbot, asking, RunState.REVIEW)
    assert request(asking).instruction.text == "Make it louder."
    assert request(asking).instruction.structure is Structure.KEPT
    assert (request(asking).selection, request(asking).action) == ("One", Action.REWRITE)
    asking.controller.accept()
    assert text(asking).startswith("ONE line.")
    press(asking, KEY.Key_Z, CONTROL)
    assert text(asking).startswith("One line.")


def test_ctrl_k_deletes_nothing_and_escape_goes_back(asking):
    """Qt's own editor deletes to the end of the line with this key."""
    select(asking, 2, 2)
    press(asking, KEY.Key_K, CONTROL)
    assert bar(asking).isVisible()
    assert note(asking).startswith("Changes the sentence at the caret.")
    QTest.keyClicks(field(asking), "something")
    QTest.keyClick(field(asking), KEY.Key_Escape)
    assert not bar(asking).isVisible()
    assert asking.page.hasFocus()
    assert text(asking) == "One line.\nAnother line.\n"
    assert asking.bridge.engine.requests == []


def test_a_result_is_refined_and_the_original_stays_the_original(qtbot, asking, script):
    """Would catch a diff or an undo against the first result."""
    select(asking, 0, 3)
    ask(asking, "Make it louder.")
    wait_for(qtbot, asking, RunState.REVIEW)
    press(asking, KEY.Key_K, CONTROL)
    assert note(asking).startswith("Changes the result in review; your original is kept.")
    script.replacement = lambda old: f"{old.lower()} fine"
    ask(asking, "And finer.")
    assert asking.controller.state is RunState.RUNNING
    assert (request(asking).selection, request(asking).after) == ("ONE", " line.\nAnother line.\n")
    assert request(asking).instruction.original == "One"
    assert asking.page.findChild(QLabel, "run_progress").text().startswith("Writing")
    wait_for(qtbot, asking, RunState.REVIEW)
    review = asking.controller.review.shown
    assert [piece.old for piece in review.pieces if piece.changed] == ["One"]
    assert review.result == "one fine"
    # The same is asked again, of the same result.
    press(asking, KEY.Key_R, CONTROL)
    assert (request(asking).selection, request(asking).seed) == ("ONE", 2)
    wait_for(qtbot, asking, RunState.REVIEW)
    press(asking, KEY.Key_Left, ALT)
    assert asking.controller.review.shown.result == "ONE"
    press(asking, KEY.Key_Right, ALT)
    asking.controller.accept()
    assert text(asking).startswith("one fine line.")
    press(asking, KEY.Key_Z, CONTROL)
    assert text(asking).startswith("One line.")


def test_a_refinement_that_comes_to_nothing_leaves_the_result(qtbot, asking, script):
    select(asking, 0, 3)
    ask(asking, "Make it louder.")
    wait_for(qtbot, asking, RunState.REVIEW)
    script.replacement, script.note = (lambda old: old), "The model gave no answer."
    ask(asking, "And finer.")
    wait_for(qtbot, asking, RunState.REVIEW)
    assert said(asking) == "The model gave no answer. Showing the previous result."
    assert asking.controller.review.shown.result == "ONE"


def test_lines_are_remembered(qtbot, asking, settings, make_window, notes):
    for line in ("Make it louder.", "And finer."):
        select(asking, 0, 3)
        ask(asking, line)
        wait_for(qtbot, asking, RunState.REVIEW)
        asking.controller.reject()
    assert type(settings)(settings.path).value("ask_history") == ("And finer.", "Make it louder.")
    press(asking, KEY.Key_K, CONTROL)
    for key, line in ((KEY.Key_Up, "And finer."), (KEY.Key_Up, "Make it louder."), (KEY.Key_Down, "And finer.")):
        QTest.keyClick(field(asking), key)
        assert field(asking).text() == line


def test_who_follows_no_instructions_says_so_and_nothing_runs(ready):
    """The small checkpoint: one clear line, in the bar and at each preset."""
    select(ready, 0, 3)
    ask(ready, "Make it louder.")
    assert bar(ready).isVisible()
    line = "The checkpoint scripted follows no instructions. Choose one that does, such as google/"
    assert note(ready).startswith(line)
    assert ready.bridge.engine.requests == []
    for action in ready.findChild(QMenu, "presets_menu").actions():
        if action.objectName().startswith("preset_"):
            assert not action.isEnabled()
            assert action.toolTip().startswith(line)


def test_the_line_knows_when_the_model_is_ready(qtbot, window, script):
    script.instructed = True
    press(window, KEY.Key_K, CONTROL)
    assert note(window) == "The model is still loading. Try again in a moment."
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    assert note(window).startswith("Changes")


def test_another_model_may_follow_instructions(qtbot, ready, script):
    """Would catch a line and presets that still speak for the model before."""
    presets = ready.findChild(QMenu, "presets_menu").actions
    press(ready, KEY.Key_K, CONTROL)
    engines = []

    def make_engine(on_event):
        engines.append(ScriptedEngine(on_event, replace(script, instructed=True)))
        return engines[0]

    with qtbot.waitSignal(ready.bridge.ready):
        ready.bridge.replace(make_engine)
        assert note(ready) == "The model is still loading. Try again in a moment."
        assert not presets()[0].isEnabled()
    assert note(ready).startswith("Changes")
    assert presets()[0].isEnabled()


def test_an_empty_line_says_what_to_do(asking):
    ask(asking, "  ")
    assert bar(asking).isVisible()
    assert note(asking) == "The instruction is empty. Say what should become of the text."


def test_at_an_empty_line_the_answer_is_put_there(qtbot, asking, script):
    asking.document.setPlainText("One.\n\nTwo.\n")
    script.replacement = "Something new."
    select(asking, 5, 5)
    ask(asking, "Write a sentence between the two.")
    wait_for(qtbot, asking, RunState.REVIEW)
    assert request(asking).action is Action.CONTINUE
    asking.controller.accept()
    assert text(asking) == "One.\nSomething new.\nTwo.\n"


def test_presets_ask_at_once_and_one_is_finished_first(qtbot, asking, script):
    select(asking, 0, 3)
    chosen(asking, "Friendlier")
    wait_for(qtbot, asking, RunState.REVIEW)
    assert request(asking).instruction.structure is Structure.SAME
    assert "friendlier" in request(asking).instruction.text
    asking.controller.reject()
    chosen(asking, "Translate to…")
    assert field(asking).text() == "Translate it to "
    QTest.keyClicks(field(asking), "French.")
    QTest.keyClick(field(asking), KEY.Key_Return)
    wait_for(qtbot, asking, RunState.REVIEW)
    assert request(asking).instruction.text == "Translate it to French."
    assert request(asking).instruction.structure is Structure.SAME
    asking.controller.reject()
    script.replacement = " And more."
    chosen(asking, "Continue")
    wait_for(qtbot, asking, RunState.REVIEW)
    assert (request(asking).action, request(asking).selection) == (Action.CONTINUE, "")


@pytest.mark.parametrize("key", ["Ctrl+Alt+1", "Ctrl+E"])
def test_a_preset_of_ones_own_has_a_key(qtbot, asking, settings, key):
    """Would catch a key that Qt's editor takes for itself, such as Ctrl+E, which goes to the end of a line."""
    asking.findChild(QMenu, "presets_menu").parent().aboutToShow.emit()
    settings.path.with_name("presets.toml").write_text(OWN.format(key=key), "utf-8")
    asking.findChild(QMenu, "write_menu").aboutToShow.emit()
    select(asking, 0, 3)
    modifiers, letter = (CONTROL | ALT, KEY.Key_1) if "Alt" in key else (CONTROL, KEY.Key_E)
    press(asking, letter, modifiers)
    wait_for(qtbot, asking, RunState.REVIEW)
    assert request(asking).instruction.text == "Shout it."
    assert request(asking).instruction.structure is Structure.KEPT


def test_a_broken_file_is_told_and_opens_in_the_editor(qtbot, asking, settings):
    path = settings.path.with_name("presets.toml")
    path.write_text("[[preset]]", "utf-8")
    asking.findChild(QMenu, "write_menu").aboutToShow.emit()
    line = "can't all be used: preset 1 has no name."
    assert any(line in label.text() for label in asking.findChildren(QLabel))
    chosen(asking, "Presets of your own…")
    assert text(asking) == "[[preset]]"
    # Mended and saved, it is used at once.
    asking.page.selectAll()
    activate(asking)
    QTest.keyClicks(asking.page, OWN.format(key="Ctrl+Alt+1").replace("\n", "\r"))
    press(asking, KEY.Key_S, CONTROL)
    qtbot.waitUntil(lambda: "Louder" in [action.text() for action in asking.findChild(QMenu, "presets_menu").actions()])


def test_no_preset_can_have_a_key_of_the_program(qapp, tmp_path):
    presets = Presets(tmp_path / "presets.toml", KEYS)
    assert {"Ctrl+K", "Ctrl+Return", "Alt+Left", "Ctrl+S"} <= KEYS.keys()
    for key in KEYS:
        presets.path.write_text(OWN.format(key=key), "utf-8")
        assert presets.own == ()
        assert presets.trouble


def test_the_bar_is_reached_by_keyboard_and_read_aloud(qtbot, asking):
    select(asking, 0, 3)
    ask(asking, "Make it louder.")
    wait_for(qtbot, asking, RunState.REVIEW)
    press(asking, KEY.Key_K, CONTROL)
    for name in ("ask_bar", "ask_field", "ask_note", "close_ask"):
        assert asking.findChild(QWidget, name).accessibleName()
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Space):
        press(asking, KEY.Key_K, CONTROL)
        QTest.keyClick(field(asking), KEY.Key_Tab)
        assert asking.focusWidget().objectName() == "close_ask"
        QTest.keyClick(asking.focusWidget(), key)
        assert not bar(asking).isVisible()
        # The result is still there.
        assert asking.controller.state is RunState.REVIEW
