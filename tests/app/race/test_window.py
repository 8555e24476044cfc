"""The window as a person uses it: by keys, from Run to the last step back."""

import pytest
import shiboken6
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollArea, QSpinBox, QWidget

from app.melt.model import MeltModel
from app.race.counters import NONE
from app.race.pane import RacePane
from app.race.recording import race_on
from app.theme import DARK
from engine import Action, Decoder, EngineError

KEY = Qt.Key
LEFT, RIGHT = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def said(window, name="race_message") -> str:
    return window.findChild(QLabel, name).text()


def number(window, name, decoder=LEFT) -> str:
    return said(window, f"race_{name}_{decoder.value}")


def button(window, name) -> QAbstractButton:
    return window.findChild(QAbstractButton, f"race_{name}")


def race(qtbot, window, key=KEY.Key_Return, modifiers=Qt.KeyboardModifier.NoModifier):
    with qtbot.waitSignal(window.runner.finished):
        press(window, key, modifiers)


@pytest.fixture
def held(qtbot, window, script):
    """A finished race, paused at its start."""
    script.pause = 0.01
    race(qtbot, window)
    press(window, KEY.Key_Space)
    while window.playback.position > 0:
        press(window, KEY.Key_Left)
    return window


def test_before_a_race_the_text_stands_there_and_nothing_is_counted(window):
    assert "same checkpoint (scripted)" in said(window, "race_about")
    assert "only the text before it" in said(window, "race_about")
    assert number(window, "passes") == number(window, "bits", RIGHT) == NONE
    assert not button(window, "replay").isEnabled()
    for key in (KEY.Key_Space, KEY.Key_Left, KEY.Key_Right, KEY.Key_Escape):
        press(window, key)
    assert window.playback is None
    assert said(window) == ""


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [(KEY.Key_Return, Qt.KeyboardModifier.NoModifier), (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)],
)
def test_a_race_is_run_and_played_to_its_end(qtbot, window, key, modifiers):
    race(qtbot, window, key, modifiers)
    qtbot.waitUntil(lambda: window.playback.finished)
    for side in window.playback.sides:
        last, decoder = side.counts[-1], side.decoder
        assert number(window, "passes", decoder) == str(last.passes)
        empty = ", 2 empty" if decoder is LEFT else ""
        assert number(window, "resolved", decoder) == f"{last.canvas} of {last.canvas}{empty}"
        assert number(window, "melts", decoder) == str(last.melts)
        assert number(window, "seconds", decoder) == f"{side.seconds:.3f}"
        assert number(window, "tokens_per_pass", decoder) == f"{side.result.tokens_per_forward:.2f}"
        assert number(window, "bits", decoder) == f"{side.result.causal_bits:.2f}"
        text = window.findChild(QScrollArea, f"race_text_{decoder.value}")
        assert text.accessibleDescription() == side.result.replacement
        assert said(window, f"race_state_{decoder.value}") == "finished"
    qtbot.waitUntil(lambda: said(window).startswith("Diffusion: 2 tokens in 4 passes"))


def test_while_a_side_is_computed_its_frames_are_shown_and_the_other_waits(qtbot, window, script, ready_bridge):
    script.manual = True
    press(window, KEY.Key_Return)
    ready_bridge.engine.play(3)
    qtbot.waitUntil(lambda: number(window, "passes") == "2")
    assert said(window, "race_state_diffusion") == "computing"
    assert said(window, "race_state_autoregressive") == "waiting"
    assert number(window, "passes", RIGHT) == NONE
    press(window, KEY.Key_Return)
    assert len(ready_bridge.engine.requests) == 1
    ready_bridge.engine.play(4)
    qtbot.waitUntil(lambda: said(window, "race_state_autoregressive") == "computing")
    assert said(window, "race_state_diffusion") == "computed"
    press(window, KEY.Key_Escape)
    assert said(window) == "Stopped."


