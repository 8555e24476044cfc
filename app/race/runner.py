"""Run both sides of a race: one after the other, so that neither slows the other down, or at once on two engines."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import EngineBridge
from app.race.recording import LONGEST, NAMES, Recording, autoregressive_request, diffusion_request
from app.run_state import RunState
from engine import Decoder, EditRequest, EditResult, Frame


class _Lane(QObject):
    """One side on its engine. request: the one in progress; None while idle."""

    recorded = Signal(object)
    """The Recording."""
    failed = Signal(str)
    """One line for the viewer."""

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.request: EditRequest | None = None
        self._run = 0
        bridge.run_finished.connect(self._take_result)
        bridge.run_failed.connect(self._take_failure)
        bridge.run_cancelled.connect(self._take_cancellation)

    def start(self, request: EditRequest) -> None:
        """Request a run."""
        self.request, self._run = request, self.bridge.submit(request)

    def forget(self) -> None:
        """Ignore what the engine still reports about the run."""
        self.request, self._run = None, 0

    def stop(self) -> None:
        """Cancel the run and ignore what the engine still reports about it."""
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
        """The engine cancelled the run of its own accord; a stop by the race is ignored here."""
        if run == self._run:
            self.forget()
            self.failed.emit("The race was stopped.")


class RaceRunner(QObject):
    """One race at a time, and none during a run or review in the editor: the engine serves the latest request only."""

    side_started = Signal(object)
    """The Decoder whose run was requested."""
    finished = Signal(object)
    """A tuple of the two Recordings, diffusion first."""
    ended = Signal(str)
    """The race ended without a result: one line for the viewer."""

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
        """Whether a race is in progress."""
        return self._subject is not None

    def set_opponent(self, bridge: EngineBridge | None, *, foreign: bool, at_once: bool) -> bool:
        """Run the right side on another engine; None: on the same. Returns whether that changes anything.

        If so, a race in progress is stopped.

        foreign: it has another checkpoint, whose own -log2 p cannot be compared with that of the left side.
        at_once: both sides run at the same time, if there are two engines.
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
        """Start with the diffusion side; a race in progress is discarded. If none can start, `ended` says why."""
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
        """The newest frame of each running side, once."""
        frames = [(decoder, self._lanes[decoder].take_frame()) for decoder in self.at_work]
        return [(decoder, frame) for decoder, frame in frames if frame is not None]

    @Slot(object)
    def note_editor(self, state: RunState) -> None:
        """The editor has started or ended a run. A run that starts there has taken the engine."""
        self._editor = state
        if state is not RunState.IDLE and self.running:
            for lane in self._lanes.values():
                # The run in the editor must not be cancelled with the race.
                (lane.forget if lane.bridge is self._bridge else lane.stop)()
            self._end("The race was stopped because a run started in the editor.")

    def _lane(self, bridge: EngineBridge) -> _Lane:
        lane = _Lane(bridge, self)
        lane.recorded.connect(self._take_recording)
        lane.failed.connect(self._end)
        return lane

    def _refusal(self, subject: EditRequest) -> str:
        """Why no race can start now; "" if one can."""
        if self._editor is not RunState.IDLE:
            return "A run or review is open in the editor. Finish it first."
        if not subject.text.strip():
            return "Enter a few words to start from."
        if len(subject.selection) > LONGEST:
            return f"The selection is too long. Select at most {LONGEST:,} characters."
        refusals = (lane.bridge.refusal(subject.action, decoder) for decoder, lane in self._lanes.items())
        return next(filter(None, refusals), "")

    def _submit(self, request: EditRequest) -> None:
        self._lanes[request.decoder].start(request)
        self.side_started.emit(request.decoder)

    def _forget(self) -> None:
        """Drop the race and ignore what the engines still report."""
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
        """One side has finished; the other one follows, is still running, or has finished too."""
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
