"""Start Remelt: `remelt [FILE]` or `python -m app [FILE]`. A window that is open already gets the file."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from app import system_libraries


def main(argv: Sequence[str] | None = None, find_trouble: Callable[[], str] = system_libraries.trouble) -> int:
    """Open the window and return the exit status: 0, or 2 where no window can be opened."""
    try:
        arguments = _parser().parse_args(argv)
    finally:
        # What --help and --version print: where it cannot be written, that is not worth a traceback.
        _flush()
    trouble = find_trouble()
    if trouble:
        print(trouble, file=sys.stderr)
        return 2
    return _open_window(arguments)


def _flush() -> None:
    """Write what is printed; drop it where nobody reads it, or nothing can be written."""
    # A program without a console has no standard output.
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="remelt", description="A writing assistant that rewrites highlighted text in place by text diffusion."
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a text or Markdown file to open")
    parser.add_argument(
        "--compare", action="store_true", help="show diffusion and autoregressive decoding side by side"
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="folder of a checkpoint or hub id, such as OWNER/NAME (default: that of the settings, else embedded)",
    )
    parser.add_argument("--download", action="store_true", help="fetch a hub id that is not on this computer")
    parser.add_argument(
        "--device", metavar="DEVICE", help="torch device, such as cuda (default: that of the settings, else cpu)"
    )
    parser.add_argument(
        "--quantization",
        choices=("auto", "nf4", "int8", "bf16"),
        help="what the large layers are kept as (default: that of the settings: auto, the most precise that fits)",
    )
    parser.add_argument(
        "--new-window",
        action="store_true",
        help="open another window; without this or one of the options above, a window that is open takes the file",
    )
    # For the program itself: a window for the unsaved text of a journal.
    parser.add_argument("--restore", metavar="JOURNAL", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"remelt {version('remelt')}")
    return parser


def _open_window(arguments: argparse.Namespace) -> int:
    """Everything that needs Qt, imported only once it is known that Qt can be loaded."""
    from PySide6.QtWidgets import QApplication

    from app.files.start import state_folder

    application = QApplication([sys.argv[0]])
    state = state_folder()
    place = _meeting_place(state)
    if place and _fits_open_window(arguments):
        from app.files.handover import hand_over

        if hand_over(place, os.path.abspath(arguments.file) if arguments.file else ""):
            return 0

    from app.bridge import EngineBridge
    from app.lifecycle import Lifecycle
    from app.main_window import MainWindow
    from app.models.choice import ModelChoice, engine_factory
    from app.own_words import OwnWords, default_path
    from app.settings import Settings
    from app.theme import ThemeSource
    from engine import Quantization

    # A run computes in Python between steps; a shorter switch interval keeps the animation smooth.
    sys.setswitchinterval(0.0005)
    application.setApplicationName("remelt")
    application.setApplicationDisplayName("Remelt")
    application.setDesktopFileName("remelt")
    application.setStyle("Fusion")
    settings = Settings(parent=application)
    theme_source = ThemeSource(settings, application.styleHints(), application)
    choice = ModelChoice(
        settings.value("model") if arguments.model is None else arguments.model,
        arguments.device or settings.value("device"),
        Quantization(arguments.quantization or settings.value("quantization")),
        arguments.download,
    )
    bridge = EngineBridge(engine_factory(choice), application)
    journals = state / "journal" if settings.value("journal") else None
    words = OwnWords(default_path(), application)
    window = MainWindow(bridge, settings, theme_source, journals, words, choice, state)
    if place:
        window.files.answer_at(place)
    if arguments.restore:
        window.files.open_recovered(Path(arguments.restore))
    else:
        window.open_first(arguments.file)
    status = Lifecycle(application, window, bridge, compare=arguments.compare).run()
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    for thread in others:
        # It is writing a file.
        if not thread.daemon:
            thread.join()
    if any(thread.daemon for thread in others):
        _leave_at_once(status)
    return status


def _meeting_place(state: Path) -> str:
    """Where a window that is open answers; "" where windows can't know of each other. state: the folder they share."""
    from app.settings import default_path

    try:
        from app.files.handover import address
    except ImportError:
        # Qt's network library needs that of Kerberos, which a bare system lacks. Everything else works without it.
        return ""
    return address(state, default_path())


def _fits_open_window(arguments: argparse.Namespace) -> bool:
    """Whether a window that is open can do what was asked for: nothing but opening a file."""
    asked = vars(arguments) | {"file": None}
    return asked == vars(_parser().parse_args([]))


def _leave_at_once(status: int) -> NoReturn:
    """Exit while a thread still computes, such as a step or the loading of a large model: a normal exit would crash.

    Everything worth keeping is on disk.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
