"""Tokens resolved on both sides in one plot, over time or over forward passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

# Uses the Qt binding that is already loaded.
import pyqtgraph
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsGridLayout

from app.race.recording import NAMES, Recording
from app.theme import Theme
from engine import Decoder

LOWEST, HIGHEST = 128, 320
"""Pixels, with heading and axis."""
_MARGINS = 12, 2, 20, 2
_TICK = 4
_FONT = 12
_WIDTH = 2.0
_DOT = 7
_FREE = (1.01, 1.06)
"""Extent of the axes relative to the data, so that no line or dot is cut off at the end."""
_LINES = {Decoder.DIFFUSION: "━━", Decoder.AUTOREGRESSIVE: "╍╍"}
"""Shown before a name, in the style of its line: a cue that does not depend on colour."""


class RacePlot(pyqtgraph.GraphicsLayoutWidget):
    """Two step curves of tokens, without empty slots, drawn as far as the race has been played.

    over_passes: count forward passes from left to right instead of seconds.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("race_plot")
        self.setAccessibleName("Tokens resolved")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedHeight(LOWEST)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._over_passes = False
        self._sides: Sequence[Recording] = ()
        self._position = 0.0
        # Built from parts: a whole PlotItem has menus that cannot be removed.
        grid = self.ci
        # pyqtgraph keeps its layout under the name of a method of Qt's.
        layout = cast("QGraphicsGridLayout", grid.layout)
        layout.setContentsMargins(*_MARGINS)
        layout.setSpacing(0)
        self._title = grid.addLabel(row=0, col=0, colspan=2, justify="left")
        self._axes = {name: _Axis(name) for name in ("left", "bottom")}
        # The plot only shows a race; it cannot be dragged or zoomed.
        self._view = grid.addViewBox(row=1, col=1, enableMenu=False, enableMouse=False)
        grid.addItem(self._axes["left"], row=1, col=0)
        grid.addItem(self._axes["bottom"], row=2, col=1)
        font = QFont(self.font())
        font.setPixelSize(_FONT)
        for axis in self._axes.values():
            axis.linkToView(self._view)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickFont=font, tickLength=_TICK, maxTickLevel=0)
        self._curves = {decoder: pyqtgraph.PlotCurveItem(antialias=True) for decoder in NAMES}
        self._heads = {decoder: pyqtgraph.ScatterPlotItem(size=_DOT, antialias=True) for decoder in NAMES}
        for item in (*self._curves.values(), *self._heads.values()):
            self._view.addItem(item)
        self._repaint()

    def wheelEvent(self, ev: QWheelEvent) -> None:
        """Leave the wheel to the scroll area."""
        ev.ignore()

    @property
    def theme(self) -> Theme:
        """The colours."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._theme = theme
        self._repaint()

    @property
    def over_passes(self) -> bool:
        """What is counted from left to right."""
        return self._over_passes

    @over_passes.setter
    def over_passes(self, on: bool) -> None:
        self._over_passes = on
        self._repaint()

    def show_moment(self, sides: Sequence[Recording], position: float) -> None:
        """Draw both sides up to a moment; without sides, clear the plot."""
        if sides is not self._sides:
            self._sides = sides
            self._set_range()
        self._position = position
        self._draw()
        self.setAccessibleDescription(
            "; ".join(
                f"{NAMES[side.decoder]}: {counts.tokens} after {counts.seconds:.3f} seconds"
                for side in sides
                for counts in (side.counts_at(position),)
            )
        )

    @property
    def shown_range(self) -> QRectF:
        """The range of the axes: passes or seconds, and tokens."""
        return self._view.viewRect()

    def points(self, side: Recording) -> list[tuple[float, int]]:
        """The points drawn for a side: passes or seconds, and the tokens resolved from then on."""
        shown = side.counts[: side.index_at(self._position) + 1]
        return [(counts.passes if self._over_passes else counts.seconds, counts.tokens) for counts in shown]

    def _repaint(self) -> None:
        """Colours, words and range."""
        theme = self._theme
        self._axes["bottom"].whole = self._over_passes
        self.setBackground(theme.chrome)
        for axis in self._axes.values():
            axis.setPen(theme.hairline)
            axis.setTextPen(theme.chrome_ink)
        for decoder, curve in self._curves.items():
            curve.setPen(self._pen(decoder))
            self._heads[decoder].setPen(None)
            self._heads[decoder].setBrush(self._pen(decoder).color())
        names = "".join(
            f'&nbsp;&nbsp;&nbsp;<span style="color: {self._pen(decoder).color().name()}">{line}</span> {NAMES[decoder]}'
            for decoder, line in _LINES.items()
        )
        unit = "passes" if self._over_passes else "seconds"
        heading = f"Tokens resolved over {unit}{names}"
        self._title.setText(heading, size=f"{_FONT}px", color=theme.chrome_ink.name(), justify="left")
        self._set_range()
        self._draw()

    def _pen(self, decoder: Decoder) -> QPen:
        """Two colours, and two line styles."""
        first = decoder is Decoder.DIFFUSION
        color = self._theme.accent if first else self._theme.pinned
        pen = QPen(color, _WIDTH, Qt.PenStyle.SolidLine if first else Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        return pen

    def _set_range(self) -> None:
        """Make room for the whole race from the start, so that nothing jumps while it is played."""
        counts = [counts for side in self._sides for counts in side.counts]
        tallest = max((one.tokens for one in counts), default=0) or 1
        widest = max((one.passes if self._over_passes else one.seconds for one in counts), default=0) or 1
        self._view.setRange(xRange=(0, widest * _FREE[0]), yRange=(0, tallest * _FREE[1]), padding=0)

    def _draw(self) -> None:
        for decoder in NAMES:
            side = next((side for side in self._sides if side.decoder is decoder), None)
            across, up = self._staircase(side) if side is not None else ([], [])
            self._curves[decoder].setData(across, up)
            self._heads[decoder].setData(across[-1:], up[-1:])

    def _staircase(self, side: Recording) -> tuple[list[float], list[int]]:
        """The corners of a curve, from the start to the position of the playback."""
        across, up = [0.0], [0]
        for place, tokens in self.points(side):
            across += [place, place]
            up += [up[-1], tokens]
        if not self._over_passes:
            across.append(min(self._position, side.seconds))
            up.append(up[-1])
        return across, up


class _Axis(pyqtgraph.AxisItem):
    """An axis of whole numbers, if `whole`."""

    whole = True

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """Distances between ticks, and where they start; there is no half token."""
        found = super().tickSpacing(minVal, maxVal, size)
        return [(max(1.0, spacing) if self.whole else spacing, float(offset)) for spacing, offset in found]
