"""The files opened last, and where the writer was in each. Kept in the settings, for all windows."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import Settings

MOST = 10
_NAME = "recent_files"


@dataclass(frozen=True, slots=True)
class Recent:
    """A file, and the place in it.

    caret: its position in UTF-16 units. paragraph, line: the first line on the screen, as a paragraph of the text and a
    line in that.
    """

    path: str
    caret: int = 0
    paragraph: int = 0
    line: int = 0

    @classmethod
    def read(cls, entry: str) -> Recent | None:
        """An entry of the settings; None where it is none."""
        try:
            caret, paragraph, line, path = entry.split(" ", 3)
            return cls(path, int(caret), int(paragraph), int(line))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.caret} {self.paragraph} {self.line} {self.path}"


class RecentFiles:
    """The list, the newest first, each path once. Other windows may change it as well."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def all(self) -> list[Recent]:
        """The list as it is now."""
        self._settings.refresh()
        return [found for entry in self._settings.value(_NAME) if (found := Recent.read(entry))]

    def find(self, path: str) -> Recent | None:
        """The entry of a file."""
        return next((recent for recent in self.all if recent.path == path), None)

    def add(self, newest: Recent) -> None:
        """Put a file first."""
        self._write([newest, *(recent for recent in self.all if recent.path != newest.path)])

    def change(self, changed: Recent) -> None:
        """Note another place in a file of the list."""
        self._write([changed if recent.path == changed.path else recent for recent in self.all])

    def remove(self, path: str) -> None:
        """Take a file off the list."""
        self._write([recent for recent in self.all if recent.path != path])

    def clear(self) -> None:
        """Empty the list."""
        self._write([])

    def _write(self, recents: list[Recent]) -> None:
        self._settings.set_value(_NAME, tuple(map(str, recents[:MOST])))
