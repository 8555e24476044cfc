"""An engine that answers from memory, so that races measure only the window."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.race.recording import Recording
from engine import (
    Checkpoint,
    CheckRequest,
    EditRequest,
    Event,
    FrameMailbox,
    Ready,
    RunFinished,
    RunStarted,
    WordsRequest,
)


class ReplayEngine:
    """The methods of `EngineThread` that a window calls. Each run ends at once with the recording of its side.

    on_event: called on a thread of its own. sides: a recording for each decoder.
    """

    def __init__(self, on_event: Callable[[Event], None], checkpoint: Checkpoint, sides: Sequence[Recording]) -> None:
        self._on_event = on_event
        self._checkpoint = checkpoint
        self._sides = {side.decoder: side for side in sides}
        self.frames = FrameMailbox()
        self._runs = 0
        self._jobs: queue.SimpleQueue[tuple[int, Recording] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._play, name="replay", daemon=True)

    def start(self) -> None:
        """Be ready."""
        self._thread.start()

    def submit(self, request: EditRequest) -> int:
        """Replay the recording of that decoder."""
        self._runs += 1
        self._jobs.put((self._runs, self._sides[request.decoder]))
        return self._runs

    def cancel(self) -> None:
        """Do nothing: a run is over before it could be cancelled."""

    def check(self, request: CheckRequest) -> int:
        """Do nothing: no race is checked."""
        return 0

    def stop_check(self) -> None:
        """Do nothing."""

    def find_words(self, request: WordsRequest) -> int:
        """Never answered: a recording has no other words."""
        return 1

    def cancel_words(self) -> None:
        """Do nothing."""

    def close(self, timeout: float = 1.0) -> bool:
        """End the thread; True when it has ended."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _play(self) -> None:
        """On the thread."""
        self._on_event(Ready(self._checkpoint, "memory", 0.0))
        while (job := self._jobs.get()) is not None:
            run, side = job
            frames = tuple(replace(frame, run=run) for frame in side.frames)
            self._on_event(RunStarted(run, side.result.start, side.result.end))
            for frame in frames:
                self.frames.put(frame)
            self._on_event(RunFinished(run, replace(side.result, run=run), frames))
