"""The status bar states facts in a writer's words."""

import pytest
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
    assert said(bar, "engine_state") == "Ready · scripted · cpu"
    bar.show_ready(Ready(checkpoint(), "cuda", 1.0, "nf4", "Some experts stay in the computer's own memory."))
    assert bar.message == "Some experts stay in the computer's own memory."
    bar.show_message("")
    assert said(bar, "engine_state") == "Ready · scripted · cuda · nf4"


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
    assert said(bar, "last_run") == "12 steps · 2.5 tokens per pass · 840 ms"
    bar.show_last_run(result(steps=1, forward_passes=0, seconds=12.34))
    assert said(bar, "last_run") == "1 step · 0.0 tokens per pass · 12.3 s"


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
