"""The commands of the menus: names, labels and keys."""

from __future__ import annotations

from dataclasses import dataclass

from app.edits import EDITS


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its place in the menus, and its keys.

    name: that of the action for one of EDITS; for any other command, that of a method of the window or of one of
        its parts (`MainWindow._handler`).
    """

    menu: str
    name: str
    text: str
    keys: str = ""
    """Empty for keys whose meaning depends on the run: RunKeys handles them, and the text names them after a tab."""
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
    *(Command("W&rite", action.value, edit.text, edit.keys) for action, edit in EDITS.items()),
    Command("W&rite", "other_words", "Other &words", "Alt+W", rule=True),
    Command("W&rite", "again", "Try &again", "Ctrl+R", rule=True),
    Command("W&rite", "escape", "&Stop or reject", "Esc"),
    Command("W&rite", "next_change", "&Next change", "F7", rule=True),
    Command("W&rite", "previous_change", "&Previous change", "Shift+F7"),
    Command("W&rite", "toggle_change", "&Keep my words here", "F8"),
    Command("W&rite", "previous_result", "Previous res&ult\tAlt+Left", rule=True),
    Command("W&rite", "next_result", "Next resu&lt\tAlt+Right"),
    Command("W&rite", "stronger", "Increase s&trength", "Alt+Up", rule=True),
    Command("W&rite", "gentler", "&Decrease strength", "Alt+Down"),
    Command("&View", "compare", "Compare side &by side", "Ctrl+Shift+D"),
    Command("&View", "larger", "&Larger text", "Ctrl++", rule=True),
    Command("&View", "smaller", "&Smaller text", "Ctrl+-"),
    Command("&View", "usual_size", "D&efault text size", "Ctrl+0"),
    Command("&Help", "how", "&How it works", "F1"),
    Command("&Help", "sample", "Sample &text"),
)
IN_SIGHT = tuple(action.value for action, edit in EDITS.items() if edit.keys)
"""The edits that have a button."""
ON_PAGE = ("undo", "redo", "cut", "copy", "paste", "select_all", *IN_SIGHT)
"""The context menu of the page."""
