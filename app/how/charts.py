"""The two charts of the help page: which slots a step accepts, and how a run ends."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.how.pages import stop_rule
from app.how.picture import Picture
from app.how.run import Rank, accepted, ranks
from app.melt.cells import EMPTY, Faces
from app.theme import Theme
from engine import StoppedBy

_WAITING = 4
"""How many slots that were not accepted get a bar."""
_BEYOND = "starts at {:.1f} nats"
"""Shown beyond the bound in place of a bar that starts far from it."""
_FLOOR = 0.001
"""Nats at the lower edge of the plot; the scale is logarithmic, and a mean can be close to 0."""
_PLOT = 150.0


class AcceptanceChart(Picture):
    """Slots, the most certain first; each bar starts where the previous one ends, and must start within the bound."""

    usual = 256

    def caption(self) -> str:
        """The figures of the step."""
        order = self._ranks
        taken = [rank for rank in order if rank.accepted]
        return (
            f"Step {self.recording.acceptance}: each bar is the entropy of a slot and starts where the previous one "
            f"ends. A slot is accepted (✓) if its bar starts within the bound of {self._bound:g} nats: {len(taken)} of "
            f"{len(order)}."
        )

    def description(self) -> str:
        """In words."""
        slots = "; ".join(
            f"{rank.text or EMPTY}, {rank.entropy:.2f} nats after {rank.before:.2f}, "
            + ("accepted" if rank.accepted else "not accepted")
            for rank in self._ranks
        )
        return f"{self.caption()} Most certain first: {slots}."

    @property
    def _bound(self) -> float:
        return self.recording.settings.entropy_bound

    @property
    def _ranks(self) -> list[Rank]:
        return ranks(self.recording.frames[self.recording.acceptance])

    @property
    def _shown(self) -> list[Rank]:
        order = self._ranks
        return order[: accepted(self.recording.frames[self.recording.acceptance]) + _WAITING]

    @property
    def _row(self) -> float:
        return self.faces.notes.height() + 5

    def _height(self, width: float) -> float:
        hidden = len(self._ranks) > len(self._shown)
        return self._row * (len(self._shown) + 1 + hidden)

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        notes, shown = self.faces.notes, self._shown
        names = [rank.text or EMPTY for rank in shown]
        tick = notes.horizontalAdvance("✓ ")
        left = area.left() + tick + max(map(notes.horizontalAdvance, names), default=0.0) + 12
        bars = QRectF(left, area.top() + self._row, area.right() - left, self._row * len(shown))
        beyond = max(bars.width() / 3, notes.horizontalAdvance(_BEYOND.format(99)) + 10)
        scale = max(1.0, bars.width() - beyond) / self._bound
        self._paint_bound(painter, bars, scale)
        for number, (rank, name) in enumerate(zip(shown, names, strict=True)):
            y = bars.top() + number * self._row
            self._note(painter, area.left() + tick, y + notes.ascent() + 2, name)
            if rank.accepted:
                self._note(painter, area.left(), y + notes.ascent() + 2, "✓")
            self._paint_bar(painter, rank, QRectF(bars.left(), y + 3, bars.width(), self._row - 6), scale)
        hidden = len(self._ranks) - len(shown)
        if hidden:
            self._note(painter, area.left() + tick, bars.bottom() + notes.ascent() + 2, f"and {hidden} more waiting")

    def _paint_bar(self, painter: QPainter, rank: Rank, row: QRectF, scale: float) -> None:
        """Paint a bar that starts at the sum of those before; beyond the width, print its start instead."""
        start, end = rank.before * scale, (rank.before + rank.entropy) * scale
        color = self.theme.accent
        painter.setPen(QPen(color if rank.accepted else self.theme.ink_faint, 1.2))
        painter.setBrush(color if rank.accepted else QColor(Qt.GlobalColor.transparent))
        text = f"{rank.entropy:.2f}"
        room = self.faces.notes.horizontalAdvance(text) + 10
        if start >= row.width() - room:
            beyond = _BEYOND.format(rank.before)
            across = row.right() - self.faces.notes.horizontalAdvance(beyond)
            self._note(painter, across, row.top() + self.faces.notes.ascent() - 1, beyond)
            return
        end = min(end, row.width() - room)
        painter.drawRect(QRectF(row.left() + start, row.top(), max(1.5, end - start), row.height()))
        self._note(painter, row.left() + end + 8, row.top() + self.faces.notes.ascent() - 1, text)

    def _paint_bound(self, painter: QPainter, bars: QRectF, scale: float) -> None:
        """Paint the line after which no bar may start."""
        x = bars.left() + self._bound * scale
        painter.setPen(QPen(self.theme.hairline, 1))
        painter.drawLine(bars.topLeft(), bars.bottomLeft())
        painter.setPen(QPen(self.theme.pinned, 1.4, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, bars.top() - 2), QPointF(x, bars.bottom()))
        text = f"entropy bound {self._bound:g} nats"
        x = min(
            x - self.faces.notes.horizontalAdvance(text) / 2, bars.right() - self.faces.notes.horizontalAdvance(text)
        )
        self._note(painter, x, bars.top() - 6, text)


class StopPlot(Picture):
    """The mean entropy over the steps, the threshold, and how many slots of the draft each step changed.

    index: the marked step; 0 marks none.
    """

    usual = 216

    def __init__(self, name: str, title: str, theme: Theme, faces: Faces) -> None:
        super().__init__(name, title, theme, faces)
        self.index = 0

    def show_frame(self, index: int) -> None:
        """Mark a step."""
        self.index = index
        self.update()

    def caption(self) -> str:
        """How this run ended, and the checkpoint's stop rule."""
        recording = self.recording
        converged = recording.result.stopped_by is StoppedBy.CONVERGED
        how = "and the run stopped" if converged else "and all steps had been used"
        changed = recording.changes[-1] if recording.changes else 0
        return (
            f"Step {recording.steps}: {changed} slots of the draft changed, the mean entropy was "
            f"{recording.means[-1]:.3f} nats, {how}. {stop_rule(recording.settings)}"
        )

    def description(self) -> str:
        """In words."""
        changes: list[int | None] = [None, *self.recording.changes]
        steps = "; ".join(
            f"step {step}: {mean:.3f} nats" + ("" if changed is None else f", {changed} slots changed")
            for step, (mean, changed) in enumerate(zip(self.recording.means, changes, strict=True), 1)
        )
        return f"{self.caption()} {steps}. The result: {self.recording.result.replacement}"

    def _height(self, width: float) -> float:
        return _PLOT + 4.0 * self.faces.notes.height()

    def _paint(self, painter: QPainter, area: QRectF) -> None:
        notes, means = self.faces.notes, self.recording.means
        top = math.ceil(math.log10(max(*means, 1.0, self.recording.settings.confidence)))
        lowest = min(_FLOOR, self.recording.settings.confidence / 10)
        bottom = math.floor(math.log10(lowest))
        heading = "changed slots"
        left = area.left() + notes.horizontalAdvance(heading) + 14
        plot = QRectF(left, area.top() + 1.8 * notes.height(), area.right() - left - 14, _PLOT)
        self._note(painter, area.left(), area.top() + notes.ascent(), "mean entropy in nats (log scale)")

        def y_of(nats: float) -> float:
            share = (math.log10(max(nats, 10.0**bottom)) - bottom) / (top - bottom)
            return plot.bottom() - share * plot.height()

        for power in range(bottom, top + 1):
            self._paint_grid(painter, plot, y_of(10.0**power), f"{10.0**power:g}")
        self._paint_threshold(painter, plot, y_of(self.recording.settings.confidence))
        points = [QPointF(self._x_of(plot, step), y_of(mean)) for step, mean in enumerate(means, 1)]
        self._paint_line(painter, points)
        self._paint_steps(painter, area, plot, heading)

    def _x_of(self, plot: QRectF, step: int) -> float:
        """The horizontal position of a step."""
        return plot.left() + plot.width() * (step - 0.5) / self.recording.steps

    def _paint_grid(self, painter: QPainter, plot: QRectF, y: float, text: str) -> None:
        painter.setPen(QPen(self.theme.hairline, 1))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        notes = self.faces.notes
        self._note(painter, plot.left() - 8 - notes.horizontalAdvance(text), y + notes.xHeight() / 2, text)

    def _paint_threshold(self, painter: QPainter, plot: QRectF, y: float) -> None:
        painter.setPen(QPen(self.theme.pinned, 1.4, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        text = f"threshold {self.recording.settings.confidence:g}"
        self._note(painter, plot.left() + 6, y + self.faces.notes.ascent() + 2, text)

    def _paint_line(self, painter: QPainter, points: list[QPointF]) -> None:
        """Paint the curve of the mean entropy, with a ring around the marked step."""
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        painter.setBrush(QColor(Qt.GlobalColor.transparent))
        painter.setPen(QPen(self.theme.accent, 2))
        painter.drawPath(path)
        if self.index:
            painter.drawEllipse(points[self.index - 1], 7.0, 7.0)
        painter.setBrush(self.theme.accent)
        for point in points:
            painter.drawEllipse(point, 2.5, 2.5)

    def _paint_steps(self, painter: QPainter, area: QRectF, plot: QRectF, heading: str) -> None:
        """Paint below the plot the number of each step, and how many slots it changed."""
        notes = self.faces.notes
        first, second = plot.bottom() + notes.height() + 2, plot.bottom() + 2.1 * notes.height() + 2
        self._note(painter, area.left(), first, "step")
        self._note(painter, area.left(), second, heading)
        widest = notes.horizontalAdvance("00") + 6
        every = math.ceil(widest / (plot.width() / self.recording.steps))
        changes = ["", *map(str, self.recording.changes)]
        for step in range(1, self.recording.steps + 1):
            if (step - 1) % every:
                continue
            for text, baseline in ((str(step), first), (changes[step - 1], second)):
                self._note(painter, self._x_of(plot, step) - notes.horizontalAdvance(text) / 2, baseline, text)
