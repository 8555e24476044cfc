"""Runs on a range of the text: what stands there becomes canvases, group by group, and then one replacement."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from engine.errors import RequestError
from engine.framing import Place
from engine.group_run import GroupRun
from engine.layout import Plan, make_plan
from engine.length import Extent, missed, shares
from engine.request import Action, EditResult, Exactly, Length, Sampler
from engine.runs import Run


class EditRun(Run):
    """Rewrites, fills, mends: everything that is done to a range of the text on canvases that see both sides of it."""

    @cached_property
    def plan(self) -> Plan:
        """The range that is replaced, and its groups."""
        return make_plan(self.request, self.checkpoint, self.session.vocabulary)

    @property
    def aligned(self) -> bool:
        """Whether the noise takes the place of single tokens, and what it leaves is decided by the posterior."""
        return self.settings.sampler is Sampler.DDIM and self.request.action is Action.REWRITE

    @cached_property
    def _shares(self) -> list[int | Length | Exactly | None]:
        """The length that is asked of each group. Raises RequestError."""
        plan, vocabulary = self.plan, self.session.vocabulary
        own = [self.request.text[group.start : group.end] for group in plan.groups]
        whole = Extent.of(self.request.text[plan.start : plan.end], vocabulary)
        extents = [Extent.of(text, vocabulary) for text in own]
        between = Extent(
            max(0, whole.tokens - sum(extent.tokens for extent in extents)),
            max(0, whole.words - sum(extent.words for extent in extents)),
        )
        return shares(self.request.length, extents, between)

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Run all variants of all groups."""
        request, plan = self.request, self.plan
        self._check_length()
        on_start(plan.start, plan.end)
        original = request.text[plan.start : plan.end]
        if not plan.groups or (request.action is Action.REWRITE and request.strength == 0):
            variants = [original]
        elif len(plan.groups) == 1:
            rows = min(request.variants, self.limits.rows)
            variants = [
                text
                for first in range(0, request.variants, rows)
                for text in self._batch(min(rows, request.variants - first), first)
            ]
        else:
            # Each group reads the results before it, so the variants of a long selection cannot share a batch.
            variants = [text for number in range(request.variants) for text in self._batch(rows=1, first=number)]
        return self._finished(plan.start, plan.end, variants, self._note(original, variants))

    def _check_length(self) -> None:
        """A canvas holds so many slots and no more. Raises RequestError."""
        length = self.request.length
        most = self.checkpoint.trained_canvas * max(1, len(self.plan.groups))
        count = length.count if isinstance(length, Exactly) else length if isinstance(length, int) else 0
        if count > most:
            raise RequestError(f"This checkpoint fills at most {most} tokens here, not {count}.")
        if self.aligned and length not in (None, Length.SAME):
            raise RequestError("The sampler ddim puts a token in place of each token: the length stays as it is.")

    def _note(self, original: str, variants: list[str]) -> str:
        """One line where the text stays as it was."""
        if any(variant != original for variant in variants):
            return missed(self.request.length, variants) if self.plan.groups else ""
        if not self.plan.groups:
            return "There are no words in the selection that may change, so it stays as it was."
        if self.request.action is Action.REWRITE and self.request.strength == 0:
            return "At strength 0 every word stays as it was."
        if self.request.action is Action.FIX:
            return "Nothing was found that is wrong, so your text stays as it was."
        if self.counts.empty:
            return "The model found nothing to put here, so your text stays as it was."
        return "The model chose the same words again. Try a higher strength or another attempt."

    def _batch(self, rows: int, first: int = 0) -> list[str]:
        """Texts of the range for `rows` variants, counted from `first`, denoised side by side."""
        request, plan = self.request, self.plan
        self.generator.manual_seed(request.seed + first)
        texts = [""] * rows
        position = plan.start
        for number, group in enumerate(plan.groups):
            gap = request.text[position : group.start]
            texts = [text + gap for text in texts]
            position = group.end
            place = Place(
                run=self.run,
                group=number,
                groups=len(plan.groups),
                start=plan.start,
                end=plan.end,
                head=texts[0],
                tail=request.text[position : plan.end],
            )
            if len(plan.groups) > 1 and first == 0:
                self.on_group(number, len(plan.groups))
            before = request.text[: plan.start] + texts[0]
            after = request.text[group.end :]
            under_way = GroupRun(self, group, before, after, place, self._shares[number], rows, shown=first == 0)
            found = under_way.texts()
            texts = [text + new for text, new in zip(texts, found, strict=True)]
        return [text + request.text[position : plan.end] for text in texts]
