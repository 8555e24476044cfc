"""The status bar states facts in a writer's words."""

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel
from scripted_engine import checkpoint

from app.status_bar import StatusBar
from app.theme import LIGHT
from engine import Action, EditResult, Ready, StoppedBy


@pytest.fixture
def bar(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.set_theme(LIGHT)
    bar.resize(900, 30)
    bar.show()
    return bar


def said(bar, name: str) -> str:
    return bar.findChild(QLabel, name).text()


def result(**changes) -> EditResult:
    facts = {
        "run": 1,
        "action": Action.REWRITE,
        "start": 0,
        "end": 3,
        "original": "one",
        "replacement": "two",
        "variants": ("two",),
        "steps": 12,
        "forward_passes": 12,
        "tokens": 30,
        "melts": 1,
        "seconds": 0.8404,
        "prefill_seconds": 0.1,
        "stopped_by": StoppedBy.CONVERGED,
    }
    return EditResult(**(facts | changes))


def test_the_engine_on_its_way(bar):
    bar.show_loading(0.0, "")
    assert said(bar, "engine_state") == "Loading model… 0%"
    bar.show_loading(0.4, "Reading weights")
    assert said(bar, "engine_state") == "Loading model… 40%"
    bar.show_ready(Ready(checkpoint(), "cpu", 1.0))
    assert said(bar, "engine_state") == "Ready"
    assert bar.findChild(QLabel, "engine_state").toolTip() == "Checkpoint: scripted, on cpu"
    bar.show_ready(Ready(checkpoint(), "cuda", 1.0, "nf4", "Some experts stay in the computer's own memory."))
    assert bar.message == "Some experts stay in the computer's own memory."
    bar.show_message("")
    assert bar.findChild(QLabel, "engine_state").toolTip() == "Checkpoint: scripted, on cuda, in nf4"


def test_a_failed_engine_says_why_until_something_else_is_said(qtbot, bar, monkeypatch):
    monkeypatch.setattr("app.status_bar._SHOWN", 1)
    bar.show_failure("The checkpoint is broken. Choose another one.")
    qtbot.wait(20)
    assert bar.message == "The checkpoint is broken. Choose another one."
    assert said(bar, "engine_state") == "No model"


def test_an_ordinary_message_goes_by_itself(qtbot, bar, monkeypatch):
    monkeypatch.setattr("app.status_bar._SHOWN", 20)
    bar.show_message("Saved notes.md.")
    assert bar.findChild(QLabel, "message").isVisible()
    qtbot.waitUntil(lambda: bar.message == "")


def test_a_long_message_is_cut_with_the_whole_as_tip(bar):
    bar.show_message("short")
    line = "word " * 300
    bar.show_message(line)
    label = bar.findChild(QLabel, "message")
    assert label.toolTip() == line
    assert label.width() < 900
    assert line in label.accessibleName()
    bar.show_message("")


def test_the_last_run(bar):
    bar.show_last_run(result())
    label = bar.findChild(QLabel, "last_run")
    assert (label.text(), label.toolTip()) == ("Done in 840 ms", "12 steps, 2.5 tokens per pass")
    bar.show_last_run(result(steps=1, forward_passes=0, seconds=12.34))
    assert (label.text(), label.toolTip()) == ("Done in 12.3 s", "1 step, 0.0 tokens per pass")


def test_the_last_run_makes_room_for_a_message_that_would_be_cut(bar):
    """The help of a review was cut, because the figures of the run kept their place."""
    bar.show_ready(Ready(checkpoint(), "cpu", 1.0))
    bar.show_words(12345)
    bar.show_last_run(result())
    label, last = bar.findChild(QLabel, "message"), bar.findChild(QLabel, "last_run")
    bar.show_message("Saved.")
    assert last.isVisible()
    bar.show_message("Result 2 of 2: 12 changes. Click a change to keep your words; Ctrl+R retries selected words.")
    for room in (600, 250):
        bar.resize(label.sizeHint().width() + room, 30)
        QCoreApplication.processEvents()
        assert last.isVisible() == (room == 600)
        assert label.width() >= label.sizeHint().width()
    bar.show_message("")
    assert last.isVisible()


def test_a_warning_is_seen_and_then_goes(qtbot, bar, monkeypatch):
    """It stayed while the writer went on, and hid whether the model was ready."""
    monkeypatch.setattr("app.status_bar._SHOWN", 30)
    bar.show_ready(Ready(checkpoint(), "cpu", 1.0))
    bar.show_warning("The settings can't be saved.")
    assert bar.findChild(QLabel, "engine_state").isVisible()
    qtbot.wait(60)
    assert bar.message
    bar.take_document()
    bar.take_edit(3, 0, 0)
    qtbot.wait(60)
    assert bar.message
    bar.take_edit(3, 0, 1)
    assert bar.message
    qtbot.waitUntil(lambda: bar.message == "")


def test_a_warning_about_a_file_goes_when_another_is_open(bar):
    bar.show_file_warning("There is no file notes.md.")
    bar.take_document()
    assert bar.message == ""


def test_what_ctrl_z_would_undo_is_said_until_the_text_changes(bar):
    bar.show_undo_offer("Accepted 2 changes. Press Ctrl+Z to undo.")
    bar.take_edit(0, 3, 5)
    assert bar.message == ""
    bar.show_message("Saved notes.md.")
    bar.take_edit(0, 3, 5)
    assert bar.message == "Saved notes.md."


def test_words(bar):
    assert said(bar, "words") == "0 words"
    bar.show_words(1)
    assert said(bar, "words") == "1 word"
    bar.show_words(12345)
    bar.show_selected_words(7)
    assert said(bar, "words") == "7 of 12,345 words"
    bar.show_selected_words(0)
    assert said(bar, "words") == "12,345 words"


def test_every_part_has_a_name(bar):
    for label in bar.findChildren(QLabel):
        assert label.objectName()
        assert label.accessibleName()
