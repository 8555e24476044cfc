"""Other windows of Remelt: each is a process of its own, and all share one folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs
from PySide6.QtCore import QProcess


def state_folder() -> Path:
    """The folder of this user for what no one asked to save: journals, locks, versions."""
    return Path(platformdirs.user_data_dir("remelt", appauthor=False))


def start_to_restore(journal: Path) -> bool:
    """Open the text of a journal in another window. False where that cannot be started."""
    started, _number = QProcess.startDetached(sys.executable, ["-m", "app", "--restore", os.fspath(journal)])
    return started
