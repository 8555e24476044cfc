"""Runs both sides of a race: one after the other, so that neither slows the other, or at once on two engines."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge
from app.race.recording import LONGEST, NAMES, Recording, autoregressive_request, diffusion_request
from app.run_state import RunState
from engine import Decoder, EditRequest, EditResult, Frame


class _Lane(QObject):
    """One side on its engine. request: what it is at work on; None while it rests."""

    recorded = Signal(object)
    """The Recording."""
    failed = Signal(str)
    """One line for the person who watches."""

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.request: EditRequest | None = None
        self._run = 0
        bridge.run_finished.connect(self._take_result)
        bridge.run_failed.connect(self._take_failure)
        bridge.run_cancelled.connect(self._take_cancellation)

    def start(self, request: EditRequest) -> None:
        """Ask for a run."""
        self.request, self._run = request, self.bridge.submit(request)

    def forget(self) -> None:
        """Nothing that still comes from the engine is about this side."""
        self.request, self._run = None, 0

    def stop(self) -> None:
        """The same, and end the run."""
        if self.request is not None:
            self.forget()
            self.bridge.cancel()

    def take_frame(self) -> Frame | None:
        """The newest frame of the run, once."""
        frame = self.bridge.take_frame() if self.request is not None else None
        return frame if frame is not None and frame.run == self._run else None

    @Slot(int, object, object)
    def _take_result(self, run: int, result: EditResult, frames: tuple[Frame, ...]) -> None:
        checkpoint = self.bridge.checkpoint
        if run == self._run and self.request is not None and checkpoint is not None:
            recording = Recording(self.request, frames, result, checkpoint.name)
            self.forget()
            self.recorded.emit(recording)

    @Slot(int, str)
    def _take_failure(self, run: int, reason: str) -> None:
        if run == self._run:
            self.forget()
            self.failed.emit(reason)

    @Slot(int)
    def _take_cancellation(self, run: int) -> None:
        """The engine gave the run up of its own accord; the race's own stopping is not heard here any more."""
        if run == self._run:
            self.forget()
            self.failed.emit("The race was stopped.")


class RaceRunner(QObject):
    """One race at a time, and none beside a run or a review on the page: the engine serves whoever asked last."""

    side_started = Signal(object)
    """The Decoder whose run was asked for."""
    finished = Signal(object)
    """A tuple of the two Recordings, diffusion first."""
    ended = Signal(str)
    """The race ended without a result: one line for the person who watches."""

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._editor = RunState.IDLE
        self._subject: EditRequest | None = None
        self._seed = 0
        self._at_once = self._foreign = False
        self._recorded: dict[Decoder, Recording] = {}
        self._lanes = {decoder: self._lane(bridge) for decoder in NAMES}

    @property
    def at_work(self) -> tuple[Decoder, ...]:
        """The sides that are being computed."""
        return tuple(decoder for decoder, lane in self._lanes.items() if lane.request is not None)

    @property
    def running(self) -> bool:
        """Whether a race is under way."""
        return self._subject is not None

    def set_opponent(self, bridge: EngineBridge | None, *, foreign: bool, at_once: bool) -> bool:
        """Have the right side write on another engine; None: on the same. Returns whether that changes anything.

        If so, a race under way is stopped.

        foreign: it is of another checkpoint, whose own -log2 p cannot be compared with that of the left side.
        at_once: both sides write at the same time, where there are two engines.
        """
        lane, how = self._lanes[Decoder.AUTOREGRESSIVE], (foreign, at_once and bridge is not None)
        if lane.bridge is (bridge or self._bridge) and how == (self._foreign, self._at_once):
            return False
        self.stop()
        self._foreign, self._at_once = how
        if lane.bridge is not (bridge or self._bridge):
            lane.deleteLater()
            self._lanes[Decoder.AUTOREGRESSIVE] = self._lane(bridge or self._bridge)
        return True

    def start(self, subject: EditRequest, seed: int) -> None:
        """Begin with the diffusion side; a race under way is thrown away. Where none can begin, `ended` says why."""
        for lane in self._lanes.values():
            lane.stop()
        self._forget()
        if reason := self._refusal(subject):
            self.ended.emit(reason)
            return
        self._subject, self._seed = subject, seed
        self._submit(diffusion_request(subject, seed))
        if self._at_once:
            self._submit(autoregressive_request(subject, seed, None))

    def stop(self) -> None:
        """End the race, if there is one."""
        if self.running:
            self._end("Stopped.")

    def take_frames(self) -> list[tuple[Decoder, Frame]]:
        """The newest frame of each side at work, once."""
        frames = [(decoder, self._lanes[decoder].take_frame()) for decoder in self.at_work]
        return [(decoder, frame) for decoder, frame in frames if frame is not None]

    @Slot(object)
    def note_editor(self, state: RunState) -> None:
        """What goes on in the editor. A run that starts there has taken the engine."""
        self._editor = state
        if state is not RunState.IDLE and self.running:
            for lane in self._lanes.values():
                # The run in the editor must not be cancelled with the race.
                (lane.forget if lane.bridge is self._bridge else lane.stop)()
            self._end("The race has ended, because a run was started in the editor.")

    def _lane(self, bridge: EngineBridge) -> _Lane:
        lane = _Lane(bridge, self)
        lane.recorded.connect(self._take_recording)
        lane.failed.connect(self._end)
        return lane

    def _refusal(self, subject: EditRequest) -> str:
        """Why no race can begin now; "" where one can."""
        if self._editor is not RunState.IDLE:
            return "A run or its review is open in the editor. End it first; then both sides can run."
        if not subject.text.strip():
            return "Write a few words to start from."
        if len(subject.selection) > LONGEST:
            return f"Select less: {LONGEST:,} characters are the most that can be compared."
        refusals = (lane.bridge.refusal(subject.action, decoder) for decoder, lane in self._lanes.items())
        return next(filter(None, refusals), "")

    def _submit(self, request: EditRequest) -> None:
        self._lanes[request.decoder].start(request)
        self.side_started.emit(request.decoder)

    def _forget(self) -> None:
        """Nothing that still comes from the engines is about a race."""
        for lane in self._lanes.values():
            lane.forget()
        self._subject = None
        self._recorded = {}

    @Slot(str)
    def _end(self, reason: str) -> None:
        """End the race without a result."""
        for lane in self._lanes.values():
            lane.stop()
        self._forget()
        self.ended.emit(reason)

    @Slot(object)
    def _take_recording(self, recording: Recording) -> None:
        """One side has written; the other one follows, is still at work, or has written too."""
        result = recording.result
        if not result.tokens or not recording.frames:
            self._end(result.note or "Nothing was written, so there is nothing to compare. Try another seed.")
            return
        if self._foreign and recording.decoder is Decoder.AUTOREGRESSIVE:
            unmeasured = replace(result, causal_bits=None)
            recording = Recording(recording.request, recording.frames, unmeasured, recording.checkpoint)
        self._recorded[recording.decoder] = recording
        if len(self._recorded) == len(NAMES):
            both = tuple(self._recorded[decoder] for decoder in NAMES)
            self._forget()
            self.finished.emit(both)
        elif not self.at_work and self._subject is not None:
            self._submit(autoregressive_request(self._subject, self._seed, result.tokens))
