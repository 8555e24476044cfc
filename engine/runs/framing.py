"""Turns the steps of one canvas into text and frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import regex
import torch
from torch import Tensor

from engine.contracts.frames import Alternative, Frame, SlotState
from engine.diffusion.canvas import Canvas
from engine.diffusion.layout import Layout, Position
from engine.diffusion.step import Step
from engine.runs.spaces import close_up, fit, keep_apart, part, set_apart, space_as_written
from engine.text.answers import answer_range
from engine.text.balance import unpaired
from engine.text.fitting import fits
from engine.text.quotes import QuoteStyle
from engine.text.vocabulary import Vocabulary
from engine.text.words import as_read

ALTERNATIVES = 5
"""The most alternatives listed for a slot."""
# Control characters, line and paragraph separators, unassigned and private-use code points, and invalid ones.
_UNWRITABLE = regex.compile(r"[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\uFFFD]")
_UNWRITABLE_IN_ANSWERS = regex.compile(r"[[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\uFFFD]--[\n]]", regex.V1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a canvas belongs in the run and in the text. The fields are those of `Frame`."""

    run: int
    group: int
    groups: int
    start: int
    end: int
    head: str
    tail: str


class CanvasReader:
    """Reads the shown positions of a canvas as text. Pinned and kept words read exactly as the writer wrote them.

    typed: text typed by a person during the run: all of it at its first position, "" at the others.
    style: how the text around writes quotations; new words do the same. left: the character before the positions.
    guard: whether a final text of the range is sound; if not, the writer's own replaces it, and `restored` is set.
        None: any text is.
    ends: ids that end an answer, which may have several lines; None where no answer to an instruction is read.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        layout: Layout,
        canvas: Canvas,
        guard: Callable[[str], bool] | None = None,
        style: QuoteStyle | None = None,
        left: str = "",
        ends: Collection[int] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.layout = layout
        self.slots: list[int] = canvas.slots.tolist()
        self.typed: dict[int, str] = {}
        self.restored = False
        self._guard = guard
        self._style, self._left = style or QuoteStyle(), left
        self._ends = ends
        self._unwritable = _UNWRITABLE if ends is None else _UNWRITABLE_IN_ANSWERS

    def is_pinned(self, position: int) -> bool:
        """Whether a position must keep its text."""
        return self.layout.positions[position] is Position.PINNED or position in self.typed

    def by_position(self, values: Tensor, default: Sequence) -> list:
        """Values of the slots, (S,), spread over the shown positions; the others have their value in `default`."""
        spread = list(default)
        for slot, value in zip(self.slots, values.tolist(), strict=True):
            spread[slot] = value
        return spread

    def pieces(self, tokens: Sequence[int], kept: Sequence[bool]) -> list[str]:
        """The text of each shown position."""
        items: list[int | str] = list(tokens)
        for index, literal in enumerate(self.layout.literals[: self.layout.shown]):
            if literal is not None and (kept[index] or self.layout.positions[index] is Position.PINNED):
                items[index] = literal
        for index, literal in self.typed.items():
            items[index] = literal
        pieces = self.vocabulary.pieces(items)
        # Single tokens with control characters are banned, but the bytes of several can still form one.
        return [
            piece if isinstance(item, str) else self._unwritable.sub("", piece)
            for item, piece in zip(items, pieces, strict=True)
        ]

    def draft(self, step: Step, row: int) -> tuple[list[int], list[str]]:
        """Draft tokens of one row and their pieces, with white space corrected; the writer's text where none came."""
        shown = self.layout.shown
        tokens = self.by_position(step.draft[row], self.layout.tokens[:shown])
        kept = self.by_position(step.kept[row], [False] * shown)
        pieces = self.pieces(tokens, kept)
        if self._ends is not None and (step.last or step.finished[row]):
            first, last = answer_range(tokens, pieces, self._ends, self.vocabulary.is_special)
            pieces = [piece if first <= at < last else "" for at, piece in enumerate(pieces)]
        for gap in self.layout.gaps:
            if not kept[gap.first]:
                part(pieces, gap)
                if self.typed.keys().isdisjoint(range(gap.first, gap.last)):
                    space_as_written(pieces, gap)
        self._dress(pieces, kept)
        for position, literal in self.typed.items():
            if literal:
                set_apart(pieces, position)
        for stretch in self.layout.stretches:
            fit(pieces, stretch)
        for gap in self.layout.gaps:
            if not kept[gap.first] and self.typed.keys().isdisjoint(range(gap.first, gap.last)):
                close_up(pieces, gap, self._left, lambda index: not self.is_pinned(index))
        for stretch in self.layout.stretches:
            keep_apart(pieces, stretch)
        if step.last or step.finished[row]:
            self._keep_hidden(pieces)
        if self._guard is not None and (step.last or step.finished[row]):
            self._make_sound(pieces, kept)
        return tokens, pieces

    def _dress(self, pieces: list[str], kept: Sequence[bool]) -> None:
        """Give new words the quotation marks and apostrophes of the text around them."""
        for index in self.slots:
            if index < len(pieces) and pieces[index] and not kept[index] and index not in self.typed:
                before = next((piece for piece in reversed(pieces[:index]) if piece), self._left)[-1:]
                after = "".join(pieces[index + 1 : index + 5])
                pieces[index] = self._style.dressed(pieces[index], before, after)

    def _keep_hidden(self, pieces: list[str]) -> None:
        """Give gaps that came out as they were the characters back that a model is not shown."""
        for gap in self.layout.gaps:
            new = "".join(pieces[gap.first : gap.last])
            if new != gap.own and new == as_read(gap.own) and self.typed.keys().isdisjoint(range(gap.first, gap.last)):
                pieces[gap.first : gap.last] = [gap.own, *[""] * (gap.last - gap.first - 1)]

    def _make_sound(self, pieces: list[str], kept: Sequence[bool]) -> None:
        """Put the writer's words back where new ones would be read as markup, and take out marks without a partner."""
        # Those of the writer that stay have their partners among themselves.
        free = (index for index in self.slots if index < len(pieces) and not kept[index])
        new_ones = [index for index in free if index not in self.typed]
        alone = set(unpaired("".join(pieces[index] for index in new_ones)))
        start = 0
        for index in new_ones:
            piece = pieces[index]
            if alone:
                pieces[index] = "".join(mark for at, mark in enumerate(piece, start) if at not in alone)
            start += len(piece)
        if alone:
            for stretch in self.layout.stretches:
                fit(pieces, stretch)
        for gap in (*self.layout.gaps, *self.layout.stretches):
            inside = range(gap.first, gap.last)
            new = "".join(pieces[gap.first : gap.last])
            sides = "".join(pieces[: gap.first])[-1:], "".join(pieces[gap.last :])[:1]
            if new != gap.own and self.typed.keys().isdisjoint(inside) and not fits(new, gap.own, *sides):
                pieces[gap.first : gap.last] = [gap.own, *[""] * (len(inside) - 1)]
        assert self._guard is not None
        if not self.typed and not self._guard("".join(pieces)):
            self.restored = True
            for gap in (*self.layout.gaps, *self.layout.stretches):
                pieces[gap.first : gap.last] = [gap.own, *[""] * (gap.last - gap.first - 1)]

    def is_blank(self, step: Step, row: int) -> bool:
        """Whether the open slots of one row hold nothing but white space."""
        shown = self.layout.shown
        kept = self.by_position(step.kept[row], [True] * shown)
        pieces = self.pieces(self.by_position(step.draft[row], self.layout.tokens[:shown]), kept)
        return not any(piece.strip() for piece, stays in zip(pieces, kept, strict=True) if not stays)

    def tokens_written(self, step: Step, row: int) -> int:
        """The number of slots of one row whose draft is not padding, and of an answer belongs to it."""
        if self._ends is None:
            return int((step.draft[row] != self.vocabulary.pad).sum())
        tokens = step.draft[row].tolist()
        first, last = answer_range(tokens, self.vocabulary.pieces(tokens), self._ends, self.vocabulary.is_special)
        return last - first


