"""A run that mends: what is wrong is found and chosen by `engine.mending`, then it melts and settles on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from engine.contracts.corrections import Correction, corrected, moved
from engine.contracts.request import Action, EditRequest, EditResult, SamplerSettings
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.diffusion.denoiser import Denoiser
from engine.diffusion.layout import Layout, Position, Span
from engine.mending.dictionary import Dictionary
from engine.mending.mend import Mender, stretches
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.loaded import LoadedModel
from engine.runs.framing import Place
from engine.runs.judge import Judge
from engine.runs.result import make_result
from engine.runs.terms import Terms
from engine.runs.watch import Watch
from engine.text.markup import protected
from engine.text.ranges import Protected
from engine.text.text_map import TextMap
from engine.text.vocabulary import Vocabulary

_SETTLING = SamplerSettings(steps=4, entropy_bound=0.5, temperature_high=1.0, temperature_low=1.0, stability_steps=4)
"""Frames in which a chosen word takes shape: enough to be seen, and none of them costs a pass of the model."""
_NEAR = 200
"""Characters around the selection in which the marks of a link are looked for that it begins or ends in."""
_SURE, _SURER, _SPREAD = 6.0, 4.0, 4.0
"""Logits of a chosen token before the first frame, more in each that follows, and by how much slots differ."""


class MendRun:
    """Fixes spelling and grammar of the selection."""

    def __init__(self, terms: Terms, watch: Watch) -> None:
        self._terms = terms
        self._watch = watch

    @classmethod
    def serves(cls, request: EditRequest, model: LoadedModel) -> bool:
        """Whether a request can be done in this way."""
        return request.action is Action.FIX and can_mend(model)

    @cached_property
    def _range(self) -> tuple[int, int]:
        return TextMap(self._terms.request.text).widen(self._terms.request.start, self._terms.request.end)

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Mend stretch by stretch. Every variant is the same. Raises RunCancelledError."""
        request, model, watch = self._terms.request, self._terms.model, self._watch
        start, end = self._range
        parts = list(stretches(request.text, start, end))
        foreign = Judge(self._terms).foreign_parts(parts)
        on_start(start, end)
        watch.generator.manual_seed(request.seed)
        mender = make_mender(model, request.own_words)
        marks = protected(request.text, start, end, request.markup, facts=False, pairs=False)
        near = protected(
            request.text, max(0, start - _NEAR), min(len(request.text), end + _NEAR), request.markup, facts=False
        )
        stays = [(each.start, each.end) for each in marks]
        stays += ((request.start + low, request.start + high) for low, high in request.pins)
        stays += (parts[number] for number in sorted(foreign))
        made: list[Correction] = []
        pieces: list[str] = []
        for number, (low, high, found) in enumerate(mender.corrections(request.text, start, end, stays)):
            watch.go_on()
            if len(parts) > 1:
                watch.on_group(number, len(parts))
            watch.counts.forward_passes += 1
            own = request.text[low:high]
            found = [self._dressed(each) for each in words_left(request.text, near, found)]
            if found:
                place = Place(
                    watch.run, number, len(parts), start, end, head="".join(pieces), tail=request.text[high:end]
                )
                own = self._settled(low, high, found, place)
            pieces.append(own)
            made += found
        text = "".join(pieces)
        note = "" if made else "Nothing was found that is wrong, so your text stays as it was."
        return replace(make_result(self._terms, watch, start, end, [text], note), corrections=tuple(made))

    def _dressed(self, correction: Correction) -> Correction:
        """A correction with apostrophes as the text has them; those of the corrected words stay."""
        text, style = self._terms.request.text, self._watch.style
        if not {"'", "’"}.isdisjoint(text[correction.start : correction.end]):
            return correction

        def dressed(new: str) -> str:
            return style.dressed(new, text[: correction.start][-1:])

        others = tuple(map(dressed, correction.alternatives))
        return replace(correction, replacement=dressed(correction.replacement), alternatives=others)

    def _settled(self, start: int, end: int, found: Sequence[Correction], place: Place) -> str:
        """Show how a stretch becomes what was chosen: the text it ends with, which a person may have changed."""
        model, watch, text = self._terms.model, self._watch, self._terms.request.text
        layout, answers = _layout(text, start, end, found, model.vocabulary)
        canvas = Canvas.from_layout(layout, model.denoiser.device)
        chosen = _Chosen(answers, model.denoiser, watch.generator)
        moves = len(watch.moves)
        steps = denoise(
            chosen,
            None,
            canvas,
            _SETTLING,
            watch.generator,
            banned=model.banned,
            changes=watch.changes,
            cancelled=watch.cancelled,
        )
        texts, _ = watch.follow(steps, _SETTLING.steps, layout, canvas, place, rows=1, shown=True)
        if len(watch.moves) > moves:
            return texts[0]
        # The tokenizer may change a text; what was chosen is put in letter by letter.
        return corrected(text[start:end], [moved(item, -start) for item in found])


