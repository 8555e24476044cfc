"""Export a race to a file: as an animation, as JSON lines, or its figures as a table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, Queue

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.documents.file_job import FileJob, Report
from app.race.board import RaceBoard
from app.race.export import as_csv, as_markdown, json_lines, table_at
from app.race.film import TICK, FilmStage, Shot, shots_of, tick_of
from app.race.recording import Recording
from app.settings import Settings
from app.theme import ThemeSource

KINDS = {
    "webp": "Animated WebP (*.webp)",
    "gif": "Animated GIF (*.gif)",
    "jsonl": "Frames as JSON lines (*.jsonl)",
    "md": "Numbers as Markdown (*.md)",
    "csv": "Numbers as CSV (*.csv)",
}
"""Export formats: file extension, and label in the dialog."""
_FILMS = ("webp", "gif")
_ADVICE = "Export it elsewhere with Ctrl+E."
_GLANCE = 8
"""Milliseconds between two looks at the job: time for the window between two pictures."""
_AHEAD = 4
"""Pictures that may wait to be compressed."""
_PAINTING = 0.5
"""Share of the work on a film that painting takes."""
_PATIENCE = 0.05
"""Seconds after which a thread waiting for a picture checks for cancellation."""


class RaceExporter(QObject):
    """Writes one file at a time, on a thread, from pictures painted one by one between events."""

    progressed = Signal(float)
    """0 to 1, during an export."""
    ended = Signal(str)
    """One line: what was written, or why nothing was."""

    def __init__(self, settings: Settings, themes: ThemeSource, board: RaceBoard) -> None:
        super().__init__(board)
        self._settings, self._themes, self._board = settings, themes, board
        self._timer = QTimer(self)
        self._timer.setInterval(_GLANCE)
        self._timer.timeout.connect(self._look)
        self._job: FileJob | None = None
        self._note = ""
        self._stage: FilmStage | None = None
        self._shots: deque[Shot] = deque()
        self._painted: Queue[bytes] = Queue()

    @property
    def busy(self) -> bool:
        """Whether an export is in progress."""
        return self._job is not None

    def write(self, path: Path, kind: str, sides: Sequence[Recording], speed: float) -> None:
        """Write a race from its start to its end, whatever moment is shown; ends with `ended`.

        kind: one of KINDS. speed: of a film.
        """
        if self.busy:
            return
        self._note = ""
        if kind in _FILMS:
            make = self._begin_film(kind, sides, speed)
        elif kind == "jsonl":
            make = partial(_frames, sides)
        else:
            table = table_at(sides, max(side.seconds for side in sides))
            make = partial(_whole, as_markdown(table) if kind == "md" else as_csv(table))
        self._job = FileJob(path, make, _ADVICE)
        self._timer.start()

    def cancel(self) -> None:
        """Cancel the export. If the file is already being written it is too late, and `ended` says so."""
        if self._job is not None and self._job.cancel():
            self._end("Export cancelled.")

    def _begin_film(self, kind: str, sides: Sequence[Recording], speed: float) -> Callable[[Report], bytes]:
        """Prepare the painting. Returns what the thread does with the pictures."""
        length = max(side.seconds for side in sides)
        shots, tick = shots_of(length, speed), tick_of(length, speed)
        if tick > TICK:
            self._note = f" The race is long, so the film shows one frame every {tick / 1000:.1f} seconds."
        stage = self._stage = FilmStage(sides, speed, self._board, self._settings, self._themes)
        self._shots, self._painted = deque(shots), Queue(_AHEAD)
        return partial(_film, kind, (stage.width(), stage.height()), shots, self._painted)

    @Slot()
    def _look(self) -> None:
        """Check the progress of the thread, and paint the next picture for it."""
        job = self._job
        if job is None:
            return
        if job.ended:
            self._end(job.error or f"Exported to {job.path.name}.{self._note}")
            return
        if self._stage is not None and not self._shots:
            self._put_away()
        elif self._stage is not None and not self._painted.full():
            self._painted.put(self._stage.take(self._shots.popleft()))
        self.progressed.emit(job.done)

    def _end(self, line: str) -> None:
        self._timer.stop()
        self._put_away()
        self._job = None
        self.ended.emit(line)

    def _put_away(self) -> None:
        self._shots.clear()
        if self._stage is not None:
            self._stage.close()
            self._stage.deleteLater()
            self._stage = None


def ask_for_file(window: QWidget) -> tuple[Path, str] | None:
    """Ask for a name and one of KINDS; None if cancelled.

    The extension decides; if it is none of KINDS, the chosen format does. A name without an extension
    gets one before the dialog asks whether to replace an existing file.
    """
    dialog = QFileDialog(window, "Export race", "", ";;".join(KINDS.values()))
    dialog.setObjectName("race_export_dialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile("race.webp")
    chosen = {words: kind for kind, words in KINDS.items()}
    dialog.filterSelected.connect(lambda words: dialog.setDefaultSuffix(chosen[words]))
    dialog.setDefaultSuffix("webp")
    accepted = bool(dialog.exec())
    path, words = Path(dialog.selectedFiles()[0]), dialog.selectedNameFilter()
    dialog.deleteLater()
    ending = path.suffix.lower().removeprefix(".")
    return (path, ending if ending in KINDS else chosen[words]) if accepted else None


# On the thread.


def _whole(text: str, _report: Report) -> bytes:
    return text.encode("utf-8")


def _frames(sides: Sequence[Recording], report: Report) -> bytes:
    lines = []
    total = sum(len(side.frames) for side in sides)
    for number, line in enumerate(json_lines(sides)):
        report(number / total)
        lines.append(line.encode("utf-8", "replace"))
    return b"".join(lines)


def _film(kind: str, size: tuple[int, int], shots: Sequence[Shot], painted: Queue[bytes], report: Report) -> bytes:
    """Make a film of the pictures as they are painted."""
    # Imported here so that the window opens without Pillow.
    from app.race.film_file import Film

    film = Film(size)
    for number, shot in enumerate(shots):
        film.add(_next(painted, partial(report, _PAINTING * number / len(shots))), shot.milliseconds)
    make = film.as_gif if kind == "gif" else film.as_webp
    return make(lambda done: report(_PAINTING + (1 - _PAINTING) * done))


def _next(painted: Queue[bytes], look_up: Callable[[], None]) -> bytes:
    """Wait for a picture, checking for cancellation."""
    while True:
        look_up()
        try:
            return painted.get(timeout=_PATIENCE)
        except Empty:
            continue