def test_numbers_follow_the_clock_step_by_step(held):
    first, second = held.playback.sides
    seen = []
    while not held.playback.finished:
        press(held, KEY.Key_Right)
        seen.append((number(held, "passes"), number(held, "passes", RIGHT)))
        for side in (first, second):
            counts = side.counts_at(held.playback.position)
            assert number(held, "resolved", side.decoder).startswith(f"{counts.resolved} of {counts.canvas}")
            assert number(held, "seconds", side.decoder) == f"{counts.seconds:.3f}"
    assert seen[-1] == ("4", "2")
    assert sorted(seen) == seen
    press(held, KEY.Key_Left)
    assert (number(held, "passes"), number(held, "passes", RIGHT)) == seen[-2]
    assert number(held, "bits") == NONE


@pytest.mark.parametrize("name", ["race_run", "race_text_diffusion"])
def test_the_arrows_step_wherever_the_keyboard_is(held, name):
    held.findChild(QWidget, name).setFocus()
    press(held, KEY.Key_Right)
    assert held.findChild(QWidget, name).hasFocus()
    assert number(held, "passes") == "1"
    press(held, KEY.Key_Left)
    assert number(held, "passes") == "0"


def test_a_step_back_shows_the_words_of_that_frame(held):
    canvas = held.board.panes[LEFT].canvas
    while not held.playback.finished:
        press(held, KEY.Key_Right)
    for _ in range(2):
        press(held, KEY.Key_Left)
        side = held.playback.sides[0]
        frame = side.frames[side.index_at(held.playback.position)]
        assert [slot.state for slot in canvas.model.slots] == list(frame.states)
        assert [slot.text for slot in canvas.model.slots] == [piece.strip() for piece in frame.pieces]


def test_pause_holds_the_clock_and_lets_it_go_on(qtbot, held):
    assert button(held, "pause").text() == "Resume"
    qtbot.waitUntil(lambda: held.player.resting)
    assert held.playback.position == 0.0
    press(held, KEY.Key_Space)
    assert button(held, "pause").text() == "Pause"
    qtbot.waitUntil(lambda: held.playback.position > 0)
    press(held, KEY.Key_Escape)
    assert held.playback.paused
    press(held, KEY.Key_Space)
    qtbot.waitUntil(lambda: held.playback.finished)
    press(held, KEY.Key_Space)
    assert held.playback.position == 0.0
    qtbot.waitUntil(lambda: held.playback.finished)
    button(held, "replay").click()
    assert held.playback.position == 0.0
    assert held.playback.running


def test_slow_motion_holds_for_this_race_and_the_next(qtbot, held, script):
    speed = held.findChild(QComboBox, "race_speed")
    speed.setFocus()
    QTest.keyClick(speed, KEY.Key_End)
    assert speed.currentText() == "1/50 speed"
    assert held.playback.speed == 1 / 50
    script.pause = 0.0
    race(qtbot, held)
    assert held.playback.speed == 1 / 50


def test_the_seed_repeats_a_race_and_another_does_not(qtbot, window, ready_bridge):
    seed = window.findChild(QSpinBox, "race_seed")
    seed.setFocus()
    seed.selectAll()
    QTest.keyClicks(seed, "41")
    race(qtbot, window)
    race(qtbot, window)
    requests = ready_bridge.engine.requests
    assert requests[:2] == requests[2:]
    assert {request.seed for request in requests} == {41}
    with qtbot.waitSignal(window.runner.finished):
        button(window, "another_seed").click()
    assert {request.seed for request in requests[4:]} == {42} == {seed.value()}


def test_without_text_both_write_on_from_a_line_of_the_window(qtbot, window, ready_bridge):
    window.begin(race_on(" ", "", "\n"))
    field = window.findChild(QLineEdit, "race_start_text")
    assert field.hasFocus()
    field.clear()
    press(window, KEY.Key_Return)
    assert said(window) == "Enter a few words to start from."
    QTest.keyClicks(field, "Two words")
    race(qtbot, window)
    assert ready_bridge.engine.requests[0].before == "Two words"
    assert {request.action for request in ready_bridge.engine.requests} == {Action.CONTINUE}
    assert "Both continue from here" in said(window, "race_about")
    QTest.keyClick(field, KEY.Key_Left)
    assert field.cursorPosition() == 8
    QTest.keyClicks(field, "!")
    assert window.playback is None
    window.begin(race_on("Other", "", ""))
    assert not field.isVisible()


