"""What keys and clicks on the page can ask of a run."""

from __future__ import annotations

from typing import Protocol

from app.documents.scratch import Scratch
from app.run_state import RunState
from engine import Action


class RunCommands(Protocol):
    """The commands of a run outside its review. `RunController` has them; `RunKeys` calls them."""

    @property
    def state(self) -> RunState:
        """What the editor is doing."""
        ...

    @property
    def scratch(self) -> Scratch | None:
        """What the page shows during a run and its review."""
        ...

    def edit(self, action: Action) -> None:
        """Start an action; in a review, a rewrite accepts the result."""

    def again(self) -> None:
        """Try again."""

    def escape(self) -> None:
        """Stop the run, or else reject the result in review."""

    def yield_to_writer(self) -> None:
        """End the run because the writer is about to edit its words."""
