"""Readable colours that follow the system or the settings."""

import dataclasses

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QDialog, QPushButton

from app.theme import DARK, LIGHT, Theme, ThemeSource


class Hints(QObject):
    """A system whose colours can be switched."""

    colorSchemeChanged = Signal(Qt.ColorScheme)

    def __init__(self):
        super().__init__()
        self.scheme = Qt.ColorScheme.Light

    def colorScheme(self):
        return self.scheme

    def switch(self, scheme):
        self.scheme = scheme
        self.colorSchemeChanged.emit(scheme)


def contrast(one, other) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(color):
        parts = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in (color.redF(), color.greenF(), color.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_can_be_read(theme):
    assert contrast(theme.ink, theme.paper) > 10
    assert contrast(theme.ink, theme.selection) > 7
    assert contrast(theme.ink, theme.found) > 7
    for name in ("struck", "added", "warning", "accent", "mistake"):
        assert contrast(getattr(theme, name), theme.paper) > 4.5, name
    assert contrast(theme.chrome_ink, theme.chrome) > 4.5
    assert contrast(theme.ink_faint, theme.paper) > 3
    assert contrast(theme.pinned, theme.paper) > 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_style_sheet_names_only_real_colours(theme):
    assert "{" in theme.style_sheet()
    assert theme.paper.name() in theme.style_sheet()
    with pytest.raises(dataclasses.FrozenInstanceError):
        theme.paper = theme.ink


def test_follows_the_system_until_the_writer_chooses(qtbot, settings):
    hints = Hints()
    source = ThemeSource(settings, hints)
    assert source.theme is LIGHT
    with qtbot.waitSignal(source.theme_changed) as changed:
        hints.switch(Qt.ColorScheme.Dark)
    assert changed.args == [DARK]
    with qtbot.waitSignal(source.theme_changed):
        settings.set_value("theme", "light")
    with qtbot.assertNotEmitted(source.theme_changed):
        hints.switch(Qt.ColorScheme.Light)
        settings.set_value("theme", "system")
    assert source.theme is LIGHT


def test_a_system_without_an_opinion_is_light(settings):
    hints = Hints()
    hints.scheme = Qt.ColorScheme.Unknown
    assert Theme.for_palette(settings, hints) is LIGHT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_default_button_that_is_disabled_can_be_read_and_looks_disabled(qtbot, theme):
    """Catches grey letters on solid red, as in the file dialog before a file is chosen."""
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.setStyleSheet(theme.style_sheet())
    dialog.setPalette(theme.palette())
    button = QPushButton("Open", dialog)
    button.setDefault(True)
    dialog.show()
    middle = button.rect().topLeft() + QPoint(6, button.height() // 2)
    assert button.grab().toImage().pixelColor(middle) == theme.accent
    button.setEnabled(False)
    assert button.grab().toImage().pixelColor(middle) == theme.chrome
    assert contrast(theme.ink_faint, theme.chrome) > 2.9
