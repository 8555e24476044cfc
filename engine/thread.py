"""The engine's thread: loads the checkpoint in the background, then runs one request at a time.

A person's newest request always wins: submitting one cancels the run before it. Everything the thread has to say
leaves through one callback, as plain events; frames lie in a mailbox instead, because only the newest is of interest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.events import Event
from engine.frames import FrameMailbox
from engine.request import EditRequest


class EngineThread:
    """Owns the model. All methods may be called from any thread and return at once.

    on_event: called on the engine's thread with each event, in order; must not block.
    checkpoint: a folder; None takes the embedded checkpoint.
    device: a torch device name.
    """

    def __init__(self, on_event: Callable[[Event], None], checkpoint: str | Path | None = None, device: str = "cpu"):
        self.frames = FrameMailbox()

    def start(self) -> None:
        """Start the thread; it loads the checkpoint first and reports Loading, then Ready or LoadFailed."""
        raise NotImplementedError

    def submit(self, request: EditRequest) -> int:
        """Ask for a run and return its id (1, 2, ...). Replaces a run under way, which ends with RunCancelled."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Cancel the run under way or waiting, if any: it ends with RunCancelled within one denoising step."""
        raise NotImplementedError

    def close(self, timeout: float = 1.0) -> bool:
        """Cancel, end the thread and wait for it up to `timeout` seconds. True when it has ended. May be repeated."""
        raise NotImplementedError
