"""The view of a race: what is compared, both sides next to each other, and the plot below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.race.legend import RaceLegend
from app.race.pane import RacePane
from app.race.plot import HIGHEST, LOWEST, RacePlot
from app.race.recording import NAMES, Recording
from app.race.sight import SightReader
from app.settings import Settings
from app.theme import Theme, ThemeSource
from engine import Action, Checkpoint, Decoder, EditRequest, Frame, Stage

_SPARE = 40
"""Pixels of text or grid that take precedence over the plot, in addition to those always visible."""
_PLOT_SHARE = 0.5
"""Share of the height that is left for text and plot together."""


class RaceBoard(QWidget):
    """Shows a race at any moment, with the theme and motion of the settings."""

    def __init__(self, settings: Settings, themes: ThemeSource) -> None:
        super().__init__()
        self.about = quiet_line("race_about", "What is compared")
        self.panes = {decoder: RacePane(decoder, themes.theme, settings.value("text_size")) for decoder in NAMES}
        self.legend = RaceLegend(themes.theme)
        self.plot = RacePlot(themes.theme)
        self._asks = self._sees = False
        self._sides: Sequence[Recording] = ()
        self.checkpoints: Mapping[Decoder, Checkpoint] = {}
        self._reader = SightReader(self)
        self._reader.found.connect(self._take_sight)
        column = self._column = QVBoxLayout(self)
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
        self._settings = settings
        self._take_setting("reduced_motion", None)
        settings.changed.connect(self._take_setting)
        themes.theme_changed.connect(self._take_theme)

    def show_subject(self, subject: EditRequest, checkpoints: Mapping[Decoder, Checkpoint]) -> None:
        """Show the text before a race. checkpoints: of both sides, as far as they are known."""
        self.checkpoints = checkpoints
        self._sides = ()
        if subject.action is Action.FILL:
            seen = "Diffusion sees both sides of the gap, autoregressive decoding only the text before it: "
            seen += "the rest is hatched."
        else:
            seen = "Both continue from here and see only the text before."
        self.about.setText(f"{_compared(checkpoints)} {seen}")
        for decoder, pane in self.panes.items():
            pane.set_subject(subject)
            pane.show_checkpoint(_writer(decoder, checkpoints))
            pane.choose(-1)
        self.plot.show_moment((), 0.0)
        self._look()

    def show_work(self, at_work: Sequence[Decoder]) -> None:
        """Mark these sides as being computed; another one is waiting, or has been computed already."""
        for decoder, pane in self.panes.items():
            rest = "computed" if decoder is Decoder.DIFFUSION else "waiting"
            pane.show_state("computing" if decoder in at_work else rest)

    def show_live(self, decoder: Decoder, frame: Frame) -> None:
        """Show the newest frame of a running side."""
        self.panes[decoder].show_live(frame)

    def show_moment(self, sides: Sequence[Recording], seconds: float) -> None:
        """Show both sides so many seconds after their runs started."""
        for side in sides:
            self.panes[side.decoder].show_moment(side, seconds)
        self.plot.show_moment(sides, seconds)
        if sides is not self._sides:
            self._sides = sides
            self._look()
        self._choose_first()

    @property
    def shows_grid(self) -> bool:
        """Whether the canvases are shown as grids."""
        return self.legend.cells

    @Slot(bool)
    def show_grid(self, on: bool) -> None:
        """Show both canvases as grids of tokens, or as running text."""
        for pane in self.panes.values():
            pane.show_grid(on)
        self.legend.show_parts(cells=on, sight=self._asks)
        self._fit()

    @Slot(bool)
    def show_sight(self, on: bool) -> None:
        """Show what the chosen token can see on either side, or stop showing it."""
        self._asks = on
        self.legend.show_parts(cells=self.shows_grid, sight=on)
        self._look()
        self._fit()

    @Slot(int)
    def move_choice(self, by: int) -> None:
        """Choose the next (1) or the previous (-1) token on both sides."""
        panes = self.panes.values()
        last = max(len(pane.grid.cells) for pane in panes) - 1
        chosen = max(pane.grid.chosen for pane in panes)
        self._take_choice(min(last, max(0, chosen + by)) if chosen >= 0 else min(0, last))

    def _look(self) -> None:
        """Find out what was read around the blocks of the race shown, if wanted."""
        self._reader.stop()
        if self._asks and self._sides and self.checkpoints:
            self._reader.read([(self.checkpoints[side.decoder], side) for side in self._sides])
            self._tell_sight("Looking it up…")
        else:
            self._tell_sight("Run a race to see what its tokens see." if self._asks else "")

    @Slot(object)
    def _take_sight(self, found: Sequence[Sequence[Stage]] | str) -> None:
        if isinstance(found, str):
            self._tell_sight(found)
            return
        for side, own in zip(self._sides, found, strict=True):
            self.panes[side.decoder].show_sight(own, "Choose a token with Alt+Right or by clicking it.")
        self._sees = True
        self._choose_first()

    def _choose_first(self) -> None:
        """Choose the first token as soon as there is one: what it sees may be known before the first frame."""
        if self._sees and all(pane.grid.chosen < 0 for pane in self.panes.values()):
            self.move_choice(1)

    def _tell_sight(self, line: str) -> None:
        """Show nothing, and why."""
        self._sees = False
        for pane in self.panes.values():
            pane.show_sight((), line)

    def stop(self) -> None:
        """Stop looking up what tokens see."""
        self._reader.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the available height."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Share the height between text and plot; in a low window, text, grid and figures come first."""
        plot = self.plot
        others = self._column.minimumHeightForWidth(self.width()) - (0 if plot.isHidden() else plot.minimumHeight())
        spare = self.height() - others - _SPARE
        plot.setFixedHeight(max(LOWEST, min(HIGHEST, round(_PLOT_SHARE * spare))))
        plot.setVisible(spare >= plot.minimumHeight())

    def advance(self, seconds: float) -> bool:
        """Advance both animations. False when they are at rest."""
        moving = [pane.advance(seconds) for pane in self.panes.values()]
        return any(moving)

    @Slot(int)
    def _take_choice(self, number: int) -> None:
        """Choose the token at the same position on both sides."""
        for pane in self.panes.values():
            pane.choose(number)

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        for pane in self.panes.values():
            if name == "text_size":
                pane.set_text_size(self._settings.value(name))
            elif name == "reduced_motion":
                pane.canvas.moves = not self._settings.value(name)

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self.plot.theme = self.legend.theme = theme
        for pane in self.panes.values():
            pane.set_theme(theme)
        self.update()


