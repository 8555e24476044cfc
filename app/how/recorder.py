"""Record the runs of the help page on a separate engine, so that no run in the editor is disturbed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge, EngineFactory
from app.how.run import Plan, Recorded, plan
from engine import EditRequest, EditResult, Frame, Ready


class HowRecorder(QObject):
    """One recording at a time. Its engine exists only meanwhile; the embedded checkpoint loads in a moment.

    It waits until the editor's engine is ready or has failed: two threads must not import torch at once, and the
    editor's engine comes first.
    """

    went_on = Signal(str)
    """What is being done: one line for the reader."""
    recorded = Signal(object)
    """The Recording."""
    failed = Signal(str)
    """Nothing was recorded: one line for the reader."""

    def __init__(self, editor: EngineBridge, make_engine: EngineFactory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._make_engine = make_engine
        self._bridge: EngineBridge | None = None
        self._seed: int | None = None
        self._plan: Plan | None = None
        self._run = 0
        editor.ready.connect(self._begin)
        editor.load_failed.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Whether a recording is in progress."""
        return self._seed is not None

    def record(self, seed: int) -> None:
        """Make a recording, starting with this seed, unless one is in progress."""
        if self.busy:
            return
        self._seed = seed
        if self._editor.checkpoint is not None or self._editor.failure:
            self._begin()
        else:
            self.went_on.emit("Loading model… The pictures appear when it is ready.")

    def stop(self) -> None:
        """Cancel the recording in progress and end the engine. Does not wait for its thread."""
        self._seed = self._plan = None
        if self._bridge is not None:
            self._bridge.close(0.0)

    @Slot()
    def _begin(self) -> None:
        """Start an engine for the requested recording, if any."""
        if self._seed is None or self._plan is not None:
            return
        if self._bridge is not None:
            # Its thread ended long ago.
            self._bridge.deleteLater()
        bridge = self._bridge = EngineBridge(self._make_engine, self)
        bridge.ready.connect(self._take_engine)
        bridge.load_failed.connect(self._fail)
        bridge.run_finished.connect(self._take_result)
        bridge.run_failed.connect(self._take_failure)
        self.went_on.emit("Recording the pictures… This takes a few seconds.")
        bridge.start()

    @Slot(object)
    def _take_engine(self, ready: Ready) -> None:
        if self._seed is not None:
            self._plan = plan(ready.checkpoint.sampler, self._seed)
            self._submit(next(self._plan))

    def _submit(self, request: EditRequest) -> None:
        if self._bridge is not None:
            self._run = self._bridge.submit(request)

    @Slot(int, object, object)
    def _take_result(self, run: int, result: EditResult, frames: tuple[Frame, ...]) -> None:
        if run == self._run and self._plan is not None:
            self._go_on(self._plan, (result, frames))

    def _go_on(self, plan: Plan, recorded: Recorded) -> None:
        """Request the next run, or report the finished recording."""
        try:
            request = plan.send(recorded)
        except StopIteration as end:
            self.stop()
            if end.value is None:
                self.failed.emit("The model wrote nothing, so there are no pictures. Try another run.")
            else:
                self.recorded.emit(end.value)
        else:
            self._submit(request)

    @Slot(int, str)
    def _take_failure(self, run: int, reason: str) -> None:
        if run == self._run and self._plan is not None:
            self._fail(reason)

    @Slot(str)
    def _fail(self, reason: str) -> None:
        self.stop()
        self.failed.emit(f"No pictures: {reason}")
