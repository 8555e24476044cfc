"""Preferences: every change holds at once, and no two commands get the same key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTabWidget,
)
from window_driver import CONTROL, KEY, press

from app.main_window import MainWindow
from app.preferences.dialog import PreferencesDialog
from app.run_state import RunState
from app.settings import SETTINGS


@pytest.fixture
def window(qtbot, make_bridge, settings, themes):
    window = MainWindow(make_bridge(), settings, themes)
    qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
    window.show()
    return window


@pytest.fixture
def dialog(window):
    window.actions_by_name["preferences"].trigger()
    return window.findChild(PreferencesDialog)


def row_of(dialog, label: str) -> int:
    table = dialog.findChild(QTableWidget, "keys")
    return next(row for row in range(table.rowCount()) if table.item(row, 0).text() == label)


def set_key(dialog, label: str, key: str) -> str:
    """Give a command a key as a person does; returns what is said then."""
    dialog.findChild(QTabWidget).setCurrentIndex(1)
    dialog.findChild(QTableWidget, "keys").setCurrentCell(row_of(dialog, label), 0)
    dialog.findChild(QKeySequenceEdit, "key_edit").setKeySequence(QKeySequence(key))
    dialog.findChild(QPushButton, "set_key").click()
    return dialog.findChild(QLabel, "key_told").text()


def test_every_setting_with_a_label_has_a_row(dialog):
    for setting in SETTINGS:
        assert (dialog.findChild(object, f"preference_{setting.name}") is not None) == bool(setting.label), setting.name


def test_what_is_changed_holds_at_once_and_follows_other_changes(dialog, window, settings):
    dialog.findChild(QSpinBox, "preference_text_size").setValue(25)
    assert (settings.value("text_size"), window.page.font().pixelSize()) == (25, 25)
    window.actions_by_name["larger"].trigger()
    assert dialog.findChild(QSpinBox, "preference_text_size").value() == 26
    dialog.findChild(QCheckBox, "preference_keep_facts").click()
    assert settings.value("keep_facts") is False
    themes = dialog.findChild(QComboBox, "preference_theme")
    themes.setCurrentIndex(themes.findData("dark"))
    assert settings.value("theme") == "dark"


def test_a_longer_line_widens_the_column(dialog, window, settings):
    window.resize(1800, 700)
    before = window.page.viewport().width()
    dialog.findChild(QSpinBox, "preference_column").setValue(110)
    assert settings.value("column") == 110
    assert window.page.viewport().width() > before


def test_another_font_is_used_and_the_usual_one_comes_back(dialog, window, settings):
    fonts = dialog.findChild(QComboBox, "preference_font")
    usual = window.page.font().families()
    row = next(row for row in range(1, fonts.count()))
    fonts.setCurrentIndex(row)
    fonts.activated.emit(row)
    assert window.page.font().families()[0] == fonts.itemData(row) == settings.value("font")
    dialog.findChild(QPushButton, "usual_settings").click()
    assert (settings.value("font"), window.page.font().families()) == ("", usual)


def test_a_changed_key_starts_the_command_and_the_old_one_does_not(qtbot, dialog, window, settings, script):
    """Would catch a key that only the menu knows: the page looks at keys before it does."""
    assert set_key(dialog, "Write > Rewrite", "Ctrl+J") == ""
    dialog.close()
    assert settings.value("keys") == ("rewrite=Ctrl+J",)
    settings.set_value("reduced_motion", True)
    window.page.setPlainText("One line of words.")
    script.replacement = lambda old: old.upper()
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    press(window, KEY.Key_Return, CONTROL)
    assert window.controller.state is RunState.IDLE
    press(window, KEY.Key_J, CONTROL)
    qtbot.waitUntil(lambda: window.controller.state is RunState.REVIEW)

    def accepted() -> bool:
        # A press so soon after the run is not taken for consent.
        press(window, KEY.Key_J, CONTROL)
        return window.controller.state is RunState.IDLE

    qtbot.waitUntil(accepted)
    assert window.page.toPlainText().startswith("ONE LINE")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("Ctrl+S", "Ctrl+S starts File > Save already."),
        ("A", "A writes or moves in the text. Add Ctrl or Alt."),
        ("Shift+Left", "Shift+Left writes or moves in the text. Add Ctrl or Alt."),
        ("Ctrl+Y", "Ctrl+Y starts Edit > Redo already."),
    ],
)
def test_a_key_that_is_taken_or_writes_is_refused(dialog, settings, key, said):
    assert set_key(dialog, "Write > Rewrite", key) == said
    assert settings.value("keys") == ()


def test_the_usual_key_comes_back_and_never_twice(dialog, window):
    assert set_key(dialog, "View > Larger text", "Ctrl+L") == ""
    assert set_key(dialog, "View > Model…", "Ctrl++") == ""
    dialog.findChild(QTableWidget, "keys").setCurrentCell(row_of(dialog, "View > Larger text"), 0)
    dialog.findChild(QPushButton, "usual_key").click()
    assert (
        dialog.findChild(QLabel, "key_told").text().endswith("starts View > Model… now. Give that another key first.")
    )
    assert set_key(dialog, "View > Model…", "") == ""
    dialog.findChild(QTableWidget, "keys").setCurrentCell(row_of(dialog, "View > Larger text"), 0)
    dialog.findChild(QPushButton, "usual_key").click()
    assert [key.toString() for key in window.actions_by_name["larger"].shortcuts()] == ["Ctrl++", "Ctrl+="]


def test_commands_are_found_by_name_and_by_key(dialog):
    table, search = dialog.findChild(QTableWidget, "keys"), dialog.findChild(QLineEdit, "key_search")

    def shown() -> list[str]:
        return [table.item(row, 0).text() for row in range(table.rowCount()) if not table.isRowHidden(row)]

    search.setText("save as")
    assert shown() == ["File > Save as…"]
    search.setText("ctrl+g")
    assert shown() == ["Edit > Go to…"]


def test_two_commands_may_have_swapped_their_keys_at_the_next_start(qtbot, make_bridge, settings, themes):
    settings.set_value("keys", ("save=Ctrl+O", "open=Ctrl+S", "nonsense=Ctrl+1", "find_text=A"))
    window = MainWindow(make_bridge(), settings, themes)
    qtbot.addWidget(window)
    actions = window.actions_by_name
    assert [actions[name].shortcut().toString() for name in ("save", "open", "find_text")] == [
        "Ctrl+O",
        "Ctrl+S",
        "Ctrl+F",
    ]
    warned = window.findChild(QLabel, "message").text()
    assert warned == "The keys of nonsense, find_text in the settings can't be used. They have their usual ones."


def test_escape_closes_it(dialog):
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
