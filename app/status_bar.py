"""The slim line below the page: the model, one message, the last run, the word count."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPalette, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.documents.folds import has_folds
from app.documents.text_file import TextFile
from app.one_line import OneLine
from app.theme import Theme
from engine import EditResult, Ready, TextEncoding

HEIGHT = 30
_EDGE, _GAP = 16, 20
_PACKED = ("nf4", "int8")
_SHOWN = 8_000
"""Milliseconds for which an ordinary message stays. A warning stays until the writer has gone on for as long."""


class StatusBar(QWidget):
    """Only shows; asks nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setAccessibleName("Status")
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme: Theme | None = None
        self._warning = self._about_file = self._until_edit = False
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
        self._encoding = OneLine("encoding", "Encoding", self)
        self._line_ends = OneLine("line_ends", "Line ends", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE, 0, _EDGE, 0)
        row.setSpacing(_GAP)
        row.addWidget(self._engine)
        row.addWidget(self._message, 1)
        row.addStretch(0)
        row.addWidget(self._last_run)
        row.addWidget(self._encoding)
        row.addWidget(self._line_ends)
        row.addWidget(self._count)
        self._message.say("")
        self._last_run.say("")
        self.show_file(None)
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
        """The model can be used. Which one, and where, is in the tip."""
        packed = f", in {ready.weights}" if ready.weights in _PACKED else ""
        self._engine.setToolTip(f"Checkpoint: {ready.checkpoint.name}, on {ready.device}{packed}")
        self._engine.say("Ready")
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
        """How long a finished run took; its steps and tokens per forward pass are in the tip."""
        steps = "1 step" if result.steps == 1 else f"{result.steps} steps"
        self._last_run.say(f"Done in {_duration(result.seconds)}")
        self._last_run.setToolTip(f"{steps}, {result.tokens_per_forward:.1f} tokens per pass")
        self._make_room()

    @Slot(str)
    def show_message(self, line: str) -> None:
        """Show a line for a while."""
        self._say(line, warning=False)

    @Slot(str)
    def show_undo_offer(self, line: str) -> None:
        """Show a line that is true only until the text changes."""
        self._say(line, warning=False)
        self._until_edit = True

    @Slot(str)
    def show_warning(self, line: str) -> None:
        """Show a line the writer must not miss; it stays until the next message, or until the writer has gone on."""
        self._say(line, warning=True)

    @Slot(str)
    def show_file_warning(self, line: str) -> None:
        """Show a warning about a file that could not be opened or saved; it goes when another one is open."""
        self._say(line, warning=True)
        self._about_file = True

    @Slot()
    def take_document(self) -> None:
        """Another document is open."""
        if self._about_file:
            self._clear_message()

    @Slot(int, int, int)
    def take_edit(self, _position: int, removed: int, added: int) -> None:
        """The text has changed: the writer has seen a warning, and nothing else is undone by the next Ctrl+Z."""
        if not removed and not added:
            return
        if self._until_edit:
            self._clear_message()
        elif self._warning and not self._silence.isActive():
            self._silence.start(_SHOWN)

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

    def show_file(self, file: TextFile | None, document: QTextDocument | None = None) -> None:
        """Say what is unusual about the open file: an encoding other than UTF-8, more than one kind of line end.

        document: the writer's text, in which very long lines may be folded.
        """
        encoding = file.encoding if file else TextEncoding()
        guess = " (guessed)" if encoding.guessed else ""
        self._encoding.say("" if encoding == TextEncoding() else encoding.label + guess)
        self._encoding.setToolTip(
            "If the text reads wrong, choose another encoding with File > Encoding…"
            if guess
            else "Saving keeps this encoding; File > Encoding… changes it."
        )
        notes = {
            "Mixed line ends": (
                bool(file and file.line_ends.mixed),
                "Each line keeps its own line end; a new line gets that of its neighbour.",
            ),
            "Long lines folded": (
                bool(document and has_folds(document)),
                "Very long lines are folded on the page only; saving keeps them whole.",
            ),
        }
        said = {words: tip for words, (holds, tip) in notes.items() if holds}
        self._line_ends.say(" · ".join(said))
        self._line_ends.setToolTip("\n".join(said.values()))

    @property
    def message(self) -> str:
        """The message shown; "" when there is none."""
        return self._message.text()

    def _say(self, line: str, *, warning: bool) -> None:
        self._warning = warning
        self._about_file = self._until_edit = False
        self._message.say(line)
        self._message.setToolTip(line)
        self._make_room()
        self._colour()
        if warning:
            self._silence.stop()
        elif line:
            self._silence.start(_SHOWN)
        if line:
            self._announce(line)

    @Slot()
    def _clear_message(self) -> None:
        self._silence.stop()
        self._warning = self._about_file = self._until_edit = False
        self._message.say("")
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A message that no longer fits takes the room of the last run."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Hide the last run where a message would be cut: the message matters more, and it goes again."""
        others = (self._engine, self._last_run, self._line_ends, self._count)
        taken = sum(label.sizeHint().width() + _GAP for label in others if label.text())
        fits = self._message.sizeHint().width() + taken + 2 * _EDGE <= self.width()
        self._last_run.setVisible(bool(self._last_run.text()) and (fits or not self._message.text()))

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
