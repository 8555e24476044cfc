"""What a writer can ask for: the engine's actions, with their names, descriptions and keys, or an instruction."""

from __future__ import annotations

from dataclasses import dataclass

from engine import Action, Instruction, Length


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for in words. after: whether the answer follows the selection instead of replacing it."""

    instruction: Instruction
    after: bool = False

    @property
    def action(self) -> Action:
        """What the engine does with the answer."""
        return Action.CONTINUE if self.after else Action.REWRITE

    @property
    def doing(self) -> str:
        """What happens during a run, in one word."""
        return "Writing"


Wish = Action | Asked


def action_of(wish: Wish) -> Action:
    """The engine's action for what is asked."""
    return wish.action if isinstance(wish, Asked) else wish


def doing(wish: Wish) -> str:
    """What happens during a run, in one word."""
    return wish.doing if isinstance(wish, Asked) else EDITS[wish].doing
