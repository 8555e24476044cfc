"""Asking in words put together for a window: the line, the presets, and their keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

from app.ask.bar import AskBar
from app.ask.menu import PresetMenu
from app.ask.presets import Preset, Presets
from app.bridge import EngineBridge
from app.page.page import Page
from app.run_state import RunState
from app.settings import Settings

KEY = "Ctrl+K"


class AskTools(QObject):
    """One for each window. bar: to be put below the page; hidden until it is needed."""

    asked = Signal(object)
    """What the writer asks for: an Asked."""
    file_requested = Signal(str)
    """A file that the writer wants to see."""
    message = Signal(str)
    """One line for the writer."""
    warning = Signal(str)
    """One line on something that needs to be put right."""

    def __init__(
        self, page: Page, bridge: EngineBridge, settings: Settings, taken: Mapping[str, str], parent: QObject
    ) -> None:
        """taken: the keys of the program, and what each does."""
        super().__init__(parent)
        self.bar = AskBar(page, settings)
        self.presets = Presets(settings.path.with_name("presets.toml"), taken)
        self._page, self._bridge = page, bridge
        self._state = RunState.IDLE
        self._menu: PresetMenu | None = None
        self._keys = {KEY}
        self._listed: tuple[tuple[Preset, ...], str] | None = None
        self.bar.asked.connect(self.asked)
        for changed in (bridge.ready, bridge.load_failed, bridge.replaced):
            changed.connect(self._offer)
        page.selectionChanged.connect(self._explain)
        page.installEventFilter(self)

    def add_menu(self, menu: QMenu, before: QAction) -> None:
        """Put the presets into a menu, before one of its items."""
        presets = QMenu("Presets", menu)
        presets.setObjectName("presets_menu")
        presets.setToolTipsVisible(True)
        menu.insertMenu(before, presets)
        self._menu = PresetMenu(presets)
        self._menu.chosen.connect(self._choose)
        self._menu.own_requested.connect(self._show_own)
        menu.aboutToShow.connect(self.read)
        self.read()

    def ask(self) -> None:
        """Open the line for an instruction."""
        self._open(None)

    @Slot()
    def read(self) -> None:
        """Read the presets, if their file has changed, and list them."""
        own = self.presets.own
        if (own, self.presets.trouble) == self._listed:
            return
        self._listed = own, self.presets.trouble
        self._keys = {KEY, *(preset.key for preset in own if preset.key)}
        if self._menu is not None:
            self._menu.fill(self.presets.included, own, self._bridge.ask_refusal)
        if self.presets.trouble:
            self.warning.emit(self.presets.trouble)

    @Slot(object)
    def take_state(self, state: RunState) -> None:
        """The editor does something else now."""
        self._state = state
        self._explain()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Leave its keys to the menus: Qt deletes to the end of the line with Ctrl+K."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
            return False
        if QKeySequence(event.keyCombination()).toString() not in self._keys:
            return False
        event.ignore()
        return True

    def _open(self, preset: Preset | None) -> None:
        self._page.commit_composition()
        self._explain()
        self.bar.open(preset)

    @Slot()
    def _offer(self) -> None:
        """The engine is ready, or has failed."""
        if self._menu is not None:
            self._menu.offer(self._bridge.ask_refusal)
        self._explain()

    @Slot()
    def _explain(self) -> None:
        """Say in the bar what an instruction would change now."""
        if self._state is RunState.REVIEW:
            about = "Changes the result in review; your original is kept."
        elif self._state is RunState.RUNNING:
            about = "Stops the run and begins anew."
        elif self._page.textCursor().hasSelection():
            about = "Changes the selected text."
        else:
            about = "Changes the sentence at the caret."
        self.bar.explain(about, self._bridge.ask_refusal)

    @Slot(object)
    def _choose(self, preset: Preset) -> None:
        """Ask for a preset; one that is to be finished is shown first."""
        if preset.start:
            self._open(preset)
        elif refusal := self._bridge.ask_refusal:
            self.message.emit(refusal)
        else:
            self.asked.emit(preset.asked)

    @Slot()
    def _show_own(self) -> None:
        """Open the file with the writer's own presets, which is made if there is none."""
        if self.presets.create():
            self.file_requested.emit(str(Path(self.presets.path)))
        else:
            self.warning.emit(self.presets.trouble)
