"""What the editor is doing."""

from __future__ import annotations

from enum import Enum


class RunState(Enum):
    """The three moments of a run."""

    IDLE = "idle"
    """The page shows the writer's document."""
    RUNNING = "running"
    """The engine is at work, or about to be; the page shows a scratch document."""
    REVIEW = "review"
    """The result waits for the writer's decision."""
