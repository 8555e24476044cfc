"""Who sees what: the description of a token agrees with the engine, both scripted and real."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

import app.race.sight
from app.bridge import EngineBridge
from app.race.cells import cells_of
from app.race.recording import race_on
from app.race.sight import ALL, NONE, SOME, view_of
from app.race.window import RaceWindow
from app.theme import LIGHT
from engine import Decoder, EngineError, EngineThread, Layers, Stage, stages

KEY = Qt.Key
LEFT, RIGHT = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE
BEFORE, AFTER = "Once there was ", " by the sea."
STARTS = (0, 4, 10)


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def told(window, side=LEFT) -> str:
    return window.findChild(QLabel, f"race_token_{side.value}").text()


def scripted_stages(_checkpoint, request, frames):
    """Three tokens before, a word of the text after, and a window of three tokens in two of three layers."""
    layers = (Layers(2, 3), Layers(1, None))
    ends = (3,) if request.decoder is LEFT else ()
    shown = {frame.group: len(frame.states) for frame in frames}
    heads = {frame.group: frame.head for frame in frames}
    return tuple(
        Stage(request.decoder, layers, 64, STARTS, len(BEFORE) + len(heads[group]), shown[group], ends)
        for group in sorted(shown)
    )


@pytest.fixture
def seeing(qtbot, window, script, monkeypatch):
    """A finished race that shows what tokens see."""
    monkeypatch.setattr(app.race.sight, "stages", scripted_stages)
    script.pause, script.replacement = 0.01, "one two three four"
    press(window, KEY.Key_W)
    assert told(window) == "Run a race to see what its tokens see."
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.playback.finished)
    qtbot.waitUntil(lambda: "Token 1 of" in told(window))
    return window


# What a token sees.


def views(recording, chosen):
    frame = recording.frames[-1]
    cells = cells_of((frame,), recording.decoder)
    return view_of(scripted_stages(None, recording.request, recording.frames), (frame,), cells, chosen)


def test_on_the_canvas_all_is_seen_and_of_the_text_before_as_much_as_the_windows_let_in(run_race):
    side, _ = run_race(race_on(BEFORE, "a grey house", AFTER), replacement="one two three four")
    view = views(side, 2)
    assert view.cells == (ALL,) * 6
    assert [view.before(place) for place in (0, 3, 4, 14)] == [SOME, SOME, ALL, ALL]
    assert view.rest == 3
    assert view.words == (
        "It sees all 6 tokens of its block at once, the 3 before it and the 1 after it. "
        "Because of their window, 2 of its 3 layers see only the last 2 before the block."
    )
    assert views(side, 6) is views(side, -1) is None


def test_from_left_to_right_only_what_stands_before_is_seen(run_race):
    _, side = run_race(race_on(BEFORE, "a grey house", AFTER), replacement="one two three four")
    view = views(side, 1)
    assert view.cells == (ALL, NONE, NONE, NONE)
    assert [view.before(place) for place in (0, 4, 14)] == [SOME, ALL, ALL]
    assert view.rest == 0
    assert view.words == (
        "It was written after the 4 tokens before it and saw nothing after it. "
        "Because of their window, 2 of its 3 layers see only the last 3 of them."
    )
    assert views(side, 3).cells == (ALL, ALL, ALL, NONE)


def test_later_blocks_are_not_seen_and_earlier_ones_by_how_far_they_are(run_race):
    text = "some words that are long enough"
    side, _ = run_race(race_on(BEFORE, text, AFTER), groups=3, replacement=text)
    blocks = tuple([frame for frame in side.frames if frame.group == group][-1] for group in range(3))
    cells = cells_of(blocks, LEFT)
    found = scripted_stages(None, side.request, side.frames)
    # The second block has read all of the first one but its first word.
    first = len(BEFORE) + len(blocks[0].pieces[0])
    found = (found[0], replace(found[1], starts=(first, first + 1)), found[2])
    chosen = next(number for number, cell in enumerate(cells) if cell.block == 1)
    levels = view_of(found, blocks, cells, chosen).cells
    by_block = [[level for cell, level in zip(cells, levels, strict=True) if cell.block == block] for block in range(3)]
    assert by_block[0][0] == NONE
    assert set(by_block[0][1:]) == {ALL}
    assert set(by_block[1]) == {ALL}
    assert set(by_block[2]) == {NONE}


# In the window.


def test_a_token_is_chosen_by_keys_on_both_sides_and_told_in_words(seeing):
    press(seeing, KEY.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert "Token 2 of 6" in told(seeing)
    assert "It sees all 6 tokens of its block at once" in told(seeing)
    assert "It was written after the 4 tokens before it" in told(seeing, RIGHT)
    press(seeing, KEY.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert "It was written after the 3 tokens before it" in told(seeing, RIGHT)
    for _ in range(9):
        press(seeing, KEY.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert "Token 6 of 6" in told(seeing)
    assert told(seeing, RIGHT) == "This side has no token at this position."


def test_where_it_is_known_before_the_first_frame_the_first_token_is_chosen_with_that_frame(qtbot, seeing):
    board, sides = seeing.board, seeing.playback.sides
    press(seeing, KEY.Key_W)
    board.show_subject(seeing.subject, board.checkpoints)
    board.show_moment(sides, -1.0)
    press(seeing, KEY.Key_W)
    qtbot.waitUntil(lambda: told(seeing) == "Choose a token with Alt+Right or by clicking it.")
    board.show_moment(sides, sides[0].frames[-1].seconds)
    assert "Token 1 of 6" in told(seeing)
    assert "It sees all 6 tokens of its block at once" in told(seeing)


def test_a_word_of_the_text_can_be_pressed(seeing):
    canvas = seeing.board.panes[RIGHT].canvas
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas._slot_box(canvas._slots[2]).center().toPoint())
    assert "Token 3 of 4" in told(seeing, RIGHT)
    assert "Token 3 of 6" in told(seeing, LEFT)
    press(seeing, KEY.Key_W)
    assert not seeing.findChild(QLabel, "race_token_diffusion").isVisible()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas._slot_box(canvas._slots[0]).center().toPoint())
    assert seeing.board.panes[RIGHT].grid.chosen == 2


def test_in_the_text_what_is_seen_is_tinted_and_nothing_else(seeing):
    left, right = (seeing.board.panes[side].canvas for side in (LEFT, RIGHT))

    def tinted(canvas, box) -> bool:
        # Between the letters and the upper edge of the line.
        return canvas.grab().toImage().pixelColor(box.center().toPoint().x(), int(box.top()) + 1) == LIGHT.selection

    press(seeing, KEY.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert all(tinted(left, left._slot_box(left._slots[number])) for number in (0, 2, 3))
    assert [tinted(right, right._slot_box(right._slots[number])) for number in (0, 2, 3)] == [True, False, False]
    sea = left._after.boxes(0, 3)[0].translated(16, left._baseline)
    assert tinted(left, sea)
    sea = right._after.boxes(0, 3)[0].translated(16, right._baseline)
    assert not tinted(right, sea)
    press(seeing, KEY.Key_W)
    assert not tinted(left, left._slot_box(left._slots[0]))


def test_the_grid_shows_the_same(seeing):
    press(seeing, KEY.Key_G)
    plain = seeing.board.panes[RIGHT].grid
    assert list(plain.sees) == [NONE] * 4
    assert list(seeing.board.panes[LEFT].grid.sees) == [ALL] * 6
    # A token that is not there yet sees nothing.
    while seeing.playback.position > 0:
        press(seeing, KEY.Key_Left)
    assert "not written yet" in told(seeing, RIGHT)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (EngineError("The folder has gone."), "The folder has gone."),
        (OSError("cut"), "Can't show what a token sees: cut."),
    ],
)
def test_what_cannot_be_told_is_one_line(qtbot, window, script, monkeypatch, error, line):
    def fail(*_):
        raise error

    monkeypatch.setattr(app.race.sight, "stages", fail)
    script.pause = 0.0
    press(window, KEY.Key_W)
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: told(window) == line)


def test_closing_while_it_is_looked_up_says_nothing_any_more(qtbot, window, script, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def wait(*_):
        begun.set()
        assert go_on.wait(5)
        return ()

    monkeypatch.setattr(app.race.sight, "stages", wait)
    script.pause = 0.0
    press(window, KEY.Key_W)
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    assert begun.wait(5)
    thread = next(thread for thread in threading.enumerate() if thread.name == "sight")
    heard = []
    window.board._reader.found.connect(heard.append)
    window.close()
    go_on.set()
    thread.join(5)
    qtbot.wait(1)
    assert heard == []


def test_on_the_real_engine_the_numbers_are_those_of_the_checkpoint(qtbot, settings, themes):
    bridge = EngineBridge(EngineThread)
    with qtbot.waitSignal(bridge.ready, timeout=60_000):
        bridge.start()
    settings.set_value("reduced_motion", True)
    window = RaceWindow(bridge, settings, themes)
    qtbot.addWidget(window)
    window.begin(race_on("The old lamp stood by the window. ", "It was never lit", ", and she went to bed early."))
    window.show()
    press(window, KEY.Key_W)
    with qtbot.waitSignal(window.runner.finished, timeout=60_000):
        window.run()
    qtbot.waitUntil(lambda: window.playback.finished, timeout=20_000)
    qtbot.waitUntil(lambda: "It sees all" in told(window), timeout=20_000)
    side = window.playback.sides[0]
    (stage,) = stages(bridge.checkpoint, side.request, side.frames)
    assert f"the {len(stage.starts)} before it and the {len(stage.ends)} after it, in all 8 layers." in told(window)
    window.close()
    assert bridge.close(10.0)
