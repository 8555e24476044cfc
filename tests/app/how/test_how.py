"""The page that explains text diffusion, as a reader uses it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from scripted_engine import BrokenEngine, ScriptedEngine

from app.how.pages import D3PM, DIFFUSION_GEMMA, ENTROPY_BOUND, PAGES, PARALLEL, TRANSFORMERS
from app.how.run import TRIES, plan
from app.how.window import HowWindow
from app.main_window import MainWindow
from app.melt.cells import Cell, CellFlow, Faces, Look

KEY = Qt.Key


@pytest.fixture
def make_window(qtbot, bridge, settings, themes, script):
    """Makes the window; the engines it has started are in `window.engines`."""

    def make(engine_class=ScriptedEngine) -> HowWindow:
        engines = []

        def make_engine(on_event):
            engines.append(engine_class(on_event, script))
            return engines[-1]

        window = HowWindow(bridge, settings, themes, make_engine=make_engine)
        window.engines = engines
        qtbot.addWidget(window)
        window.begin()
        window.show()
        activate(qtbot, window)
        return window

    script.replacement = "the small red house stood very still in the rain that evening"
    script.steps = 6
    script.pause = 0.0
    return make


@pytest.fixture
def window(qtbot, make_window, bridge):
    """The window with its pictures."""
    window = make_window()
    with qtbot.waitSignal(window.recorder.recorded):
        bridge.start()
    return window


def said(window, name="message") -> str:
    return window.findChild(QLabel, f"how_{name}").text()


def button(window, name) -> QPushButton:
    return window.findChild(QPushButton, f"how_{name}")


def activate(qtbot, window):
    """Shortcuts belong to the active window."""
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)


def press(window, key):
    QTest.keyClick(window.focusWidget() or window, key)


def test_f1_opens_it_before_any_engine_is_awake(qtbot, bridge, settings, themes):
    main = MainWindow(bridge, settings, themes)
    qtbot.addWidget(main)
    main.show()
    activate(qtbot, main)
    QTest.keyClick(main.page, KEY.Key_F1)
    window = main.findChild(HowWindow)
    activate(qtbot, window)
    assert said(window) == "Loading model… The pictures appear when it is ready."
    assert said(window, "melt_heading") == "4. Re-noising"
    assert window.sheet.pictures["noise"].isVisible()
    press(window, KEY.Key_Right)
    press(window, KEY.Key_Escape)
    assert not window.isVisible()
    activate(qtbot, main)
    QTest.keyClick(main.page, KEY.Key_F1)
    assert window.isVisible()
    main.close()
    assert not window.isVisible()


def test_pictures_come_when_the_engine_is_ready_and_from_an_engine_of_their_own(window, bridge):
    for page in PAGES:
        picture = window.sheet.pictures[page.name]
        assert picture.isVisible()
        assert picture.height() == picture.heightForWidth(picture.width()) > 0
        assert page.heading in picture.accessibleName()
        assert len(picture.accessibleDescription()) > len(said(window, f"{page.name}_caption")) > 0
    assert said(window).startswith(f"Before step 1 of {window.recording.steps}")
    assert bridge.engine.requests == []
    assert all(request.recorded for request in window.engines[0].requests)


def test_the_text_being_read_stays_in_its_place_when_the_pictures_come(qtbot, make_window, bridge, script):
    """Catches a page that jumps under the reader, and a line that counts runs nobody asked for."""
    script.replacement = "the small red house stood very still in the rain that evening " * 4
    window = make_window()
    lines = []
    window.recorder.went_on.connect(lines.append)
    qtbot.waitUntil(lambda: window.reading.verticalScrollBar().maximum() > 600)
    window.reading.verticalScrollBar().setValue(600)
    heading = window.findChild(QLabel, "how_acceptance_heading")
    before = heading.mapTo(window, heading.rect().topLeft())
    heights = [picture.height() for picture in window.sheet.pictures.values()]
    with qtbot.waitSignal(window.recorder.recorded):
        bridge.start()
    assert [picture.height() for picture in window.sheet.pictures.values()] != heights
    assert heading.mapTo(window, heading.rect().topLeft()) == before
    assert len(lines) == 1


def test_a_run_in_the_editor_goes_on_while_pictures_are_recorded(qtbot, make_window, bridge, script):
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    bridge.cancelled = []
    bridge.run_cancelled.connect(bridge.cancelled.append)
    script.manual = True
    run = bridge.submit(next(plan(bridge.checkpoint.sampler, 5)))
    window = make_window()
    qtbot.waitUntil(lambda: bool(window.engines and window.engines[0].requests))
    window.engines[0].play(200)
    qtbot.waitUntil(lambda: window.recording is not None)
    with qtbot.waitSignal(bridge.run_finished) as finished:
        bridge.engine.play(20)
    assert finished.args[0] == run
    assert bridge.cancelled == []


@pytest.mark.parametrize("focused", ["how_another", "how_scroll", "how_noise_sources", "how_melt_picture"])
def test_the_arrows_step_through_the_run_wherever_the_keyboard_is(window, focused):
    steps = window.recording.steps
    window.findChild(QWidget, focused).setFocus()
    assert not button(window, "back").isEnabled()
    for step in range(1, steps + 1):
        press(window, KEY.Key_Right)
        assert said(window).startswith(f"Step {step} of {steps}:")
        assert window.sheet.pictures["stop"].index == step
    assert not button(window, "forward").isEnabled()
    press(window, KEY.Key_Right)
    assert said(window).startswith(f"Step {steps} of {steps}:")
    press(window, KEY.Key_Left)
    assert said(window).startswith(f"Step {steps - 1} of {steps}:")
    button(window, "back").click()
    assert said(window).startswith(f"Step {steps - 2} of {steps}:")
    assert window.state.accessibleDescription().startswith(f"Step {steps - 2} of {steps}:")


def test_another_run_has_another_seed_and_draws_all_anew(qtbot, window):
    first = window.recording
    told = {name: picture.accessibleDescription() for name, picture in window.sheet.pictures.items()}
    press(window, KEY.Key_Right)
    with qtbot.waitSignal(window.recorder.recorded):
        button(window, "another").click()
        assert not button(window, "another").isEnabled()
    assert window.recording.seed > first.seed
    assert f"Seed {window.recording.seed}." in said(window)
    assert said(window).startswith("Before step 1")
    for name, picture in window.sheet.pictures.items():
        if name != "blocks":
            assert picture.accessibleDescription() != told[name]
    assert button(window, "another").isEnabled()


def test_what_was_recorded_stays_when_the_window_is_closed(window):
    press(window, KEY.Key_Escape)
    window.begin()
    window.show()
    assert window.sheet.pictures["noise"].isVisible()
    assert len(window.engines) == 1


def test_closing_in_the_middle_ends_the_engine_and_opening_starts_afresh(qtbot, make_window, bridge, script):
    script.manual = True
    window = make_window()
    bridge.start()
    qtbot.waitUntil(lambda: bool(window.engines and window.engines[0].requests))
    window.close()
    assert window.engines[0].close()
    assert window.recording is None
    script.manual = False
    with qtbot.waitSignal(window.recorder.recorded):
        window.begin()
    assert len(window.engines) == 2


def test_a_checkpoint_of_the_editor_that_cannot_be_loaded_takes_no_picture_away(qtbot, make_window, script, bridge):
    bridge.engine.script = type(script)(load_error=BrokenEngine(print).script.load_error)
    window = make_window()
    with qtbot.waitSignal(window.recorder.recorded):
        bridge.start()
    assert window.sheet.pictures["noise"].isVisible()


def test_an_engine_that_fails_is_one_line(qtbot, make_window, bridge):
    window = make_window(BrokenEngine)
    with qtbot.waitSignal(window.recorder.failed):
        bridge.start()
    assert said(window) == "No pictures: The checkpoint is broken. Choose another one."
    assert not window.sheet.pictures["noise"].isVisible()
    with qtbot.waitSignal(window.recorder.failed):
        button(window, "another").click()
    assert len(window.engines) == 2


def test_where_nothing_melts_the_page_says_so(qtbot, make_window, bridge, script):
    script.steps = 1
    window = make_window()
    with qtbot.waitSignal(window.recorder.recorded):
        bridge.start()
    assert window.recording.tried == TRIES
    assert said(window, "melt_caption").startswith("No word melted in any of")
    for picture in window.sheet.pictures.values():
        assert not picture.grab().isNull()


def test_where_nothing_is_written_the_page_says_so(qtbot, make_window, bridge, script):
    script.replacement = ""
    window = make_window()
    with qtbot.waitSignal(window.recorder.failed):
        bridge.start()
    assert said(window).startswith("The model wrote nothing")
    assert len(window.engines[0].requests) == TRIES


def test_sources_are_opened_by_key_and_only_then(window, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    label = window.findChild(QLabel, "how_prediction_sources")
    label.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(label, KEY.Key_Tab)
    assert opened == []
    QTest.keyClick(label, KEY.Key_Return)
    assert opened == [DIFFUSION_GEMMA.address]
    QTest.keyClick(label, KEY.Key_Tab)
    QTest.keyClick(label, KEY.Key_Return)
    assert opened == [DIFFUSION_GEMMA.address, PARALLEL.address]
    linked = " ".join(child.text() for child in window.findChildren(QLabel))
    for source in (DIFFUSION_GEMMA, D3PM, ENTROPY_BOUND, PARALLEL, TRANSFORMERS):
        assert f'href="{source.address}"' in linked


def test_the_keyboard_reaches_every_picture_and_brings_it_into_view(window):
    reached = []
    for _ in range(60):
        focused = window.focusWidget()
        if focused in window.sheet.pictures.values():
            reached.append(focused)
            top = focused.mapTo(window.reading.viewport(), focused.rect().topLeft()).y()
            assert top < window.reading.viewport().height()
            assert top + focused.height() > 0
        QTest.keyClick(focused, KEY.Key_Tab)
    assert {picture.objectName() for picture in reached} == {f"how_{page.name}_picture" for page in PAGES}


def test_a_narrow_window_wraps_and_cuts_nothing_off(qtbot, window):
    window.resize(1000, 800)
    qtbot.waitUntil(lambda: window.width() == 1000)
    wide = window.sheet.pictures["prediction"].height()
    window.resize(600, 800)
    qtbot.waitUntil(lambda: window.sheet.pictures["prediction"].height() > wide)
    assert window.sheet.width() == window.reading.viewport().width()
    for picture in window.sheet.pictures.values():
        assert picture.height() == picture.heightForWidth(picture.width())


def test_text_size_and_colours_follow_the_settings(qtbot, window, settings):
    picture, text = window.sheet.pictures["noise"], window.findChild(QLabel, "how_noise_text")
    settings.set_value("theme", "light")
    height, size, light = picture.height(), text.font().pixelSize(), picture.grab().toImage()
    settings.set_value("theme", "dark")
    assert picture.grab().toImage() != light
    settings.set_value("text_size", 30)
    assert text.font().pixelSize() > size
    qtbot.waitUntil(lambda: picture.height() > height)


def test_text_can_be_selected(window):
    label = window.findChild(QLabel, "how_introduction")
    QTest.mouseDClick(
        label,
        Qt.MouseButton.LeftButton,
        pos=label.rect().topLeft() + label.fontMetrics().boundingRect("R").bottomRight(),
    )
    assert label.selectedText() == "Remelt"


@given(st.lists(st.text(max_size=30), max_size=30), st.floats(1, 900))
def test_cells_never_overlap_and_leave_the_width_only_alone(qapp, texts, width):
    cells = [Cell(text, look) for text, look in zip(texts, 6 * list(Look), strict=False)]
    places = CellFlow(cells, Faces(19), width).places
    for before, place in pairwise(places):
        assert place.left() >= before.right() or place.top() >= before.bottom()
        assert place.left() == 0 or place.right() <= width


def test_all_is_drawn_and_told_from_the_real_run(make_window, recording):
    window = make_window()
    window.recorder.recorded.emit(recording)
    pictures = window.sheet.pictures
    for piece in recording.frames[1].pieces:
        assert piece.strip() in pictures["prediction"].accessibleDescription()
    assert recording.result.replacement in pictures["stop"].accessibleDescription()
    assert f"bound of {recording.settings.entropy_bound:g} nats" in said(window, "acceptance_caption")
    assert f"below {recording.settings.confidence:g} nats" in said(window, "stop_caption")
    weight = recording.settings.causal_weight
    assert ("is used from step 2" if weight else "is not used") in said(window, "prediction_caption")
    for index in range(recording.steps):
        assert f"step {index}" in said(window).lower() or not index
        press(window, KEY.Key_Right)
    assert f"{recording.frames[-1].forward_passes} passes" in said(window)
