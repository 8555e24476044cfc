"""Runs both sides of a race, one after the other, so that neither slows the other."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge
from app.race import LONGEST, Recording, autoregressive_request, diffusion_request
from app.run_state import RunState
from engine import Decoder, EditRequest, EditResult, Frame


class RaceRunner(QObject):
    """One race at a time, and none beside a run or a review on the page: the engine serves whoever asked last.

    side: which decoder is at work; None between races.
    """

    side_started = Signal(object)
    """The Decoder whose run was asked for."""
    finished = Signal(object)
    """A tuple of the two Recordings, diffusion first."""
    ended = Signal(str)
    """The race ended without a result: one line for the person who watches."""

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.side: Decoder | None = None
        self._bridge = bridge
        self._editor = RunState.IDLE
        self._run = 0
        self._request: EditRequest | None = None
        self._first: Recording | None = None
        bridge.run_finished.connect(self._take_result)
        bridge.run_failed.connect(self._take_failure)
        bridge.run_cancelled.connect(self._take_cancellation)

    def start(self, subject: EditRequest, seed: int) -> None:
        """Begin with the diffusion side; a race under way is thrown away. Where none can begin, `ended` says why."""
        self._forget()
        if reason := self._refusal(subject):
            self.ended.emit(reason)
        else:
            self._submit(diffusion_request(subject, seed))

    def stop(self) -> None:
        """End the race, if there is one."""
        if self.side is not None:
            self._forget()
            self._bridge.cancel()
            self.ended.emit("Stopped.")

    def take_frame(self) -> Frame | None:
        """The newest frame of the side at work, once."""
        frame = self._bridge.take_frame() if self.side is not None else None
        return frame if frame is not None and frame.run == self._run else None

    @Slot(object)
    def note_editor(self, state: RunState) -> None:
        """What goes on in the editor. A run that starts there has taken the engine."""
        self._editor = state
        if state is not RunState.IDLE and self.side is not None:
            self._forget()
            self.ended.emit("The race has ended, because a run was started in the editor.")

    def _refusal(self, subject: EditRequest) -> str:
        """Why no race can begin now; "" where one can."""
        if self._editor is not RunState.IDLE:
            return "A run or its review is open in the editor. End it first; then both sides can run."
        if not subject.text.strip():
            return "Write a few words to start from."
        if len(subject.selection) > LONGEST:
            return f"Select less: {LONGEST:,} characters are the most that can be compared."
        return self._bridge.refusal(subject.action)

    def _submit(self, request: EditRequest) -> None:
        self.side = request.decoder
        self._request = request
        self._run = self._bridge.submit(request)
        self.side_started.emit(self.side)

    def _forget(self) -> None:
        """Nothing that still comes from the engine is about a race."""
        self.side = self._request = self._first = None
        self._run = 0

    @Slot(int, object, object)
    def _take_result(self, run: int, result: EditResult, frames: tuple[Frame, ...]) -> None:
        if run != self._run:
            return
        recording = Recording(self._request, frames, result)
        if not result.tokens or not frames:
            self._forget()
            self.ended.emit(result.note or "Nothing was written, so there is nothing to compare. Try another seed.")
        elif self._first is None:
            self._first = recording
            self._submit(autoregressive_request(self._request, self._request.seed, result.tokens))
        else:
            both = (self._first, recording)
            self._forget()
            self.finished.emit(both)

    @Slot(int, str)
    def _take_failure(self, run: int, reason: str) -> None:
        if run == self._run:
            self._forget()
            self.ended.emit(reason)

    @Slot(int)
    def _take_cancellation(self, run: int) -> None:
        """The engine gave the run up of its own accord; the race's own stopping is not heard here any more."""
        if run == self._run:
            self._forget()
            self.ended.emit("The race was stopped.")
