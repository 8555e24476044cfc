"""Side by side: diffusion and autoregressive decoding of the same words by the same weights."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.bridge import EngineBridge
from app.melt.frame_clock import FrameClock
from app.race.board import RaceBoard, quiet_line
from app.race.controls import RaceControls
from app.race.export import as_markdown, table_at
from app.race.exporter import RaceExporter, ask_for_file
from app.race.menu import NO_RACE
from app.race.opponent import EngineMaker, Opponent, engine_of
from app.race.recording import NAMES, Playback, Recording, race_on
from app.race.runner import RaceRunner
from app.settings import Settings
from app.theme import ThemeSource
from engine import Decoder, EditRequest

_CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_TOGGLES = {Qt.Key.Key_G: "grid", Qt.Key.Key_W: "sight"}
"""Keys and the buttons that they press."""
_START = "When the snow had melted, the old man opened the door and"
"""What both sides write on from where there is no other text."""

_SMALLEST = QSize(800, 600)
"""Pixels in which two columns of text and numbers can be read beside each other."""


class RaceWindow(QWidget):
    """A window of its own. It is made once and shows another race whenever it is asked to.

    runner: runs both sides. playback: the race that was run last; None before.
    opponent: what writes on the right side. make_engine: of another checkpoint for it.
    """

    def __init__(
        self,
        bridge: EngineBridge,
        settings: Settings,
        themes: ThemeSource,
        parent: QWidget | None = None,
        make_engine: EngineMaker = engine_of,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("race_window")
        self.setWindowTitle("Side by side")
        self.setAccessibleName("Side by side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.runner = RaceRunner(bridge, self)
        self.opponent = Opponent(bridge, settings, self, make_engine)
        self.playback: Playback | None = None
        self._bridge = bridge
        self._given: EditRequest | None = None
        self._clock = FrameClock(self)
        self._clock.ticked.connect(self._move_on)
        self.board = RaceBoard(settings, themes)
        self.controls = RaceControls()
        self.exporter = RaceExporter(settings, themes, self.board)
        self._lay_out()
        self._connect()
        self.begin(race_on("", "", ""))

    def begin(self, subject: EditRequest) -> None:
        """Show what the next race is about; where there is no text to start from, a line is offered to write it."""
        self.exporter.cancel()
        self.runner.stop()
        self.playback = None
        has_text = bool((subject.before + subject.selection).strip())
        self._given = subject if has_text else None
        self.start_text.setVisible(not has_text)
        (self if has_text else self.start_text).setFocus()
        self._say("")
        self._show_subject()

    @property
    def resting(self) -> bool:
        """Whether nothing moves, and no time is spent."""
        return self._clock.resting

    @property
    def subject(self) -> EditRequest:
        """What a race is about now."""
        return self._given or race_on(self.start_text.text(), "", "")

    # What keys and controls ask for.

    @Slot()
    def run(self) -> None:
        """Let both sides write. A race under way goes on."""
        if self.opponent.loading:
            self._say("The engine for the right side is still being loaded. Run again when it is ready.")
        elif not self.runner.running:
            self.playback = None
            self._show_subject()
            self.runner.start(self.subject, self.controls.seed.value())

    @Slot()
    def stop(self) -> None:
        """End the race, the making of a film or the loading of an opponent, or stop the playback."""
        self.exporter.cancel()
        self.runner.stop()
        self.opponent.cancel()
        if self.playback is not None:
            self.playback.paused = True
        self._offer()

    @Slot()
    def replay(self) -> None:
        """Play the race from its start."""
        if self.playback is not None:
            self.playback.restart()
            self._show_moment()
            self._clock.wake()

    @Slot()
    def pause(self) -> None:
        """Stop the clock or let it go on; at its end it starts again."""
        if self.playback is None:
            return
        if self.playback.finished:
            self.replay()
            return
        self.playback.paused = not self.playback.paused
        self._offer()
        self._clock.wake()

    @Slot(int)
    def step(self, by: int) -> None:
        """Stop the clock and go to the next (1) or the previous (-1) frame of either side."""
        if self.playback is not None:
            self.playback.step(by)
            self._show_moment()
            self._clock.wake()

    @Slot()
    def export(self) -> None:
        """Ask where the race shall be written, and write it."""
        if self.playback is None:
            self._say(NO_RACE)
        if self.playback is None or self.exporter.busy:
            return
        self.playback.paused = True
        chosen = ask_for_file(self)
        if chosen is not None and self.playback is not None:
            self.exporter.write(*chosen, self.playback.sides, self.playback.speed, self.playback.position)
        self._offer()

    @Slot()
    def copy_table(self) -> None:
        """Put the numbers, as they stand, on the clipboard."""
        if self.playback is None:
            self._say(NO_RACE)
        else:
            QGuiApplication.clipboard().setText(as_markdown(table_at(self.playback.sides, self.playback.position)))
            self._say("The numbers are on the clipboard, as Markdown.")

    @Slot()
    def choose_opponent(self) -> None:
        """Ask for the folder of another checkpoint, and load it for the right side."""
        folder = QFileDialog.getExistingDirectory(self, "Choose the folder of a checkpoint")
        if folder:
            self.opponent.choose(Path(folder))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys that no control wants for itself."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run()
        elif key == Qt.Key.Key_Escape:
            self.stop()
        elif key == Qt.Key.Key_Space:
            self.pause()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = 1 if key == Qt.Key.Key_Right else -1
            (self.board.move_choice if event.modifiers() == Qt.KeyboardModifier.AltModifier else self.step)(by)
        elif key in _TOGGLES and not event.modifiers():
            getattr(self.controls, _TOGGLES[key]).toggle()
        elif _asks_for_export(event):
            self.export()
        elif key == Qt.Key.Key_C and event.modifiers() == _CONTROL_SHIFT:
            self.copy_table()
        elif event.matches(QKeySequence.StandardKey.Close):
            self.close()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A field would take Ctrl+E for the way to the end of its line."""
        if event.type() == QEvent.Type.KeyPress and _asks_for_export(event):
            self.export()
            return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Have the opponent there that was chosen."""
        super().showEvent(event)
        self.opponent.open()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End everything; what was recorded is given back."""
        self.exporter.cancel()
        self.runner.stop()
        self._clock.rest()
        self.playback = None
        self._show_subject()
        self.board.stop()
        self.opponent.close()
        super().closeEvent(event)

    # How it is put together.

    def _lay_out(self) -> None:
        self.message = quiet_line("race_message", "Message")
        self.start_text = QLineEdit(_START)
        self.start_text.setObjectName("race_start_text")
        self.start_text.setAccessibleName("Text that both sides write on from")
        self.start_text.setPlaceholderText("A few words that both sides write on from")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(16, 10, 16, 0)
        line.addWidget(self.start_text)
        column.addLayout(line)
        column.addWidget(self.board, 1)
        column.addWidget(self.controls)
        column.addWidget(self.message)
        self.setMinimumSize(_SMALLEST)
        self.resize(1000, 700)

    def _connect(self) -> None:
        controls = self.controls
        controls.run_requested.connect(self.run)
        controls.stop_requested.connect(self.stop)
        controls.replay_requested.connect(self.replay)
        controls.pause_requested.connect(self.pause)
        controls.step_requested.connect(self.step)
        controls.speed_changed.connect(self._take_speed)
        controls.grid.toggled.connect(self.board.show_grid)
        controls.sight.toggled.connect(self.board.show_sight)
        for field in (self.start_text, controls.seed):
            field.installEventFilter(self)
        self.exporter.progressed.connect(self._take_progress)
        self.exporter.ended.connect(self._take_export)
        self.start_text.textChanged.connect(self._take_start_text)
        menu = controls.menu
        menu.over_passes_toggled.connect(self._take_plot)
        menu.same_requested.connect(self._take_same)
        menu.folder_requested.connect(self.choose_opponent)
        menu.at_once_toggled.connect(self.opponent.set_at_once)
        menu.export_requested.connect(self.export)
        menu.copy_requested.connect(self.copy_table)
        self.opponent.changed.connect(self._take_opponent)
        self.opponent.progressed.connect(self.message.setText)
        self.opponent.failed.connect(self._say)
        self.runner.side_started.connect(self._take_side)
        self.runner.finished.connect(self._take_race)
        self.runner.ended.connect(self._take_ending)

    # What happens.

    @Slot(object)
    def _take_side(self, _decoder: Decoder) -> None:
        """One side begins to write; the other has written, or waits, or writes too."""
        self.board.show_work(self.runner.at_work)
        self._say("" if self._bridge.checkpoint else "Waiting for the engine.")
        self._offer()
        self._clock.wake()

    @Slot(object)
    def _take_race(self, sides: tuple[Recording, Recording]) -> None:
        """Both have written: play it."""
        self.playback = Playback(sides, self.controls.chosen_speed)
        self._say("")
        self._show_subject()
        self._show_moment()
        self._clock.wake()

    @Slot(str)
    def _take_ending(self, line: str) -> None:
        """No race came of it."""
        self._show_subject()
        self._say(line)

    @Slot(float)
    def _take_progress(self, done: float) -> None:
        """A file is being made. Not announced: it would be said a hundred times."""
        self.message.setText(f"Making the file: {done:.0%}. Esc stops it.")

    @Slot(str)
    def _take_export(self, line: str) -> None:
        self._say(line)
        self._offer()

    @Slot()
    def _take_same(self) -> None:
        self.opponent.choose(None)
        self._say("")

    @Slot()
    def _take_opponent(self) -> None:
        """What writes on the right side has changed, or is there now. A race of another one is over."""
        opponent = self.opponent
        other = opponent.folder is not None
        name = opponent.checkpoint.name if opponent.checkpoint else opponent.folder.name if other else ""
        self.controls.menu.show_opponent(name if other else "", at_once=opponent.at_once)
        if self.runner.set_opponent(opponent.bridge, foreign=other, at_once=opponent.at_once):
            self.playback = None
        if self.playback is None and not self.runner.running:
            self._show_subject()

    @Slot()
    def _take_start_text(self) -> None:
        self.runner.stop()
        self.playback = None
        self._show_subject()

    @Slot(float)
    def _take_speed(self, speed: float) -> None:
        if self.playback is not None:
            self.playback.speed = speed

    @Slot(bool)
    def _take_plot(self, over_passes: bool) -> None:
        self.board.plot.over_passes = over_passes
        self.board.plot.update()

    # What is shown.

    def _show_subject(self) -> None:
        """The text as it stands, and nothing of a race."""
        writers = {Decoder.DIFFUSION: self._bridge.checkpoint, Decoder.AUTOREGRESSIVE: self.opponent.checkpoint}
        self.board.show_subject(self.subject, {side: writer for side, writer in writers.items() if writer is not None})
        self._offer()

    def _show_moment(self) -> None:
        """Both sides where the clock is."""
        if self.playback is not None:
            self.board.show_moment(self.playback.sides, self.playback.position)
            self._offer()

    def _offer(self) -> None:
        playback = self.playback
        self.controls.offer(
            computing=self.runner.running or self.exporter.busy or self.opponent.loading,
            recorded=playback is not None,
            running=playback is not None and playback.running,
        )

    def _say(self, line: str) -> None:
        """One line at the lower edge."""
        self.message.setText(line)
        if line:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))

    @Slot(float)
    def _move_on(self, seconds: float) -> None:
        """Move on by the time that has passed; rest when nothing changes any more."""
        if self.runner.running:
            for decoder, frame in self.runner.take_frames():
                self.board.show_live(decoder, frame)
        elif self.playback is not None and self.playback.running:
            self.playback.advance(seconds)
            self._show_moment()
            if self.playback.finished:
                self._say(" ".join(_summary(side) for side in self.playback.sides))
        moving = self.board.advance(seconds)
        goes_on = self.runner.running or (self.playback is not None and self.playback.running)
        if not moving and not goes_on:
            self._clock.rest()


def _asks_for_export(event: QKeyEvent) -> bool:
    """Whether Ctrl+E was pressed."""
    return event.key() == Qt.Key.Key_E and event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _summary(side: Recording) -> str:
    """One side in a sentence."""
    last = side.counts[-1]
    return f"{NAMES[side.decoder]}: {last.tokens} tokens in {last.passes} passes and {side.seconds:.2f} seconds."
