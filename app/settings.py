"""The writer's settings: each is declared once as data; all are kept in one JSON file in the config folder."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, values and description.

    default: also tells the type; a value of another type in the file is refused.
    low, high: smallest and largest number, both allowed; None where there is no limit.
    choices: the allowed words; () where any text is allowed.
    label: what it is called in the preferences; "" for one that is kept without being asked about.
    """

    name: str
    default: bool | int | float | str | tuple[str, ...]
    description: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    label: str = ""

    def accepts(self, value: Any) -> bool:
        """Whether a value has the right type and is within the limits."""
        if isinstance(self.default, bool) or isinstance(value, bool):
            return isinstance(self.default, bool) and isinstance(value, bool)
        if isinstance(self.default, tuple):
            return isinstance(value, tuple) and all(isinstance(line, str) for line in value)
        if isinstance(self.default, float):
            fits = isinstance(value, int | float)
        else:
            fits = isinstance(value, type(self.default))
        if not fits or (self.choices and value not in self.choices):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


SETTINGS = (
    Setting("theme", "system", "Theme of the window: that of the system, light or dark.",
            choices=("system", "light", "dark"), label="Theme"),
    Setting("font", "", "Font of the page; empty for Source Serif, which comes with Remelt.", label="Font"),
    Setting("text_size", 19, "Height of the text on the page, in pixels.", low=11, high=48, label="Text size"),
    Setting("column", 74, "Characters in a full line of the page.", low=40, high=140, label="Line length"),
    Setting("strength", 0.5, "Share of the selected words that a rewrite melts: 0 keeps all, 1 starts from pure noise.",
            low=0.0, high=1.0, label="Strength"),
    Setting("length", "any", "Length of a rewrite compared with the selection: any, shorter or the same.",
            choices=("any", "shorter", "same"), label="Length"),
    Setting("keep_facts", True, "Keep numbers and names as they are in a rewrite.", label="Keep numbers and names"),
    Setting("check_as_i_write", False, "Underline mistakes while you write.", label="Check as I write"),
    Setting("floating_bar", True, "Show the small bar beside a selection.", label="Bar beside a selection"),
    Setting("reduced_motion", False, "Show only the result of a run and its changes, without animation.",
            label="Reduced motion"),
    Setting("model", "", "The model: a folder or a name on huggingface.co; empty for the one that comes with Remelt."),
    Setting("models", (), "Models that were chosen before, the newest first."),
    Setting("device", "cpu", "What the model is computed on: a torch device name, such as cuda."),
    Setting("quantization", "auto", "What the large layers of a model are kept as; auto: the most precise that fits.",
            choices=("auto", "nf4", "int8", "bf16")),
    Setting("opponent", "", "Folder of the checkpoint on the right side of a race; empty for the same as on the left."),
    Setting("journal", True, "Keep unsaved text on disk so that a crash does not lose it; from the next start on.",
            label="Keep unsaved text"),
    Setting("versions", True, "Keep a copy of what a file held before it is first overwritten; from the next start on.",
            label="Keep what is overwritten"),
    Setting("reopen_last", True, "Open the last file again when Remelt starts without one.",
            label="Open the last file"),
    Setting("keys", (), "Keys that were changed: the name of a command, =, and its key."),
    Setting("folder", "", "Folder in which a file was last opened or saved."),
    Setting("recent_files", (), "Files opened last, the newest first: the caret, the first paragraph and line on the "
            "screen, and the path of each."),
    Setting("find_match_case", False, "Find only words with the same capitals."),
    Setting("find_whole_words", False, "Find no parts of longer words."),
    Setting("find_regex", False, "Search for regular expressions."),
    Setting("find_history", (), "What was searched for, the newest first."),
    Setting("replace_history", (), "What it was replaced with, the newest first."),
    Setting("ask_history", (), "What was asked for in words, the newest first."),
    Setting("greeted", False, "Whether the sample text of the first start has been shown."),
    Setting("window_geometry", "", "Position and size of the window: Qt's saved geometry in hexadecimal."),
)  # fmt: skip
"""All settings, in the order in which a person would look for them."""

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def default_path() -> Path:
    """The settings file of this user."""
    return Path(platformdirs.user_config_dir("remelt", appauthor=False)) / "settings.json"


