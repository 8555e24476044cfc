"""Runs that continue from a place and see only the text before it: block by block, or token by token."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

from engine.contracts.errors import RequestError
from engine.contracts.request import Action, Decoder, EditRequest, EditResult, Exactly, Length, Unit
from engine.diffusion.autoregressive import decode
from engine.diffusion.blocks import write_blocks
from engine.diffusion.canvas import Canvas
from engine.diffusion.layout import blank_layout
from engine.diffusion.length import first_words, missed, most_tokens, resized
from engine.runs.framing import Place
from engine.runs.group import with_seams
from engine.runs.judge import Judge
from engine.runs.result import make_result
from engine.runs.terms import Terms
from engine.runs.watch import Watch
from engine.text.context import context_tokens
from engine.text.markup import is_open_code
from engine.text.text_map import TextMap

DEFAULT_LENGTH = 48
"""Tokens to write if the request has no length: about two sentences."""
_MORE = 2
"""Further results where the first ones have faults; they take as long as the first."""


def writes_on(request: EditRequest) -> bool:
    """Whether a request is served by such a run."""
    return request.action is Action.CONTINUE or request.decoder is Decoder.AUTOREGRESSIVE


class ContinuationRun:
    """Continues after the selection, or fills it token by token without seeing the text that follows."""

    def __init__(self, terms: Terms, watch: Watch) -> None:
        self._terms = terms
        self._watch = watch

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Write all variants, one after the other. Raises RequestError."""
        request = self._terms.request
        if request.action not in (Action.CONTINUE, Action.FILL):
            raise RequestError(f"The action {request.action.value} does not work from left to right; fill does.")
        if request.pins:
            raise RequestError("Writing from left to right cannot keep pinned words. Remove the pins.")
        widen = TextMap(request.text).widen
        if request.action is Action.CONTINUE:
            start = end = widen(request.end, request.end)[1]
        else:
            start, end = widen(request.start, request.end)
        judge = Judge(self._terms)
        judge.refuse(start, end)
        on_start(start, end)
        texts = [self._variant(start, end, request.seed + number, number == 0) for number in range(request.variants)]
        own, before, after = request.text[start:end], request.text[:start], request.text[end:]
        sound, doubt = judge.sound(before, own, texts, after), ""
        for number in range(request.variants, request.variants + _MORE):
            if sound:
                break
            more = [self._variant(start, end, request.seed + number, shown=False)]
            sound = judge.sound(before, own, more, after)
        if sound:
            texts = sound
        else:
            doubt = judge.doubt(before, own, texts[0], after)
        changed = any(text != request.text[start:end] for text in texts)
        note = missed(request.length, texts) if changed else "The model found nothing to put here."
        if not note and is_open_code(request.text, start, request.markup):
            note = "The new text stands in code, where this place lies."
        return make_result(self._terms, self._watch, start, end, texts, note, doubt)

    def _variant(self, start: int, end: int, seed: int, shown: bool) -> str:
        """The text of one variant. shown: whether it is shown in frames and counted."""
        request, model = self._terms.request, self._terms.model
        own, before = request.text[start:end], request.text[:start]
        count = self._count(len(model.vocabulary.encode(own)) or DEFAULT_LENGTH)
        self._watch.generator.manual_seed(seed)
        autoregressive = request.decoder is Decoder.AUTOREGRESSIVE
        text = (self._tokens if autoregressive else self._blocks)(start, end, count, shown)
        if isinstance(request.length, Exactly) and request.length.unit is Unit.WORDS:
            text = first_words(text, request.length.count)
        if own.strip():
            return text + _trailing(own)
        return with_seams(before, text.rstrip(), request.text[end:])

    def _count(self, own: int) -> int:
        """Tokens to write in place of this many."""
        match self._terms.request.length:
            case None:
                return own
            case Exactly(words, Unit.WORDS):
                return most_tokens(words)
            case Exactly(tokens, _):
                return tokens
            case Length() as length:
                return resized(own, length)
            case tokens:
                return tokens

    def _tokens(self, start: int, end: int, count: int, shown: bool) -> str:
        """Token by token."""
        model, settings = self._terms.model, self._terms.settings
        limit = model.checkpoint.trained_context
        # The text to write must fit together with the text to read.
        prompt = self._prompt(start, max(limit // 2, limit - count))
        steps = decode(
            model.denoiser,
            prompt,
            count,
            (settings.temperature_high + settings.temperature_low) / 2,
            self._watch.generator,
            limit=limit,
            pad=model.vocabulary.pad,
            banned=model.banned_in_blocks,
            ends=model.ends,
            cancelled=self._watch.cancelled,
        )
        layout = blank_layout(count, model.vocabulary.pad, self._own(start, end))
        canvas = Canvas.blank(count, model.denoiser.device)
        texts, _ = self._watch.follow(steps, count, layout, canvas, self._place(start, end, 0, 1, ""), 1, shown)
        if shown:
            # Every token is final, so there is nothing to converge.
            self._watch.counts.converged = True
        return texts[0]

    def _blocks(self, start: int, end: int, count: int, shown: bool) -> str:
        """Block by block."""
        model = self._terms.model
        block = min(count, model.block, self._terms.limits.canvas)
        sizes = [block] * (count // block) + ([count % block] if count % block else [])
        steps = write_blocks(
            model.denoiser,
            self._prompt(start, model.checkpoint.trained_context),
            sizes,
            self._terms.settings,
            self._watch.generator,
            limit=model.checkpoint.trained_context,
            banned=model.banned_in_blocks,
            ends=model.ends,
            changes=self._watch.changes if shown else lambda: (),
            cancelled=self._watch.cancelled,
        )
        text = ""
        for number, of_block in groupby(steps, key=itemgetter(0)):
            if shown and len(sizes) > 1:
                self._watch.on_group(number, len(sizes))
            layout = blank_layout(sizes[number], model.vocabulary.pad, self._own(start, end) if number == 0 else None)
            canvas = Canvas.blank(sizes[number], model.denoiser.device)
            place = self._place(start, end, number, len(sizes), text)
            found, _ = self._watch.follow(
                map(itemgetter(1), of_block), self._terms.settings.steps, layout, canvas, place, 1, shown
            )
            text += found[0]
        self._watch.go_on()
        return text

    def _prompt(self, start: int, limit: int) -> list[int]:
        """The tokens read before the first new one."""
        vocabulary = self._terms.model.vocabulary
        return list(context_tokens(self._terms.request.text[:start], limit - 1, vocabulary))

    def _own(self, start: int, end: int) -> str | None:
        """The text whose outer white space the result keeps; None if the model decides."""
        own, before = self._terms.request.text[start:end], self._terms.request.text[:start]
        if own.strip():
            return own
        return "" if not before or before[-1].isspace() else None

    def _place(self, start: int, end: int, group: int, groups: int, head: str) -> Place:
        own = self._terms.request.text[start:end]
        tail = _trailing(own) if own.strip() else ""
        return Place(run=self._watch.run, group=group, groups=groups, start=start, end=end, head=head, tail=tail)


def _trailing(text: str) -> str:
    """The white space at the end of a text."""
    return text[len(text.rstrip()) :]
