"""The controls of a race: run and play it, slowly or step by step, with any seed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QSpinBox, QWidget

from app.race.menu import RaceMenu
from app.race.recording import SPEEDS

_MARGIN, _APART = 16, 6
_MOST = 999_999
_SPEED_NAMES = ("Real time", "1/2 speed", "1/5 speed", "1/20 speed", "1/50 speed")
_AT_FIRST = 2
"""A race of a small checkpoint is over in an instant, and has been shown live in real time."""


class RaceControls(QWidget):
    """All controls of a race. They request; the window acts."""

    run_requested = Signal()
    stop_requested = Signal()
    replay_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal(int)
    """1 for the next frame, -1 for the previous one."""
    speed_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("race_controls")
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.run = _Button("race_run", "Run", "Run both sides, one after the other (Return)")
        self.stop = _Button("race_stop", "Stop", "Stop the race or its playback (Esc)")
        self.replay = _Button("race_replay", "Replay", "Play the race from the start")
        self.pause = _Button("race_pause", "Pause", "Pause or resume the playback (Space)")
        self.back = _Button("race_back", "◂", "Previous frame (Left)", "Step back")
        self.forward = _Button("race_forward", "▸", "Next frame (Right)", "Step forward")
        self.speed = QComboBox()
        self.speed.addItems(_SPEED_NAMES)
        self.speed.setCurrentIndex(_AT_FIRST)
        _name(self.speed, "race_speed", "Playback speed", "Playback speed. The figures stay those of the real run.")
        self.seed = QSpinBox()
        self.seed.setRange(0, _MOST)
        self.seed.setPrefix("Seed ")
        _name(self.seed, "race_seed", "Seed", "Seed of all random choices. The same seed repeats a race exactly.")
        self.another = _Button("race_another_seed", "New seed", "Run the race with the next seed")
        self.grid = _Button(
            "race_grid", "Tokens", "Switch between text and a grid of tokens (G)", "Show tokens as a grid"
        )
        self.sight = _Button("race_sight", "Who sees what", "Show what a token can see on either side (W)")
        for button in (self.grid, self.sight):
            button.setCheckable(True)
        self.more = _Button("race_more", "More", "Plot, opponent and export")
        self.menu = RaceMenu(self)
        self.more.setMenu(self.menu)
        for box in (self.speed, self.seed):
            box.setMinimumHeight(self.another.sizeHint().height())
        self._groups = [
            _Group(self, self.run, self.stop, self.replay),
            _Group(self, self.pause, self.back, self.forward),
            _Group(self, self.speed, self.seed, self.another),
            _Group(self, self.grid, self.sight, self.more),
        ]
        self._connect()

    @property
    def chosen_speed(self) -> float:
        """One of SPEEDS."""
        return SPEEDS[self.speed.currentIndex()]

    def offer(self, *, computing: bool, recorded: bool, running: bool) -> None:
        """Enable what is possible.

        computing: a race or an export is in progress. recorded: there is a race to play. running: it is being played.
        """
        self.run.setEnabled(not computing)
        self.another.setEnabled(not computing)
        self.stop.setEnabled(computing or running)
        for widget in (self.replay, self.pause, self.back, self.forward):
            widget.setEnabled(recorded)
        self.menu.offer(computing=computing, recorded=recorded)
        self.pause.setText("Pause" if running or not recorded else "Resume")
        self.pause.setAccessibleName(self.pause.text())

    def heightForWidth(self, width: int) -> int:
        """The height of the rows of controls at a width."""
        return self._arranged(width)[-1].bottom() + 8

    def sizeHint(self) -> QSize:
        """The height at the current width."""
        return QSize(200, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Controls are never cut off."""
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the available width."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Make room when the label of a button changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        for group, box in zip(self._groups, self._arranged(self.width()), strict=True):
            group.setGeometry(box)

    def _arranged(self, width: int) -> list[QRect]:
        """The boxes of the groups: next to each other as far as they fit, otherwise in more rows."""
        boxes: list[QRect] = []
        x, y = _MARGIN, 4
        for group in self._groups:
            size = group.sizeHint()
            if x > _MARGIN and x + size.width() > width - _MARGIN:
                x, y = _MARGIN, boxes[-1].bottom() + 1 + _APART
            boxes.append(QRect(x, y, size.width(), size.height()))
            x += size.width() + _APART
        return boxes

    def _connect(self) -> None:
        self.run.clicked.connect(self.run_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.replay.clicked.connect(self.replay_requested)
        self.pause.clicked.connect(self.pause_requested)
        self.back.clicked.connect(lambda: self.step_requested.emit(-1))
        self.forward.clicked.connect(lambda: self.step_requested.emit(1))
        self.speed.currentIndexChanged.connect(lambda: self.speed_changed.emit(self.chosen_speed))
        self.another.clicked.connect(self._take_another_seed)

    def _take_another_seed(self) -> None:
        self.seed.setValue((self.seed.value() + 1) % (_MOST + 1))
        self.run_requested.emit()


class _Group(QWidget):
    """Controls that stay next to each other."""

    def __init__(self, parent: QWidget, *controls: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_APART)
        for control in controls:
            row.addWidget(control)


class _Button(QPushButton):
    """A button that takes the focus only by Tab, so that the keys of the window keep working after a click."""

    def __init__(self, name: str, text: str, tip: str, accessible_name: str = "") -> None:
        super().__init__(text)
        _name(self, name, accessible_name or text, tip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the window, where they step."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _name(widget: QWidget, name: str, accessible_name: str, tip: str) -> None:
    """Set the names of a control and how the keyboard reaches it."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible_name)
    widget.setAccessibleDescription(tip)
    widget.setToolTip(tip)
    if isinstance(widget, QPushButton):
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