class Settings(QObject):
    """Reads and keeps the settings. Every change is written at once, atomically.

    trouble: one line for the writer when the file could not be read or written; "" when all is well.
    """

    changed = Signal(str, object)
    """Name and new value."""

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path or default_path()
        self.trouble = ""
        self._values: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
        self._foreign: dict[str, Any] = {}
        self._stamp: tuple[int, ...] | None = None
        self._read()

    def value(self, name: str) -> Any:
        """The value of a setting; KeyError for a name that is not declared."""
        return self._values[name]

    def set_value(self, name: str, value: Any) -> None:
        """Change a setting and write the file. Raises ValueError for a value outside its limits."""
        setting = _BY_NAME[name]
        if not setting.accepts(value):
            raise ValueError(f"{value!r} is not a value of the setting {name}.")
        if value == self._values[name]:
            return
        self.trouble = ""
        self.refresh()
        self._values[name] = value
        self._write()
        self.changed.emit(name, value)

    def refresh(self) -> None:
        """Take over what another window, or a person, has written to the file since."""
        if self._stamp_now() == self._stamp:
            return
        before = dict(self._values)
        self._read()
        for name, value in self._values.items():
            if value != before[name]:
                self.changed.emit(name, value)

    def default(self, name: str) -> Any:
        """The default value of a setting."""
        return _BY_NAME[name].default

    def nearest(self, name: str, number: float) -> Any:
        """The allowed number nearest to this one."""
        setting = _BY_NAME[name]
        low, high = (number if limit is None else limit for limit in (setting.low, setting.high))
        return min(max(number, low), high)

    def _read(self) -> None:
        """Read the file; an invalid value keeps what it was, and a damaged file is moved aside."""
        self._stamp = self._stamp_now()
        try:
            stored = json.loads(self.path.read_text("utf-8"))
            if not isinstance(stored, dict):
                raise ValueError
        except FileNotFoundError:
            return
        except OSError as error:
            self.trouble = f"The settings in {self.path} can't be read ({error.strerror}). Remelt uses its defaults."
            return
        except ValueError:
            self._put_aside()
            return
        refused = []
        for name, read in stored.items():
            value = tuple(read) if isinstance(read, list) and name in _BY_NAME else read
            if name not in _BY_NAME:
                # Written by a newer version of Remelt: keep it.
                self._foreign[name] = value
            elif _BY_NAME[name].accepts(value):
                self._values[name] = value
            else:
                refused.append(name)
        if refused:
            self.trouble = f"Invalid value for the setting {', '.join(refused)}. Remelt uses its default."

    def _put_aside(self) -> None:
        """Keep a damaged file beside the new one, so that nothing written by hand is lost."""
        aside = self.path.with_name(self.path.name + ".broken")
        try:
            os.replace(self.path, aside)
            self.trouble = f"The settings file was damaged. Remelt uses its defaults and kept the old file as {aside}."
        except OSError:
            self.trouble = f"The settings file {self.path} is damaged. Remelt uses its defaults."

    def _write(self) -> None:
        """Replace the file in one step, so that a crash leaves either the old or the new one."""
        content = json.dumps(self._foreign | self._values, indent=2, ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=".settings-")
            try:
                # A path that is not UTF-8 is written as JSON escapes: those of Python are the same there.
                with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                    stream.write(content)
                os.replace(draft, self.path)
            except OSError:
                os.unlink(draft)
                raise
            self._stamp = self._stamp_now()
        except OSError as error:
            self.trouble = f"The settings can't be saved in {self.path} ({error.strerror})."

    def _stamp_now(self) -> tuple[int, ...] | None:
        """What changes with the content of the file; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
