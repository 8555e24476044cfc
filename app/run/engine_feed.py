"""What the engine reports about the latest request of the editor; news of earlier requests is dropped."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge
from engine import EditRequest, EditResult


class EngineFeed(QObject):
    """Follows one request at a time, from `submit` until `cancel` or `forget`."""

    range_known = Signal(int, int)
    """Start and end of what will be replaced, in code points of the request's text. Comes before any frame."""
    group_began = Signal(int, int)
    """Group (from 0) and groups."""
    frame_came = Signal(object)
    """The newest Frame."""
    finished = Signal(object)
    """The EditResult."""
    failed = Signal(str)
    """One line for the writer."""
    cancelled = Signal()
    """The engine cancelled the run of its own accord."""

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._run = 0
        bridge.run_started.connect(self._take_range)
        bridge.run_progress.connect(self._take_group)
        bridge.run_finished.connect(self._take_result)
        bridge.run_failed.connect(self._take_failure)
        bridge.run_cancelled.connect(self._take_cancellation)

    def submit(self, request: EditRequest) -> None:
        """Ask for a run and follow it."""
        self._run = self._bridge.submit(request)

    def cancel(self) -> None:
        """Cancel the run that is followed, if any."""
        if self._run:
            self._bridge.cancel()
            self._run = 0

    def forget(self) -> None:
        """Follow the run no longer; it has ended."""
        self._run = 0

    @Slot()
    def look_for_frame(self) -> None:
        """Fetch the newest frame from the engine's mailbox."""
        frame = self._bridge.take_frame()
        if frame is None:
            return
        # The mailbox is faster than the queue in which the engine's events wait.
        self._take_range(frame.run, frame.start, frame.end)
        if self._follows(frame.run):
            self.frame_came.emit(frame)

    def _follows(self, run: int) -> bool:
        return run == self._run != 0

    @Slot(int, int, int)
    def _take_range(self, run: int, start: int, end: int) -> None:
        if self._follows(run):
            self.range_known.emit(start, end)

    @Slot(int, int, int)
    def _take_group(self, run: int, group: int, groups: int) -> None:
        """A group begins. One without mistakes has no frames that would show it."""
        self.look_for_frame()
        if self._follows(run):
            self.group_began.emit(group, groups)

    @Slot(int, object)
    def _take_result(self, run: int, result: EditResult) -> None:
        self.look_for_frame()
        if self._follows(run):
            self.finished.emit(result)

    @Slot(int, str)
    def _take_failure(self, run: int, reason: str) -> None:
        if self._follows(run):
            self.failed.emit(reason)

    @Slot(int)
    def _take_cancellation(self, run: int) -> None:
        if self._follows(run):
            self.cancelled.emit()
