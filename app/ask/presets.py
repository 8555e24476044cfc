"""Instructions with a name: those that come with the program, and the writer's own, in files of the same form."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence

from app.edits import Asked
from engine import EngineError, Instruction, Structure

_FIELDS: Mapping[str, type] = {"name": str, "instruction": str, "structure": str, "after": bool, "key": str}
_LONGEST_NAME = 40
_TO_FINISH = "…"
EXAMPLE = """\
# Instructions of your own for the Write menu. Take the "#" away before the lines below, or write others like them.
#
# [[preset]]
# name = "For children"
# instruction = "Say it so that a child of ten understands it."
# key = "Ctrl+Alt+1"
#
# name         what the menu calls it
# instruction  what the model is asked; one that ends with "…" is shown to be finished before it is sent
# key          may be left out
# structure    marks, code and blocks of the text: "same" (default), "kept" (all stay, new ones may come) or "free"
# after        true where the answer follows the selection instead of replacing it
"""
"""What a new file of the writer's own begins with."""


class PresetError(Exception):
    """A preset cannot be used; the message says why, without the name of the file."""


@dataclass(frozen=True, slots=True)
class Preset:
    """An instruction with a name. key: in the form of QKeySequence; "" for none."""

    name: str
    asked: Asked
    key: str = ""

    @property
    def start(self) -> str:
        """What is to be finished by the writer; "" where the instruction is whole."""
        text = self.asked.instruction.text
        return text.removesuffix(_TO_FINISH) if text.endswith(_TO_FINISH) else ""


class Presets:
    """Those of the program, and those of a file that may be edited by hand: it is read again whenever it has changed.

    path: of the file. taken: the keys of the program, and what each does.
    trouble: one line for the writer when something in the file could not be used; "" when all is well.
    """

    def __init__(self, path: Path, taken: Mapping[str, str]) -> None:
        self.path = path
        self.trouble = ""
        text = files("resources").joinpath("prompts", "presets.toml").read_text("utf-8")
        self.included = tuple(_presets(_table(text), {}))
        self._taken = taken
        self._own: tuple[Preset, ...] = ()
        self._seen: tuple[int, int] | None = None

    @property
    def own(self) -> tuple[Preset, ...]:
        """The writer's own. Of a file with mistakes, those that can be used."""
        try:
            status = self.path.stat()
            seen = status.st_mtime_ns, status.st_size
            if seen != self._seen:
                self._seen = seen
                self._read()
        except FileNotFoundError:
            self._own, self._seen, self.trouble = (), None, ""
        except OSError as error:
            self._own, self._seen = (), None
            self.trouble = f"Your presets in {self.path} can't be read: {error.strerror}."
        return self._own

    def create(self) -> bool:
        """Make the file if there is none. False, with `trouble` set, if that is impossible."""
        if self.path.exists():
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(EXAMPLE)
        except OSError as error:
            self.trouble = f"Your presets can't be kept in {self.path}: {error.strerror}."
            return False
        return True

    def _read(self) -> None:
        """Read the file. Raises OSError."""
        self._own, self.trouble = (), ""
        found: list[Preset] = []
        try:
            for preset in _presets(_table(self.path.read_text("utf-8")), self._taken):
                found.append(preset)
        except UnicodeDecodeError:
            self.trouble = f"Your presets in {self.path} can't be read: the file is not UTF-8 text."
        except PresetError as error:
            rest = " Those before it are used." if found else ""
            self.trouble = f"Your presets in {self.path} can't all be used: {error}{rest}"
        self._own = tuple(found)


def _table(text: str) -> list[Any]:
    """The presets of a file, not yet looked at. Raises PresetError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{str(error)[:1].lower()}{str(error)[1:]}.") from None
    if unknown := sorted(content.keys() - {"preset"}):
        raise PresetError(f"it has “{unknown[0]}”; each preset begins with a line [[preset]].")
    found = content.get("preset", [])
    if not isinstance(found, list):
        raise PresetError("each preset begins with a line [[preset]], in two brackets.")
    return found


def _presets(found: list[Any], taken: Mapping[str, str]) -> Iterator[Preset]:
    """Each preset of a file, checked. taken: keys that none may have. Raises PresetError at the first wrong one."""
    names: set[str] = set()
    keys = dict(taken)
    for number, fields in enumerate(found, 1):
        preset = _preset(f"preset {number}", fields)
        if preset.name in names:
            raise PresetError(f"two presets are called “{preset.name}”.")
        if owner := keys.get(preset.key):
            raise PresetError(f"the key {preset.key} of “{preset.name}” is that of {owner}.")
        names.add(preset.name)
        if preset.key:
            keys[preset.key] = f"“{preset.name}”"
        yield preset


def _preset(which: str, fields: Any) -> Preset:
    """One preset. which: what to call it as long as it has no name. Raises PresetError."""
    if not isinstance(fields, dict):
        raise PresetError(f"{which} has no fields.")
    name = fields.get("name")
    if isinstance(name, str) and name.strip():
        which = f"“{name.strip()}”"
    for field, value in fields.items():
        if field not in _FIELDS:
            raise PresetError(f"{which} has the unknown field {field}. There are {', '.join(_FIELDS)}.")
        if not isinstance(value, _FIELDS[field]):
            kind = "true or false" if _FIELDS[field] is bool else "text in quotation marks"
            raise PresetError(f"the field {field} of {which} must be {kind}.")
    for field in ("name", "instruction"):
        if not fields.get(field, "").strip():
            raise PresetError(f"{which} has no {field}.")
    if len(fields["name"].strip()) > _LONGEST_NAME or not fields["name"].strip().isprintable():
        raise PresetError(f"the name of {which} must be one line of at most {_LONGEST_NAME} characters.")
    structure = fields.get("structure", Structure.SAME.value)
    if structure not in list(Structure):
        raise PresetError(f"the structure of {which} is {structure!r}; choose {', '.join(Structure)}.")
    try:
        instruction = Instruction(fields["instruction"].strip(), Structure(structure))
    except EngineError as error:
        raise PresetError(f"{which} can't be used. {error}") from None
    asked = Asked(instruction, after=fields.get("after", False))
    return Preset(fields["name"].strip(), asked, _key(which, fields.get("key", "")))


def _key(which: str, written: str) -> str:
    """A key in the usual form. Raises PresetError where it is none, or one that writes a letter."""
    if not written:
        return ""
    sequence = QKeySequence(written)
    key = sequence.toString()
    parts = key.rsplit("+", 1)
    writes = not any(part in ("Ctrl", "Alt", "Meta") for part in parts[0].split("+"))
    is_function = len(parts[-1]) > 1 and parts[-1][0] == "F" and parts[-1][1:].isdigit()
    if sequence.count() != 1 or not key or (writes and not is_function):
        raise PresetError(f"the key {written!r} of {which} is none; write one such as Ctrl+Alt+1 or Ctrl+F6.")
    return key
