"""The windows beside the main one: both decoders side by side, and how it works. Each is made when first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from app.bridge import EngineBridge
from app.how.window import HowWindow
from app.race.recording import race_on
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource
from engine import EditRequest

if TYPE_CHECKING:
    from app.race.window import RaceWindow


class OtherWindows(QObject):
    """Opens the other windows and closes them with the main one."""

    def __init__(self, main: QWidget, bridge: EngineBridge, settings: Settings, themes: ThemeSource) -> None:
        super().__init__(main)
        self._main, self._bridge, self._settings, self._themes = main, bridge, settings, themes
        self._race: RaceWindow | None = None
        self._how: HowWindow | None = None
        self._editor = RunState.IDLE
        bridge.replaced.connect(self._forget)

    def compare(self, subject: EditRequest) -> None:
        """Let both decoders fill the selection of a request, or continue where nothing is selected."""
        race = self._race or self._make_race()
        race.begin(race_on(subject.before, subject.selection, subject.after))
        _raise(race)

    def explain(self) -> None:
        """Open the page that explains text diffusion."""
        if self._how is None:
            self._how = HowWindow(self._bridge, self._settings, self._themes, self._main)
        self._how.begin()
        _raise(self._how)

    def close_all(self) -> None:
        """Close them; the main window is closing."""
        for window in (self._race, self._how):
            if window is not None:
                window.close()

    @Slot()
    def _forget(self) -> None:
        """Make them anew when they are next opened: another model is loaded."""
        self.close_all()
        for window in (self._race, self._how):
            if window is not None:
                window.deleteLater()
        self._race = self._how = None

    @Slot(object)
    def note_editor(self, state: RunState) -> None:
        """The editor has started or ended a run."""
        self._editor = state
        if self._race is not None:
            self._race.runner.note_editor(state)

    def _make_race(self) -> RaceWindow:
        # Its plot imports a large library, which must not slow down the start of the program.
        from app.race.window import RaceWindow

        self._race = RaceWindow(self._bridge, self._settings, self._themes, self._main)
        self._race.runner.note_editor(self._editor)
        return self._race


def _raise(window: QWidget) -> None:
    window.show()
    window.activateWindow()
