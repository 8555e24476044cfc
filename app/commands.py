"""What the writer can do, by menu: names, words and keys."""

from __future__ import annotations

from dataclasses import dataclass

from app.edits import EDITS


@dataclass(frozen=True, slots=True)
class Command:
    """Something the writer can do: where it is in the menus, and its keys.

    name: the action's, where it is one of EDITS; of all others the window has a method of that name, which does it.
    """

    menu: str
    name: str
    text: str
    keys: str = ""
    """None where only RunKeys knows when they mean this; then the text names them behind a tab."""
    rule: bool = False
    """A line above it in the menu."""


COMMANDS = (
    Command("&File", "new", "&New", "Ctrl+N"),
    Command("&File", "open", "&Open…", "Ctrl+O"),
    Command("&File", "save", "&Save", "Ctrl+S", rule=True),
    Command("&File", "save_as", "Save &as…", "Ctrl+Shift+S"),
    Command("&File", "quit", "&Quit", "Ctrl+Q", rule=True),
    Command("&Edit", "undo", "&Undo", "Ctrl+Z"),
    Command("&Edit", "redo", "&Redo", "Ctrl+Shift+Z"),
    Command("&Edit", "cut", "Cu&t", "Ctrl+X", rule=True),
    Command("&Edit", "copy", "&Copy", "Ctrl+C"),
    Command("&Edit", "paste", "&Paste", "Ctrl+V"),
    Command("&Edit", "select_all", "Select &all", "Ctrl+A"),
    *(Command("&Write", action.value, edit.text, edit.keys) for action, edit in EDITS.items()),
    Command("&Write", "again", "&Again", "Ctrl+R", rule=True),
    Command("&Write", "escape", "&Stop or reject", "Esc"),
    Command("&Write", "next_change", "&Next change", "F7", rule=True),
    Command("&Write", "previous_change", "&Previous change", "Shift+F7"),
    Command("&Write", "toggle_change", "&Keep my words here", "F8"),
    Command("&Write", "previous_result", "Previous res&ult\tAlt+Left", rule=True),
    Command("&Write", "next_result", "Next resu&lt\tAlt+Right"),
    Command("&Write", "stronger", "S&tronger", "Alt+Up", rule=True),
    Command("&Write", "gentler", "&Gentler", "Alt+Down"),
    Command("&View", "compare", "Side &by side", "Ctrl+Shift+D"),
    Command("&View", "larger", "&Larger text", "Ctrl++", rule=True),
    Command("&View", "smaller", "&Smaller text", "Ctrl+-"),
    Command("&View", "usual_size", "&Usual size", "Ctrl+0"),
    Command("&Help", "how", "&How it works", "F1"),
    Command("&Help", "sample", "A page to try things on"),
)
IN_SIGHT = tuple(action.value for action, edit in EDITS.items() if edit.keys)
"""The edits that have a button."""
ON_PAGE = ("undo", "redo", "cut", "copy", "paste", "select_all", *IN_SIGHT)
"""What a right click on the page offers."""
