"""Events of the engine's thread arrive as signals on the window's thread, in order."""

import threading

from scripted_engine import BrokenEngine, Script

from app.bridge import EngineBridge
from engine import EditRequest, EditResult, Loading


def test_every_signal_is_emitted_on_the_thread_of_the_window(qtbot, bridge, script):
    script.groups = 2
    seen = []
    for name in ("loading", "ready", "run_started", "run_progress", "run_finished"):
        getattr(bridge, name).connect(lambda *_, name=name: seen.append((name, threading.current_thread())))
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    with qtbot.waitSignal(bridge.run_finished) as finished:
        run = bridge.submit(EditRequest("One ", "two three", " four."))
    assert finished.args[0] == run
    assert isinstance(finished.args[1], EditResult)
    assert {thread for _, thread in seen} == {threading.main_thread()}
    assert [name for name, _ in seen] == [
        "loading",
        "ready",
        "run_started",
        "run_progress",
        "run_progress",
        "run_finished",
    ]


def test_ready_tells_checkpoint_and_device(qtbot, bridge):
    assert bridge.checkpoint is None
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    assert (bridge.checkpoint.name, bridge.device, bridge.failure) == ("scripted", "cpu", "")


def test_a_failed_load_is_one_line(qtbot):
    bridge = EngineBridge(lambda on_event: BrokenEngine(on_event, Script()))
    with qtbot.waitSignal(bridge.load_failed) as failed:
        bridge.start()
    assert failed.args == [bridge.failure] == ["The checkpoint is broken. Choose another one."]
    with qtbot.waitSignal(bridge.run_failed):
        bridge.submit(EditRequest("", "word", ""))
    assert bridge.close()


def test_no_receiver_runs_inside_submit_even_if_the_engine_reports_at_once(qtbot):
    class Eager:
        """Reports on the caller's thread."""

        def __init__(self, on_event):
            self.start = lambda: on_event(Loading(1.0, "all at once"))
            self.close = lambda timeout: True

    bridge = EngineBridge(Eager)
    heard = []
    bridge.loading.connect(lambda *_: heard.append("loading"))
    bridge.start()
    assert not heard
    qtbot.waitUntil(lambda: heard == ["loading"])
    bridge.close()


def test_nothing_is_heard_after_close(qtbot, bridge):
    heard = []
    bridge.loading.connect(lambda *_: heard.append("loading"))
    bridge.start()
    assert bridge.close()
    assert bridge.close()
    qtbot.wait(30)
    assert not heard


def test_cancel_ends_the_run(qtbot, bridge, script):
    script.manual = True
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    with qtbot.waitSignal(bridge.run_started):
        run = bridge.submit(EditRequest("", "some words", ""))
    with qtbot.waitSignal(bridge.run_cancelled) as cancelled:
        bridge.cancel()
    assert cancelled.args == [run]


def test_frames_come_one_by_one_and_only_the_newest(qtbot, bridge, script):
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    with qtbot.waitSignal(bridge.run_finished):
        bridge.submit(EditRequest("", "some words", ""))
    assert bridge.take_frame().step == script.steps
    assert bridge.take_frame() is None


def test_a_recorded_run_brings_all_its_frames(qtbot, bridge, script):
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    with qtbot.waitSignal(bridge.run_finished) as finished:
        bridge.submit(EditRequest("", "some words", "", recorded=True))
    assert [frame.step for frame in finished.args[2]] == list(range(script.steps + 1))
    with qtbot.waitSignal(bridge.run_finished) as finished:
        bridge.submit(EditRequest("", "some words", ""))
    assert finished.args[2] == ()