def words_left(text: str, marks: Sequence[Protected], found: Sequence[Correction]) -> list[Correction]:
    """The corrections, in order, that leave words between two marks, such as those of a link, where there were some."""
    kept: list[Correction] = []
    for each in found:
        low = max((mark.end for mark in marks if mark.end <= each.start), default=0)
        high = min((mark.start for mark in marks if mark.start >= each.end), default=len(text))
        inside = [moved(other, -low) for other in (*kept, each) if low <= other.start and other.end <= high]
        if each.replacement.strip() or corrected(text[low:high], inside).strip():
            kept.append(each)
    return kept


def can_mend(model: LoadedModel) -> bool:
    """Whether mistakes can be found with a model: there are word lists of one language, and a check pass."""
    return (
        "en" in model.checkpoint.languages
        and isinstance(model.denoiser, DiffusionGemmaDenoiser)
        and model.vocabulary.has_special("<check>")
    )


def make_mender(model: LoadedModel, own_words: frozenset[str] = frozenset()) -> Mender:
    """What finds mistakes with a model for which `can_mend` holds."""
    assert isinstance(model.denoiser, DiffusionGemmaDenoiser)
    dictionary = Dictionary.english().with_own(own_words)
    return Mender(model.denoiser, model.checkpoint, model.vocabulary, dictionary)


class _Chosen:
    """A denoiser that knows the answer, and grows surer of it from step to step. No model is asked."""

    def __init__(self, answers: Sequence[int], denoiser: Denoiser, generator: torch.Generator) -> None:
        self.device, self.vocabulary_size, self.ends = denoiser.device, denoiser.vocabulary_size, denoiser.ends
        self._answers = torch.tensor(answers, device=self.device)
        self._spread = _SPREAD * torch.rand(len(answers), generator=generator, device=generator.device)
        self._step = 0

    def prefill(self, tokens: Sequence[int], context: None = None) -> None:
        """Nothing is read."""

    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> None:
        """Nothing is read."""

    def causal(self, tokens: Sequence[int], context: None = None) -> tuple[Tensor, None]:
        """There is no causal head here."""
        raise AssertionError("the settings of this run leave the causal head out")

    def expect(self, context: object, canvas: Tensor, slots: Tensor) -> Tensor:
        """As `causal`."""
        return self.causal(())[0]

    def forget(self) -> None:
        """Nothing is kept."""

    def logits(self, context: object, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """See `engine.diffusion.denoiser.Denoiser`."""
        self._step += 1
        logits = torch.zeros((len(canvas), len(slots), self.vocabulary_size), device=self.device)
        sure = (_SURE + _SURER * self._step + self._spread).expand(len(canvas), -1)
        return logits.scatter(-1, self._answers.expand(len(canvas), -1)[..., None], sure[..., None])


def _layout(
    text: str, start: int, end: int, found: Sequence[Correction], vocabulary: Vocabulary
) -> tuple[Layout, list[int]]:
    """A canvas of a stretch on which all but the corrected places is pinned, and the token that each slot becomes."""
    tokens: list[int] = []
    positions: list[Position] = []
    literals: list[str | None] = []
    gaps: list[Span] = []
    answers: list[int] = []

    def pin(literal: str) -> None:
        own = vocabulary.encode(literal) or [vocabulary.pad]
        tokens.extend(own)
        positions.extend([Position.PINNED] * len(own))
        literals.extend([literal, *[""] * (len(own) - 1)])

    at = start
    for correction in found:
        low, high, new = correction.start, correction.end, correction.replacement
        # The space before a word belongs to its token.
        while low > at and text[low - 1] == " " and not new.startswith(" "):
            low, new = low - 1, " " + new
        if at < low:
            pin(text[at:low])
        own, wanted = vocabulary.encode(text[low:high]), vocabulary.encode(new)
        room = max(len(own), len(wanted), 1)
        gaps.append(Span(len(tokens), len(tokens) + room, text[low:high]))
        answers += [*wanted, *[vocabulary.pad] * (room - len(wanted))]
        tokens += [*own, *[vocabulary.pad] * (room - len(own))]
        positions += [*[Position.SEEDED] * len(own), *[Position.SLOT] * (room - len(own))]
        literals += [None] * room
        at = high
    if at < end:
        pin(text[at:end])
    layout = Layout(
        (), len(tokens), tuple(gaps), (), tuple(tokens), tuple(positions), tuple(literals), (-1,) * len(tokens)
    )
    return layout, answers
