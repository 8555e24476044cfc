"""The size of the text on the page, which menus and the wheel change and the settings keep."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.page.page import Page
from app.settings import Settings

_STEP = 1


class TextSize(QObject):
    """Keeps the page as large as the settings say."""

    def __init__(self, page: Page, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._settings = page, settings
        settings.changed.connect(self._take_setting)

    def larger(self) -> None:
        """Make the text larger."""
        self.zoom(1)

    def smaller(self) -> None:
        """Make the text smaller."""
        self.zoom(-1)

    def usual_size(self) -> None:
        """Reset the text to its default size."""
        self._change(self._settings.default("text_size"))

    @Slot(int)
    def zoom(self, steps: int) -> None:
        """Make the text larger by some steps, or smaller."""
        self._change(self._settings.value("text_size") + _STEP * steps)

    def _change(self, size: int) -> None:
        self._settings.set_value("text_size", self._settings.nearest("text_size", size))

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        if name == "text_size":
            self._page.set_text_size(self._settings.value("text_size"))
