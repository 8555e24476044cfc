"""Side by side: diffusion and autoregressive decoding of the same words by the same weights."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QGuiApplication,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.bridge import EngineBridge
from app.race.board import RaceBoard, quiet_line
from app.race.controls import RaceControls
from app.race.export import as_markdown, table_at
from app.race.exporter import RaceExporter, ask_for_file
from app.race.keys import RaceKeys
from app.race.menu import NO_RACE
from app.race.opponent import EngineMaker, Opponent, engine_of
from app.race.player import RacePlayer
from app.race.recording import Playback, Recording, race_on
from app.race.runner import RaceRunner
from app.settings import Settings
from app.theme import ThemeSource
from engine import Decoder, EditRequest

_START = "When the snow had melted, the old man opened the door and"
"""What both sides continue where there is no other text."""

_SMALLEST = QSize(800, 600)
"""Pixels in which two columns of text and figures are readable."""


class RaceWindow(QWidget):
    """A window of its own, made once; `begin` prepares another race.

    runner: runs both sides. player: plays what they have written.
    opponent: the right side's engine. make_engine: makes the engine of another checkpoint for it.
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
        self._bridge = bridge
        self._given: EditRequest | None = None
        self.board = RaceBoard(settings, themes)
        self.player = RacePlayer(self.board, self.runner)
        self.controls = RaceControls()
        self.exporter = RaceExporter(settings, themes, self.board)
        self._lay_out()
        self._keys = RaceKeys(self, self.start_text, self.controls.seed)
        self._connect()
        self.begin(race_on("", "", ""))

    def begin(self, subject: EditRequest) -> None:
        """Show the text of the next race; without any text to start from, offer a line to enter it."""
        self.exporter.cancel()
        self.runner.stop()
        self.player.clear()
        has_text = bool((subject.before + subject.selection).strip())
        self._given = subject if has_text else None
        self.start_text.setVisible(not has_text)
        (self if has_text else self.start_text).setFocus()
        self._say("")
        self._show_subject()

    @property
    def playback(self) -> Playback | None:
        """The latest finished race; None before."""
        return self.player.playback

    @property
    def subject(self) -> EditRequest:
        """The text of the next race."""
        return self._given or race_on(self.start_text.text(), "", "")

    # What keys and controls ask for.

    @Slot()
    def run(self) -> None:
        """Run both sides. A race in progress continues."""
        if self.opponent.loading:
            self._say("The right side is still loading. Run again when it is ready.")
        elif not self.runner.running:
            self.player.clear()
            self._show_subject()
            self.runner.start(self.subject, self.controls.seed.value())

    @Slot()
    def stop(self) -> None:
        """Stop the race, the export, the loading of an opponent and the playback."""
        self.exporter.cancel()
        self.runner.stop()
        self.opponent.cancel()
        self.player.stop()
        self._offer()

    @Slot()
    def export(self) -> None:
        """Ask where to export the race, and export it."""
        if self.playback is None:
            self._say(NO_RACE)
        if self.playback is None or self.exporter.busy:
            return
        self.player.stop()
        chosen = ask_for_file(self)
        # Asked again: the question has an event loop of its own.
        playback = self.player.playback
        if chosen is not None and playback is not None:
            self.exporter.write(*chosen, playback.sides, playback.speed)
        self._offer()

    @Slot()
    def copy_table(self) -> None:
        """Copy the figures, as they are now, to the clipboard."""
        playback = self.playback
        if playback is None:
            self._say(NO_RACE)
            return
        QGuiApplication.clipboard().setText(as_markdown(table_at(playback.sides, playback.position)))
        part = (
            "" if playback.finished else f", as they are after {playback.position:.3f} of {playback.length:.3f} seconds"
        )
        self._say(f"Figures copied as Markdown{part}.")

    @Slot()
    def choose_opponent(self) -> None:
        """Ask for the folder of another checkpoint, and load it for the right side."""
        folder = QFileDialog.getExistingDirectory(self, "Choose a checkpoint folder")
        if folder:
            self.opponent.choose(Path(folder))

    def showEvent(self, event: QShowEvent) -> None:
        """Load the chosen opponent."""
        super().showEvent(event)
        self.opponent.open()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End everything and drop the recording."""
        self.exporter.cancel()
        self.runner.stop()
        self.player.rest()
        self.player.clear()
        self._show_subject()
        self.board.stop()
        self.opponent.close()
        super().closeEvent(event)

    # How it is put together.

    def _lay_out(self) -> None:
        self.message = quiet_line("race_message", "Message")
        self.start_text = QLineEdit(_START)
        self.start_text.setObjectName("race_start_text")
        self.start_text.setAccessibleName("Text for both sides to continue")
        self.start_text.setPlaceholderText("A few words for both sides to continue")
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
        self.resize(1000, 760)

    def _connect(self) -> None:
        controls = self.controls
        controls.run_requested.connect(self.run)
        controls.stop_requested.connect(self.stop)
        controls.replay_requested.connect(self.player.replay)
        controls.pause_requested.connect(self.player.pause)
        controls.step_requested.connect(self.player.step)
        controls.speed_changed.connect(self.player.set_speed)
        controls.grid.toggled.connect(self.board.show_grid)
        controls.sight.toggled.connect(self.board.show_sight)
        self._connect_keys()
        self.player.moved.connect(self._offer)
        self.player.finished.connect(self._say)
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

    def _connect_keys(self) -> None:
        keys = self._keys
        keys.run_requested.connect(self.run)
        keys.stop_requested.connect(self.stop)
        keys.pause_requested.connect(self.player.pause)
        keys.step_requested.connect(self.player.step)
        keys.choice_requested.connect(self.board.move_choice)
        keys.grid_toggled.connect(self.controls.grid.toggle)
        keys.sight_toggled.connect(self.controls.sight.toggle)
        keys.export_requested.connect(self.export)
        keys.copy_requested.connect(self.copy_table)
        keys.close_requested.connect(self.close)

    # What happens.

    @Slot(object)
    def _take_side(self, _decoder: Decoder) -> None:
        """One side has started; the other has finished, is waiting or is running too."""
        self.board.show_work(self.runner.at_work)
        self._say("" if self._bridge.checkpoint else "Waiting for the model…")
        self._offer()
        self.player.wake()

    @Slot(object)
    def _take_race(self, sides: tuple[Recording, Recording]) -> None:
        """Both sides have finished: play the race."""
        self._say("")
        self._show_subject()
        self.player.play(sides, self.controls.chosen_speed)

    @Slot(str)
    def _take_ending(self, line: str) -> None:
        """No race came of it."""
        self._show_subject()
        self._say(line)

    @Slot(float)
    def _take_progress(self, done: float) -> None:
        """Show the progress of an export. Not announced: it would be read out a hundred times."""
        self.message.setText(f"Exporting… {done:.0%}. Press Esc to stop.")

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
        """The opponent has changed or is ready. A race with another one is over."""
        opponent = self.opponent
        other = opponent.folder is not None
        self.controls.menu.show_opponent(opponent.name, at_once=opponent.at_once)
        if self.runner.set_opponent(opponent.bridge, foreign=other, at_once=opponent.at_once):
            self.player.clear()
        if self.playback is None and not self.runner.running:
            self._show_subject()

    @Slot()
    def _take_start_text(self) -> None:
        self.runner.stop()
        self.player.clear()
        self._show_subject()

    @Slot(bool)
    def _take_plot(self, over_passes: bool) -> None:
        self.board.plot.over_passes = over_passes
        self.board.plot.update()

    # What is shown.

    def _show_subject(self) -> None:
        """Show the text of the next race, and nothing of an earlier one."""
        writers = {Decoder.DIFFUSION: self._bridge.checkpoint, Decoder.AUTOREGRESSIVE: self.opponent.checkpoint}
        self.board.show_subject(self.subject, {side: writer for side, writer in writers.items() if writer is not None})
        self._offer()

    @Slot()
    def _offer(self) -> None:
        self.controls.offer(
            computing=self.runner.running or self.exporter.busy or self.opponent.loading,
            recorded=self.playback is not None,
            running=self.player.running,
        )

    @Slot(str)
    def _say(self, line: str) -> None:
        """Show a line at the lower edge, and announce it."""
        self.message.setText(line)
        if line:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))
