"""Another engine for the right side of a race: a checkpoint from a folder, or the same one to run both at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge, EngineFactory
from app.settings import Settings
from engine import Checkpoint, EngineThread, LoadSettings, Quantization

EngineMaker = Callable[[Path, str, LoadSettings], EngineFactory]
"""Takes the folder of a checkpoint, a torch device and how to load it, and makes an engine factory."""


def engine_of(folder: Path, device: str, how: LoadSettings) -> EngineFactory:
    """Make an engine thread with the checkpoint of a folder, on a torch device."""
    return lambda on_event: EngineThread(on_event, folder, device, how)


class Opponent(QObject):
    """At most one engine beside the editor's, loaded only while the race window is open and needs it.

    It waits until the editor's engine is ready or has failed: two threads must not import torch at once. It runs on the
    device of the editor's engine, or on the CPU if that one has failed.

    folder: of the other checkpoint; None: the right side is the same checkpoint as the left one.
    at_once: whether both sides run at the same time, for which the same checkpoint is loaded a second time.
    """

    changed = Signal()
    """The checkpoint of the right side, or whether it is loaded, has changed."""
    progressed = Signal(str)
    """Progress of loading: one line for the person waiting."""
    failed = Signal(str)
    """The checkpoint cannot be used: one line. The right side is the same checkpoint again."""

    def __init__(
        self, editor: EngineBridge, settings: Settings, parent: QObject, make_engine: EngineMaker = engine_of
    ) -> None:
        super().__init__(parent)
        self.at_once = False
        self._editor = editor
        self._settings = settings
        self._make_engine = make_engine
        self._open = False
        self._loaded: Path | None = None
        self._bridge: EngineBridge | None = None
        self._ending: list[EngineBridge] = []
        editor.ready.connect(self._load)
        editor.load_failed.connect(self._load)

    @property
    def folder(self) -> Path | None:
        """The chosen folder, perhaps from an earlier session; None for the same checkpoint."""
        chosen = self._settings.value("opponent")
        return Path(chosen) if chosen else None

    @property
    def bridge(self) -> EngineBridge | None:
        """The engine, once it is ready."""
        return self._bridge if self._bridge is not None and self._bridge.checkpoint is not None else None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint of the right side; None while it is unknown."""
        if self.folder is None:
            return self._editor.checkpoint
        return self._bridge.checkpoint if self._bridge is not None else None

    @property
    def name(self) -> str:
        """What the other checkpoint is called; "" for the same checkpoint."""
        if self.folder is None:
            return ""
        return self.checkpoint.name if self.checkpoint is not None else self.folder.name

    @property
    def loading(self) -> bool:
        """Whether a race would have to wait for the engine."""
        return self._wanted is not None and self.bridge is None

    @property
    def _wanted(self) -> Path | None:
        """The folder for which an engine is needed."""
        if not self._open or self.folder is not None or not self.at_once:
            return self.folder if self._open else None
        return self._editor.checkpoint.folder if self._editor.checkpoint is not None else None

    def choose(self, folder: Path | None) -> None:
        """Use the checkpoint in a folder for the right side; None: the same as on the left."""
        self._settings.set_value("opponent", str(folder) if folder is not None else "")
        self._load()

    def set_at_once(self, on: bool) -> None:
        """Set whether the right side has its own engine even for the same checkpoint."""
        self.at_once = on
        self._load()

    def open(self) -> None:
        """The race window has opened: load what was chosen."""
        self._open = True
        self._load()

    def close(self) -> None:
        """The race window has closed: drop the engine. Does not wait for its thread."""
        self._open = False
        self._load()

    def cancel(self) -> None:
        """Stop loading; both sides use the same checkpoint again, one after the other."""
        if self.loading:
            self.at_once = False
            self.choose(None)

    @Slot()
    def _load(self) -> None:
        """Load the engine that is needed now, and drop any other."""
        if self._wanted != self._loaded:
            self._unload()
            self._loaded = self._wanted
        if self._loaded is not None and self._bridge is None and (self._editor.checkpoint or self._editor.failure):
            device = self._editor.device or "cpu"
            # A causal model as the opponent is never packed, whatever was chosen for the editor.
            chosen = Quantization(self._settings.value("quantization")) if self.folder is None else Quantization.AUTO
            bridge = self._bridge = EngineBridge(self._make_engine(self._loaded, device, LoadSettings(chosen)), self)
            bridge.loading.connect(self._take_progress)
            bridge.ready.connect(self._take_engine)
            bridge.load_failed.connect(self._take_failure)
            bridge.start()
        self.changed.emit()

    def _unload(self) -> None:
        if self._bridge is not None:
            self._ending.append(self._bridge)
            self._bridge = None
        # A thread ends between two steps of its work, and its bridge must exist until then.
        for bridge in self._ending[:]:
            if bridge.close(0.0):
                self._ending.remove(bridge)
                bridge.deleteLater()

    @Slot(float, str)
    def _take_progress(self, fraction: float, _stage: str) -> None:
        self.progressed.emit(f"{self._what} is loading… {fraction:.0%}. Press Esc to stop.")

    @Slot(object)
    def _take_engine(self, _ready: object) -> None:
        self.changed.emit()
        self.progressed.emit(f"{self._what} is ready.")

    @property
    def _what(self) -> str:
        return "The opponent" if self.folder is not None else "The checkpoint on the right"

    @Slot(str)
    def _take_failure(self, reason: str) -> None:
        self.at_once = False
        self.choose(None)
        self.failed.emit(reason)
