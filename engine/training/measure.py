"""How well a checkpoint fills gaps in text that it was not trained on, independent of its tokenizer.

Everything is measured through the same layout, denoiser and session that the editor uses.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engine.canvas import Canvas
from engine.layout import Layout, make_layout, make_plan
from engine.request import Action, EditRequest
from engine.session import Session

_WORD = re.compile(r"(?<= )\S+")
_MARKS = re.compile(r"[*_`\[\]<>|#~]")
_CLOSING = ".,;:!?\"'”’)"
_BEFORE, _AFTER = 1500, 600
"""Characters of the surroundings of a place; more than any checkpoint of this recipe reads."""
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[.,;:!?]")
_KNOWN = 4
"""A word counts as known when the training documents have it that often."""


@dataclass(frozen=True, slots=True)
class Place:
    """Some words of a document, and the text on both sides; `before` ends with the space before them."""

    source: str
    before: str
    gap: str
    after: str


@dataclass(frozen=True, slots=True)
class Surprise:
    """What the true words of a place cost a checkpoint: bits of all their tokens together.

    both, left: in one denoising pass from pure noise, with and without the text behind. causal: under the causal head.
    right: share of the tokens that are the most probable ones, with the text behind. characters: of the words and the
    space before them. tokens: of them.
    """

    both: float
    left: float
    causal: float
    right: float
    characters: int
    tokens: int


def places(documents: Mapping[str, Sequence[str]], words: int, count: int, seed: int) -> list[Place]:
    """`count` places of `words` words in each source, within a paragraph, without marks or digits in the way."""
    choice = random.Random(seed)
    found = []
    for source, texts in documents.items():
        taken = 0
        for _ in range(50 * count):
            place = _place(source, choice.choice(texts), words, choice)
            if place and taken < count:
                found.append(place)
                taken += 1
    return found


def _place(source: str, text: str, words: int, choice: random.Random) -> Place | None:
    """A place in a text, None where the chosen one does not do."""
    found = list(_WORD.finditer(text))
    if len(found) < words + 40:
        return None
    index = choice.randrange(20, len(found) - words - 10)
    start, end = found[index].start(), found[index + words - 1].end()
    gap = text[start:end].rstrip(_CLOSING)
    plain = gap and gap[0].isalpha() and gap[-1].isalnum() and "\n" not in gap and not _MARKS.search(gap)
    if not plain:
        return None
    end = start + len(gap)
    return Place(source, text[max(0, start - _BEFORE) : start], gap, text[end : end + _AFTER])


@torch.inference_mode()
def surprise(session: Session, place: Place, seed: int) -> Surprise | None:
    """What the words of a place cost; None where they do not fit the checkpoint's canvas as one gap."""
    own = session.vocabulary.encode(" " + place.gap)
    layouts = [_layout(session, place, after) for after in (place.after, "")]
    if any(layout is None or len(own) > layout.gaps[0].last for layout in layouts):
        return None
    both, left = (_one_pass(session, layout, seed) for layout in layouts if layout is not None)
    tokens = torch.tensor(own, device=session.denoiser.device)
    return Surprise(
        both=_bits(both, tokens),
        left=_bits(left, tokens),
        causal=_causal_bits(session, layouts[0].context, own),
        right=float((both[: len(own)].argmax(-1) == tokens).float().mean()),
        characters=len(place.gap) + 1,
        tokens=len(own),
    )


def _layout(session: Session, place: Place, after: str) -> Layout | None:
    """The canvas of a place with all its words melted; None where it is not one gap at the start."""
    plan = make_plan(EditRequest(place.before, place.gap, after, Action.FILL), session.checkpoint, session.vocabulary)
    if len(plan.groups) != 1:
        return None
    group = plan.groups[0]
    layout = make_layout(group, place.before, after, group.free, session.checkpoint, session.vocabulary)
    return layout if len(layout.gaps) == 1 and layout.gaps[0].first == 0 else None


def _one_pass(session: Session, layout: Layout, seed: int) -> Tensor:
    """log p of all tokens at the slots, (S, V), in the first pass from pure noise."""
    denoiser = session.denoiser
    canvas = Canvas.from_layout(layout, denoiser.device)
    generator = torch.Generator(denoiser.device).manual_seed(seed)
    noise = torch.randint(denoiser.vocabulary_size, (1, len(canvas.slots)), generator=generator, device=denoiser.device)
    logits = denoiser.logits(denoiser.prefill(layout.context), canvas.with_slots(noise), canvas.slots, None)
    return logits[0].log_softmax(-1)


def _bits(log_probabilities: Tensor, tokens: Tensor) -> float:
    """Bits of the first tokens, (T,), under (S, V) log probabilities in nats."""
    return -float(log_probabilities[: len(tokens)].gather(-1, tokens[:, None]).sum()) / math.log(2)


def _causal_bits(session: Session, context: Sequence[int], own: Sequence[int]) -> float:
    """Bits of the same tokens for the causal encoder, which sees only what lies before each."""
    model = session.denoiser.model
    tokens = torch.tensor([[*context, *own]], device=model.device)
    states = model.model.encoder.language_model(input_ids=tokens).last_hidden_state[0, len(context) - 1 : -1]
    cap = model.final_logit_softcapping
    return _bits((cap * torch.tanh(model.lm_head(states).float() / cap)).log_softmax(-1), tokens[0, len(context) :])


class Lexicon:
    """The words and neighbouring word pairs of the training documents: a cheap judge of what reads like English."""

    def __init__(self, documents: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        for document in documents:
            pieces = _pieces(document)
            counts.update(pieces)
            self._pairs.update(pairwise(pieces))
        self._words = {word for word, count in counts.items() if count >= _KNOWN}

    def known_pairs(self, place: Place, text: str) -> float:
        """Share of the neighbouring pairs of a fill, seams included, that occur somewhere; 0 for an empty fill."""
        pieces = _pieces(text)
        if not pieces:
            return 0.0
        row = [*_pieces(place.before[-60:])[-1:], *pieces, *_pieces(place.after[:60])[:1]]
        return sum(pair in self._pairs for pair in pairwise(row)) / (len(row) - 1)

    def is_sound(self, place: Place, text: str) -> bool:
        """Whether a fill has only known words and pairs, none twice running, and half as many as the writer's."""
        pieces = _pieces(text)
        return (
            2 * len(pieces) >= len(_pieces(place.gap))
            and all(piece in self._words for piece in pieces)
            and all(first != second for first, second in pairwise(pieces))
            and self.known_pairs(place, text) == 1
        )


def _pieces(text: str) -> list[str]:
    return [piece.lower() for piece in _PIECE.findall(text)]
