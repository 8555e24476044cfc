"""The slim line below the page: the model, one message, the last run, the word count."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.one_line import OneLine
from app.theme import Theme
from engine import EditResult, Ready

HEIGHT = 30
_PACKED = ("nf4", "int8")
_SHOWN = 8_000
"""Milliseconds for which an ordinary message stays; a warning stays until the next message."""


class StatusBar(QWidget):
    """Only shows; asks nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setAccessibleName("Status")
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme: Theme | None = None
        self._warning = False
        self._selected = 0
        self._words = 0
        self._engine = OneLine("engine_state", "Model", self)
        self._message = OneLine("message", "Message", self)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._last_run = OneLine("last_run", "Last run", self)
        self._count = OneLine("words", "Words", self)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self._clear_message)
        self._line_ends = OneLine("line_ends", "Line ends", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(20)
        row.addWidget(self._engine)
        row.addWidget(self._message, 1)
        row.addStretch(0)
        row.addWidget(self._last_run)
        row.addWidget(self._line_ends)
        row.addWidget(self._count)
        self._message.say("")
        self._last_run.say("")
        self.show_line_ends(mixed=False)
        self.show_words(0)

    @Slot(object)
    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._colour()

    @Slot(float, str)
    def show_loading(self, fraction: float, stage: str) -> None:
        """The model is being loaded. stage: what is done now, in a few words."""
        self._engine.say(f"Loading model… {fraction:.0%}")
        self._engine.setToolTip(stage)

    @Slot(object)
    def show_ready(self, ready: Ready) -> None:
        """The model can be used."""
        self._engine.setToolTip("")
        packed = f" · {ready.weights}" if ready.weights in _PACKED else ""
        self._engine.say(f"Ready · {ready.checkpoint.name} · {ready.device}{packed}")
        if ready.note:
            self.show_warning(ready.note)
        self._announce("The model is ready.")

    @Slot(str)
    def show_failure(self, line: str) -> None:
        """The model cannot be used."""
        self._engine.setToolTip("")
        self._engine.say("No model")
        self.show_warning(line)

    @Slot(object)
    def show_last_run(self, result: EditResult) -> None:
        """Steps, tokens per forward pass and time of a finished run."""
        steps = "1 step" if result.steps == 1 else f"{result.steps} steps"
        self._last_run.say(f"{steps} · {result.tokens_per_forward:.1f} tokens per pass · {_duration(result.seconds)}")

    @Slot(str)
    def show_message(self, line: str) -> None:
        """Show a line for a while."""
        self._say(line, warning=False)

    @Slot(str)
    def show_warning(self, line: str) -> None:
        """Show a line the writer must not miss; it stays until the next message."""
        self._say(line, warning=True)

    @Slot(int)
    def show_words(self, words: int) -> None:
        """Word count of the whole document."""
        self._words = words
        self._say_words()

    @Slot(int)
    def show_selected_words(self, words: int) -> None:
        """Word count of the selection; 0 where there is none."""
        self._selected = words
        self._say_words()

    def show_line_ends(self, *, mixed: bool) -> None:
        """Say where a file has more than one kind of line end."""
        self._line_ends.say("Mixed line ends" if mixed else "")
        self._line_ends.setToolTip("Each line keeps its own line end; a new line gets that of its neighbour.")

    @property
    def message(self) -> str:
        """The message shown; "" when there is none."""
        return self._message.text()

    def _say(self, line: str, *, warning: bool) -> None:
        self._warning = warning
        self._message.say(line)
        self._message.setToolTip(line)
        # A warning is longer than other messages and matters more than the rest of the bar.
        self._engine.setVisible(not warning)
        self._last_run.setVisible(not warning and bool(self._last_run.text()))
        self._colour()
        if warning:
            self._silence.stop()
        elif line:
            self._silence.start(_SHOWN)
        if line:
            self._announce(line)

    @Slot()
    def _clear_message(self) -> None:
        self._message.say("")

    def _say_words(self) -> None:
        total = "1 word" if self._words == 1 else f"{self._words:,} words"
        self._count.say(f"{self._selected:,} of {total}" if self._selected else total)

    def _colour(self) -> None:
        """Show warnings in the warning colour; they also read as warnings, so colour is not the only cue."""
        if self._theme is None:
            return
        palette = self._message.palette()
        color = self._theme.warning if self._warning else self._theme.ink
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self._message.setPalette(palette)

    def _announce(self, line: str) -> None:
        """Announce it to screen readers."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))


def _duration(seconds: float) -> str:
    """Milliseconds below ten seconds, seconds above."""
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
