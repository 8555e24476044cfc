"""Processes one group of a selection: which words melt, how the gaps are laid out, and the resulting text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import regex
import torch

from engine.contracts.request import Action, Exactly, Length, Sampler, Unit
from engine.diffusion.canvas import Canvas
from engine.diffusion.ddim import denoise_ddim
from engine.diffusion.denoise import denoise
from engine.diffusion.denoiser import Context
from engine.diffusion.layout import Layout
from engine.diffusion.length import (
    AS_REPLACED,
    SEARCH_PASSES,
    SEARCH_ROWS,
    Attempt,
    Extent,
    attempts,
    candidates,
    count_words,
    most_kept,
    search,
)
from engine.diffusion.ranking import rank
from engine.runs.framing import Place
from engine.runs.layout import DEFAULT_FILL, count_gaps, joined, make_layout, own_tokens, segment_tokens
from engine.runs.plan import Group, invents, keeps_facts
from engine.runs.terms import Terms
from engine.runs.watch import Watch
from engine.text.markup import same_structure
from engine.text.words import UNSPACED

_TRIES = 3
"""How often an empty result is retried, on a canvas without spare slots."""
_WORD_END = regex.compile(rf"(?:(?!{UNSPACED})[\p{{L}}\p{{N}}]|(?<!\s)[.,;:!?…)\]}}”»\"])\Z")
_WORD_START = regex.compile(rf"(?!{UNSPACED})[\p{{L}}\p{{N}}]")
_OPENING = regex.compile(rf"(?:[\s(\[{{\-—/“‘]|{UNSPACED})\Z")


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What is requested for a group, and where it is.

    before, after: the text around it; `before` holds the results of earlier groups. place: for its frames.
    length: that of the result. rows: variants side by side. shown: whether it is shown in frames and counted.
    """

    terms: Terms
    watch: Watch
    group: Group
    before: str
    after: str
    place: Place
    length: int | Length | Exactly | None
    rows: int
    shown: bool

    def texts(self) -> list[str]:
        """New texts for the group, one for each row. Raises RunCancelledError, RequestError."""
        group, request = self.group, self.terms.request
        context, melted = self._prepare()
        if not melted:
            return [request.text[group.start : group.end]] * self.rows
        # A mistake may be a superfluous word; and if single tokens are noised, possibly none of them melts.
        may_be_empty = request.action is Action.FIX or self.terms.aligned
        texts: list[str] = []
        blank: list[bool] = []
        for attempt in self._attempts(melted):
            layout = self._layout(() if self.terms.aligned else melted, attempt)
            if attempt.rows > 1:
                # The context of another batch has a different number of rows.
                context = self._prefill(layout.context)
            texts, blank = self._denoise(layout, context, attempt)
            if self._words is not None:
                texts = self._nearest(texts, self._words)[: self.rows]
                if count_words(texts[0]) == self._words:
                    break
            elif not all(blank) or may_be_empty:
                break
        self.watch.counts.empty |= any(blank) and not may_be_empty
        if group.is_empty_place:
            texts = [with_seams(self.before, text, self.after) if text else "" for text in texts]
        return (texts * self.rows)[: self.rows]

    @property
    def _words(self) -> int | None:
        """The number of words requested, if any."""
        if isinstance(self.length, Exactly) and self.length.unit is Unit.WORDS:
            return self.length.count
        return None

    # What melts.

    def _prepare(self) -> tuple[Context, list[int]]:
        """The causal context, and the segments that become slots.

        All of them for a fill, at full strength, or if single tokens are noised; else the least probable words.
        """
        group, request = self.group, self.terms.request
        layout = self._layout(())
        if task := self._task_tokens():
            melted = self._mistakes(layout) if request.action is Action.FIX else group.free
            return self._prefill([*layout.context, *task]) if melted else None, melted
        context, words = self._prefill(layout.context), group.words
        if request.action is Action.FILL or request.strength == 1 or self.terms.aligned or not words:
            return context, group.free
        # Not so many may stay that a gap gets no word.
        count = max(1, round(request.strength * len(words)), len(words) - most_kept(self.length, len(words)))
        if count == len(words):
            return context, group.free if isinstance(self.length, Exactly) else words
        surprise = self._surprise(layout, context)
        return context, sorted(sorted(words, key=lambda index: -surprise.get(index, 0.0))[:count])

    def _task_tokens(self) -> list[int]:
        """The task tokens between context and canvas; none for a rewrite by strength or a fill."""
        action, vocabulary = self.terms.request.action, self.terms.model.vocabulary
        if action in (Action.REWRITE, Action.FILL):
            return []
        task = vocabulary.special(f"<{action.value}>")
        if action is Action.FIX:
            return [task]
        return [task, *own_tokens(self.group, self.before, vocabulary), vocabulary.special("<sep>")]

    @torch.inference_mode()
    def _mistakes(self, layout: Layout) -> list[int]:
        """The segments that the checkpoint considers wrong: it was trained to predict the mask token there."""
        model = self.terms.model
        context = self._prefill([*layout.context, model.vocabulary.special("<check>")])
        canvas, logits = self._look(layout, context)
        wrong = logits.softmax(-1)[:, model.vocabulary.special("<mask>")] > model.checkpoint.fix_threshold
        return sorted(set(canvas.words[wrong].tolist()))

    @torch.inference_mode()
    def _surprise(self, layout: Layout, context: Context) -> dict[int, float]:
        """Mean -log p of each kept word's own tokens, in nats, from one pass over the text without noise.

        A denoiser of uniform noise is trained to recognise which tokens of a canvas do not belong there.
        """
        canvas, logits = self._look(layout, context)
        nats = torch.nn.functional.cross_entropy(logits, canvas.own, reduction="none").tolist()
        of_word: dict[int, list[float]] = {}
        for word, value in zip(canvas.words.tolist(), nats, strict=True):
            of_word.setdefault(word, []).append(value)
        return {word: sum(values) / len(values) for word, values in of_word.items()}

    def _look(self, layout: Layout, context: Context) -> tuple[Canvas, torch.Tensor]:
        """The canvas without noise and the prediction of its slots, (S, V) logits, in one pass."""
        watch, denoiser = self.watch, self.terms.model.denoiser
        watch.go_on()
        watch.take(1, len(layout.tokens))
        watch.counts.forward_passes += self.shown
        canvas = Canvas.from_layout(layout, denoiser.device)
        return canvas, denoiser.logits(context, canvas.tokens[None], canvas.slots, None)[0]

    # How the gaps are laid out.

    def _attempts(self, melted: list[int]) -> Iterator[Attempt]:
        """One way after another, until a result can be used."""
        found = self._usual_attempts(melted) if self.length is None else self._wanted_attempts(self.length, melted)
        yield from found if len(found) > 1 else found * (1 + _TRIES)

    def _usual_attempts(self, melted: list[int]) -> list[Attempt]:
        """If no length is requested."""
        terms = self.terms
        if terms.checkpoint.length_by == "search" and not terms.aligned and terms.limits.rows >= SEARCH_ROWS:
            return [Attempt(self._searched(melted))]
        if self.group.is_empty_place:
            return [Attempt(DEFAULT_FILL)]
        return [Attempt(spare=True), *[AS_REPLACED] * _TRIES]

    def _wanted_attempts(self, length: int | Length | Exactly, melted: list[int]) -> list[Attempt]:
        """If a length is requested. Raises RequestError."""
        if isinstance(length, int):
            return [Attempt(length)]
        sizes, group = self._sizes(), self.group
        stay = [index for index in range(len(sizes)) if index not in melted]
        whole = Extent(0 if group.is_empty_place else sum(sizes), count_words(joined(group)))
        stays = Extent(
            sum(sizes[index] for index in stay), sum(count_words(group.segments[index].text) for index in stay)
        )
        return attempts(length, whole, stays, count_gaps(group, melted))

    def _searched(self, melted: list[int]) -> int:
        """The best number of slots, for a checkpoint that was not trained to leave slots empty."""
        watch, sizes = self.watch, self._sizes()
        watch.go_on()
        tokens = DEFAULT_FILL if self.group.is_empty_place else sum(sizes[index] for index in melted)
        counts = [max(count, count_gaps(self.group, melted)) for count in candidates(tokens)]
        layouts = [self._layout(melted, Attempt(count)) for count in counts]
        watch.take(len(layouts), max(len(layout.tokens) for layout in layouts))
        watch.counts.forward_passes += SEARCH_PASSES * self.shown
        model = self.terms.model
        best = search(
            model.denoiser,
            self._prefill,
            layouts,
            model.vocabulary.bos,
            self.terms.settings,
            watch.generator,
            model.banned,
        )
        return counts[best]

    def _sizes(self) -> list[int]:
        """Tokens of each segment."""
        return [len(tokens) for tokens in segment_tokens(self.group, self.before, self.terms.model.vocabulary)]

    def _layout(self, melted: Collection[int], attempt: Attempt = AS_REPLACED) -> Layout:
        """The canvas of the group."""
        terms = self.terms
        return make_layout(
            self.group,
            self.before,
            self.after,
            melted,
            terms.checkpoint,
            terms.model.vocabulary,
            slots=attempt.slots if melted else None,
            spare=attempt.spare,
            read=len(self._task_tokens()),
            mend=terms.request.action is Action.FIX and bool(melted),
        )

    # What the canvas becomes.

    def _denoise(self, layout: Layout, context: Context, attempt: Attempt) -> tuple[list[str], list[bool]]:
        """Denoise one canvas to its end: the text of each row, and whether it is blank. Raises RunCancelledError."""
        terms, watch, model = self.terms, self.watch, self.terms.model
        rows = max(self.rows, min(attempt.rows, terms.limits.rows))
        canvas = Canvas.from_layout(layout, model.denoiser.device)
        loop = denoise_ddim if terms.settings.sampler is Sampler.DDIM else denoise
        banned = model.banned if attempt.padding else model.banned_with_padding
        if attempt.whole_words:
            banned = model.no_whole_words
        if terms.aligned:
            loop = partial(denoise_ddim, level=terms.request.strength)
            # Token by token, so none may be left out.
            banned = model.banned_with_padding
        # What is new must be prose, and where words are only changed, its pairs stay as they are.
        banned = torch.cat([banned, *self._foreign()])
        steps = loop(
            model.denoiser,
            context,
            canvas,
            terms.settings,
            watch.generator,
            rows=rows,
            banned=banned,
            changes=watch.changes if self.shown else lambda: (),
            cancelled=watch.cancelled,
        )
        return watch.follow(steps, terms.settings.steps, layout, canvas, self.place, rows, self.shown, self._is_sound)

    def _is_sound(self, new: str) -> bool:
        """Whether a text can take the place of the group without changing the structure around it."""
        request, group = self.terms.request, self.group
        if group.is_empty_place:
            return True
        own = request.text[group.start : group.end]
        return same_structure(self.before, own, new, self.after, request.markup)

    def _foreign(self) -> list[torch.Tensor]:
        """Ids that would bring what is not prose, or facts that the writer did not state."""
        model, request = self.terms.model, self.terms.request
        if invents(request):
            return [model.marks]
        return [model.pairs, model.digits] if keeps_facts(request) else [model.pairs]

    def _nearest(self, texts: list[str], words: int) -> list[str]:
        """The texts closest to a number of words, the most probable first."""
        missing = {text: abs(count_words(text) - words) for text in texts}
        best = [text for text in texts if missing[text] == min(missing.values())]
        model = self.terms.model
        return rank(model.denoiser, model.checkpoint, model.vocabulary, self.before, best, self.after)

    def _prefill(self, tokens: Sequence[int]) -> Context:
        return self.watch.prefill(tokens, self.shown)


def with_seams(before: str, text: str, after: str) -> str:
    """The text for an empty place, with a space wherever it would otherwise run into the next word."""
    left = " " if _WORD_END.search(before[-2:]) and _WORD_START.match(text) else ""
    right = " " if _WORD_START.match(after[:1]) and not _OPENING.search(text) else ""
    return left + text + right
