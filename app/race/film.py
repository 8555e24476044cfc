"""A race as a film: which moments it shows for how long, and how each is painted off screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QMargins, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.race.board import RaceBoard, quiet_line
from app.race.recording import Recording
from app.settings import Settings
from app.theme import ThemeSource

TICK = 80
"""Milliseconds between two pictures: 12.5 a second. A GIF counts in hundredths of a second, and players slow down
those that ask for more than fifty a second."""
HOLD = 2000
"""Milliseconds for which the end is shown before the film starts again."""
MOST = 500
"""Most pictures of the race itself. A longer race gets fewer pictures a second; it is never sped up or cut."""
LARGEST = QSize(1000, 700)
"""Pixels. A larger window is filmed at this size, so that a film has only a few megabytes."""
_SMALLEST = QSize(460, 400)
_SETTLING = 10
"""Pictures in which the last words come to rest; part of the time for which the end is shown."""


class Shot(NamedTuple):
    """One picture. moment: seconds since both runs started. milliseconds: for how long it is shown."""

    moment: float
    milliseconds: int


def tick_of(length: float, speed: float) -> int:
    """Milliseconds between two pictures of a race that lasts so many seconds, of which `speed` pass in one second."""
    return max(TICK, -(-_film_time(length, speed) // (10 * MOST)) * 10)


def shots_of(length: float, speed: float) -> tuple[Shot, ...]:
    """All pictures. Up to the end they take as long as the race at that speed, to a hundredth of a second."""
    whole, tick = _film_time(length, speed), tick_of(length, speed)
    times = [tick * number for number in range(max(1, round(whole / tick)))]
    moments = [min(length, time * speed / 1000) for time in times]
    lasting = [*([tick] * (len(times) - 1)), whole - times[-1]]
    resting = [TICK] * (_SETTLING - 1)
    resting.append(HOLD - sum(resting))
    return tuple(map(Shot, [*moments, *([length] * _SETTLING)], [*lasting, *resting]))


def _film_time(length: float, speed: float) -> int:
    """Milliseconds, in the hundredths of a second that a GIF can count; two at least, or players take ten."""
    return max(20, round(length / speed * 100) * 10)


class FilmStage(QWidget):
    """Both sides as the window shows them, painted again off screen.

    seen: the board of the window, whose size and view are copied.
    size: of each picture in pixels.
    """

    def __init__(
        self,
        sides: Sequence[Recording],
        speed: float,
        seen: RaceBoard,
        settings: Settings,
        themes: ThemeSource,
    ) -> None:
        # A child of the race window, so that it has its colours and fonts.
        super().__init__(seen.window(), Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setObjectName("race_film")
        self._sides = sides
        self._board = RaceBoard(settings, themes)
        self._board.show_subject(sides[0].request, seen.checkpoints)
        self._board.about.setText(seen.about.text())
        self._board.plot.over_passes = seen.plot.over_passes
        self._board.show_grid(seen.shows_grid)
        for decoder, pane in seen.panes.items():
            self._board.panes[decoder].choose(pane.grid.chosen)
        caption = quiet_line("race_film_caption", "Caption")
        pace = "in real time" if speed == 1 else f"at 1/{1 / speed:.0f} of real speed"
        caption.setText(f"Played {pace}. Seed {sides[0].request.seed}.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._board, 1)
        column.addWidget(caption)
        size = seen.size().expandedTo(_SMALLEST).boundedTo(LARGEST)
        self.resize(size.grownBy(QMargins(0, 0, 0, caption.heightForWidth(size.width()))))
        self._before = 0
        self.show()

    def take(self, shot: Shot) -> bytes:
        """Paint a picture, advancing the animation by the time since the previous one. Four bytes (BGRX) a pixel.

        They are Qt's own: converting them here would hold up the window.
        """
        self._board.show_moment(self._sides, shot.moment)
        self._board.advance(self._before / 1000)
        self._before = shot.milliseconds
        # Anything that has grown gets its room before it is painted.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        picture = QImage(self.size(), QImage.Format.Format_RGB32)
        self.render(picture)
        return bytes(picture.constBits())
