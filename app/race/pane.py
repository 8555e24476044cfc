"""One side of a race: its name, text and figures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.one_line import OneLine
from app.race.canvas import RaceCanvas
from app.race.cells import blocks_until
from app.race.counters import RaceCounters
from app.race.grid import RaceGrid
from app.race.recording import NAMES, Recording
from app.race.sight import View, view_of
from app.race.text import runs_right_to_left
from app.theme import Theme
from engine import Action, Decoder, EditRequest, Frame, Stage

_SHARE = 0.84
"""Text size, as a share of that of the page: two columns have to fit next to each other."""
_LEAST = 40
"""Minimum height of text or grid, in pixels."""
_LINES = 3
"""Lines reserved for the description of a token."""


class RacePane(QFrame):
    """Shows one side at any moment of its recording, or live: as running text or as a grid of tokens."""

    token_chosen = Signal(int)
    """A person has chosen the token of that number, counted over all blocks; -1: none."""

    def __init__(self, decoder: Decoder, theme: Theme, text_size: int) -> None:
        super().__init__()
        self.decoder = decoder
        self.setObjectName(f"race_pane_{decoder.value}")
        self.setAccessibleName(NAMES[decoder])
        self.canvas = RaceCanvas(decoder, theme, round(_SHARE * text_size))
        self.grid = RaceGrid(decoder, theme, round(_SHARE * text_size))
        self.counters = RaceCounters(decoder)
        self._index = -1
        self._live: dict[int, Frame] = {}
        self._blocks: Sequence[Frame] = ()
        self._stages: Sequence[Stage] = ()
        self._sight_line = ""
        title = QLabel(NAMES[decoder])
        title.setObjectName("race_title")
        self._state = QLabel()
        self._state.setObjectName(f"race_state_{decoder.value}")
        self._checkpoint = OneLine(f"race_checkpoint_{decoder.value}", "Checkpoint", self)
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 16, 0)
        head.setSpacing(10)
        head.addWidget(title)
        head.addWidget(self._checkpoint, 1)
        head.addStretch(0)
        head.addWidget(self._state)
        self._scroll = _LineScroll(self.canvas)
        self._scroll.setObjectName(f"race_text_{decoder.value}")
        self._cells = _Scroll(self.grid)
        # The grid itself takes the keyboard.
        self._cells.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._about_token = QLabel()
        self._about_token.setObjectName(f"race_token_{decoder.value}")
        self._about_token.setTextFormat(Qt.TextFormat.PlainText)
        self._about_token.setWordWrap(True)
        self._about_token.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._about_token.setContentsMargins(16, 2, 16, 2)
        # A longer description must not move the text.
        self._about_token.setMinimumHeight(_LINES * self._about_token.fontMetrics().height() + 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._cells, 1)
        column.addWidget(self._about_token)
        column.addWidget(self.counters)
        self.grid.chosen_changed.connect(self.token_chosen)
        self.canvas.slot_pressed.connect(self._take_slot)
        self.grid.hover_changed.connect(self._tell_token)
        self.show_grid(False)

    def set_text_size(self, text_size: int) -> None:
        """Follow the size of the text on the page."""
        self.canvas.set_text_size(round(_SHARE * text_size))
        self._scroll.fit()
        self.grid.set_text_size(round(_SHARE * text_size))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.canvas.theme = self.grid.theme = theme

    def show_grid(self, on: bool) -> None:
        """Show the grid of tokens, or the running text."""
        self._scroll.setVisible(not on)
        self._cells.setVisible(on)
        self._about_token.setVisible(on or bool(self._sight_line))

    def show_sight(self, found: Sequence[Stage], line: str) -> None:
        """Show what the chosen token sees. found: of the blocks of the recording; () to stop.

        line: shown while no token is chosen; "" while this is not wanted.
        """
        self._stages, self._sight_line = found, line
        self._about_token.setVisible(bool(line) or not self._cells.isHidden())
        self._tell_token()

    def set_subject(self, subject: EditRequest) -> None:
        """Show the text of the race before it is run."""
        sees_after = self.decoder is Decoder.DIFFUSION and subject.action is Action.FILL
        self.canvas.set_subject(subject, sees_after=sees_after)
        self._tell(subject.selection or "Nothing has been written yet.")
        self._index = -1
        self._live = {}
        self.grid.mirrored = runs_right_to_left(subject.text)
        self._show_blocks(())
        self.counters.show_counts(None)
        self.show_state("")

    def choose(self, number: int) -> None:
        """Describe the token of that number and keep it visible; it may not exist yet, or not on this side."""
        self.grid.choose(number)
        if 0 <= number < len(self.grid.cells):
            self._bring_in_sight(self.grid.place(number))
        self._tell_token()

    def show_checkpoint(self, name: str) -> None:
        """Show the checkpoint of this side."""
        self._checkpoint.say(name)
        self._checkpoint.setToolTip(name)

    def show_state(self, state: str) -> None:
        """Show what this side is doing, in one word."""
        self._state.setText(state)

    def show_live(self, frame: Frame) -> None:
        """Show the newest frame of a run in progress."""
        self._show_frame(frame, final=False)
        self._live[frame.group] = frame
        self._show_blocks(tuple(self._live.values()))
        self.counters.show_live(frame.forward_passes, frame.seconds)

    def show_moment(self, recording: Recording, seconds: float) -> None:
        """Show the side as it was so many seconds after its run started."""
        index = recording.index_at(seconds)
        self.counters.show_counts(recording.counts_at(seconds))
        last = len(recording.frames) - 1
        self.show_state("finished" if index == last else "")
        if index == self._index:
            return
        if index < self._index:
            self._go_back(recording, index)
        if index >= 0:
            self._show_frame(recording.frames[index], final=index == last)
        self._show_blocks(blocks_until(recording.frames, index) if index >= 0 else ())
        self._index = index
        self._tell(recording.result.replacement if index == last else "")

    def advance(self, seconds: float) -> bool:
        """Advance the animation. False when it is at rest."""
        return self.canvas.advance(seconds)

    def _show_frame(self, frame: Frame, *, final: bool) -> None:
        """Show a frame, and what is being written in it."""
        self.canvas.show_frame(frame, final=final)
        upper, lower = self.canvas.writing_at
        # If both do not fit, the upper edge must be visible.
        for y in (lower, upper):
            self._scroll.ensureVisible(0, round(y), 0, 0)

    def _show_blocks(self, blocks: Sequence[Frame]) -> None:
        """Show the canvas; a chosen token stays visible."""
        self._blocks = blocks
        self.grid.show_blocks(blocks)
        self._tell_token()
        if self.grid.chosen < 0:
            self._bring_in_sight(self.grid.writing_at)

    @Slot()
    def _tell_token(self) -> None:
        """Describe a token and, if wanted, show what the chosen one sees."""
        view = self._view()
        offset = sum(len(frame.states) for frame in self._blocks[:-1])
        self.grid.sees = view.cells if view is not None else ()
        self.grid.update()
        slot = self.grid.chosen - offset if view is not None else -1
        self.canvas.show_view(view, view.cells[offset:] if view is not None else (), max(-1, slot))
        asked = self._sight_line or "Point at a token, or choose one with the arrow keys."
        lines = [self.grid.described() or asked, view.words if view is not None else ""]
        text = "\n".join(line for line in lines if line)
        self._about_token.setText(text)
        self._about_token.setAccessibleName(text)

    def _view(self) -> View | None:
        """What the chosen token sees; None if none is chosen or this is not wanted."""
        if len(self._stages) < len(self._blocks):
            return None
        return view_of(self._stages, self._blocks, self.grid.cells, self.grid.chosen)

    @Slot(int)
    def _take_slot(self, number: int) -> None:
        """A slot of the running text is pressed."""
        if self._sight_line:
            self.token_chosen.emit(number + sum(len(frame.states) for frame in self._blocks[:-1]))

    def _bring_in_sight(self, box: QRectF) -> None:
        """Scroll the grid no further than needed."""
        for y in (box.bottom(), box.top()):
            self._cells.ensureVisible(0, round(y), 0, 8)

    def _go_back(self, recording: Recording, index: int) -> None:
        """Restore the state before a frame, so that what melts in it is seen to melt."""
        self.canvas.clear()
        if index > 0 and not recording.starts_afresh(index):
            self.canvas.show_frame(recording.frames[index - 1])
            self.canvas.come_to_rest()

    def _tell(self, text: str) -> None:
        """Set the names for screen readers."""
        self._scroll.setAccessibleName(f"{NAMES[self.decoder]}, text")
        self._scroll.setAccessibleDescription(text)


class _Scroll(QScrollArea):
    """Scrolls vertically; the left and right keys belong to the window."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        # In a low window, figures and controls need the room more.
        self.setMinimumHeight(_LEAST)
        self.setWidget(widget)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys that do not scroll to the window."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


class _LineScroll(_Scroll):
    """Shows whole lines of running text: at both edges there is room for a line or none at all."""

    def __init__(self, canvas: RaceCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.verticalScrollBar().valueChanged.connect(self._snap)

    def fit(self) -> None:
        """Leave a rest at the lower edge that is too low for a line."""
        step = round(self._canvas.line_step)
        self.verticalScrollBar().setSingleStep(step)
        self.setViewportMargins(0, 0, 0, self.height() % step if self.height() > step else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the height."""
        super().resizeEvent(event)
        self.fit()

    @Slot(int)
    def _snap(self, value: int) -> None:
        """Scroll to the nearest line."""
        step = self._canvas.line_step
        self.verticalScrollBar().setValue(round(round(value / step) * step))
