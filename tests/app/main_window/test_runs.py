"""Runs and races, seen from the window."""

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget
from window_driver import ALT, CONTROL, KEY, SHIFT, press, said, select, text, wait_for

from app.documents.text_document import plain_text
from app.run_state import RunState
from engine import Action


def test_rewrite_accept_undo_save(qtbot, ready, notes):
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.REVIEW)
    assert said(ready, "last_run").startswith("Done in ")
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


def test_tasks_of_some_checkpoints_only_are_greyed_elsewhere_with_the_reason(qtbot, window, script):
    script.tasks = ("fix", "shorter", "continue")
    names = ("shorter", "simpler", "rephrase", "continue")
    offered = window.actions_by_name
    assert [name for name in names if offered[name].isEnabled()] == ["continue"]
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    assert [name for name in names if offered[name].isEnabled()] == ["shorter", "continue"]
    assert "not trained to make text simpler" in offered["simpler"].toolTip()
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


def test_after_undoing_an_accepted_change_nothing_offers_to_undo_it(qtbot, ready):
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.REVIEW)
    qtbot.wait(450)
    press(ready, KEY.Key_Return, CONTROL)
    assert "Ctrl+Z" in said(ready)
    press(ready, KEY.Key_Z, CONTROL)
    assert text(ready) == "One line.\nAnother line.\n"
    assert said(ready) == ""


def test_quitting_a_run_draws_nothing_more_and_cancels_before_it_tidies_up(qtbot, ready, script, monkeypatch):
    """The engine went on with its step, and the window drew a transition, before it closed."""
    script.manual = True
    ready.settings.set_value("reduced_motion", False)
    select(ready, 0, 9)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.RUNNING)
    order = []
    cancel, leave = ready.bridge.cancel, ready.controller.cancel
    monkeypatch.setattr(ready.bridge, "cancel", lambda: (order.append("engine"), cancel()))
    monkeypatch.setattr(ready.controller, "cancel", lambda: (order.append(ready.isVisible()), leave()))
    ready.close()
    assert order[:2] == ["engine", False]
    assert text(ready) == "One line.\nAnother line.\n"
