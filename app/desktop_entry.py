"""Make Remelt known to the desktop of this user: its entry in the menus, its icon, and the files it can open."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

_RESERVED = '"`$\\'
"""Characters that an Exec line escapes within quotation marks (Desktop Entry Specification 1.5)."""


class DesktopError(Exception):
    """The entry cannot be written. `str(error)` is one line for the user."""


def install(command: str, environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[Path]:
    """Write the entry and the icon into the user's own data folder; returns the files.

    command: path of the program that the entry starts. environment, platform: replaced in tests. Raises DesktopError.
    """
    if not platform.startswith("linux"):
        raise DesktopError("A desktop entry is only used on Linux. Pin Remelt to the taskbar or the dock instead.")
    home = environment.get("XDG_DATA_HOME", "")
    # The specification has relative paths ignored.
    data = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share"
    contents = {
        data / "applications" / "remelt.desktop": _entry(command).encode(),
        data / "icons" / "hicolor" / "scalable" / "apps" / "remelt.svg": _resource("icon.svg"),
    }
    for path, content in contents.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise DesktopError(f"{path} can't be written: {error.strerror}. Check the folder and try again.") from None
    return list(contents)


def _entry(command: str) -> str:
    """The entry as it is shipped, with the full path of the program: a menu may not have the PATH of a shell."""
    shown = "".join(f"\\{character}" if character in _RESERVED else character for character in command)
    # The value of a key is a string of its own, in which a backslash is escaped once more, and a per cent is doubled.
    shown = shown.replace("\\", "\\\\").replace("%", "%%")
    return _resource("remelt.desktop").decode().replace("Exec=remelt ", f'Exec="{shown}" ')


def _resource(name: str) -> bytes:
    return files("resources").joinpath(name).read_bytes()
