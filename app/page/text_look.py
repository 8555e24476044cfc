"""Font, size and line length of the page, which are settings."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.page.page import Page
from app.page.reading_font import choose_reading_font
from app.settings import Settings

_STEP = 1


class TextLook(QObject):
    """Gives the page every new value, and changes the size step by step."""

    def __init__(self, page: Page, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._settings = page, settings
        settings.changed.connect(self._take_setting)
        self._show()

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
    def _take_setting(self, name: str, _value: object) -> None:
        if name in ("text_size", "font", "column"):
            self._show()

    def _show(self) -> None:
        choose_reading_font(self._settings.value("font"))
        self._page.set_text_size(self._settings.value("text_size"), self._settings.value("column"))
