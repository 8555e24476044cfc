"""Another checkpoint on the right side: loaded when chosen, named in the window, and dropped when it closes."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QMenu
from scripted_engine import Script, ScriptedEngine, checkpoint

from app.bridge import EngineBridge
from app.race.opponent import engine_of
from app.race.recording import race_on
from app.race.window import RaceWindow
from app.run_state import RunState
from engine import CheckpointError, Decoder, EngineError, EngineThread, LoadSettings

KEY = Qt.Key
LEFT, RIGHT = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE


class OtherEngine(ScriptedEngine):
    """An engine with a causal language model that loads on command."""

    def _work(self) -> None:
        tell = self.on_event

        def on_event(event) -> None:
            if type(event).__name__ == "Ready":
                assert self.go_on.wait(5)
                other = replace(checkpoint(), name="llama", decoders=(RIGHT,), trained_canvas=0)
                event = replace(event, checkpoint=other)
            tell(event)

        self.on_event = on_event
        super()._work()

    def close(self, timeout: float = 1.0) -> bool:
        self.go_on.set()
        return super().close(timeout)


@pytest.fixture
def others(script):
    """The engines made for the right side; `others.script` controls them."""

    class Others(list):
        script = Script(replacement="other words")
        wait = False

        def make(self, folder: Path, device: str, how: LoadSettings):
            def make_engine(on_event) -> OtherEngine:
                engine = OtherEngine(on_event, self.script)
                engine.folder, engine.device, engine.how, engine.go_on = folder, device, how, threading.Event()
                if not self.wait:
                    engine.go_on.set()
                self.append(engine)
                return engine

            return make_engine

    return Others()


@pytest.fixture
def window(qtbot, ready_bridge, settings, themes, others) -> RaceWindow:
    settings.set_value("reduced_motion", True)
    window = RaceWindow(ready_bridge, settings, themes, make_engine=others.make)
    qtbot.addWidget(window)
    window.begin(race_on("Once there was ", "a grey house", " by the sea."))
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    return window


def said(window, name="race_message") -> str:
    return window.findChild(QLabel, name).text()


def entry(window, name) -> QAction:
    """An entry of the race menu."""
    return window.findChild(QAction, f"race_{name}")


def chosen(window) -> str:
    """The opponent checked in the menu."""
    checked = [name for name in ("same", "other") if entry(window, name).isChecked()]
    return entry(window, *checked).text()


def choose(window, monkeypatch, folder) -> None:
    """Choose the entry by its mnemonic, and a folder in the dialog."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    pick(window, KEY.Key_F)


def pick(window, letter) -> None:
    """Choose an entry of the menu by its mnemonic."""
    menu = window.findChild(QMenu, "race_menu")
    menu.popup(window.mapToGlobal(window.rect().center()))
    QTest.keyClick(menu, letter)
    assert not menu.isVisible()


def race(qtbot, window):
    with qtbot.waitSignal(window.runner.finished):
        window.run()
    qtbot.waitUntil(lambda: window.playback.finished)


def ended(engine) -> bool:
    return not engine._thread.is_alive()


def test_at_first_both_sides_are_the_same_checkpoint_and_no_engine_is_made(qtbot, window, others):
    assert said(window, "race_checkpoint_diffusion") == "scripted"
    assert said(window, "race_checkpoint_autoregressive") == "same checkpoint"
    race(qtbot, window)
    assert others == []


def test_the_other_engine_runs_on_the_device_of_the_editors(qtbot, window, ready_bridge, others, monkeypatch, tmp_path):
    ready_bridge.device = "cuda:1"
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "The opponent is ready.")
    assert others[0].device == "cuda:1"


def test_another_checkpoint_writes_on_the_right_and_its_bits_are_left_out(qtbot, window, others, monkeypatch, tmp_path):
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "The opponent is ready.")
    assert others[0].folder == tmp_path
    assert chosen(window) == "Opponent: llama"
    assert said(window, "race_checkpoint_autoregressive") == "llama"
    assert said(window, "race_about").startswith("On the left: scripted. On the right: llama")
    race(qtbot, window)
    assert [request.decoder for request in others[0].requests] == [RIGHT]
    assert others[0].requests[0].length == window.playback.sides[0].result.tokens
    left, right = window.playback.sides
    assert right.result.replacement == "other words"
    assert left.counts[-1].bits is not None
    assert right.counts[-1].bits is None
    assert said(window, "race_bits_autoregressive") == "–"


