"""Takes a race along: as an animated picture, as lines of JSON, or its numbers as a table, in one file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.film_file import Film
from app.race import Recording
from app.race_board import RaceBoard
from app.race_export import as_csv, as_markdown, json_lines, table_at
from app.race_film import FilmStage, Shot, shots_of
from app.settings import Settings
from app.text_file import TextFileError, replace_file
from app.theme import ThemeSource

KINDS = {
    ".webp": "Animated WebP (*.webp)",
    ".gif": "Animated GIF (*.gif)",
    ".jsonl": "Frames as lines of JSON (*.jsonl)",
    ".md": "Numbers as Markdown (*.md)",
    ".csv": "Numbers as CSV (*.csv)",
}
_ADVICE = "The race is still here; choose another place with Ctrl+E."
_PAINTING = 0.6
"""Share of the work of a film that is done when all of it is painted."""


class _StoppedError(Exception):
    """The work on a film was cancelled."""


class RaceExporter(QObject):
    """Writes one file at a time. A film is painted picture by picture between two events, and packed on a thread."""

    progressed = Signal(float)
    """0 to 1, while a film is made."""
    ended = Signal(str)
    """One line: what was written, or why nothing was."""
    _packed = Signal(object)

    def __init__(self, settings: Settings, themes: ThemeSource, window: RaceBoard) -> None:
        super().__init__(window)
        self._settings, self._themes, self._board = settings, themes, window
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint)
        self._packed.connect(self._take_packed)
        self._stage: FilmStage | None = None
        self._film: Film | None = None
        self._shots: Iterator[Shot] = iter(())
        self._count = self._done = 0
        self._path = Path()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether a film is being made."""
        return self._stage is not None or self._thread is not None

    def write(self, path: Path, sides: Sequence[Recording], speed: float, seconds: float) -> None:
        """Write a race in the kind that the name of the file ends with; WebP where it ends otherwise.

        speed: of the film. seconds: the moment whose numbers make the table. Ends with `ended`.
        """
        if self.busy:
            return
        kind = path.suffix.lower()
        self._path = path if kind in KINDS else path.with_name(path.name + ".webp")
        if kind == ".jsonl":
            self._write("".join(json_lines(sides)).encode("utf-8", "replace"))
        elif kind in (".md", ".csv"):
            table = table_at(sides, seconds)
            self._write((as_markdown(table) if kind == ".md" else as_csv(table)).encode("utf-8"))
        else:
            self._stopped.clear()
            length = max(side.seconds for side in sides)
            shots = shots_of(length, speed)
            self._stage = FilmStage(sides, speed, self._board, self._settings, self._themes, self._board.window())
            self._film = Film((self._stage.width(), self._stage.height()))
            self._shots, self._count, self._done = iter(shots), len(shots), 0
            self._timer.start()

    def cancel(self) -> None:
        """Stop making a film; no file is written. Waits for the thread, which looks up between any two pictures."""
        busy = self.busy
        self._stopped.set()
        self._timer.stop()
        self._put_away()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if busy:
            self.ended.emit("Nothing was written.")

    @Slot()
    def _paint(self) -> None:
        """One picture more; behind the last one the film is packed."""
        shot = next(self._shots, None)
        if shot is not None:
            self._film.add(self._stage.take(shot), shot.milliseconds)
            self._done += 1
            self.progressed.emit(_PAINTING * self._done / self._count)
            return
        self._timer.stop()
        pack = self._film.as_gif if self._path.suffix.lower() == ".gif" else self._film.as_webp
        self._put_away()
        self._thread = threading.Thread(target=self._pack, args=(pack,), name="film")
        self._thread.start()

    def _pack(self, pack: Callable[[Callable[[float], None]], bytes]) -> None:
        """On the thread: make the bytes of the file."""

        def report(done: float) -> None:
            if self._stopped.is_set():
                raise _StoppedError
            self.progressed.emit(_PAINTING + (1 - _PAINTING) * done)

        try:
            found: bytes | str = pack(report)
        except _StoppedError:
            return
        # Whatever goes wrong must reach the window instead of ending the thread unseen.
        except Exception as error:
            found = f"The film could not be made: {str(error) or type(error).__name__}. {_ADVICE}"
        if not self._stopped.is_set():
            self._packed.emit(found)

    @Slot(object)
    def _take_packed(self, found: bytes | str) -> None:
        """The film is packed, or cannot be. Where it was cancelled meanwhile, it is too late for it."""
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        if isinstance(found, bytes):
            self._write(found)
        else:
            self.ended.emit(found)

    def _write(self, content: bytes) -> None:
        """Put the bytes into the file, in one step."""
        try:
            replace_file(self._path, content, _ADVICE)
        except TextFileError as error:
            self.ended.emit(str(error))
        else:
            self.ended.emit(f"Written to {self._path.name}.")

    def _put_away(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage.deleteLater()
        self._stage = self._film = None
