"""The engine's actions as the writer meets them: what each is called, what it does, which keys ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from engine import Action, Length


@dataclass(frozen=True, slots=True)
class Edit:
    """What the window says about one action.

    text: its name in a menu, with the letter that chooses it there. doing: what goes on during a run, in one word.
    tip: what it does, in one line. keys: "" for one that is offered in the menu alone, and only where the checkpoint
        was trained for it; the others are always in sight and greyed where it was not.
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
"""How long a rewrite becomes beside the selected words: what it is called in the settings, and on a button.

Longer ones, and fills of a wished length, are left to the command line: a small checkpoint fills them up with dots.
"""

EDITS = {
    Action.REWRITE: Edit("&Rewrite", "Rewriting", "Say it in other words.", "Ctrl+Return"),
    Action.FILL: Edit("&Fill", "Filling", "Invent what fits between the words around it.", "Ctrl+Shift+Return"),
    # F7, the usual key for spelling, goes to the next change of a review.
    Action.FIX: Edit("Fi&x", "Fixing", "Correct spelling and grammar, and nothing else.", "Alt+Return"),
    Action.SHORTER: Edit("Sh&orter", "Shortening", "Say it in fewer words."),
    Action.SIMPLER: Edit("Si&mpler", "Simplifying", "Say it in simpler words."),
    Action.REPHRASE: Edit("Rep&hrase", "Rephrasing", "Say the same in another way."),
    Action.CONTINUE: Edit("&Continue", "Writing on", "Write on from here, without a look at what follows."),
}
"""In the order in which they are offered."""
