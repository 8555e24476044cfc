"""The commands of the menus: names, labels and keys."""

from __future__ import annotations

from dataclasses import dataclass

from app.edits import EDITS


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its place in the menus, and its keys.

    name: that of the action for one of EDITS; for any other command, that of a method of the window or of one of its
        parts: FileTools, the review, the check, FindTools, OtherWords.
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
    Command("&File", "revert", "Re&vert to saved…"),
    Command("&File", "encoding", "&Encoding…"),
    Command("&File", "restore_unsaved", "&Restore unsaved text…", rule=True),
    Command("&File", "close", "&Quit", "Ctrl+Q", rule=True),
    Command("&Edit", "undo", "&Undo", "Ctrl+Z"),
    Command("&Edit", "redo", "Re&do", "Ctrl+Shift+Z"),
    Command("&Edit", "cut", "Cu&t", "Ctrl+X", rule=True),
    Command("&Edit", "copy", "&Copy", "Ctrl+C"),
    Command("&Edit", "paste", "&Paste", "Ctrl+V"),
    Command("&Edit", "select_all", "Select a&ll", "Ctrl+A"),
    Command("&Edit", "find_text", "&Find…", "Ctrl+F", rule=True),
    Command("&Edit", "replace_text", "R&eplace…", "Ctrl+H"),
    Command("&Edit", "find_next", "Find &next", "F3"),
    Command("&Edit", "find_previous", "Find pre&vious", "Shift+F3"),
    Command("&Edit", "go_to", "&Go to…", "Ctrl+G", rule=True),
    Command("&Edit", "preferences", "P&references…", "Ctrl+,", rule=True),
    *(Command("W&rite", action.value, edit.text, edit.keys) for action, edit in EDITS.items()),
    Command("W&rite", "ask", "Ask in words…", "Ctrl+K", rule=True),
    Command("W&rite", "other_words", "Other words", "Alt+W"),
    Command("W&rite", "again", "Tr&y again", "Ctrl+R", rule=True),
    Command("W&rite", "escape", "&Stop or reject", "Esc"),
    Command("W&rite", "next_change", "&Next change", "F7", rule=True),
    Command("W&rite", "previous_change", "&Previous change", "Shift+F7"),
    Command("W&rite", "toggle_change", "&Keep my words here", "F8"),
    Command("W&rite", "previous_result", "Previous res&ult\tAlt+Left", rule=True),
    Command("W&rite", "next_result", "Next resu&lt\tAlt+Right"),
    Command("W&rite", "stronger", "Increase s&trength", "Alt+Up", rule=True),
    Command("W&rite", "gentler", "&Decrease strength", "Alt+Down"),
    Command("W&rite", "next_mistake", "Next m&istake", "Ctrl+;", rule=True),
    Command("W&rite", "previous_mistake", "Pre&vious mistake", "Ctrl+Shift+;"),
    Command("W&rite", "show_corrections", "&Quick corrections…\tMenu"),
    Command("W&rite", "edit_own_words", "Add&ed words…"),
    Command("&View", "compare", "Compare side &by side", "Ctrl+Shift+D"),
    Command("&View", "model", "&Model…", rule=True),
    Command("&View", "larger", "&Larger text", "Ctrl++", rule=True),
    Command("&View", "smaller", "&Smaller text", "Ctrl+-"),
    Command("&View", "usual_size", "D&efault text size", "Ctrl+0"),
    Command("&Help", "how", "&How it works", "F1"),
    Command("&Help", "sample", "Sample &text"),
)
IN_SIGHT = tuple(action.value for action, edit in EDITS.items() if edit.keys)
"""The edits that have a button."""
_LABELS = ((command, *command.text.replace("&", "").partition("\t")) for command in COMMANDS)
KEYS = {command.keys or key: f"“{label}”" for command, label, _, key in _LABELS if command.keys or key}
"""The keys of all commands, and what each does."""
ON_PAGE = ("undo", "redo", "", "cut", "copy", "paste", "", "select_all", "", *IN_SIGHT)
"""The context menu of the page; "" for a line."""
