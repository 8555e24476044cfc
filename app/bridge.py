"""The bridge between the engine's thread and the window: events become signals, all emitted on the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine import (
    Action,
    CheckFailed,
    Checkpoint,
    CheckRequest,
    CheckStarted,
    Decoder,
    EditRequest,
    Event,
    Frame,
    FrameMailbox,
    LineChecked,
    LoadFailed,
    Loading,
    Ready,
    RunCancelled,
    RunFailed,
    RunFinished,
    RunProgress,
    RunStarted,
    WordsFailed,
    WordsFound,
    WordsRequest,
)


class Engine(Protocol):
    """What the window needs of an engine: the public face of `engine.EngineThread`."""

    frames: FrameMailbox

    def start(self) -> None:
        """Load in the background."""

    def submit(self, request: EditRequest) -> int:
        """Request a run and return its id at once."""
        ...

    def cancel(self) -> None:
        """Cancel the run in progress or waiting."""

    def check(self, request: CheckRequest) -> int:
        """Request a check in the background and return its id at once."""
        ...

    def stop_check(self) -> None:
        """Give up the check in progress or waiting."""

    def find_words(self, request: WordsRequest) -> int:
        """Look for other words, in place of an earlier search, and return the id of the search at once."""
        ...

    def cancel_words(self) -> None:
        """Give up the search for other words, if any."""

    def close(self, timeout: float = 1.0) -> bool:
        """End the thread; True when it has ended."""
        ...


_ALWAYS = (Action.REWRITE, Action.FILL, Action.CONTINUE)

EngineFactory = Callable[[Callable[[Event], None]], Engine]
"""Makes an engine that reports its events to the given callback."""


class EngineBridge(QObject):
    """Owns the engine. Every signal is emitted on the thread of this object, in the order of the engine's events.

    checkpoint, device: what the engine has loaded, and where; None and "" until `ready`.
    failure: why the checkpoint could not be loaded; "" unless `load_failed` came.
    """

    loading = Signal(float, str)
    """Fraction (0 to 1) and stage."""
    replaced = Signal()
    """Another engine has taken the place of the one before, and loads."""
    ready = Signal(object)
    """The engine's Ready event."""
    load_failed = Signal(str)
    """One line for the writer."""
    run_started = Signal(int, int, int)
    """Run, start and end of the range in code points."""
    run_progress = Signal(int, int, int)
    """Run, group (from 0), groups."""
    run_finished = Signal(int, object, object)
    """Run, EditResult, and a tuple of all frames where the request was recorded."""
    run_cancelled = Signal(int)
    run_failed = Signal(int, str)
    """Run, one line for the writer."""
    check_started = Signal(object)
    """The engine's CheckStarted event."""
    line_checked = Signal(object)
    """The engine's LineChecked event."""
    check_failed = Signal(int, str)
    """Check, one line for the writer."""
    words_found = Signal(int, object)
    """Search, WordsResult."""
    words_failed = Signal(int, str)
    """Search, one line for the writer."""

    _event_arrived = Signal(int, object)

    def __init__(self, make_engine: EngineFactory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.checkpoint: Checkpoint | None = None
        self.device = ""
        self.failure = ""
        self._closed = False
        self._generation = 0
        # Queued whatever thread the engine reports from, so that no receiver ever runs inside submit() or cancel().
        self._event_arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._engine = make_engine(partial(self._receive, self._generation))

    def start(self) -> None:
        """Let the engine load its checkpoint in the background."""
        self._engine.start()

    def replace(self, make_engine: EngineFactory) -> None:
        """Load another engine in place of this one, whose events no longer arrive. Runs and checks must be over."""
        self._engine.close(timeout=0.0)
        self._generation += 1
        self.checkpoint, self.device, self.failure = None, "", ""
        self._engine = make_engine(partial(self._receive, self._generation))
        self.replaced.emit()
        self.loading.emit(0.0, "")
        self._engine.start()

    def submit(self, request: EditRequest) -> int:
        """Request a run and return its id; a run in progress ends with `run_cancelled`."""
        return self._engine.submit(request)

    def cancel(self) -> None:
        """Cancel the run in progress or waiting, if any."""
        self._engine.cancel()

    def check(self, request: CheckRequest) -> int:
        """Request a check in the background and return its id; it replaces the one before."""
        return self._engine.check(request)

    def stop_check(self) -> None:
        """Give up the check in progress, if any."""
        self._engine.stop_check()

    def find_words(self, request: WordsRequest) -> int:
        """Look for other words and return the id of the search; an earlier one is not answered any more."""
        return self._engine.find_words(request)

    def cancel_words(self) -> None:
        """Give up the search for other words, if any: it is not answered."""
        self._engine.cancel_words()

    def refusal(self, action: Action, decoder: Decoder = Decoder.DIFFUSION) -> str:
        """Why an action is not available with a decoder, in one line; "" where it is.

        While the checkpoint is loading, what every checkpoint can do may be asked for already: it waits.
        """
        if self.checkpoint is None:
            return self.failure or ("" if action in _ALWAYS else "The model is still loading. Try again in a moment.")
        return self.checkpoint.refusal(action, decoder)

    @property
    def ask_refusal(self) -> str:
        """Why nothing can be asked in words, in one line; "" where it can."""
        if self.checkpoint is None:
            return self.failure or "The model is still loading. Try again in a moment."
        return self.checkpoint.ask_refusal

    def take_frame(self) -> Frame | None:
        """The newest frame, once; None if there has been none since."""
        return self._engine.frames.take()

    def close(self, timeout: float = 1.0) -> bool:
        """End the engine's thread; True when it has ended. No signal is emitted afterwards. May be repeated."""
        self._closed = True
        return self._engine.close(timeout)

    def _receive(self, generation: int, event: Event) -> None:
        """Called on the engine's thread."""
        if not self._closed:
            self._event_arrived.emit(generation, event)

    @Slot(int, object)
    def _deliver(self, generation: int, event: Event) -> None:
        """Turn an event into its signal, unless another engine has taken the place of the one it comes from."""
        if self._closed or generation != self._generation:
            return
        match event:
            case Loading(fraction, stage):
                self.loading.emit(fraction, stage)
            case Ready(checkpoint=checkpoint, device=device):
                self.checkpoint, self.device = checkpoint, device
                self.ready.emit(event)
            case LoadFailed(error):
                self.failure = str(error)
                self.load_failed.emit(self.failure)
            case RunStarted(run, start, end):
                self.run_started.emit(run, start, end)
            case RunProgress(run, group, groups):
                self.run_progress.emit(run, group, groups)
            case RunFinished(run, result, frames):
                self.run_finished.emit(run, result, frames)
            case RunCancelled(run):
                self.run_cancelled.emit(run)
            case RunFailed(run, error):
                self.run_failed.emit(run, str(error))
            case CheckStarted():
                self.check_started.emit(event)
            case LineChecked():
                self.line_checked.emit(event)
            case CheckFailed(check, error):
                self.check_failed.emit(check, str(error))
            case WordsFound(search, result):
                self.words_found.emit(search, result)
            case WordsFailed(search, error):
                self.words_failed.emit(search, str(error))
