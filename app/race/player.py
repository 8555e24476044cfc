"""Plays a race on the board: live while both sides write, then from the recording, at any speed or step by step."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.melt.frame_clock import FrameClock
from app.race.board import RaceBoard
from app.race.recording import Playback, Recording
from app.race.runner import RaceRunner


class RacePlayer(QObject):
    """The clock of the board, which runs only while something moves.

    playback: the latest finished race; None before.
    """

    moved = Signal()
    """The playback has another position, or was paused or resumed."""
    finished = Signal(str)
    """The playback has reached its end by itself: one line with the figures of both sides."""

    def __init__(self, board: RaceBoard, runner: RaceRunner) -> None:
        super().__init__(board)
        self.playback: Playback | None = None
        self._board, self._runner = board, runner
        self._clock = FrameClock(self)
        self._clock.ticked.connect(self._move_on)

    @property
    def running(self) -> bool:
        """Whether the clock of the playback runs."""
        return self.playback is not None and self.playback.running

    @property
    def resting(self) -> bool:
        """Whether nothing moves and no time is spent."""
        return self._clock.resting

    def play(self, sides: tuple[Recording, ...], speed: float) -> None:
        """Play a race from its start."""
        self.playback = Playback(sides, speed)
        self._show_moment()
        self.wake()

    def clear(self) -> None:
        """Drop the race."""
        self.playback = None

    def wake(self) -> None:
        """Start the clock of the board; it stops by itself."""
        self._clock.wake()

    def rest(self) -> None:
        """Stop the clock of the board at once."""
        self._clock.rest()

    @Slot()
    def replay(self) -> None:
        """Play the race from its start again."""
        if self.playback is not None:
            self.playback.restart()
            self._show_moment()
            self.wake()

    @Slot()
    def pause(self) -> None:
        """Pause or resume; at the end, play the race again."""
        if self.playback is None:
            return
        if self.playback.finished:
            self.replay()
            return
        self.playback.paused = not self.playback.paused
        self.moved.emit()
        self.wake()

    def stop(self) -> None:
        """Pause."""
        if self.playback is not None:
            self.playback.paused = True

    @Slot(int)
    def step(self, by: int) -> None:
        """Pause and go to the next (1) or the previous (-1) frame of either side."""
        if self.playback is not None:
            self.playback.step(by)
            self._show_moment()
            self.wake()

    @Slot(float)
    def set_speed(self, speed: float) -> None:
        """Play at another speed, one of SPEEDS."""
        if self.playback is not None:
            self.playback.speed = speed

    def _show_moment(self) -> None:
        """Show both sides at the position of the playback."""
        if self.playback is not None:
            self._board.show_moment(self.playback.sides, self.playback.position)
            self.moved.emit()

    @Slot(float)
    def _move_on(self, seconds: float) -> None:
        """Advance by the time that has passed; rest when nothing changes any more."""
        if self._runner.running:
            for decoder, frame in self._runner.take_frames():
                self._board.show_live(decoder, frame)
        elif self.playback is not None and self.playback.running:
            self.playback.advance(seconds)
            self._show_moment()
            if self.playback.finished:
                self.finished.emit(" ".join(side.summary for side in self.playback.sides))
        moving = self._board.advance(seconds)
        if not moving and not self._runner.running and not self.running:
            self._clock.rest()
