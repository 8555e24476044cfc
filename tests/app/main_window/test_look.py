"""The look of the window, and the settings in its menus."""

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QToolButton, QWidget
from window_driver import CONTROL, KEY, SHIFT, press, said, select

from app.commands import COMMANDS
from app.theme import DARK, LIGHT


def test_text_size_by_keys(window, settings):
    press(window, KEY.Key_Plus, CONTROL)
    press(window, KEY.Key_Equal, CONTROL)
    assert settings.value("text_size") == window.page.font().pixelSize() == 21
    press(window, KEY.Key_Minus, CONTROL)
    assert window.document.defaultFont().pixelSize() == 20
    press(window, KEY.Key_0, CONTROL)
    assert settings.value("text_size") == 19
    for _ in range(60):
        press(window, KEY.Key_Minus, CONTROL)
    assert settings.value("text_size") == 11


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_colours_can_be_chosen(window, name, theme):
    window.findChild(QWidget, "page")
    next(action for action in window.findChildren(type(window.actions_by_name["new"]), f"theme_{name}")).trigger()
    picture = window.page.grab().toImage()
    assert picture.pixelColor(5, 300) == theme.paper
    assert picture.pixelColor(window.page.width() // 2, 400) == theme.paper
    bar = window.findChild(QWidget, "top_bar").grab().toImage()
    assert bar.pixelColor(330, 5) == theme.chrome


def test_in_a_narrow_window_the_name_gives_way_to_menus_and_buttons(window):
    window.open_document.open_or_begin(str(window.settings.path.with_name("a very long name of a file " * 4)))
    label = window.findChild(QLabel, "document_name")
    window.resize(1400, 500)
    whole = label.text()
    window.resize(500, 500)
    QCoreApplication.processEvents()
    menus = window.findChild(QWidget, "menu_bar")
    assert len(label.text()) < len(whole)
    assert whole in label.accessibleName()
    assert menus.width() >= menus.sizeHint().width()
    assert menus.geometry().right() < window.findChild(QToolButton, "rewrite_button").x()


def test_checkable_settings(window, settings):
    for name in ("floating_bar", "reduced_motion"):
        before = settings.value(name)
        window.findChild(type(window.actions_by_name["new"]), name).trigger()
        assert settings.value(name) is not before


def test_everything_a_person_can_use_has_a_name(window):
    for command in COMMANDS:
        assert window.actions_by_name[command.name].objectName() == command.name
    for button in window.findChildren(QToolButton):
        if button.objectName() != "qt_menubar_ext_button":
            assert button.objectName()
            assert button.accessibleName() or button.text()
    for name in ("page", "top_bar", "status_bar", "menu_bar"):
        assert window.findChild(QWidget, name).accessibleName()
    keys = [key for command in COMMANDS for key in [command.keys] if key]
    assert len(keys) == len(set(keys))


def test_selected_words_are_counted(qtbot, window):
    qtbot.waitUntil(lambda: said(window, "words") == "4 words")
    press(window, KEY.Key_End, SHIFT)
    qtbot.waitUntil(lambda: said(window, "words") == "2 of 4 words")


def test_the_length_can_be_chosen_in_the_menu_and_both_places_agree(window):
    menu = window.findChild(QMenu, "length_menu")
    assert [action.text().replace("&", "") for action in menu.actions()] == ["Any length", "Shorter", "Same length"]
    menu.actions()[1].trigger()
    assert window.settings.value("length") == "shorter"
    window.settings.set_value("length", "same")
    assert [action.isChecked() for action in menu.actions()] == [False, False, True]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_bars_keep_their_letters_when_the_theme_changes(qtbot, window, settings, theme):
    """The new style sheet took the size of the letters away, and with it the gap between a name and its key."""
    settings.set_value("theme", "light" if theme == "dark" else "dark")
    select(window, 0, 9)
    bar = window.controller.selection_bar
    qtbot.waitUntil(bar.isVisible)
    before = bar.size(), [(button.font().toString(), button.size()) for button in bar.findChildren(QAbstractButton)]
    settings.set_value("theme", theme)
    press(window, KEY.Key_Right, SHIFT)
    qtbot.wait(200)
    after = bar.size(), [(button.font().toString(), button.size()) for button in bar.findChildren(QAbstractButton)]
    assert after == before
