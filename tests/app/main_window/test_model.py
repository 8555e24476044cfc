"""Loading another model in a window that is at work."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from scripted_engine import Script, ScriptedEngine
from window_driver import CONTROL, KEY, press, text

from app.models import models as models_module
from app.models.choice import ModelChoice
from app.models.looker import Looker
from app.run_state import RunState
from engine import Action, CheckpointError, Loading, Outlook


@pytest.fixture
def other():
    """How the engine of another model behaves."""
    return Script()


@pytest.fixture
def models(window, other, monkeypatch):
    """The models of the window, with engines that need no files."""
    monkeypatch.setattr(
        models_module, "engine_factory", lambda choice: lambda on_event: ScriptedEngine(on_event, other)
    )
    return window.findChild(models_module.Models)


def test_another_model_takes_over_and_is_remembered(qtbot, ready, models, settings, other):
    other.tasks = ("fill", "shorter")
    with qtbot.waitSignal(ready.bridge.ready):
        models.load(ModelChoice("/models/other", "cpu"))
    assert ready.bridge.checkpoint.tasks == ("fill", "shorter")
    assert ready.actions_by_name["shorter"].isEnabled()
    assert (settings.value("model"), settings.value("models")) == ("/models/other", ("/models/other",))
    press(ready, KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: ready.controller.state is RunState.REVIEW)


def test_a_run_in_progress_ends_and_the_text_stays(qtbot, window, models, script):
    script.manual = True
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    before = text(window)
    press(window, KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: window.controller.state is RunState.RUNNING)
    with qtbot.waitSignal(window.bridge.ready):
        models.load(ModelChoice("/models/other"))
    assert window.controller.state is RunState.IDLE
    assert text(window) == before


def test_what_cannot_be_loaded_is_said_and_not_remembered(qtbot, ready, models, settings, other):
    other.load_error = CheckpointError("The checkpoint is cut off.")
    with qtbot.waitSignal(ready.bridge.load_failed):
        models.load(ModelChoice("/models/broken"))
    assert settings.value("model") == ""
    assert ready.bridge.refusal(Action.REWRITE) == "The checkpoint is cut off."
    other.load_error = None
    with qtbot.waitSignal(ready.bridge.ready):
        models.load(ModelChoice())
    assert not ready.bridge.refusal(Action.REWRITE)


def test_events_of_the_model_before_do_not_arrive(qtbot, ready, models):
    """Would catch a window that takes a late answer of the old engine for one of the new."""
    old = ready.bridge.engine
    with qtbot.waitSignal(ready.bridge.ready):
        models.load(ModelChoice("/models/other"))
    seen = []
    ready.bridge.loading.connect(lambda fraction, stage: seen.append(stage))
    old.on_event(Loading(0.5, "late"))
    qtbot.wait(20)
    assert not seen


def test_the_menu_opens_the_dialog_and_its_choice_is_loaded(qtbot, ready, models, settings, monkeypatch):
    about = Outlook("", "embedded", "44.7 MB on disk.")
    monkeypatch.setattr(models_module, "Looker", lambda parent: Looker(parent, lambda choice: about, lambda: ("cpu",)))

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        use = dialog.findChild(QPushButton, "use")
        qtbot.waitUntil(use.isEnabled)
        use.click()

    QTimer.singleShot(0, choose)
    old = ready.bridge.checkpoint
    with qtbot.waitSignal(ready.bridge.ready):
        ready.actions_by_name["model"].trigger()
    assert ready.bridge.checkpoint is not old
    assert settings.value("model") == ""
