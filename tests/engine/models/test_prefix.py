"""A kept context gives, to the last bit, what reading everything again gives, and reads less for it."""

import math
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, Decoder, EditRequest, SamplerSettings
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.prefix import CachedDenoiser
from engine.runs.session import Session

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

VOCABULARY, WINDOW = 48, 8
"""Of the tiny model and its sliding layer."""
LONG, BLOCK = 5_000, 256
"""Twenty blocks, as of a text of 20,000 tokens on a GPU, so that the test is short."""


class Counting(CachedDenoiser):
    """Notes how many tokens are read in each pass."""

    def __init__(self, model, block: int) -> None:
        super().__init__(model)
        self.block = block
        self.passes: list[int] = []

    def _read(self, tokens, context):
        self.passes.append(len(tokens))
        return super()._read(tokens, context)

    def read(self, tokens) -> int:
        """Read a text and return how many of its tokens went through the model."""
        self.passes.clear()
        self.prefill(tokens)
        return sum(self.passes)

    def kept_numbers(self) -> int:
        """How many numbers the memory of the kept context holds, each counted once."""
        tensors = [(layer.keys, layer.values) for layer in self._context.cache.layers]
        tensors += [window for mark in self._marks for window in mark.windows.values()]
        storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for pair in tensors for t in pair}
        return sum(storages.values()) // 4


def plain(model, block: int) -> DiffusionGemmaDenoiser:
    """One that keeps nothing."""
    denoiser = DiffusionGemmaDenoiser(model)
    denoiser.block = block
    return denoiser


def predicted(denoiser, context, rows: int = 1) -> torch.Tensor:
    """What a canvas behind the context looks like to the model."""
    canvas = torch.randint(0, VOCABULARY, (rows, 6), generator=torch.Generator().manual_seed(rows))
    return denoiser.logits(context, canvas, torch.arange(6), None)


@pytest.fixture(scope="module")
def model(make_tiny):
    return make_tiny()


@pytest.fixture(scope="module")
def long_text() -> list[int]:
    """Random tokens, one more than `LONG`."""
    return [2, *random.Random(0).choices(range(3, VOCABULARY), k=LONG)]


