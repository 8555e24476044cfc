"""The parts of finding put together for a window: what searches, what is marked, and the bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.documents.scratch import Scratch
from app.find.bar import FindBar
from app.find.finder import Finder
from app.find.go_to import GoToBar
from app.find.highlights import Highlights
from app.page.page import Page
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource

_REFUSALS = {
    RunState.IDLE: "",
    RunState.RUNNING: "Nothing can be replaced during a run. Stop it with Esc on the page.",
    RunState.REVIEW: "Nothing can be replaced during a review. Accept or reject the change first.",
}


class FindTools(QObject):
    """One for each window. Its commands have the names of those in the menus.

    bars: to be put below the page; hidden until they are needed.
    """

    message = Signal(str)
    """One line for the writer."""

    def __init__(
        self,
        page: Page,
        settings: Settings,
        themes: ThemeSource,
        parent: QObject,
        scratch: Callable[[], Scratch | None] = lambda: None,
    ) -> None:
        """scratch: what the page shows during a run."""
        super().__init__(parent)
        self._scratch, self._state = scratch, RunState.IDLE
        self._finder = Finder(page, self, self._melting)
        self._highlights = Highlights(page, self._finder, themes, self)
        self._bar = FindBar(page, self._finder, settings)
        self._go_to = GoToBar(page)
        self.bars: tuple[QWidget, ...] = (self._bar, self._go_to)
        self._finder.message.connect(self.message)

    @property
    def is_complete(self) -> bool:
        """Whether all matches in the text as it is now are known, and nothing is being replaced."""
        return self._finder.is_settled

    def find_text(self) -> None:
        """Find words in the text."""
        self._open(replacing=False)

    def replace_text(self) -> None:
        """Find words, and put others in their place."""
        self._open(replacing=True)

    def find_next(self) -> None:
        """Go to the next match."""
        self._bar.go(1)

    def find_previous(self) -> None:
        """Go to the previous match."""
        self._bar.go(-1)

    def go_to(self) -> None:
        """Go to a line or a heading."""
        if self._bar.isVisible():
            self._bar.close_bar()
        self._go_to.open()

    @Slot(object)
    def take_state(self, state: RunState) -> None:
        """The editor does something else now."""
        self._state = state
        self._finder.refuse(_REFUSALS[state])

    def close(self) -> None:
        """The window closes."""
        self._finder.stop()
        self._go_to.stop()

    def _open(self, *, replacing: bool) -> None:
        """One bar at a time."""
        if self._go_to.isVisible():
            self._go_to.close_bar()
        self._bar.open(replacing=replacing)

    def _melting(self) -> tuple[int, int] | None:
        """Where words melt on the page: there is no text to be found."""
        scratch = self._scratch()
        return (scratch.start, scratch.end) if scratch is not None and self._state is RunState.RUNNING else None
