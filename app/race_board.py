"""What is seen of a race: what is compared, both sides beside each other, and the plot below them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.race import NAMES, Recording
from app.race_legend import RaceLegend
from app.race_pane import RacePane
from app.race_plot import RacePlot
from app.settings import Settings
from app.theme import Theme, ThemeSource
from engine import Action, Decoder, EditRequest, Frame


class RaceBoard(QWidget):
    """Shows a race at any moment, in the colours and with the motion that the settings ask for."""

    def __init__(self, settings: Settings, themes: ThemeSource) -> None:
        super().__init__()
        self.about = quiet_line("race_about", "What is compared")
        self.panes = {decoder: RacePane(decoder, themes.theme, settings.value("text_size")) for decoder in NAMES}
        self.legend = RaceLegend(themes.theme)
        self.legend.hide()
        self.plot = RacePlot(themes.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.about)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        for pane in self.panes.values():
            sides.addWidget(pane, 1)
            pane.token_chosen.connect(self._take_choice)
        column.addLayout(sides, 1)
        column.addWidget(self.legend)
        column.addWidget(self.plot)
        self._take_setting("reduced_motion", settings.value("reduced_motion"))
        settings.changed.connect(self._take_setting)
        themes.theme_changed.connect(self._take_theme)

    def show_subject(self, subject: EditRequest, checkpoint: str) -> None:
        """The text as it stands, and nothing of a race. checkpoint: its name, "" while nobody knows it."""
        same = f"the same checkpoint ({checkpoint})" if checkpoint else "the same checkpoint"
        if subject.action is Action.FILL:
            seen = "Diffusion sees both sides of the gap; autoregressive decoding is blind to what follows."
        else:
            seen = "Both write on from here and are blind to what follows."
        self.about.setText(f"Both sides are {same}. {seen}")
        for pane in self.panes.values():
            pane.set_subject(subject)
            pane.choose(-1)
        self.plot.show_moment((), 0.0)

    def show_work(self, at_work: Decoder) -> None:
        """One side is being computed; the other waits, or has been computed and waits to be played."""
        for decoder, pane in self.panes.items():
            rest = "waiting" if at_work is Decoder.DIFFUSION else "computed"
            pane.show_state("computing" if decoder is at_work else rest)

    def show_live(self, decoder: Decoder, frame: Frame) -> None:
        """The newest frame of the side at work."""
        self.panes[decoder].show_live(frame)

    def show_moment(self, sides: Sequence[Recording], seconds: float) -> None:
        """Both sides so many seconds after their runs had started."""
        for side in sides:
            self.panes[side.decoder].show_moment(side, seconds)
        self.plot.show_moment(sides, seconds)

    @Slot(bool)
    def show_grid(self, on: bool) -> None:
        """Show both canvases as grids of tokens, or as running text."""
        for pane in self.panes.values():
            pane.show_grid(on)
        self.legend.setVisible(on)

    def advance(self, seconds: float) -> bool:
        """Move both pictures on. False when they are at rest."""
        moving = [pane.advance(seconds) for pane in self.panes.values()]
        return any(moving)

    @Slot(int)
    def _take_choice(self, number: int) -> None:
        """The token at the same place of both sides."""
        for pane in self.panes.values():
            pane.choose(number)

    @Slot(str, object)
    def _take_setting(self, name: str, value: object) -> None:
        for pane in self.panes.values():
            if name == "text_size":
                pane.set_text_size(value)
            elif name == "reduced_motion":
                pane.canvas.moves = not value

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.plot.theme = self.legend.theme = theme
        for pane in self.panes.values():
            pane.set_theme(theme)
        self.update()


def quiet_line(name: str, title: str) -> QLabel:
    """A line of text that may break into several."""
    label = QLabel()
    label.setObjectName(name)
    label.setAccessibleName(title)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setContentsMargins(16, 8, 16, 8)
    return label
