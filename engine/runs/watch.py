"""Follows a run: turns the steps of a canvas into frames and text, counts them, and delivers changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from engine.contracts.errors import RequestError
from engine.contracts.frames import Frame
from engine.contracts.moves import Change, Move, Reseed
from engine.diffusion.canvas import Canvas, SlotChange
from engine.diffusion.denoiser import Context
from engine.diffusion.layout import Layout
from engine.diffusion.step import Step
from engine.runs.framing import CanvasReader, Framer, Place
from engine.runs.inbox import Inbox
from engine.runs.live import LiveCanvas
from engine.runs.terms import Limits, Terms
from engine.text.quotes import QuoteStyle


class RunCancelledError(Exception):
    """The run was cancelled between two steps. Control flow, not an error: none of its output may be used."""


@dataclass(slots=True)
class Counts:
    """Totals for the result, for the first variant. empty: whether any group came out empty.
    restored: whether new words would have changed the structure of the text anywhere.
    """

    steps: int = 0
    forward_passes: int = 0
    tokens: int = 0
    melts: int = 0
    prefill_seconds: float = 0.0
    converged: bool = True
    empty: bool = False
    restored: bool = False
    started: float = field(default_factory=time.perf_counter)


class Watch:
    """One run as seen from outside.

    run: its number. on_group, on_frame, cancelled: as in `engine.runs.session.Session.run`.
    counts: of the first variant. moves: the changes so far. used: the most it has used at a time.
    generator: the source of all draws of the current variant.
    """

    def __init__(
        self,
        terms: Terms,
        run: int,
        on_group: Callable[[int, int], None],
        on_frame: Callable[[Frame], None],
        cancelled: Callable[[], bool],
        inbox: Inbox,
    ) -> None:
        self.run = run
        self.on_group = on_group
        self.cancelled = cancelled
        self.counts = Counts()
        self.moves: list[Move] = []
        self.used = Limits(1, 1)
        self.generator = torch.Generator(terms.model.denoiser.device)
        self._model, self._request = terms.model, terms.request
        self._on_frame = on_frame
        self._inbox = inbox
        self._script = sorted(terms.request.script, key=lambda move: move.after)
        self._live: LiveCanvas | None = None

    @cached_property
    def style(self) -> QuoteStyle:
        """How the text around the selection writes quotations."""
        request = self._request
        return QuoteStyle.of(request.text, request.start, request.end, request.markup)

    def go_on(self) -> None:
        """Raises RunCancelledError if the run was cancelled."""
        if self.cancelled():
            raise RunCancelledError

    def changes(self) -> list[SlotChange]:
        """The changes to make before the next step: those of the request's script, then those a person asks for now.

        Raises RequestError if the script has an impossible change.
        """
        changes: list[SlotChange] = []
        passes = self.counts.forward_passes
        while self._script and self._script[0].after <= passes:
            changes += self._changed(self._script.pop(0).change)
        for change in self._inbox.take():
            try:
                changes += self._changed(change)
            except RequestError as error:
                self._inbox.answer(change, str(error))
            else:
                self._inbox.answer(change, "")
        return changes

    def _changed(self, change: Change) -> list[SlotChange]:
        """Make one change, and record it with its place, so that the run can be repeated."""
        found: list[SlotChange] = []
        if isinstance(change, Reseed):
            self.generator.manual_seed(change.seed)
        elif self._live is not None:
            found = self._live.change(change)
        self.moves.append(Move(self.counts.forward_passes, change))
        return found

    def take(self, rows: int, canvas: int) -> None:
        """Note how much the next pass uses."""
        self.used = Limits(max(rows, self.used.rows), max(canvas, self.used.canvas))

    def prefill(self, tokens: Sequence[int], shown: bool) -> Context:
        """Read tokens, and count the time if the variant is shown."""
        started = time.perf_counter()
        context = self._model.denoiser.prefill(tokens)
        if shown:
            self.counts.prefill_seconds += time.perf_counter() - started
        return context

    def follow(
        self,
        steps: Iterable[Step],
        most: int,
        layout: Layout,
        canvas: Canvas,
        place: Place,
        rows: int,
        shown: bool,
        guard: Callable[[str], bool] | None = None,
        ends: Collection[int] | None = None,
    ) -> tuple[list[str], list[bool]]:
        """Follow the steps of one canvas to their end: the text of each row, and whether it is blank.

        most: the most steps there can be. shown: whether the first row is shown in frames and counted. guard, ends: as
        in `CanvasReader`.
        Raises RunCancelledError.
        """
        counts = self.counts
        self.take(rows, len(layout.tokens))
        before = place.head or self._request.before[: place.start]
        # An answer may hold code; it is dressed as a whole.
        style = self.style if ends is None else None
        reader = CanvasReader(self._model.vocabulary, layout, canvas, guard, style, before[-1:], ends)
        framer = Framer(reader, place, 0, most, counts.started)
        step = None
        first_runs = shown
        live = LiveCanvas(reader, place.group)
        self._live = live if shown else None
        for step in steps:
            if first_runs:
                live.see(step)
                counts.steps += step.number > 0
                counts.forward_passes += step.passes if step.number else 0
                self._on_frame(framer.frame(step, counts.forward_passes))
                # The first row may be finished while other variants continue.
                first_runs = not step.finished[0]
        if step is None or not step.last:
            raise RunCancelledError
        if shown:
            counts.tokens += reader.tokens_written(step, 0)
            counts.melts += sum(framer.melts)
            counts.converged &= bool(step.finished[0])
        texts = ["".join(reader.draft(step, row)[1]) for row in range(rows)]
        counts.restored |= reader.restored
        return texts, [reader.is_blank(step, row) for row in range(rows)]