def test_the_same_checkpoint_again_gives_the_other_up(qtbot, window, others, monkeypatch, tmp_path, ready_bridge):
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "The opponent is ready.")
    race(qtbot, window)
    pick(window, KEY.Key_S)
    qtbot.waitUntil(lambda: ended(others[0]))
    # What the other one wrote is over with it.
    assert window.playback is None
    assert said(window, "race_checkpoint_autoregressive") == "same checkpoint"
    race(qtbot, window)
    assert [request.decoder for request in ready_bridge.engine.requests[-2:]] == [LEFT, RIGHT]
    assert len(others) == 1


def test_loading_shows_how_far_it_is_and_can_be_stopped(qtbot, window, others, monkeypatch, tmp_path):
    others.wait = True
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "The opponent is loading… 50%. Press Esc to stop.")
    assert said(window, "race_checkpoint_autoregressive") == "not loaded yet"
    assert not window.findChild(QAbstractButton, "race_run").isEnabled()
    QTest.keyClick(window, KEY.Key_Return)
    assert said(window).startswith("The right side is still loading.")
    QTest.keyClick(window, KEY.Key_Escape)
    assert chosen(window) == "Opponent: &same checkpoint"
    assert window.findChild(QAbstractButton, "race_run").isEnabled()
    qtbot.waitUntil(lambda: ended(others[0]))
    race(qtbot, window)


def test_a_folder_that_cannot_be_used_is_one_line_and_both_are_the_same_again(
    qtbot, window, others, monkeypatch, tmp_path, settings
):
    others.script.load_error = CheckpointError("There is no config.json.")
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "There is no config.json.")
    assert chosen(window) == "Opponent: &same checkpoint"
    assert settings.value("opponent") == ""
    race(qtbot, window)


def test_a_dialog_that_is_closed_changes_nothing(window, others, monkeypatch):
    choose(window, monkeypatch, "")
    assert chosen(window) == "Opponent: &same checkpoint"
    assert others == []


def test_closing_the_window_gives_the_opponent_up_and_opening_it_loads_it_again(
    qtbot, window, others, monkeypatch, tmp_path
):
    choose(window, monkeypatch, tmp_path)
    qtbot.waitUntil(lambda: said(window) == "The opponent is ready.")
    window.run()
    window.close()
    qtbot.waitUntil(lambda: ended(others[0]))
    window.show()
    qtbot.waitUntil(lambda: len(others) == 2 and said(window) == "The opponent is ready.")
    assert others[1].folder == tmp_path


def test_at_once_both_are_at_work_on_two_engines(qtbot, window, others, script, ready_bridge, settings):
    settings.set_value("quantization", "nf4")
    pick(window, KEY.Key_O)
    qtbot.waitUntil(lambda: said(window).endswith("is ready."))
    # The same checkpoint, loaded a second time as the first.
    assert others[0].how.quantization == "nf4"
    assert others[0].folder == ready_bridge.checkpoint.folder
    assert said(window, "race_checkpoint_autoregressive") == "same checkpoint"
    script.manual = others.script.manual = True
    window.run()
    assert window.runner.at_work == (LEFT, RIGHT)
    for engine in (ready_bridge.engine, others[0]):
        engine.play(2)
    numbers = [f"race_passes_{side.value}" for side in (LEFT, RIGHT)]
    qtbot.waitUntil(lambda: [said(window, number) for number in numbers] == ["1", "1"])
    assert [said(window, f"race_state_{side.value}") for side in (LEFT, RIGHT)] == ["computing", "computing"]
    with qtbot.waitSignal(window.runner.finished) as finished:
        others[0].play(100)
        ready_bridge.engine.play(100)
    left, right = finished.args[0]
    assert (left.decoder, right.decoder) == (LEFT, RIGHT)
    # As many tokens as are selected: nobody knows yet how many the left side will write.
    assert right.request.length is None
    assert right.counts[-1].bits is not None
    pick(window, KEY.Key_O)
    qtbot.waitUntil(lambda: ended(others[0]))


