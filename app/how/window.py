"""The help window: five steps of text diffusion, with pictures of a run recorded when the window is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.bridge import EngineBridge, EngineFactory
from app.how.pages import TITLE
from app.how.pictures import StatePicture
from app.how.recorder import HowRecorder
from app.how.run import Recording
from app.how.sheet import HowSheet
from app.melt.cells import Faces
from app.settings import Settings
from app.theme import Theme, ThemeSource
from engine import EngineThread

_NESTED = 3
"""Layouts within each other, from a picture to the scroll area."""


class HowWindow(QWidget):
    """A window of its own, made once. A recording stays until another run is requested.

    editor: reports when torch may be used; its engine gets no requests.
    make_engine: makes the recording engine; by default one with the embedded checkpoint.
    recording: what the pictures show; None before the first one.
    """

    def __init__(
        self,
        editor: EngineBridge,
        settings: Settings,
        themes: ThemeSource,
        parent: QWidget | None = None,
        make_engine: EngineFactory = EngineThread,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("how_window")
        self.setWindowTitle(TITLE)
        self.setAccessibleName(TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.recording: Recording | None = None
        self.recorder = HowRecorder(editor, make_engine, self)
        self.sheet = HowSheet(themes.theme, settings.value("text_size"))
        self.state = StatePicture("state", "The run, step by step", themes.theme, Faces(settings.value("text_size")))
        self._settings = settings
        self._lay_out()
        self._connect(settings, themes)
        self._take_theme(themes.theme)
        self._set_text_size(settings.value("text_size"))
        self._offer()

    def begin(self) -> None:
        """Record the pictures unless there are some."""
        if self.recording is None:
            self._keep_room(True)
            self.recorder.record(0)
            self._offer()

    # What keys and buttons ask for.

    @Slot()
    def another(self) -> None:
        """Record a run with another seed."""
        self.recorder.record(self.recording.seed + 1 if self.recording else 0)
        self._offer()

    @Slot()
    def back(self) -> None:
        """Go to the previous frame."""
        self._show_frame(self.state.index - 1)

    @Slot()
    def forward(self) -> None:
        """Go to the next frame."""
        self._show_frame(self.state.index + 1)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the recording in progress and its engine."""
        self.recorder.stop()
        super().closeEvent(event)

    # How it is put together.

    def _lay_out(self) -> None:
        self.reading = QScrollArea()
        self.reading.setObjectName("how_scroll")
        self.reading.setAccessibleName(TITLE)
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setWidgetResizable(True)
        self.reading.setWidget(self.sheet)
        bar = QWidget()
        bar.setObjectName("how_bar")
        lines = QVBoxLayout(bar)
        lines.setContentsMargins(14, 4, 14, 10)
        lines.setSpacing(4)
        lines.addWidget(self.state)
        row = QHBoxLayout()
        row.setSpacing(6)
        self._back = _button("how_back", "◂", "Step back", "Previous step (Left)")
        self._forward = _button("how_forward", "▸", "Step forward", "Next step (Right)")
        self._message = QLabel()
        self._message.setObjectName("how_message")
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._message.setWordWrap(True)
        self._another = _button("how_another", "Another run", "Another run", "Record another run with a new seed")
        row.addWidget(self._back)
        row.addWidget(self._forward)
        row.addWidget(self._message, 1)
        row.addWidget(self._another)
        lines.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.reading, 1)
        column.addWidget(bar)
        self.state.hide()
        self.setMinimumSize(420, 360)
        self.resize(860, 820)
        self.reading.setFocus()

    def _connect(self, settings: Settings, themes: ThemeSource) -> None:
        self._back.clicked.connect(self.back)
        self._forward.clicked.connect(self.forward)
        self._another.clicked.connect(self.another)
        for key, handler in (
            (Qt.Key.Key_Left, self.back),
            (Qt.Key.Key_Right, self.forward),
            (Qt.Key.Key_Escape, self.close),
        ):
            QShortcut(QKeySequence(key), self, handler)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self, self.close)
        self.recorder.went_on.connect(self._say)
        self.recorder.recorded.connect(self._take_recording)
        self.recorder.failed.connect(self._take_failure)
        settings.changed.connect(self._take_setting)
        themes.theme_changed.connect(self._take_theme)

    # What happens.

    @Slot(object)
    def _take_recording(self, recording: Recording) -> None:
        self.recording = recording
        with self._reading_on():
            self.sheet.show_recording(recording)
            self.state.index = 0
            self.state.show_recording(recording)
            self.state.show()
        self._show_frame(0)

    @contextmanager
    def _reading_on(self) -> Iterator[None]:
        """Keep the text that is being read where it is while pictures above it get other heights."""
        bar = self.reading.verticalScrollBar()
        read, y = self.sheet.text_at(bar.value())
        yield
        # From the innermost layout outwards.
        for _ in range(_NESTED):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        bar.setValue(bar.value() + self.sheet.y_of(read) - y)

    def _keep_room(self, on: bool) -> None:
        """Keep room for the pictures, so that the page does not jump when they come."""
        self.sheet.keep_room(on)
        self.state.setVisible(on)

    @Slot(str)
    def _take_failure(self, line: str) -> None:
        self._keep_room(self.recording is not None)
        self._say(line)
        self._offer()

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.setStyleSheet(_STYLE.format(**{name: getattr(theme, name).name() for name in _COLOURS}))
        self.sheet.set_theme(theme)
        self.state.theme = theme
        self.state.update()

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        if name == "text_size":
            text_size = self._settings.value("text_size")
            self.sheet.set_text_size(text_size)
            self._set_text_size(text_size)

    # What is shown.

    def _set_text_size(self, text_size: int) -> None:
        """Follow the text size of the page in the bar, too."""
        self.state.faces = Faces(text_size)
        self.state.redraw()
        self._message.setFont(self.state.faces.note)

    def _show_frame(self, index: int) -> None:
        """Show a step of the run in the bar and mark it in the plot."""
        if self.recording is None:
            return
        index = min(max(index, 0), self.recording.steps)
        self.state.show_frame(index)
        self.sheet.stop_plot.show_frame(index)
        self._say(f"{self.state.caption()} Seed {self.recording.seed}.")
        self._offer()

    def _offer(self) -> None:
        """Enable what is possible."""
        recording, index = self.recording, self.state.index
        self._another.setEnabled(not self.recorder.busy)
        self._back.setEnabled(recording is not None and index > 0)
        self._forward.setEnabled(recording is not None and index < recording.steps)

    @Slot(str)
    def _say(self, line: str) -> None:
        """Show a line beside the buttons, and announce it."""
        self._message.setText(line)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))


def _button(name: str, text: str, accessible_name: str, tip: str) -> QPushButton:
    """A button that takes the focus only by Tab."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(accessible_name)
    button.setAccessibleDescription(tip)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


_COLOURS = ("paper", "ink", "chrome", "chrome_ink", "hairline")
_STYLE = """
#how_window, #how_sheet, #how_column, #how_scroll {{ background: {paper}; }}
#how_bar {{ background: {chrome}; border-top: 1px solid {hairline}; }}
#how_window QLabel {{ color: {ink}; }}
#how_window QLabel[role="note"], #how_message {{ color: {chrome_ink}; }}
#how_bar QPushButton {{ padding: 5px 10px; }}
"""