def test_a_long_text_is_as_if_read_again_after_edits(model, long_text) -> None:
    cached, fresh = Counting(model, BLOCK), plain(model, BLOCK)
    assert cached.read(long_text) == LONG + 1
    for at, most in ((LONG - 5, 2 * BLOCK), (LONG // 2, LONG - BLOCK)):
        tokens = [*long_text[:at], 7, 7, *long_text[at + 3 :]]
        assert cached.read(tokens) <= most
        assert torch.equal(predicted(cached, cached.prefill(tokens)), predicted(fresh, fresh.prefill(tokens)))
        assert cached.kept_numbers() <= bound(LONG, BLOCK)


def bound(tokens: int, block: int) -> float:
    """Most numbers that may be kept: keys and values of one head of 16 in each of the two layers."""
    windows = max(0, math.log2(tokens / block)) + 3
    return 2 * 16 * (tokens + windows * WINDOW + block)


@st.composite
def texts(draw) -> list[list[int]]:
    """A text of tokens and what becomes of it by edits, also by such that cut it or go on with it."""
    tokens = draw(st.lists(st.integers(3, VOCABULARY - 1), min_size=1, max_size=70))
    found = [tokens]
    for _ in range(draw(st.integers(1, 4))):
        low = draw(st.integers(0, len(tokens)))
        high = draw(st.sampled_from([low, min(len(tokens), low + 2), len(tokens)]))
        tokens = [*tokens[:low], *draw(st.lists(st.integers(3, VOCABULARY - 1), max_size=9)), *tokens[high:]]
        tokens = tokens or [2]
        found.append(tokens)
    return found


@settings(max_examples=EXAMPLES // 5)
@given(texts(), st.sampled_from([1, 3, 4, 8, 64]), st.data())
def test_any_edits_give_what_reading_again_gives(model, row, block, data) -> None:
    cached, fresh, whole = Counting(model, block), plain(model, block), plain(model, 1000)
    for tokens in row:
        context = cached.prefill(tokens)
        # What a run does with its context must not reach the kept one.
        rows = data.draw(st.sampled_from([1, 3]))
        found = predicted(cached, context, rows)
        assert torch.equal(found, predicted(fresh, fresh.prefill(tokens), rows))
        torch.testing.assert_close(found, predicted(whole, whole.prefill(tokens), rows), atol=1e-5, rtol=0)
        if rows == 1:
            further = cached.prefill([5, 6, 7, 8, 9], context)
            assert torch.equal(
                predicted(cached, further), predicted(fresh, fresh.prefill([5, 6, 7, 8, 9], fresh.prefill(tokens)))
            )
        assert cached.read(tokens) == 0
        assert torch.equal(predicted(cached, cached.prefill(tokens), rows), found)


@settings(max_examples=EXAMPLES // 10)
@given(st.integers(1, 120), st.data())
def test_after_an_edit_not_much_more_is_read_than_lies_behind_it(model, length, data) -> None:
    cached = Counting(model, 4)
    tokens = [2, *[9] * length]
    assert cached.read(tokens) == len(tokens)
    behind = data.draw(st.integers(1, length))
    tokens = [*tokens[:-behind], 10, *tokens[len(tokens) - behind + 1 :]]
    assert cached.read(tokens) <= 3 * behind + cached.block
    tokens[-behind] = 11
    assert cached.read(tokens) < behind + cached.block


def test_a_read_that_is_interrupted_leaves_nothing_wrong(model, monkeypatch) -> None:
    cached, fresh = Counting(model, 4), plain(model, 4)
    first, second = [2, *range(3, 40)], [2, *range(3, 20), *range(30, 47)]
    cached.prefill(first)
    read, passes = Counting._read, []

    def breaking(self, tokens, context):
        passes.append(tokens)
        if len(passes) == 3:
            raise MemoryError
        return read(self, tokens, context)

    monkeypatch.setattr(Counting, "_read", breaking)
    with pytest.raises(MemoryError):
        cached.prefill(second)
    for tokens in (first, second):
        assert torch.equal(predicted(cached, cached.prefill(tokens)), predicted(fresh, fresh.prefill(tokens)))


def test_memory_is_given_back(model, long_text) -> None:
    cached = Counting(model, 128)
    cached.prefill(long_text[:2000])
    # A shorter beginning must not hold on to the memory of the whole, nor a window to that of its block.
    cached.prefill(long_text[:128])
    assert cached.kept_numbers() <= bound(128, 128)
    cached.forget()
    assert cached.read(long_text[:10]) == 10


TEXT = (
    "The harbour was quiet when we came down in the morning, and the boats lay so still that each of them stood on "
    "its own picture. An old man sold coffee from a cart.\n\nHe asked where we were going, and when we told him, he "
    "laughed and gave us a second cup. Nobody crosses the bay in this month, he said."
)


def edited_requests() -> list[EditRequest]:
    """What a person asks for while working on a text, which changes between the runs."""
    steps = SamplerSettings(steps=3, entropy_bound=6.0)
    found = []
    for number, (old, new, word, action, fields) in enumerate(
        [
            ("", "", "second cup", Action.REWRITE, {"strength": 0.6}),
            ("gave", "poured", "second cup", Action.FILL, {"variants": 3}),
            ("coffee", "tea", "second cup", Action.FILL, {"recorded": True}),
            ("", "", "Nobody crosses the bay", Action.REWRITE, {"strength": 1.0, "variants": 2}),
            ("quiet", "grey", "stood on", Action.FILL, {}),
            ("", "", "he said.", Action.CONTINUE, {"length": 40}),
            ("laughed", "smiled", "he said.", Action.CONTINUE, {"length": 6, "decoder": Decoder.AUTOREGRESSIVE}),
        ]
    ):
        text = (found[-1].text if found else TEXT).replace(old, new, 1)
        at = text.index(word)
        found.append(
            EditRequest(text[:at], word, text[at + len(word) :], action, seed=number, settings=steps, **fields)
        )
    return found


@pytest.mark.parametrize("block", [16, 128])
def test_runs_on_an_edited_text_are_those_of_a_session_that_has_seen_no_other(session, block) -> None:
    model = session.denoiser.model
    lasting = Session(session.checkpoint, Counting(model, block), session.vocabulary)
    for request in edited_requests():
        results = []
        for each in (lasting, Session(session.checkpoint, plain(model, block), session.vocabulary)):
            frames = []
            result = each.run(request, on_frame=frames.append)
            results.append((replace(result, seconds=0, prefill_seconds=0), [replace(f, seconds=0) for f in frames]))
        assert results[0] == results[1]
        assert results[0][1]