def test_errors_of_the_engine_are_one_line(qtbot, window, script):
    script.error = EngineError("There is not enough memory.")
    with qtbot.waitSignal(window.runner.ended):
        press(window, KEY.Key_Return)
    assert said(window) == "There is not enough memory."
    assert button(window, "run").isEnabled()
    assert number(window, "passes") == NONE


def test_closing_in_the_middle_cancels(qtbot, window, script, ready_bridge):
    script.manual = True
    with qtbot.waitSignal(ready_bridge.run_started):
        press(window, KEY.Key_Return)
    with qtbot.waitSignal(ready_bridge.run_cancelled):
        press(window, KEY.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()
    assert window.player.resting
    assert not window.runner.running


def test_closing_during_playback_gives_the_frames_back(held):
    held.close()
    assert held.playback is None
    assert held.player.resting
    assert held.board.panes[LEFT].canvas.model is None


def test_many_races_leave_nothing_behind(qtbot, window, script):
    script.pause = 0.0

    def objects():
        wrapped = sum(isinstance(item, QObject) for item in shiboken6.getAllValidWrappers())
        return len(window.findChildren(QObject)), wrapped

    race(qtbot, window)
    # Looking for the children wraps those that nobody in Python had met yet.
    objects()
    before = objects()
    for _ in range(200):
        race(qtbot, window)
    assert objects() == before


# The picture.


def test_frames_have_no_way_between_them_under_reduced_motion_and_one_otherwise(qtbot, held, settings):
    models: list[MeltModel] = []
    for moves in (False, True):
        settings.set_value("reduced_motion", not moves)
        for _ in range(6):
            press(held, KEY.Key_Right)
        model = held.board.panes[LEFT].canvas.model
        assert any(slot.moving for slot in model.slots) is moves
        models.append(model)
        for _ in range(6):
            press(held, KEY.Key_Left)
    assert models[0] is not models[1]
    qtbot.waitUntil(lambda: held.player.resting)


def test_no_noise_stands_on_the_autoregressive_side(held):
    press(held, KEY.Key_Right)
    assert number(held, "passes", RIGHT) == "1"
    noisy = {decoder: held.board.panes[decoder].canvas.model.noisy for decoder in (LEFT, RIGHT)}
    assert noisy == {LEFT: True, RIGHT: False}


def colours(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_text_that_a_side_does_not_see_is_hatched(window):
    """Catches a side that looks as if it read the text after, and one that looks as if that were deleted."""
    assert "the rest is hatched" in said(window, "race_about")
    left, right = (window.board.panes[decoder].canvas for decoder in (LEFT, RIGHT))
    assert colours(left) != colours(right)
    window.begin(race_on("Once there was a house.", "", ""))
    assert colours(left) == colours(right)
    window.begin(race_on("Once there was", "", " a house."))
    assert colours(left) == colours(right)


@pytest.mark.parametrize("height", [600, 611, 624, 700])
def test_a_pane_shows_whole_lines_at_any_height_and_place(qtbot, window, height):
    """Catches a line cut in half at an edge of a pane."""
    window.begin(race_on("One line after another.\n" * 40, "a grey house", "\nAnd more of them." * 40))
    window.resize(1000, height)
    pane = window.board.panes[LEFT]
    step, scroll = round(pane.canvas.line_step), window.findChild(QScrollArea, "race_text_diffusion")
    qtbot.waitUntil(lambda: window.height() == height and scroll.viewport().height() % step == 0)
    for key in (KEY.Key_End, KEY.Key_PageUp, KEY.Key_Up, KEY.Key_Home, KEY.Key_Down):
        QTest.keyClick(scroll, key)
        assert scroll.verticalScrollBar().value() % step == 0
    scroll.verticalScrollBar().setValue(step + 5)
    assert scroll.verticalScrollBar().value() == step


def test_a_tall_window_has_a_taller_plot(qtbot, window):
    """Catches curves squeezed into 80 pixels while there is room."""
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: window.height() == 700)
    before = window.board.plot.height()
    window.resize(1000, 1000)
    qtbot.waitUntil(lambda: window.board.plot.height() >= before + 80)


@pytest.mark.parametrize("width", [800, 1000])
def test_everything_fits_into_a_narrow_window(qtbot, window, width):
    window.resize(width, 600)
    assert window.width() == width

    def fits() -> bool:
        shown = [widget for widget in window.controls.findChildren(QWidget) if widget.objectName().startswith("race_")]
        return all(window.rect().contains(widget.mapTo(window, widget.rect().bottomRight())) for widget in shown)

    qtbot.waitUntil(fits)
    for key in (KEY.Key_G, KEY.Key_W):
        press(window, key)
        qtbot.waitUntil(fits)


def test_the_theme_and_the_size_of_the_text_are_followed(held, settings):
    for _ in range(3):
        press(held, KEY.Key_Right)
    canvas = held.board.panes[LEFT].canvas
    settings.set_value("theme", "dark")
    assert colours(canvas).pixelColor(2, 2) == DARK.paper
    small = canvas.sizeHint().height()
    settings.set_value("text_size", 30)
    assert canvas.sizeHint().height() > small
    side = held.playback.sides[0]
    frame = side.frames[side.index_at(held.playback.position)]
    assert [slot.state for slot in canvas.model.slots] == list(frame.states)


def test_the_plot_shows_what_has_been_played(held):
    plot = held.board.plot
    side = held.playback.sides[0]
    assert plot.points(side) == [(0.0, 0)]
    while not held.playback.finished:
        press(held, KEY.Key_Right)
    assert plot.points(side) == [(counts.seconds, counts.tokens) for counts in side.counts]
    held.findChild(QAction, "race_over_passes").trigger()
    assert [across for across, _ in plot.points(side)] == [0, 1, 2, 3, 4]
    assert "Diffusion: 2 after" in plot.accessibleDescription()
    empty = colours(plot)
    held.begin(race_on("Once there was a house.", "", ""))
    assert plot.accessibleDescription() == ""
    assert colours(plot) != empty


def test_the_plot_has_room_for_the_whole_race_from_the_start_and_cannot_be_dragged(held):
    plot = held.board.plot
    before = plot.shown_range
    assert before.right() >= held.playback.length
    for _ in range(3):
        press(held, KEY.Key_Right)
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.viewport().rect().center())
    QTest.mouseMove(plot.viewport(), plot.viewport().rect().center() + QPoint(40, 10))
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton)
    assert plot.shown_range == before
    held.findChild(QAction, "race_over_passes").trigger()
    assert plot.shown_range.right() >= max(side.counts[-1].passes for side in held.playback.sides)


