"""A run that mends: what is wrong is found and chosen by `engine.mending`, then it melts and settles on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from engine.canvas import Canvas
from engine.corrections import Correction, corrected, moved
from engine.denoise import denoise
from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser
from engine.framing import Place
from engine.layout import Layout, Position, Span
from engine.mending.mend import Mender, stretches
from engine.request import Action, EditRequest, EditResult, SamplerSettings
from engine.runs import Run, RunCancelledError
from engine.textmap import TextMap
from engine.vocabulary import Vocabulary

_SETTLING = SamplerSettings(steps=4, entropy_bound=0.5, temperature_high=1.0, temperature_low=1.0, stability_steps=4)
"""Frames in which a chosen word takes shape: enough to be seen, and none of them costs a pass of the model."""
_SURE, _SURER, _SPREAD = 6.0, 4.0, 4.0
"""Logits of a chosen token before the first frame, more in each that follows, and by how much slots differ."""


class MendRun(Run):
    """Fixes spelling and grammar of the selection."""

    @classmethod
    def serves(cls, request: EditRequest, denoiser: object, vocabulary: Vocabulary, languages: Collection[str]) -> bool:
        """Whether a request can be done in this way: there are word lists of one language, and a check pass."""
        return (
            request.action is Action.FIX
            and "en" in languages
            and isinstance(denoiser, DiffusionGemmaDenoiser)
            and vocabulary.has_special("<check>")
        )

    @cached_property
    def _range(self) -> tuple[int, int]:
        return TextMap(self.request.text).widen(self.request.start, self.request.end)

    def result(self, on_start: Callable[[int, int], None]) -> EditResult:
        """Mend stretch by stretch. Every variant is the same. Raises RunCancelledError."""
        request, session = self.request, self.session
        start, end = self._range
        on_start(start, end)
        self.generator.manual_seed(request.seed)
        mender = Mender(session.denoiser, session.checkpoint, session.vocabulary)
        pins = [(request.start + low, request.start + high) for low, high in request.pins]
        parts = list(stretches(request.text, start, end))
        made: list[Correction] = []
        pieces: list[str] = []
        for number, (low, high, found) in enumerate(mender.corrections(request.text, start, end, pins)):
            if self.cancelled():
                raise RunCancelledError
            if len(parts) > 1:
                self.on_group(number, len(parts))
            self.counts.forward_passes += 1
            own = request.text[low:high]
            if found:
                place = Place(
                    self.run, number, len(parts), start, end, head="".join(pieces), tail=request.text[high:end]
                )
                own = self._settled(low, high, found, place)
            pieces.append(own)
            made += found
        text = "".join(pieces)
        note = "" if made else "Nothing was found that is wrong, so your text stays as it was."
        return replace(self._finished(start, end, [text], note), corrections=tuple(made))

    def _settled(self, start: int, end: int, found: Sequence[Correction], place: Place) -> str:
        """Show how a stretch becomes what was chosen: the text it ends with, which a person may have changed."""
        session = self.session
        layout, answers = _layout(self.request.text, start, end, found, session.vocabulary)
        canvas = Canvas.from_layout(layout, session.denoiser.device)
        chosen = _Chosen(answers, session.denoiser, self.generator)
        moves = len(self._moves)
        steps = denoise(
            chosen,
            None,
            canvas,
            _SETTLING,
            self.generator,
            banned=session.banned,
            changes=self.changes,
            cancelled=self.cancelled,
        )
        texts, _ = self.watch(steps, _SETTLING.steps, layout, canvas, place, rows=1, shown=True)
        if len(self._moves) > moves:
            return texts[0]
        # The tokenizer may change a text; what was chosen is put in letter by letter.
        text = self.request.text
        return corrected(text[start:end], [moved(item, -start) for item in found])


class _Chosen:
    """A denoiser that knows the answer, and grows surer of it from step to step. No model is asked."""

    def __init__(self, answers: Sequence[int], denoiser: DiffusionGemmaDenoiser, generator: torch.Generator) -> None:
        self.device, self.vocabulary_size, self.ends = denoiser.device, denoiser.vocabulary_size, denoiser.ends
        self._answers = torch.tensor(answers, device=self.device)
        self._spread = _SPREAD * torch.rand(len(answers), generator=generator, device=generator.device)
        self._step = 0

    def logits(self, context: object, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """See `engine.denoise.Denoiser`."""
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
