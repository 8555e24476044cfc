"""Runs on a range of the text, which is turned into canvases, group by group, and then into one replacement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from engine.contracts.errors import RequestError
from engine.contracts.request import Action, EditResult, Exactly, Length
from engine.diffusion.length import Extent, missed, shares
from engine.diffusion.ranking import rank
from engine.runs.framing import Place
from engine.runs.group import GroupRun
from engine.runs.judge import TRIES, Judge
from engine.runs.plan import Plan, make_plan
from engine.runs.result import make_result
from engine.runs.terms import Terms
from engine.runs.watch import Watch


class EditRun:
    """Rewrites, fills and fixes: every edit of a range of the text on canvases that see both sides of it."""

    def __init__(self, terms: Terms, watch: Watch) -> None:
        self._terms = terms
        self._watch = watch
        self._judge = Judge(terms)
        self._foreign: frozenset[int] = frozenset()
        self._doubt = ""
        self._left = 0

    @cached_property
    def plan(self) -> Plan:
        """The range to be replaced, and its groups."""
        return make_plan(self._terms.request, self._terms.checkpoint, self._terms.model.vocabulary)

    @cached_property
    def _shares(self) -> list[int | Length | Exactly | None]:
        """The length requested for each group. Raises RequestError."""
        plan, vocabulary, request = self.plan, self._terms.model.vocabulary, self._terms.request
        text = request.text
        own = [text[group.start : group.end] for group in plan.groups]
        whole = Extent.of(text[plan.start : plan.end], vocabulary)
        extents = [Extent.of(part, vocabulary) for part in own]
        between = Extent(
            max(0, whole.tokens - sum(extent.tokens for extent in extents)),
            max(0, whole.words - sum(extent.words for extent in extents)),
        )
        return shares(request.length, extents, between)

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Run all variants of all groups. Raises RequestError."""
        request, plan = self._terms.request, self.plan
        self._foreign = self._judge.foreign_parts([(group.start, group.end) for group in plan.groups])
        self._check_length()
        on_start(plan.start, plan.end)
        original = request.text[plan.start : plan.end]
        if not plan.groups or (request.action is Action.REWRITE and request.strength == 0):
            variants = [original]
        elif len(plan.groups) == 1:
            rows = min(request.variants, self._terms.limits.rows)
            variants = [
                text
                for first in range(0, request.variants, rows)
                for text in self._batch(min(rows, request.variants - first), first)
            ]
        else:
            # Each group reads the results of earlier ones, so the variants of a long selection cannot share a batch.
            variants = [text for number in range(request.variants) for text in self._batch(rows=1, first=number)]
        note = self._note(original, variants)
        return make_result(self._terms, self._watch, plan.start, plan.end, variants, note, self._doubt)

    def _check_length(self) -> None:
        """The slots must fit on a canvas. Raises RequestError."""
        length = self._terms.request.length
        most = self._terms.checkpoint.trained_canvas * max(1, len(self.plan.groups))
        count = length.count if isinstance(length, Exactly) else length if isinstance(length, int) else 0
        if count > most:
            raise RequestError(f"This checkpoint fills at most {most} tokens here, not {count}.")
        if self._terms.aligned and length not in (None, Length.SAME):
            raise RequestError("The sampler ddim replaces token by token, so the length cannot change.")

    def _note(self, original: str, variants: list[str]) -> str:
        """One line if the text stays as it was."""
        if any(variant != original for variant in variants):
            if self._left:
                parts = f"{self._left} of {len(self.plan.groups)} parts"
                return f"{parts} stay as they were, because nothing better was found there."
            return missed(self._terms.request.length, variants) if self.plan.groups else ""
        if not self.plan.groups:
            return "No words in the selection can change, so it stays as it was."
        if self._terms.request.action is Action.REWRITE and self._terms.request.strength == 0:
            return "At strength 0 every word stays as it was."
        if self._terms.request.action is Action.FIX:
            return "No mistakes were found, so your text stays as it was."
        if self._left:
            return "Nothing better was found, so your text stays as it was."
        if self._watch.counts.restored:
            return "The new words would have changed the structure of your text, so it stays as it was."
        if self._watch.counts.empty:
            return "The model found nothing to put here, so your text stays as it was."
        return "The model chose the same words again. Try again, or use a higher strength."

    def _batch(self, rows: int, first: int = 0) -> list[str]:
        """Texts of the range for `rows` variants, counted from `first`, denoised side by side."""
        request, plan = self._terms.request, self.plan
        self._watch.generator.manual_seed(request.seed + first)
        texts = [""] * rows
        position = plan.start
        for number, group in enumerate(plan.groups):
            gap = request.text[position : group.start]
            texts = [text + gap for text in texts]
            position = group.end
            if number in self._foreign:
                self._left += first == 0
                texts = [text + request.text[group.start : group.end] for text in texts]
                continue
            place = Place(
                run=self._watch.run,
                group=number,
                groups=len(plan.groups),
                start=plan.start,
                end=plan.end,
                head=texts[0],
                tail=request.text[position : plan.end],
            )
            if len(plan.groups) > 1 and first == 0:
                self._watch.on_group(number, len(plan.groups))
            before = request.text[: plan.start] + texts[0]
            after = request.text[group.end :]
            share = self._shares[number]
            shown = first == 0
            group_run = GroupRun(self._terms, self._watch, group, before, after, place, share, rows, shown)
            found = self._held_to_rules(group_run)
            texts = [text + new for text, new in zip(texts, found, strict=True)]
        return [text + request.text[position : plan.end] for text in texts]

    def _held_to_rules(self, run: GroupRun) -> list[str]:
        """Texts of a group without plain faults, if there are any; more are tried out of sight if there are none."""
        request, judge, found = self._terms.request, self._judge, run.texts()
        own = request.text[run.group.start : run.group.end]
        if not request.checked or request.action is Action.FIX:
            return found
        sound = judge.sound(run.before, own, found, run.after)
        if not sound:
            more = replace(run, rows=min(TRIES, self._terms.limits.rows), shown=False).texts()
            model, sound = self._terms.model, judge.sound(run.before, own, more, run.after)
            changed = [text for text in sound if text != own] or sound
            sound = rank(model.denoiser, model.checkpoint, model.vocabulary, run.before, changed, run.after)[:1]
        if sound:
            return (sound * len(found))[: len(found)]
        if len(self.plan.groups) > 1:
            self._left += run.shown
            return [own] * len(found)
        self._doubt = judge.doubt(run.before, own, found[0], run.after)
        return found
