"""What the editor is doing."""

from __future__ import annotations

from enum import Enum


class RunState(Enum):
    """The three states of the editor."""

    IDLE = "idle"
    """The page shows the writer's document."""
    RUNNING = "running"
    """A run is in progress or waiting for the engine; the page shows a scratch document."""
    REVIEW = "review"
    """A result awaits the writer's decision."""
