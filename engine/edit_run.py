"""Runs on a range of the text: what stands there becomes canvases, group by group, and then one replacement."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property, partial
from typing import TYPE_CHECKING

import regex
import torch

from engine.canvas import Canvas
from engine.ddim import denoise_ddim
from engine.denoise import Context, denoise
from engine.errors import RequestError
from engine.framing import Place
from engine.layout import (
    DEFAULT_FILL,
    Group,
    Layout,
    Plan,
    count_gaps,
    joined,
    make_layout,
    make_plan,
    own_tokens,
    segment_tokens,
)
from engine.length import (
    AS_REPLACED,
    SEARCH_PASSES,
    Attempt,
    Extent,
    attempts,
    candidates,
    count_words,
    missed,
    most_kept,
    search,
    shares,
)
from engine.ranking import rank
from engine.request import Action, EditResult, Exactly, Length, Sampler, Unit
from engine.runs import Run, RunCancelledError
from engine.textmap import UNSPACED

if TYPE_CHECKING:
    pass

_TRIES = 3
"""How often an empty result is tried again, on a canvas without spare slots."""
_WORD_END = regex.compile(rf"(?!{UNSPACED})[\p{{L}}\p{{N}}]\Z")
_WORD_START = regex.compile(rf"(?!{UNSPACED})[\p{{L}}\p{{N}}]")
_OPENING = regex.compile(rf"(?:[\s(\[{{\-—/“‘]|{UNSPACED})\Z")


class EditRun(Run):
    """Rewrites, fills, mends: everything that is done to a range of the text on canvases that see both sides of it."""

    @cached_property
    def plan(self) -> Plan:
        """The range that is replaced, and its groups."""
        return make_plan(self.request, self.checkpoint, self.session.vocabulary)

    @property
    def _aligned(self) -> bool:
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
        if self._aligned and length not in (None, Length.SAME):
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
            found = self._group(group, before, place, rows, self._shares[number], shown=first == 0)
            texts = [text + new for text, new in zip(texts, found, strict=True)]
        return [text + request.text[position : plan.end] for text in texts]

    def _group(
        self,
        group: Group,
        before: str,
        place: Place,
        rows: int,
        length: int | Length | Exactly | None,
        shown: bool,
    ) -> list[str]:
        """New texts of one group. length: what is asked of it. shown: whether it is seen and counted."""
        request = self.request
        after = request.text[group.end :]
        context, melted = self._prepare(group, before, after, length, shown)
        if not melted:
            return [self.request.text[group.start : group.end]] * rows
        # A mistake may be a word too many, and where single tokens are noised there may be none that stayed noise.
        may_be_empty = request.action is Action.FIX or self._aligned
        wanted = length.count if isinstance(length, Exactly) and length.unit is Unit.WORDS else None
        for attempt in self._attempts(group, before, after, melted, length, shown):
            layout = self._layout(group, before, after, () if self._aligned else melted, attempt)
            if attempt.rows > 1:
                context = self._prefill(layout.context, shown)
            texts, blank = self._denoise(
                layout, context, attempt, place, max(rows, min(attempt.rows, self.limits.rows)), shown
            )
            if wanted is not None:
                texts = self._nearest(texts, wanted, before, after)[:rows]
                if count_words(texts[0]) == wanted:
                    break
            elif not all(blank) or may_be_empty:
                break
        self.counts.empty |= any(blank) and not may_be_empty
        if group.is_empty_place:
            texts = [with_seams(before, text, after) if text else "" for text in texts]
        return (texts * rows)[:rows]

    def _nearest(self, texts: list[str], wanted: int, before: str, after: str) -> list[str]:
        """Those texts that come nearest to a number of words, the likeliest first."""
        missing = {text: abs(count_words(text) - wanted) for text in texts}
        best = [text for text in texts if missing[text] == min(missing.values())]
        session = self.session
        return rank(session.denoiser, session.checkpoint, session.vocabulary, before, best, after)

    def _attempts(
        self,
        group: Group,
        before: str,
        after: str,
        melted: list[int],
        length: int | Length | Exactly | None,
        shown: bool,
    ) -> list[Attempt]:
        """How the gaps of a group are laid out, one way after the other until a result can be used."""
        session = self.session
        if isinstance(length, int):
            return [Attempt(length)] * (1 + _TRIES)
        sizes = list(map(len, segment_tokens(group, before, session.vocabulary)))
        if length is None:
            if (
                session.checkpoint.length_by == "search"
                and not self._aligned
                and self.limits.rows >= len(candidates(8))
            ):
                return [Attempt(self._searched(group, before, after, melted, sizes, shown))] * (1 + _TRIES)
            if group.is_empty_place:
                return [Attempt(DEFAULT_FILL)] * (1 + _TRIES)
            return [Attempt(spare=True), *[AS_REPLACED] * _TRIES]
        stay = [index for index in range(len(sizes)) if index not in melted]
        whole = Extent(0 if group.is_empty_place else sum(sizes), count_words(joined(group)))
        stays = Extent(
            sum(sizes[index] for index in stay), sum(count_words(group.segments[index].text) for index in stay)
        )
        found = attempts(length, whole, stays, count_gaps(group, melted))
        return found if len(found) > 1 else found * (1 + _TRIES)

    def _searched(
        self,
        group: Group,
        before: str,
        after: str,
        melted: list[int],
        sizes: list[int],
        shown: bool,
    ) -> int:
        """The number of slots that fits best, for a checkpoint that was not trained to leave slots empty."""
        if self.cancelled():
            raise RunCancelledError
        tokens = DEFAULT_FILL if group.is_empty_place else sum(sizes[index] for index in melted)
        counts = [max(count, count_gaps(group, melted)) for count in candidates(tokens)]
        layouts = [self._layout(group, before, after, melted, Attempt(count)) for count in counts]
        session = self.session
        self._take(len(layouts), max(len(layout.tokens) for layout in layouts))
        self.counts.forward_passes += SEARCH_PASSES * shown
        return counts[
            search(
                session.denoiser,
                lambda tokens: self._prefill(tokens, shown),
                layouts,
                session.vocabulary.bos,
                self.settings,
                self.generator,
                session.banned,
            )
        ]

    def _prepare(
        self, group: Group, before: str, after: str, length: int | Length | Exactly | None, shown: bool
    ) -> tuple[Context, list[int]]:
        """The causal context of a group, and the segments that become slots.

        All of them for a fill, at full strength and where single tokens are noised; else the least probable words.
        """
        request = self.request
        layout = self._layout(group, before, after, ())
        if task := self._task_tokens(group, before):
            melted = self._mistakes(layout, shown) if request.action is Action.FIX else group.free
            return self._prefill([*layout.context, *task], shown) if melted else None, melted
        context = self._prefill(layout.context, shown)
        words = group.words
        if request.action is Action.FILL or request.strength == 1 or self._aligned or not words:
            return context, group.free
        # No more may stay than leaves a word to every gap.
        count = max(1, round(request.strength * len(words)), len(words) - most_kept(length, len(words)))
        if count == len(words) and isinstance(length, Exactly):
            return context, group.free
        if count < len(words):
            surprise = self._surprise(layout, context)
            self.counts.forward_passes += shown
            words = sorted(words, key=lambda index: -surprise.get(index, 0.0))[:count]
        return context, sorted(words)

    def _task_tokens(self, group: Group, before: str) -> list[int]:
        """What stands between context and canvas and tells a task; nothing for a rewrite by strength and a fill."""
        action, vocabulary = self.request.action, self.session.vocabulary
        if action in (Action.REWRITE, Action.FILL):
            return []
        task = vocabulary.special(f"<{action.value}>")
        if action is Action.FIX:
            return [task]
        return [task, *own_tokens(group, before, vocabulary), vocabulary.special("<sep>")]

    def _look(self, layout: Layout, context: Context) -> tuple[Canvas, torch.Tensor]:
        """The canvas as it stands and the prediction of its slots, (S, V) logits, in one pass."""
        self._take(1, len(layout.tokens))
        canvas = Canvas.from_layout(layout, self.session.denoiser.device)
        return canvas, self.session.denoiser.logits(context, canvas.tokens[None], canvas.slots, None)[0]

    @torch.inference_mode()
    def _mistakes(self, layout: Layout, shown: bool) -> list[int]:
        """The segments that the checkpoint calls wrong: it was trained to answer with the mask token there."""
        session = self.session
        if self.cancelled():
            raise RunCancelledError
        context = self._prefill([*layout.context, session.vocabulary.special("<check>")], shown)
        canvas, logits = self._look(layout, context)
        self.counts.forward_passes += shown
        wrong = logits.softmax(-1)[:, session.vocabulary.special("<mask>")] > session.checkpoint.fix_threshold
        return sorted(set(canvas.words[wrong].tolist()))

    def _layout(
        self, group: Group, before: str, after: str, melted: Collection[int], attempt: Attempt = AS_REPLACED
    ) -> Layout:
        """The canvas of a group."""
        session = self.session
        return make_layout(
            group,
            before,
            after,
            melted,
            self.checkpoint,
            session.vocabulary,
            slots=attempt.slots if melted else None,
            spare=attempt.spare,
            read=len(self._task_tokens(group, before)),
            mend=self.request.action is Action.FIX and bool(melted),
        )

    @torch.inference_mode()
    def _surprise(self, layout: Layout, context: Context) -> dict[int, float]:
        """Mean -log p of each kept word's own tokens, in nats, from one pass over the text as it stands.

        A denoiser of uniform noise is trained to tell which tokens of a canvas do not belong there.
        """
        if self.cancelled():
            raise RunCancelledError
        canvas, logits = self._look(layout, context)
        nats = torch.nn.functional.cross_entropy(logits, canvas.own, reduction="none").tolist()
        of_word: dict[int, list[float]] = {}
        for word, value in zip(canvas.words.tolist(), nats, strict=True):
            of_word.setdefault(word, []).append(value)
        return {word: sum(values) / len(values) for word, values in of_word.items()}

    def _denoise(
        self,
        layout: Layout,
        context: Context,
        attempt: Attempt,
        place: Place,
        rows: int,
        shown: bool,
    ) -> tuple[list[str], list[bool]]:
        """Denoise one canvas to its end: the text of each row, and whether it is blank. Raises RunCancelledError."""
        session = self.session
        canvas = Canvas.from_layout(layout, session.denoiser.device)
        loop, banned = denoise, session.banned if attempt.padding else session.banned_with_padding
        if attempt.whole_words:
            banned = session.no_whole_words
        if self.settings.sampler is Sampler.DDIM:
            loop = denoise_ddim
        if self._aligned:
            loop = partial(denoise_ddim, level=self.request.strength)
            # A token for a token: none may be left out.
            banned = session.banned_with_padding
        steps = loop(
            session.denoiser,
            context,
            canvas,
            self.settings,
            self.generator,
            rows=rows,
            banned=banned,
            changes=self._changes if shown else lambda: (),
            cancelled=self.cancelled,
        )
        return self._watch(steps, self.settings.steps, layout, canvas, place, rows, shown)


def with_seams(before: str, text: str, after: str) -> str:
    """What goes into an empty place, with a space where it would otherwise be glued to the word beside it."""
    left = " " if _WORD_END.search(before[-1:]) and _WORD_START.match(text) else ""
    right = " " if _WORD_START.match(after[:1]) and not _OPENING.search(text) else ""
    return left + text + right