@pytest.mark.parametrize(
    "text",
    [
        "Ein " + "Donaudampfschiff" * 12,
        "One\n\n\nline\nafter another",
        "A 👩‍👩‍👧 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag",
        "שלום עולם, מה שלומך היום",
        " ".join(["word"] * 254),
    ],
)
def test_unusual_text_is_drawn_inside_the_column(qtbot, window, script, text):
    script.replacement = text
    window.begin(race_on(text + " ", text, " " + text))
    race(qtbot, window)
    qtbot.waitUntil(lambda: window.playback.finished)
    for pane in window.findChildren(RacePane):
        picture = colours(pane.canvas)
        paper = picture.pixelColor(0, 0)
        assert {picture.pixelColor(picture.width() - 2, y).name() for y in range(picture.height())} == {paper.name()}
        assert {picture.pixelColor(1, y).name() for y in range(picture.height())} == {paper.name()}


def test_everything_a_person_can_use_has_a_name(window):
    controls = [*window.controls.findChildren(QAbstractButton), *window.findChildren(QComboBox)]
    controls += [*window.findChildren(QSpinBox), *window.findChildren(QScrollArea)]
    named = [widget for widget in controls if widget.objectName().startswith("race_")]
    assert len(named) == 14
    for widget in [*named, window.start_text, window.board.plot, *window.findChildren(RacePane)]:
        assert widget.objectName()
        assert widget.accessibleName()
    for widget in named:
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
