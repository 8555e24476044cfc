"""The engine's actions as the writer sees them: their names, descriptions and keys."""

from __future__ import annotations

from dataclasses import dataclass

from engine import Action, Length


@dataclass(frozen=True, slots=True)
class Edit:
    """What the window says about one action.

    text: its menu label with the mnemonic. doing: what happens during a run, in one word.
    tip: what it does, in one line. keys: "" for one that is offered only in the menu.
    """

    text: str
    doing: str
    tip: str
    keys: str = ""

    @property
    def name(self) -> str:
        """What it is called on a button."""
        return self.text.replace("&", "")


ANY_LENGTH = "any"
LENGTHS = {
    ANY_LENGTH: "any length",
    Length.SHORTER.value: "shorter",
    Length.SAME.value: "same length",
}
"""Length of a rewrite compared with the selection: its value in the settings, and its label.

Longer ones, and fills of a given length, are left to the command line: a small checkpoint pads them with dots.
"""

EDITS = {
    Action.REWRITE: Edit("&Rewrite", "Rewriting", "Say it in other words.", "Ctrl+Return"),
    Action.FILL: Edit("&Fill", "Filling", "Write something new that fits the surrounding text.", "Ctrl+Shift+Return"),
    # F7, the usual key for spelling, goes to the next change of a review.
    Action.FIX: Edit("Fi&x", "Fixing", "Correct only spelling and grammar.", "Alt+Return"),
    Action.SHORTER: Edit("Sh&orter", "Shortening", "Say it in fewer words."),
    Action.SIMPLER: Edit("Si&mpler", "Simplifying", "Say it in simpler words."),
    Action.REPHRASE: Edit("Rep&hrase", "Rephrasing", "Say the same thing differently."),
    Action.CONTINUE: Edit("&Continue writing", "Continuing", "Continue from here, ignoring the text that follows."),
}
"""In menu order."""
