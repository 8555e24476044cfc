"""The engine's thread: loads the checkpoint in the background, then runs one request at a time.

A person's newest request always wins: submitting one cancels the run before it. While no run is waiting, other words
are found, and the newest text is checked and scored slice by slice (`engine.runs.background`), and a run can start
after any slice. The thread reports through one callback, with plain events; frames go into a mailbox instead, because
only the newest one matters. torch is imported on this thread, so that the window opens first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING

from engine.contracts.checks import CheckRequest
from engine.contracts.errors import EngineError
from engine.contracts.events import (
    Event,
    LoadFailed,
    Loading,
    Ready,
    RunCancelled,
    RunChanged,
    RunFailed,
    RunFinished,
    RunProgress,
    RunStarted,
)
from engine.contracts.frames import Frame, FrameMailbox
from engine.contracts.loading import LoadSettings
from engine.contracts.moves import Change
from engine.contracts.request import EditRequest
from engine.contracts.words import WordsRequest
from engine.models.checkpoint_folder import share_before_loading
from engine.runs.background import Background, Kind, Task
from engine.runs.import_progress import reported
from engine.runs.inbox import Inbox

if TYPE_CHECKING:
    from engine.runs.session import Session


@dataclass(frozen=True, slots=True)
class _Job:
    """A submitted request. cancelled: set to end it. changes: those to make while it runs."""

    run: int
    request: EditRequest
    cancelled: threading.Event = field(default_factory=threading.Event)
    changes: SimpleQueue[Change] = field(default_factory=SimpleQueue)


class EngineThread:
    """Owns the model. All methods may be called from any thread and return at once, except `close`, which waits.

    on_event: called on the engine's thread with each event, in order; must not block.
    checkpoint: a folder; None means the embedded checkpoint.
    device: a torch device name. settings: how the checkpoint is loaded; None for the defaults.
    """

    def __init__(
        self,
        on_event: Callable[[Event], None],
        checkpoint: str | Path | None = None,
        device: str = "cpu",
        settings: LoadSettings | None = None,
    ) -> None:
        self.frames = FrameMailbox()
        self._on_event = on_event
        self._checkpoint = checkpoint
        self._device = device
        self._settings = settings
        # A daemon, because nothing can interrupt the import of torch, and closing the window must not wait for it.
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._wake = threading.Condition()
        self._waiting: list[_Job] = []
        self._current: _Job | None = None
        self._runs = 0
        self._background = Background(_line)
        self._closing = False

    def start(self) -> None:
        """Start the thread, which first loads the checkpoint and reports Loading, then Ready or LoadFailed."""
        self._thread.start()

    def submit(self, request: EditRequest) -> int:
        """Request a run and return its id (1, 2, ...). Replaces any current run, which ends with RunCancelled."""
        with self._wake:
            self._cancel_all()
            self._runs += 1
            self._waiting.append(_Job(self._runs, request))
            self._wake.notify()
            return self._runs

    def change(self, run: int, change: Change) -> bool:
        """Change the run with this id while it is running; answered by RunChanged and visible in its next step.

        False if that run is over or replaced; then there is no answer. A change that arrives after the last step of a
        run is not answered either; RunFinished lists those that took effect.
        """
        with self._wake:
            jobs = [*self._waiting, *([self._current] if self._current else ())]
            job = next((job for job in jobs if job.run == run and not job.cancelled.is_set()), None)
            if job is not None:
                job.changes.put(change)
            return job is not None

    def score(self, text: str) -> int:
        """Request the scores of a text, reported by Scored, and return an id (1, 2, ...). Replaces the previous text.

        For that one, at most one event still arrives. Runs come first and only interrupt scoring, which then resumes;
        nothing but `close` cancels it. Scores are cached, so a changed text is scored quickly.
        """
        with self._wake:
            self._wake.notify()
            return self._background.put(Kind.SCORE, text)

    def check(self, request: CheckRequest) -> int:
        """Request the mistakes in lines of a text and return an id (1, 2, ...). Replaces the previous request.

        Reported by CheckStarted, then LineChecked for each line, or CheckFailed. For a request that is replaced, at
        most one event still arrives. Runs come first and only interrupt a check, which then resumes.
        """
        with self._wake:
            self._wake.notify()
            return self._background.put(Kind.CHECK, request)

    def stop_check(self) -> None:
        """Give up the current check, if any; at most one event of it still arrives."""
        with self._wake:
            self._background.drop(Kind.CHECK)

    def find_words(self, request: WordsRequest) -> int:
        """Look for other words and return an id (1, 2, ...); reported by WordsFound or WordsFailed.

        Replaces an earlier search, which is not answered. Runs come first; checks and scores wait.
        """
        with self._wake:
            self._wake.notify()
            return self._background.put(Kind.WORDS, request)

    def cancel_words(self) -> None:
        """Give up the search for other words, if any: it is not answered."""
        with self._wake:
            self._background.drop(Kind.WORDS)

    def cancel(self) -> None:
        """Cancel the current or waiting run, if any: it ends with RunCancelled within one denoising step."""
        with self._wake:
            self._cancel_all()

    def close(self, timeout: float = 1.0) -> bool:
        """Cancel, end the thread and wait for it up to `timeout` seconds. True if it has ended.

        May be called again. Nothing submitted afterwards is run or reported. When called on the engine's own thread, in
        `on_event`, it does not wait.
        """
        with self._wake:
            self._closing = True
            self._cancel_all()
            self._background.drop(Kind.WORDS)
            self._wake.notify()
        if self._thread.ident is None:
            return True
        if self._thread is threading.current_thread():
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _cancel_all(self) -> None:
        """Mark every job as cancelled; the thread still reports each, in order."""
        for job in (*self._waiting, *([self._current] if self._current else ())):
            job.cancelled.set()

    def _main(self) -> None:
        """Load, then serve requests until closed."""
        session, failure = self._load()
        while (job := self._next()) is not None:
            if isinstance(job, Task):
                self._do(session, failure, job)
                continue
            if job.cancelled.is_set():
                self._on_event(RunCancelled(job.run))
            elif session is None:
                self._on_event(RunFailed(job.run, failure))
            else:
                self._on_event(self._run(session, job))
            with self._wake:
                self._current = None

    def _next(self) -> _Job | Task | None:
        """Wait for a job, or else for a task in the background; None when the thread should end."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._background.next or self._closing)
            if not self._waiting:
                return None if self._closing else self._background.next
            self._current = self._waiting.pop(0)
            return self._current

    def _load(self) -> tuple[Session | None, EngineError]:
        """Load the checkpoint and report the outcome."""
        started = perf_counter()
        failure = EngineError("The engine was closed.")

        def progress(fraction: float, stage: str) -> None:
            if self._closing:
                raise failure
            self._on_event(Loading(fraction, stage))

        try:
            progress(0.0, "Starting the engine")
            imports = share_before_loading(self._checkpoint)
            # Nothing may be raised while torch is half imported: it could not be imported again.
            with reported(lambda share: self._on_event(Loading(imports * share, "Starting the engine"))):
                from engine.runs.session import Session

            session = Session.open(self._checkpoint, self._device, progress, lambda: self._closing, self._settings)
        except EngineError as error:
            if not self._closing:
                self._on_event(LoadFailed(error))
            return None, error
        # A broken installation must be reported in the status bar instead of ending the thread silently.
        except Exception as error:
            failure = EngineError(f"The engine cannot start: {_line(error)}")
            self._on_event(LoadFailed(failure))
            return None, failure
        seconds = perf_counter() - started
        self._on_event(Ready(session.checkpoint, self._device, seconds, session.weights, session.note))
        return session, failure

    def _run(self, session: Session, job: _Job) -> Event:
        """Do one job and return its final event."""
        from engine.runs.watch import RunCancelledError

        recorded: list[Frame] = []

        def on_frame(frame: Frame) -> None:
            self.frames.put(frame)
            if job.request.recorded:
                recorded.append(frame)

        try:
            result = session.run(
                job.request,
                job.run,
                on_start=lambda start, end: self._on_event(RunStarted(job.run, start, end)),
                on_group=lambda group, groups: self._on_event(RunProgress(job.run, group, groups)),
                on_frame=on_frame,
                cancelled=job.cancelled.is_set,
                inbox=_JobInbox(job, self._on_event),
            )
        except RunCancelledError:
            return RunCancelled(job.run)
        except EngineError as error:
            return RunFailed(job.run, error)
        # Whatever else goes wrong in a run, the thread keeps running and the writer is told.
        except Exception as error:
            return RunFailed(job.run, EngineError(f"The run failed: {_line(error)}"))
        return RunCancelled(job.run) if job.cancelled.is_set() else RunFinished(job.run, result, tuple(recorded))

    def _do(self, session: Session | None, failure: EngineError, task: Task) -> None:
        """Do a slice of a task in the background, and report the outcome."""
        event, ended = self._background.slice(task, session, failure)
        with self._wake:
            wanted = self._background.holds(task)
            if ended:
                self._background.drop(task.kind, task)
        if event is not None and wanted:
            self._on_event(event)


class _JobInbox(Inbox):
    """Delivers the changes of a job to its run, which answers them with events."""

    def __init__(self, job: _Job, on_event: Callable[[Event], None]) -> None:
        self._job = job
        self._on_event = on_event

    def take(self) -> Iterator[Change]:
        """The changes since the last call, in order."""
        while True:
            try:
                yield self._job.changes.get_nowait()
            except Empty:
                return

    def answer(self, change: Change, refusal: str) -> None:
        """Report to the owner of the thread."""
        self._on_event(RunChanged(self._job.run, change, refusal))


def _line(error: Exception) -> str:
    """The first line of an error's message, or its class if it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
