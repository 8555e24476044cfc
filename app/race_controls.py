"""What can be done with a race: run and play it, slowly or step by step, with one seed or another."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QPushButton, QSpinBox, QWidget

from app.race import SPEEDS

_ONE_ROW = 800
"""Pixels from which all controls stand in one row."""
_MOST = 999_999
_SPEED_NAMES = ("True speed", "1/5 speed", "1/20 speed", "1/50 speed")
_AT_FIRST = 1
"""A race of a small checkpoint is over in the blink of an eye, and has been seen at its true speed when it was run."""


class RaceControls(QWidget):
    """All controls of a race. They ask; the window does."""

    run_requested = Signal()
    stop_requested = Signal()
    replay_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal(int)
    """1 for the next frame, -1 for the previous one."""
    speed_changed = Signal(float)
    export_requested = Signal()
    copy_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("race_controls")
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(16, 4, 16, 8)
        self._rows.setSpacing(6)
        play, choose = QHBoxLayout(), QHBoxLayout()
        for row in (play, choose):
            row.setSpacing(6)
            self._rows.addLayout(row)
        self.run = _Button("race_run", "Run", "Let both sides write, one after the other (Return)")
        self.stop = _Button("race_stop", "Stop", "End the race or its playback (Esc)")
        self.replay = _Button("race_replay", "Replay", "Play the race from its start")
        self.pause = _Button("race_pause", "Pause", "Stop the clock, or let it go on (Space)")
        self.back = _Button("race_back", "◂", "To the frame before (Left)", "Step back")
        self.forward = _Button("race_forward", "▸", "To the next frame (Right)", "Step forward")
        for button in (self.run, self.stop, self.replay, self.pause, self.back, self.forward):
            play.addWidget(button)
        play.addStretch(1)
        self.speed = QComboBox()
        self.speed.addItems(_SPEED_NAMES)
        self.speed.setCurrentIndex(_AT_FIRST)
        _name(self.speed, "race_speed", "Speed of the playback", "How fast the race is played; its numbers stay true")
        self.seed = QSpinBox()
        self.seed.setRange(0, _MOST)
        self.seed.setPrefix("Seed ")
        _name(self.seed, "race_seed", "Seed", "All chance comes from it: the same seed repeats a race exactly")
        self.another = _Button("race_another_seed", "Another seed", "Run the race with other luck")
        self.over_passes = _Button("race_over_passes", "Over passes", "Plot over forward passes instead of seconds")
        self.over_passes.setCheckable(True)
        self.export = _Button(
            "race_export", "Export…", "Take the race along: film, frames or numbers (Ctrl+E)", "Export"
        )
        self.copy = _Button("race_copy", "Copy table", "Copy the numbers as Markdown (Ctrl+Shift+C)")
        for box in (self.speed, self.seed):
            box.setMinimumHeight(self.another.sizeHint().height())
        for widget in (self.speed, self.seed, self.another, self.over_passes, self.export, self.copy):
            choose.addWidget(widget)
        self._connect()

    @property
    def chosen_speed(self) -> float:
        """One of SPEEDS."""
        return SPEEDS[self.speed.currentIndex()]

    def offer(self, *, computing: bool, recorded: bool, running: bool) -> None:
        """Enable what can be done. recorded: there is a race to play. running: its clock goes on."""
        self.run.setEnabled(not computing)
        self.another.setEnabled(not computing)
        self.stop.setEnabled(computing or running)
        for widget in (self.replay, self.pause, self.back, self.forward, self.export, self.copy):
            widget.setEnabled(recorded)
        self.pause.setText("Pause" if running or not recorded else "Go on")
        self.pause.setAccessibleName(self.pause.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the controls stand in two rows."""
        super().resizeEvent(event)
        wide = self.width() >= _ONE_ROW
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def _connect(self) -> None:
        self.run.clicked.connect(self.run_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.replay.clicked.connect(self.replay_requested)
        self.pause.clicked.connect(self.pause_requested)
        self.back.clicked.connect(lambda: self.step_requested.emit(-1))
        self.forward.clicked.connect(lambda: self.step_requested.emit(1))
        self.speed.currentIndexChanged.connect(lambda: self.speed_changed.emit(self.chosen_speed))
        self.another.clicked.connect(self._take_another_seed)
        self.export.clicked.connect(self.export_requested)
        self.copy.clicked.connect(self.copy_requested)

    def _take_another_seed(self) -> None:
        self.seed.setValue((self.seed.value() + 1) % (_MOST + 1))
        self.run_requested.emit()


class _Button(QPushButton):
    """A button that takes the keyboard only by Tab, so that the keys of the window go on working after a click."""

    def __init__(self, name: str, text: str, tip: str, accessible_name: str = "") -> None:
        super().__init__(text)
        _name(self, name, accessible_name or text, tip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrows to the window: they step."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _name(widget: QWidget, name: str, accessible_name: str, tip: str) -> None:
    """What a control is called, and how the keyboard reaches it."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible_name)
    widget.setAccessibleDescription(tip)
    widget.setToolTip(tip)
    if isinstance(widget, QPushButton):
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
