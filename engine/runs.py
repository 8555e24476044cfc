"""What every run has in common: who asked, what is counted, and how the steps of a canvas become frames and text."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from engine.canvas import Canvas, SlotChange
from engine.denoise import Context, Step
from engine.errors import RequestError
from engine.frames import Frame
from engine.framing import CanvasReader, Framer, Place
from engine.layout import Layout
from engine.live import LiveCanvas
from engine.moves import Change, Move, Reseed
from engine.ranking import causal_bits, rank
from engine.request import EditRequest, EditResult, StoppedBy

if TYPE_CHECKING:
    from engine.session import Session


_LEAST_CANVAS = 16


class RunCancelledError(Exception):
    """The run was cancelled between two steps. Control flow, not an error: nothing of the run may be used."""


@dataclass(slots=True)
class Counts:
    """What a run adds up for its result, of the first variant. empty: whether any group found nothing to say."""

    steps: int = 0
    forward_passes: int = 0
    tokens: int = 0
    melts: int = 0
    prefill_seconds: float = 0.0
    converged: bool = True
    empty: bool = False
    started: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take at once. rows: canvases side by side. canvas: positions of one."""

    rows: int
    canvas: int

    def halved(self, used: Limits) -> Limits | None:
        """Half of what was used when memory ran out: first of the batch, then of the canvas. None: there is no less."""
        if used.rows > 1:
            return Limits(used.rows // 2, self.canvas)
        half = min(used.canvas, self.canvas) // 2
        return Limits(1, half) if half >= _LEAST_CANVAS else None


class Inbox:
    """What a person asks for during a run; in this one nobody asks for anything."""

    def take(self) -> Sequence[Change]:
        """The changes since it was asked last, in order."""
        return ()

    def answer(self, change: Change, refusal: str) -> None:
        """Told of each change whether it took effect: "", or else why not, in one line."""


class Run(ABC):
    """One request under way.

    generator: all draws of the variant under way come from it. inbox: asked between any two steps of what is shown.
    limits: what it may take at once. used: the most it has taken yet.
    """

    def __init__(
        self,
        session: Session,
        request: EditRequest,
        run: int,
        on_group: Callable[[int, int], None],
        on_frame: Callable[[Frame], None],
        cancelled: Callable[[], bool],
        inbox: Inbox,
        limits: Limits,
    ) -> None:
        self.session = session
        # Every layout is made for what there is memory for.
        self.checkpoint = replace(session.checkpoint, trained_canvas=limits.canvas)
        self.limits = limits
        self.used = Limits(1, 1)
        self.request = request
        self.run = run
        self.on_group = on_group
        self.on_frame = on_frame
        self.cancelled = cancelled
        self._inbox = inbox
        self._script = sorted(request.script, key=lambda move: move.after)
        self._moves: list[Move] = []
        self._live: LiveCanvas | None = None
        self.generator = torch.Generator(session.denoiser.device)
        self.settings = request.settings or session.checkpoint.sampler
        self.counts = Counts()

    @abstractmethod
    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Run all variants. on_start: told the range that will be replaced."""

    def _finished(self, start: int, end: int, variants: Sequence[str], note: str) -> EditResult:
        """The result of a run that replaces this range of the text."""
        counts, session, text = self.counts, self.session, self.request.text
        ranked = rank(session.denoiser, session.checkpoint, session.vocabulary, text[:start], variants, text[end:])
        seconds = time.perf_counter() - counts.started
        bits = None
        if self.request.recorded:
            bits = causal_bits(session.denoiser, session.checkpoint, session.vocabulary, text[:start], ranked[0])
        return EditResult(
            run=self.run,
            action=self.request.action,
            start=start,
            end=end,
            original=self.request.text[start:end],
            replacement=ranked[0],
            variants=tuple(ranked),
            steps=counts.steps,
            forward_passes=counts.forward_passes,
            tokens=counts.tokens,
            melts=counts.melts,
            seconds=seconds,
            prefill_seconds=counts.prefill_seconds,
            stopped_by=StoppedBy.CONVERGED if counts.converged else StoppedBy.STEPS,
            note=note,
            causal_bits=bits,
            moves=tuple(self._moves),
        )

    def changes(self) -> list[SlotChange]:
        """What is changed before the step that follows: what the request foresees, then what a person asks for now.

        Raises RequestError where the request foresees what cannot be.
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
        """Do one change, and keep it with its place, so that the run can be repeated."""
        found = []
        if isinstance(change, Reseed):
            self.generator.manual_seed(change.seed)
        elif self._live is not None:
            found = self._live.change(change)
        self._moves.append(Move(self.counts.forward_passes, change))
        return found

    def take(self, rows: int, canvas: int) -> None:
        """Note what a pass is going to take."""
        self.used = Limits(max(rows, self.used.rows), max(canvas, self.used.canvas))

    def prefill(self, tokens: Sequence[int], shown: bool) -> Context:
        """Read tokens, and count the time of what is shown."""
        started = time.perf_counter()
        context = self.session.denoiser.prefill(tokens)
        if shown:
            self.counts.prefill_seconds += time.perf_counter() - started
        return context

    def watch(
        self, steps: Iterable[Step], most: int, layout: Layout, canvas: Canvas, place: Place, rows: int, shown: bool
    ) -> tuple[list[str], list[bool]]:
        """Follow the steps of one canvas to their end: the text of each row, and whether it is blank.

        most: steps there can be. shown: whether the first row is seen as frames and counted.
        Raises RunCancelledError.
        """
        counts = self.counts
        self.take(rows, len(layout.tokens))
        reader = CanvasReader(self.session.vocabulary, layout, canvas)
        framer = Framer(reader, place, 0, most, counts.started)
        step = None
        first_runs = shown
        self._live = LiveCanvas(reader, place.group) if shown else None
        for step in steps:
            if first_runs:
                self._live.see(step)
                counts.steps += step.number > 0
                counts.forward_passes += step.passes if step.number else 0
                self.on_frame(framer.frame(step, counts.forward_passes))
                # The first row may be finished while other variants go on.
                first_runs = not step.finished[0]
        if step is None or not step.last:
            raise RunCancelledError
        if shown:
            counts.tokens += reader.tokens_written(step, 0)
            counts.melts += sum(framer.melts)
            counts.converged &= bool(step.finished[0])
        texts = ["".join(reader.draft(step, row)[1]) for row in range(rows)]
        return texts, [reader.is_blank(step, row) for row in range(rows)]
