"""The bar beside a selection: where and when it is shown, and what its dial does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider

from app.page.floating_bar import SHADOW
from app.run_state import RunState
from engine import Action, Length

TEXT = "\n".join(f"Line {number} of a text that is somewhat longer than the page." for number in range(60))


@pytest.fixture
def desk(make_desk):
    return make_desk(TEXT)


def show_bar(desk, start: int, end: int):
    desk.select(start, end)
    desk.wait_for(desk.controller.selection_bar.isVisible)
    return desk.controller.selection_bar


def card(bar):
    """The visible part, in coordinates of the viewport."""
    return bar.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW).translated(-bar.page.viewport().pos())


@pytest.mark.parametrize("place", [0, 300, 700])
def test_it_lies_beside_the_selection_and_never_on_it(desk, place):
    bar = show_bar(desk, place, place + 40)
    rects = desk.page.range_rects(place, place + 40)
    assert not any(card(bar).intersects(rect.toRect().adjusted(0, 1, 0, -1)) for rect in rects)
    assert desk.page.rect().contains(bar.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW))
    assert desk.page.hasFocus()


def test_it_goes_with_the_selection_and_with_escape(desk):
    bar = show_bar(desk, 0, 20)
    desk.put_caret(5)
    assert not bar.isVisible()
    show_bar(desk, 0, 20)
    desk.escape()
    assert not bar.isVisible()
    assert desk.selected == TEXT[:20]
    show_bar(desk, 0, 21)


def test_it_can_be_switched_off(desk):
    bar = show_bar(desk, 0, 20)
    desk.settings.set_value("floating_bar", False)
    assert not bar.isVisible()
    desk.select(3, 30)
    QTest.qWait(250)
    assert not bar.isVisible()


@pytest.mark.parametrize("action", [Action.REWRITE, Action.FILL, Action.FIX])
def test_its_buttons_start_runs_and_it_makes_way(desk, action):
    bar = show_bar(desk, 0, 20)
    QTest.mouseClick(bar.findChild(QAbstractButton, f"{action.value}_selection"), Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert desk.engine.requests[0].action is action
    assert desk.engine.requests[0].selection == TEXT[:20]
    desk.wait_for_state(RunState.REVIEW)
    QTest.qWait(250)
    assert not bar.isVisible()


def test_the_dial_and_the_keyboard_turn_the_same_strength(desk):
    bar = show_bar(desk, 0, 20)
    dial = bar.findChild(QAbstractSlider, "strength")
    QTest.mouseClick(dial, Qt.MouseButton.LeftButton, pos=QPoint(dial.width() - 8, dial.height() // 2))
    assert desk.settings.value("strength") == 1.0
    desk.press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert dial.value() == 90
    assert bar.findChild(QAbstractSlider, "strength").focusPolicy() == Qt.FocusPolicy.NoFocus


def test_what_the_checkpoint_cannot_do_is_greyed_and_says_why(make_desk, script):
    script.tasks = ("continue",)
    desk = make_desk(TEXT)
    bar = show_bar(desk, 0, 20)
    for name, reason in (("fill", "to fill gaps"), ("fix", "to fix spelling and grammar")):
        button = bar.findChild(QAbstractButton, f"{name}_selection")
        assert not button.isEnabled()
        assert button.toolTip().startswith(f"This model was not trained {reason}. Leave out --model")
    assert bar.findChild(QAbstractButton, "rewrite_selection").isEnabled()


def test_on_a_narrow_page_it_leaves_the_keys_out_rather_than_be_cut_off(desk):
    bar = show_bar(desk, 0, 20)
    wide = card(bar).width()
    desk.page.resize(480, 600)
    show_bar(desk, 0, 21)
    assert card(bar).width() < wide
    assert desk.page.rect().contains(bar.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW))
    desk.page.resize(900, 600)
    show_bar(desk, 0, 22)
    assert card(bar).width() == wide


def test_every_control_has_a_name(desk):
    bar = show_bar(desk, 0, 20)
    for control in [*bar.findChildren(QAbstractButton), *bar.findChildren(QAbstractSlider)]:
        assert control.objectName()
        assert control.accessibleName()


def test_the_length_of_a_rewrite_is_chosen_by_a_click(desk, script):
    bar = show_bar(desk, 0, 20)
    button = bar.findChild(QAbstractButton, "length")
    asked = []
    for wanted in ("shorter", "same length", "any length"):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert (button.text(), button.accessibleName()) == (wanted, f"Length: {wanted}")
        assert bar.isVisible()
        desk.rewrite()
        desk.wait_for_state(RunState.REVIEW)
        desk.escape()
        asked.append(desk.engine.requests[-1].length)
        show_bar(desk, 0, 20)
    assert asked == [Length.SHORTER, Length.SAME, None]


def test_only_a_rewrite_has_a_length(desk):
    desk.settings.set_value("length", "shorter")
    desk.put_caret(5)
    desk.fill()
    desk.wait_for_state(RunState.REVIEW)
    assert desk.engine.requests[-1].length is None
    desk.escape()
    # A rewrite takes the sentence under the caret.
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    assert desk.engine.requests[-1].length is Length.SHORTER


def test_spaces_alone_cannot_become_shorter(desk):
    desk.settings.set_value("length", "shorter")
    start = desk.text.index(" ")
    desk.select(start, start + 1)
    desk.rewrite()
    assert desk.engine.requests[-1].length is None
    desk.wait_for_state(RunState.REVIEW)