def test_what_fails_on_one_side_ends_both(qtbot, window, others, script, ready_bridge):
    pick(window, KEY.Key_O)
    qtbot.waitUntil(lambda: said(window).endswith("is ready."))
    script.manual = True
    others.script.error = EngineError("There is not enough memory.")
    with qtbot.waitSignal(ready_bridge.run_cancelled):
        window.run()
    assert said(window) == "There is not enough memory."
    assert window.runner.at_work == ()


def test_a_run_in_the_editor_ends_both_and_lives_on(qtbot, window, others, script, ready_bridge):
    pick(window, KEY.Key_O)
    qtbot.waitUntil(lambda: said(window).endswith("is ready."))
    script.manual = others.script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        window.run()
    edit = ready_bridge.submit(replace(ready_bridge.engine.requests[0], recorded=False))
    window.runner.note_editor(RunState.RUNNING)
    assert "a run started in the editor" in said(window)
    with qtbot.waitSignal(ready_bridge.run_finished) as done:
        ready_bridge.engine.play(100)
    assert done.args[0] == edit


# The real engine.


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """A causal language model, another DiffusionGemma, and a folder without a checkpoint."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    root, embedded = tmp_path_factory.mktemp("opponents"), Path(str(files("resources").joinpath("checkpoint")))
    shutil.copytree(embedded, root / "gemma")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 2, "num_hidden_layers": 1}
    config = LlamaConfig(vocab_size=16384, **sizes, bos_token_id=2, eos_token_id=1, pad_token_id=0)
    LlamaForCausalLM(config).save_pretrained(root / "llama")
    shutil.copy(embedded / "tokenizer.json", root / "llama")
    (root / "nothing").mkdir()
    return {name: root / name for name in ("llama", "gemma", "nothing")}


def real_race(qtbot, window):
    with qtbot.waitSignal(window.runner.finished, timeout=60_000) as finished:
        window.run()
    return finished.args[0]


def tokens(sides):
    return [[frame.canvas_tokens for frame in side.frames] for side in sides]


def test_real_checkpoints_are_opponents_and_leave_no_thread(qtbot, settings, themes, folders):
    before = set(threading.enumerate())
    bridge = EngineBridge(EngineThread)
    settings.set_value("reduced_motion", True)
    window = RaceWindow(bridge, settings, themes, make_engine=engine_of)
    qtbot.addWidget(window)
    window.begin(race_on("The old lamp stood by the window. ", "It was never lit", ", and she went to bed early."))
    window.show()
    # Chosen before the editor's own engine is there.
    window.opponent.choose(folders["nothing"])
    with qtbot.waitSignal(window.opponent.failed, timeout=60_000) as failed:
        bridge.start()
    assert "has no config.json" in failed.args[0]
    for name, writer in (("llama", "llama"), ("gemma", "gemma, causal decoding")):
        window.opponent.choose(folders[name])
        qtbot.waitUntil(lambda: said(window) == "The opponent is ready.", timeout=60_000)
        assert said(window, "race_checkpoint_autoregressive") == writer
        left, right = sides = real_race(qtbot, window)
        # The same seed repeats it exactly, whoever writes.
        assert tokens(real_race(qtbot, window)) == tokens(sides)
        for side in sides:
            assert all(counts.resolved + counts.open == side.counts[-1].canvas for counts in side.counts)
            assert [counts.passes for counts in side.counts] == [frame.forward_passes for frame in side.frames]
        assert left.result.tokens
        assert right.result.tokens == len(right.frames) - 1
        assert (left.result.causal_bits is None, right.result.causal_bits is None) == (False, True)
    window.run()
    window.close()
    assert bridge.close(10.0)
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before, timeout=10_000)
