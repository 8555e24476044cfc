"""The tokenizer loses nothing and joins nothing that the editor cuts apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.segments import cut
from engine.text.words import as_read
from engine.training.tokenizer import SPECIAL

TEXTS = [
    "She didn't open the well-kept door; “never,” he said.",
    "3.5 kilos of tea cost $12,000 -- or so.\n\nThe   end?",
    "Ünïcödé 😀 naïve café\n\tIndented",
    "don’t 'quote' it's the dogs' 90s",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_tokens_of_a_text_are_those_of_its_segments(prepared, text: str) -> None:
    whole = prepared.vocabulary.encode(text)
    pieces = [prepared.vocabulary.encode(segment.text) for segment in cut(text, 0, len(text))]
    assert whole == [token for piece in pieces for token in piece]


@given(text=st.text())
def test_any_text_comes_back(prepared, text: str) -> None:
    tokens = prepared.vocabulary.encode(text)
    assert prepared.tokenizer.decode(tokens) == as_read(text)
    assert all(token >= len(SPECIAL) for token in tokens)


@pytest.mark.parametrize("text", TEXTS[:3])
def test_cuts_fall_between_segments(prepared, text: str) -> None:
    starts, position = set(), 0
    for segment in cut(text, 0, len(text)):
        starts.add(position)
        position += len(prepared.vocabulary.encode(segment.text))
    found = prepared.bounds.of(np.array(prepared.vocabulary.encode(text)))
    assert set(np.flatnonzero(found).tolist()) <= starts | set(_white_space(prepared, text))


def _white_space(prepared, text: str) -> list[int]:
    """Positions behind or before white space, which belongs to fixed segments."""
    tokens = prepared.vocabulary.encode(text)
    spaces = [not prepared.vocabulary.token_text(token).strip() for token in tokens]
    return [index for index in range(len(tokens)) if spaces[index] or (index and spaces[index - 1])]


def test_words_take_the_space_before_them(prepared) -> None:
    text = "The old gardener never forgot a small boat."
    tokens = np.array(prepared.vocabulary.encode(text))
    starts = np.flatnonzero(prepared.bounds.of(tokens))
    pieces = ["".join(map(prepared.vocabulary.token_text, part)) for part in np.split(tokens, starts[1:])]
    assert pieces == ["The", " old", " gardener", " never", " forgot", " a", " small", " boat", "."]
