"""Fix changes the words that the checkpoint calls wrong and no letter of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from torch import Tensor

from engine import Action, EditRequest, EditResult, Frame, RequestError, SamplerSettings, SlotState
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.runs.session import Session
from engine.text.segments import SegmentKind, cut
from engine.text.vocabulary import Vocabulary
from engine.training.tokenizer import adopt

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

FEW = SamplerSettings(steps=2, entropy_bound=50.0)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return adopt(embedded_checkpoint().folder / "tokenizer.json")


@pytest.fixture(scope="module")
def vocabulary(tokenizer) -> Vocabulary:
    return Vocabulary(tokenizer, tokenizer.get_vocab_size(), 0, 2)


@dataclass
class Mender:
    """A denoiser that calls the words `wrong` wrong and writes `right` into every gap, with padding behind it."""

    vocabulary: Vocabulary
    wrong: Sequence[str]
    right: str
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    ends: tuple[int, ...] = ()
    prefills: list[list[int]] = field(default_factory=list)
    canvases: list[list[int]] = field(default_factory=list)

    @property
    def vocabulary_size(self) -> int:
        return self.vocabulary.size

    def prefill(self, tokens: Sequence[int], context: object = None) -> object:
        self.prefills.append(list(tokens))
        return None

    def logits(self, context: object, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        vocabulary = self.vocabulary
        self.canvases.append(canvas[0].tolist())
        logits = torch.zeros((canvas.shape[0], len(slots), vocabulary.size))
        if self.prefills[-1][-1] == vocabulary.special("<check>"):
            flagged = {token for word in self.wrong for token in vocabulary.encode(word)}
            for index, slot in enumerate(slots.tolist()):
                answer = vocabulary.special("<mask>") if int(canvas[0, slot]) in flagged else 50
                # About nine to one that it is so.
                logits[:, index, answer] = 11.2
            return logits
        mine = vocabulary.encode(self.right)
        before, place = -2, 0
        for index, slot in enumerate(slots.tolist()):
            place = place + 1 if slot == before + 1 else 0
            before = slot
            logits[:, index, mine[place] if place < len(mine) else vocabulary.pad] = 30.0
        return logits


@pytest.fixture
def mend(vocabulary):
    """Fixes a text with a denoiser that finds some words wrong."""

    def run(
        text: str, wrong: Sequence[str], right: str, start: int = 0, end: int | None = None, **changes
    ) -> tuple[EditResult, list[Frame], Mender]:
        denoiser = Mender(vocabulary, wrong, right)
        checkpoint = replace(embedded_checkpoint(), **{"tasks": ("fix",), "fix_threshold": 0.5, **changes})
        end = len(text) if end is None else end
        frames: list[Frame] = []
        request = EditRequest(text[:start], text[start:end], text[end:], Action.FIX, settings=FEW)
        return Session(checkpoint, denoiser, vocabulary).run(request, on_frame=frames.append), frames, denoiser

    return run


@pytest.mark.parametrize(
    ("text", "wrong", "right", "mended"),
    [
        ("I saw teh cat.", [" teh"], " the", "I saw the cat."),
        ("Teh cat slept.", ["Teh"], "The", "The cat slept."),
        ("I saw cat.", [" cat"], " the cat", "I saw the cat."),
        ("I saw the cat ,then left.", [" ,"], ",", "I saw the cat,then left."),
        ("One.Two", ["Two"], " Two", "One. Two"),
        ("A very zz old cat.", [" zz"], "", "A very old cat."),
        ("See **teh** cat.", ["teh"], "the", "See **the** cat."),
    ],
)
def test_the_wrong_word_is_mended(mend, text, wrong, right, mended) -> None:
    result, frames, _ = mend(text, wrong, right)
    assert result.replacement == mended
    assert frames[-1].draft == mended
    assert result.note == ""


def test_neighbouring_wrong_words_make_one_gap(mend) -> None:
    result, _, denoiser = mend("We met some times here.", [" some", " times"], " sometimes")
    assert result.replacement == "We met sometimes here."
    assert denoiser.canvases[-1].count(denoiser.vocabulary.special("<sep>")) == 1


def test_the_model_sees_the_wrong_word_beside_its_gap(mend, vocabulary) -> None:
    _, _, denoiser = mend("I saw teh cat.", [" teh"], " the")
    check, fix = denoiser.prefills
    assert check[-1] == vocabulary.special("<check>")
    assert fix[-1] == vocabulary.special("<fix>")
    canvas = denoiser.canvases[-1]
    sep = canvas.index(vocabulary.special("<sep>"))
    assert vocabulary.text(canvas[:sep]) == "I saw teh"
    assert vocabulary.text(canvas[sep:]).endswith(" cat.")


def test_a_text_without_mistakes_stays_and_says_so(mend) -> None:
    result, frames, _ = mend("I saw the cat.", [], "")
    assert not result.changed
    assert frames == []
    assert result.forward_passes == 1
    assert "No mistakes were found" in result.note


def test_words_that_are_right_are_pinned(mend) -> None:
    _, frames, _ = mend("I saw teh cat.", [" teh"], " the")
    states = {state for frame in frames for state in frame.states}
    assert SlotState.PINNED in states
    assert SlotState.KEPT not in states
    for frame in frames:
        assert frame.draft.startswith("I saw")
        assert frame.draft.endswith(" cat.")


def test_only_the_selection_is_mended(mend) -> None:
    text = "Teh cat saw teh dog."
    result, _, _ = mend(text, ["Teh", " teh"], "the", start=8, end=19)
    assert text[: result.start] + result.replacement + text[result.end :] == "Teh cat saw the dog."


def test_a_long_text_is_mended_group_by_group(mend) -> None:
    text = "The quick brown fox saw teh lazy dog in the warm sun. " * 12
    result, frames, _ = mend(text.strip(), [" teh"], " the")
    assert result.replacement == text.strip().replace("teh", "the")
    assert frames[-1].groups > 2


def test_the_threshold_of_the_checkpoint_decides(mend) -> None:
    assert mend("I saw teh cat.", [" teh"], " the", fix_threshold=0.8)[0].changed
    assert not mend("I saw teh cat.", [" teh"], " the", fix_threshold=0.95)[0].changed
    with pytest.raises(RequestError, match="not trained to fix spelling"):
        mend("I saw teh cat.", [" teh"], " the", tasks=("fill",))


TEXTS = st.lists(
    st.sampled_from(
        ["teh", " teh", " cat", "cat", ".", ", ", " ", "\n", "\n- ", "**", "é", "漢字", "👨‍👩‍👧", " שלום", "`teh`"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)


@settings(max_examples=EXAMPLES // 2)
@given(TEXTS, st.sampled_from(["", " the", "the", "x y"]))
def test_no_other_letter_changes_in_any_text(vocabulary, text, right) -> None:
    denoiser = Mender(vocabulary, [" teh", "teh"], right)
    session = Session(replace(embedded_checkpoint(), tasks=("fix",)), denoiser, vocabulary)
    result = session.run(EditRequest("", text, "", Action.FIX, settings=FEW))
    position = 0
    flagged = {*vocabulary.encode("teh"), *vocabulary.encode(" teh")}
    for segment in cut(text, result.start, result.end):
        if segment.kind is SegmentKind.FIXED or not flagged & {*vocabulary.encode(segment.text)}:
            position = result.replacement.find(segment.text.strip(), position)
            assert position >= 0, segment.text
            position += len(segment.text.strip())
    assert result.replacement.count("\n") == result.original.count("\n")
