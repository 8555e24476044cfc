"""What the menus offer and when, and the keys that move and zoom."""

import string
from collections import Counter

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from window_driver import ALT, CONTROL, KEY, SHIFT, activate, press, said, select, text, wait_for

from app.run_state import RunState

PARAGRAPHS = "First one.\n\nSecond one,\nnext line.\n\n\nLast."


def mnemonics(actions) -> Counter:
    """The letters that call each action of a menu."""
    labels = [action.text().replace("&&", "").split("\t")[0] for action in actions if action.isVisible()]
    return Counter(label[label.index("&") + 1].lower() for label in labels if "&" in label)


@pytest.mark.parametrize("state", list(RunState))
def test_no_two_items_of_a_menu_have_the_same_letter(qtbot, ready, script, state):
    """The letter then only moves between them, and neither is called."""
    script.manual = state is RunState.RUNNING
    if state is not RunState.IDLE:
        select(ready, 0, 9)
        press(ready, KEY.Key_Return, CONTROL)
        wait_for(qtbot, ready, state)
    menus = {menu.objectName(): menu.actions() for menu in ready.findChildren(QMenu) if menu.actions()}
    for action in menus["write_menu"]:
        action.setVisible(True)
    menus |= {"menu_bar": ready.findChild(QMenu, "file_menu").parent().actions(), "page": ready.page.actions()}
    assert len(menus) >= 8
    for name, actions in menus.items():
        twice = [letter for letter, times in mnemonics(actions).items() if times > 1]
        assert not twice, f"{name} has {twice} twice"


def test_a_letter_with_alt_opens_a_menu_or_does_nothing(window):
    """Letters that no menu has were typed."""
    window.page.selectAll()
    before = text(window)
    for letter in string.ascii_letters + string.digits + ".,;":
        activate(window)
        QTest.keyClick(window.page, letter, ALT)
        opened = QApplication.activePopupWidget()
        assert (opened is not None) == (letter.lower() in "fervh")
        if opened is not None:
            opened.close()
    assert text(window) == before


def test_ctrl_with_up_and_down_moves_by_paragraph(window):
    window.document.setPlainText(PARAGRAPHS)
    starts = [PARAGRAPHS.index(words) for words in ("First", "Second", "next", "Last")]
    window.page.go_to_start()
    seen = [0]
    for _ in range(4):
        press(window, KEY.Key_Down, CONTROL)
        seen.append(window.page.textCursor().position())
    assert seen == [*starts, len(PARAGRAPHS)]
    for start in reversed(starts):
        press(window, KEY.Key_Up, CONTROL)
        assert window.page.textCursor().position() == start
    select(window, starts[2] + 3, starts[2] + 3)
    press(window, KEY.Key_Up, CONTROL)
    press(window, KEY.Key_Down, CONTROL | SHIFT)
    assert window.page.textCursor().selectedText().replace("\u2029", "\n") == PARAGRAPHS[starts[2] : starts[3]]


def turn(window, degrees: int, modifiers=CONTROL):
    """Turn the wheel over the page, in eighths of a degree."""
    view = window.page.viewport()
    place = QPointF(view.rect().center())
    event = QWheelEvent(
        place,
        QPointF(view.mapToGlobal(place)),
        QPoint(),
        QPoint(0, degrees),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_ctrl_with_the_wheel_zooms_and_the_size_is_kept(window, settings):
    turn(window, 120)
    # A touchpad reports small parts of a step.
    for _ in range(4):
        turn(window, 30)
    assert window.page.font().pixelSize() == settings.value("text_size") == 21
    turn(window, -360)
    assert type(settings)(settings.path).value("text_size") == 18
    turn(window, 120, Qt.KeyboardModifier.NoModifier)
    assert settings.value("text_size") == 18
    press(window, KEY.Key_0, CONTROL)
    assert settings.value("text_size") == 19


def enabled(window) -> set[str]:
    names = ("undo", "redo", "cut", "copy", "paste")
    return {name for name in names if window.actions_by_name[name].isEnabled()}


def test_what_would_do_nothing_is_grey(qtbot, ready):
    QGuiApplication.clipboard().clear()
    select(ready, 0, 0)
    assert enabled(ready) == set()
    press(ready, KEY.Key_X)
    assert enabled(ready) == {"undo"}
    press(ready, KEY.Key_Z, CONTROL)
    assert enabled(ready) == {"redo"}
    select(ready, 0, 9)
    assert enabled(ready) == {"redo", "cut", "copy"}
    press(ready, KEY.Key_C, CONTROL)
    assert "paste" in enabled(ready)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for(qtbot, ready, RunState.REVIEW)
    # It rejects the result.
    assert "undo" in enabled(ready)
    press(ready, KEY.Key_Escape)
    assert "undo" not in enabled(ready)


def test_fix_is_grey_until_the_model_can_say_whether_it_can(qtbot, window):
    button = window.findChild(QToolButton, "fix_button")
    assert not button.isEnabled()
    assert button.toolTip() == "The model is still loading. Try again in a moment."
    press(window, KEY.Key_Return, ALT)
    assert said(window) == button.toolTip()
    assert window.findChild(QToolButton, "rewrite_button").isEnabled()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    assert button.isEnabled()


def test_the_context_menu_is_divided_into_groups(window):
    actions = window.page.actions()
    assert sum(action.isSeparator() for action in actions) == 3
    assert not actions[-1].isSeparator()
