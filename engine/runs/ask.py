"""A run that follows an instruction: the chat prompt is read, and the answer takes the place of the selection.

The answer is written block after block until the model ends it. What stands around it is cut, what it changed of the
marks of the text is put back, and where that cannot be, or where there is no answer, others are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter

import regex

from engine.contracts.instruction import Structure
from engine.contracts.request import Action, EditResult, SamplerSettings
from engine.diffusion.blocks import write_blocks
from engine.diffusion.canvas import Canvas
from engine.diffusion.layout import blank_layout
from engine.diffusion.step import Step
from engine.runs.framing import Place
from engine.runs.group import with_seams
from engine.runs.judge import Judge
from engine.runs.prompt import Asked
from engine.runs.result import make_result
from engine.runs.terms import Terms
from engine.runs.watch import Watch
from engine.text.answers import answer_range, cleaned, with_words, without_repeat
from engine.text.ranges import gaps
from engine.text.structure import breaks_out, damage, marks_of, restored
from engine.text.text_map import TextMap

TRIES = 3
"""Further answers where one is empty or changes what must stay."""
_UNIT, _SPARE, _LEAST = 32, 48, 16
"""A canvas is a multiple of this many slots; those for the words around an answer; and the smallest canvas."""
_CONTINUATION = 96
"""Tokens that a continuation is expected to have."""
_FACTOR, _MORE = 2, 1024
"""An answer has at most so many times the tokens of the selection, and so many more."""
_SENTENCE = regex.compile(r"(?s).*[.!?…。！？][\"'”’»)\]]*(?=\s|\Z)")


class AskRun:
    """Follows the instruction of a request."""

    def __init__(self, terms: Terms, watch: Watch) -> None:
        self._terms = terms
        self._watch = watch
        self._problem = ""
        self._doubts: dict[str, str] = {}
        self._empty = 0
        self._cut = False
        self._last: Step | None = None

    @cached_property
    def _range(self) -> tuple[int, int]:
        """What the run replaces."""
        request = self._terms.request
        widen = TextMap(request.text).widen
        if request.action is Action.CONTINUE:
            return widen(request.end, request.end)
        return widen(request.start, request.end)

    @cached_property
    def _words(self) -> tuple[int, int]:
        """What the answer replaces: the white space around it stays."""
        start, end = self._range
        own = self._terms.request.text[start:end]
        return start + len(own) - len(own.lstrip()), max(start, end - len(own) + len(own.rstrip()))

    @cached_property
    def _asked(self) -> Asked:
        return Asked.of(self._terms.request, *self._words, self._terms.model.vocabulary)

    @cached_property
    def _expected(self) -> int:
        """Tokens that the answer will have if it is as long as what it replaces."""
        if self._terms.request.action is Action.CONTINUE:
            return _CONTINUATION
        return len(self._terms.model.vocabulary.encode(self._asked.passage))

    @cached_property
    def _prompt(self) -> list[int]:
        """The tokens read before the answer. Raises RequestError, CheckpointError."""
        model = self._terms.model
        limit = model.checkpoint.trained_context
        # As much room as the answer is likely to take, and what comes with it.
        return self._asked.prompt(model.chat, model.vocabulary, limit, self._expected + _SPARE)

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Write all variants, one after the other. Raises RequestError, CheckpointError."""
        request = self._terms.request
        start, end = self._words
        own, before, after = request.text[start:end], request.text[:start], request.text[end:]
        judge = Judge(self._terms)
        judge.refuse(*((start, end) if own else (len(self._asked.before), end)))
        _ = self._prompt
        on_start(*self._range)
        found = [self._answer(number) for number in range(request.variants)]
        texts = [text for text in found if text is not None]
        if not texts:
            return self._result([own], self._problem)
        sound = judge.sound(before, own, [text for text in texts if text not in self._doubts], after)
        doubt = "" if sound else self._doubts.get(texts[0], "") or judge.doubt(before, own, texts[0], after)
        note = ""
        if all(text == own for text in texts):
            note = "The model gave your words back as they were. Try again, or ask for it in other words."
        elif self._cut:
            note = "The answer was longer than a run may write, so its end is missing."
        return self._result(sound or texts, note, doubt)

    def _result(self, texts: list[str], note: str, doubt: str = "") -> EditResult:
        """The result, from what takes the place of the words."""
        head, tail = self._around
        whole = [head + text + tail for text in texts]
        return make_result(self._terms, self._watch, *self._range, whole, note, doubt)

    @property
    def _around(self) -> tuple[str, str]:
        """The white space of the selection before and after its words."""
        (start, end), (first, last) = self._range, self._words
        return self._terms.request.text[start:first], self._terms.request.text[last:end]

    def _answer(self, number: int) -> str | None:
        """The text of one variant; None if there was none that can be used, and `_problem` says why.

        One that changes marks or code is kept, with its doubt, if there is no other.
        """
        self._watch.generator.manual_seed(self._terms.request.seed + number)
        self._empty = 0
        doubtful = None
        for attempt in range(1 + TRIES):
            text = self._used(self._written(attempt, shown=number == 0))
            if text is not None and text not in self._doubts:
                return text
            doubtful = doubtful or text
        return doubtful

    # What becomes of an answer.

    def _used(self, answer: str) -> str | None:
        """What takes the place of the selection; None if the answer is empty or changes what must stay."""
        request, asked = self._terms.request, self._asked
        start, end = self._words
        own, before, after = request.text[start:end], request.text[:start], request.text[end:]
        text = cleaned(answer, asked.passage, self._terms.model.vocabulary.special_names)
        if request.action is Action.CONTINUE:
            text = without_repeat(text, request.text[:end]).strip()
        if not text:
            self._empty += 1
            self._problem = (
                f"The model gave no answer in {1 + TRIES} tries, so your text stays as it was. Try again, or ask for "
                "it in other words."
            )
            return None
        text, missing = with_words(text, asked.pinned)
        if missing:
            self._problem = f"Every answer left out “{missing}”, which is pinned, so your text stays as it was."
            return None
        assert request.instruction is not None
        structure = request.instruction.structure
        own = "\n".join(request.instruction.original.strip().splitlines()) or own
        text = self._dressed(before, text, after)
        if request.action is Action.CONTINUE:
            structure = Structure.FREE
            text = with_seams(before, text, after)
        elif structure is not Structure.FREE:
            text = restored(before, own, text, after, request.markup)
        if breaks_out(before, own, text, after, request.markup):
            self._problem = (
                "Every answer would have changed the structure of the text around it, so it stays as it was."
            )
            return None
        if request.checked and (found := damage(before, own, text, after, request.markup, structure)):
            self._doubts[text] = f"Nothing better was found: the answer {found}."
        return text

    def _dressed(self, before: str, text: str, after: str) -> str:
        """A text with quotation marks and apostrophes as the text around has them, but for its code and marks."""
        style, start, end = self._watch.style, len(before), len(before + text)
        whole = before + text + after
        for low, high in reversed(gaps(marks_of(whole, start, end, self._terms.request.markup), start, end)):
            head, prose, tail = whole[:low], whole[low:high], whole[high:]
            whole = head + style.dressed(prose, head[-1:], tail[:5]) + tail
        return whole[start : len(whole) - len(after)]

    # How it is written.

    def _written(self, attempt: int, shown: bool) -> str:
        """An answer as the model wrote it. attempt: how many there were before; then it is written more gently."""
        terms, model, watch = self._terms, self._terms.model, self._watch
        self._cut = False
        sizes = self._sizes()
        settings = _gentler(terms.settings) if attempt else terms.settings
        steps = write_blocks(
            model.denoiser,
            self._prompt,
            sizes,
            settings,
            watch.generator,
            limit=model.checkpoint.trained_context,
            banned=model.banned_in_answers,
            ends=model.answer_ends,
            changes=watch.changes if shown else lambda: (),
            cancelled=watch.cancelled,
        )
        start, end = self._range
        before, after = self._around
        likely = 1 + max(0, self._expected - sizes[0]) // sizes[-1]
        text, ended = "", False
        for number, of_block in groupby(steps, key=itemgetter(0)):
            if shown and likely > 1:
                watch.on_group(number, max(likely, number + 1))
            layout = blank_layout(sizes[number], model.vocabulary.pad, None)
            canvas = Canvas.blank(sizes[number], model.denoiser.device)
            place = Place(watch.run, number, max(likely, number + 1), start, end, head=before + text, tail=after)
            found, _ = watch.follow(
                self._noted(map(itemgetter(1), of_block)),
                settings.steps,
                layout,
                canvas,
                place,
                rows=1,
                shown=shown,
                ends=model.answer_ends,
            )
            thought, ended = self._read()
            text = found[0] if thought else text + found[0]
        watch.go_on()
        self._cut = not ended
        return text if ended else _whole_sentences(text)

    def _sizes(self) -> list[int]:
        """Slots of each block there may be: the first as large as the answer is likely to be, then whole canvases.

        All are half as large after each empty answer.
        """
        canvas, limit = self._terms.limits.canvas, self._terms.model.checkpoint.trained_context
        likely = -(-(self._expected * 5 // 4 + _SPARE) // _UNIT) * _UNIT
        first = max(_LEAST, min(likely, canvas) >> self._empty)
        canvas = max(_LEAST, canvas >> self._empty)
        most = min(_FACTOR * self._expected + _MORE, max(first, limit - len(self._prompt)))
        return [first, *[canvas] * ((most - first) // canvas)]

    def _noted(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps, of which the last is remembered."""
        for step in steps:
            self._last = step
            yield step

    def _read(self) -> tuple[bool, bool]:
        """Whether the block that has just been written starts the answer anew, and whether it ends it."""
        assert self._last is not None
        model = self._terms.model
        tokens = [int(token) for token in self._last.draft[0]]
        pieces = model.vocabulary.pieces(tokens)
        first, last = answer_range(tokens, pieces, model.answer_ends, model.vocabulary.is_special)
        return first > 0, last < len(tokens)


def _gentler(settings: SamplerSettings) -> SamplerSettings:
    """Settings that accept fewer tokens in a step and keep to the most likely ones for longer."""
    return replace(
        settings,
        steps=min(10_000, 2 * settings.steps),
        entropy_bound=settings.entropy_bound / 5,
        temperature_high=1.25 * settings.temperature_high,
        temperature_low=1.25 * settings.temperature_low,
    )


def _whole_sentences(text: str) -> str:
    """A text that was cut off, up to the end of its last whole sentence, if it has one."""
    match = _SENTENCE.match(text)
    return match.group() if match else text