def _compared(checkpoints: Mapping[Decoder, Checkpoint]) -> str:
    """What is compared, in words."""
    left, right = checkpoints.get(Decoder.DIFFUSION), checkpoints.get(Decoder.AUTOREGRESSIVE)
    if left is None:
        return "Both sides use the same checkpoint."
    if right is None:
        return f"On the left: {left.name}. The opponent on the right is not loaded yet."
    if left is not right:
        return (
            f"On the left: {left.name}. On the right: {right.name}, which has its own tokens, so −log₂ p is given "
            "only for the left side."
        )
    return f"Both sides use the same checkpoint ({left.name})."


def _writer(decoder: Decoder, checkpoints: Mapping[Decoder, Checkpoint]) -> str:
    """The checkpoint of a side, in words."""
    left, own = checkpoints.get(Decoder.DIFFUSION), checkpoints.get(decoder)
    if decoder is Decoder.DIFFUSION:
        return own.name if own else ""
    if own is left:
        return "same checkpoint"
    if own is None:
        return "not loaded yet"
    return f"{own.name}, causal decoding" if Decoder.DIFFUSION in own.decoders else own.name


def quiet_line(name: str, title: str) -> QLabel:
    """A label whose text wraps."""
    label = QLabel()
    label.setObjectName(name)
    label.setAccessibleName(title)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setContentsMargins(16, 8, 16, 8)
    return label
