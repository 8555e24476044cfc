"""The size of the text on the page, which is a setting."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.page.page import Page
from app.settings import Settings

_STEP = 1


class TextSize(QObject):
    """Changes the setting step by step, and gives the page every new value."""

    def __init__(self, page: Page, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._settings = page, settings
        settings.changed.connect(self._take_setting)

    def larger(self) -> None:
        """Make the text larger."""
        self.zoom(_STEP)

    def smaller(self) -> None:
        """Make the text smaller."""
        self.zoom(-_STEP)

    def usual_size(self) -> None:
        """Reset the text to its default size."""
        self._settings.set_value("text_size", self._settings.default("text_size"))

    @Slot(int)
    def zoom(self, steps: int) -> None:
        """Make the text larger by some steps, or smaller."""
        size = self._settings.value("text_size") + steps
        self._settings.set_value("text_size", self._settings.nearest("text_size", size))

    @Slot(str, object)
    def _take_setting(self, name: str, value: int) -> None:
        if name == "text_size":
            self._page.set_text_size(value)
