"""The versions of the program and of what it runs on, found without importing any of it."""

from __future__ import annotations

import platform
from importlib import metadata

_MAIN = {"PySide6": "PySide6-Essentials", "torch": "torch", "transformers": "transformers"}


def versions() -> list[str]:
    """Program, Python, Qt, and the libraries that matter for a report."""
    # What is known of Qt is known once its core is loaded.
    from PySide6.QtCore import qVersion

    found = [f"Remelt {metadata.version('remelt')}", f"Python {platform.python_version()}", f"Qt {qVersion()}"]
    found += [f"{shown} {metadata.version(name)}" for shown, name in _MAIN.items()]
    return [*found, f"{platform.system()} {platform.machine()}"]