class Framer:
    """Makes the frames of one row of a canvas. It tracks states and melts, so it must be given every step, in order.

    steps: the maximum. started: `time.perf_counter()` at the start of the run.
    """

    def __init__(self, reader: CanvasReader, place: Place, row: int, steps: int, started: float) -> None:
        self._reader = reader
        self._place = place
        self._row = row
        self._steps = steps
        self._started = started
        self._states = [SlotState.PINNED] * reader.layout.shown
        self.melts = [0] * reader.layout.shown

    def frame(self, step: Step, forward_passes: int) -> Frame:
        """The frame of a step. forward_passes: decoder passes of the whole run so far."""
        reader, row, place = self._reader, self._row, self._place
        final = step.last or bool(step.finished[row])
        kept = reader.by_position(step.kept[row], [False] * reader.layout.shown)
        accepted = reader.by_position(step.accepted[row], [False] * reader.layout.shown)
        for slot in reader.slots:
            if reader.is_pinned(slot):
                self._states[slot] = SlotState.PINNED
            else:
                self._advance(slot, kept[slot], accepted[slot] or final)
        canvas = step.canvas[row, : reader.layout.shown].tolist()
        draft, pieces = reader.draft(step, row)
        return Frame(
            run=place.run,
            variant=row,
            group=place.group,
            groups=place.groups,
            start=place.start,
            end=place.end,
            head=place.head,
            tail=place.tail,
            step=step.number,
            steps=self._steps,
            temperature=step.temperature,
            forward_passes=forward_passes,
            seconds=time.perf_counter() - self._started,
            canvas_tokens=tuple(canvas),
            draft_tokens=tuple(draft),
            canvas_pieces=tuple(reader.pieces(canvas, kept)),
            pieces=tuple(pieces),
            states=tuple(self._states),
            entropies=tuple(reader.by_position(step.entropies[row], [0.0] * reader.layout.shown)),
            melts=tuple(self.melts),
            alternatives=self._alternatives(step) if final else None,
        )

    def _advance(self, slot: int, kept: bool, accepted: bool) -> None:
        """State and melts of a slot in this frame."""
        if kept:
            state = SlotState.KEPT
        elif accepted:
            state = SlotState.ACCEPTED
        else:
            resolved = self._states[slot] in (SlotState.ACCEPTED, SlotState.KEPT)
            state = SlotState.RENOISED if resolved else SlotState.NOISE
            self.melts[slot] += resolved
        self._states[slot] = state

    def _alternatives(self, step: Step) -> tuple[tuple[Alternative, ...], ...]:
        """The most probable tokens of each shown position; none at pinned ones."""
        assert step.probabilities is not None, "every last step has them"
        probabilities, tokens = torch.topk(step.probabilities[self._row], ALTERNATIVES, dim=-1)
        shown: list[tuple[Alternative, ...]] = [()] * self._reader.layout.shown
        for slot, ids, row in zip(self._reader.slots, tokens.tolist(), probabilities.tolist(), strict=True):
            if self._reader.is_pinned(slot):
                continue
            shown[slot] = alternatives(ids, row, self._reader.vocabulary)
        return tuple(shown)


def alternatives(
    tokens: Sequence[int], probabilities: Sequence[float], vocabulary: Vocabulary
) -> tuple[Alternative, ...]:
    """Tokens of a slot, best first, in readable form."""
    return tuple(
        Alternative(token, vocabulary.token_text(token), probability)
        for token, probability in zip(tokens, probabilities, strict=True)
    )
