"""The length of a result: shorter, the same, longer, exactly so many tokens or words, and the search for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import WORD, Action, Decoder, EditRequest, Exactly, Length, RequestError, Sampler, SamplerSettings, Unit
from engine.diffusion.layout import Layout, Position
from engine.diffusion.length import apportion, first_words, search

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

BEFORE = "The keeper of the lighthouse wrote a letter. "
SELECTION = "He told his sister about the storm and about the boats."
AFTER = " She read it twice."
QUICK = SamplerSettings(steps=4, entropy_bound=3.0)
FILL = EditRequest(BEFORE, SELECTION, AFTER, Action.FILL, settings=QUICK)
REWRITE = replace(FILL, action=Action.REWRITE)
PLACE = EditRequest(BEFORE, "", AFTER.strip(), Action.FILL, settings=QUICK)
ON = replace(PLACE, action=Action.CONTINUE)


@given(count=st.integers(1, 400), sizes=st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_a_count_is_divided_without_a_rest(count, sizes):
    parts = apportion(count, sizes)
    assert len(parts) == len(sizes)
    assert min(parts) >= 1
    assert sum(parts) == max(count, len(sizes))


def test_a_count_is_divided_by_size():
    assert apportion(12, [1, 2, 3]) == [2, 4, 6]
    assert apportion(5, [0]) == [5]


@pytest.mark.parametrize("request_", [FILL, REWRITE, replace(REWRITE, strength=1.0)], ids=["fill", "half", "rewrite"])
@pytest.mark.parametrize("seed", range(3))
def test_a_result_is_shorter_as_long_or_longer_in_tokens(session, request_, seed):
    own = len(session.vocabulary.encode(" " + SELECTION))

    def slots(length: Length) -> int:
        frames = []
        session.run(replace(request_, length=length, seed=seed), on_frame=frames.append)
        if length is not Length.SHORTER:
            assert all(frames[-1].draft_tokens)
        return len(frames[-1].states)

    # Where half of the words stay, the gaps between them take one slot each at least.
    assert slots(Length.SHORTER) <= (own - 1 if request_ is REWRITE else 0.7 * own)
    assert slots(Length.SAME) == own
    assert slots(Length.LONGER) > 1.3 * own


@pytest.mark.parametrize("count", [1, 2, 7, 30])
@pytest.mark.parametrize("request_", [FILL, PLACE, replace(REWRITE, strength=1.0)], ids=["fill", "place", "rewrite"])
def test_exactly_so_many_tokens(session, request_, count):
    result = session.run(replace(request_, length=Exactly(count, Unit.TOKENS)))
    assert result.tokens == count


@pytest.mark.parametrize("decoder", list(Decoder))
@pytest.mark.parametrize("length", [Exactly(9, Unit.TOKENS), Exactly(6, Unit.WORDS)])
def test_a_continuation_of_exactly_so_many_tokens_or_words(session, decoder, length):
    result = session.run(replace(ON, length=length, decoder=decoder))
    if length.unit is Unit.TOKENS:
        assert result.tokens == 9
    else:
        assert len(WORD.findall(result.replacement)) == 6
    assert result.note == ""


@settings(max_examples=EXAMPLES // 10)
@given(
    request=st.sampled_from([FILL, PLACE, REWRITE, replace(REWRITE, strength=1.0)]),
    words=st.integers(1, 14),
    seed=st.integers(0, 999),
    variants=st.integers(1, 2),
)
def test_exactly_so_many_words(session, request, words, seed, variants):
    asked = replace(request, length=Exactly(words), seed=seed, variants=variants)
    result = session.run(asked)
    counts = {len(WORD.findall(variant)) for variant in result.variants}
    assert counts == {words}
    # Rows of dots, which these weights like, are taken out; then the words may be those of before.
    assert result.note == "" or not result.changed


def test_pinned_words_count(session):
    at = SELECTION.index("sister")
    asked = replace(FILL, pins=((at, at + 6),), length=Exactly(5))
    result = session.run(asked)
    assert "sister" in result.replacement
    assert len(WORD.findall(result.replacement)) == 5


def test_a_long_selection_has_so_many_words_in_all(session):
    people = ("man", "cat", "ship", "boy", "dog")
    text = " ".join(f"The {word} went to the harbour and came back at night." for word in people)
    plain = EditRequest("", text, "", Action.FILL, settings=QUICK)
    groups = []
    result = session.run(replace(plain, length=Exactly(40)), on_group=lambda group, of: groups.append(of))
    assert max(groups) > 1
    assert len(WORD.findall(result.replacement)) == 40
    with pytest.raises(RequestError, match="too short"):
        session.run(replace(plain, length=Exactly(1)))


@pytest.mark.parametrize(
    ("request_", "changes", "word"),
    [
        (FILL, {"length": Exactly(900, Unit.TOKENS)}, "at most"),
        (FILL, {"length": Exactly(900)}, "at most"),
        (replace(REWRITE, pins=((8, 25),)), {"length": Exactly(2, Unit.TOKENS)}, "stay"),
        (
            REWRITE,
            {"length": Length.LONGER, "settings": replace(QUICK, sampler=Sampler.DDIM)},
            "length cannot change",
        ),
    ],
)
def test_a_length_that_cannot_be_is_refused(session, request_, changes, word):
    with pytest.raises(RequestError, match=word):
        session.run(replace(request_, **changes))


@pytest.mark.parametrize(
    "fields",
    [
        {"length": 5},
        {"length": Length.SHORTER, "selection": " "},
        {"length": Length.SHORTER, "action": Action.CONTINUE},
        {"length": Exactly(5), "action": Action.FIX},
        {"length": 0, "action": Action.FILL},
    ],
)
def test_a_length_that_makes_no_sense_is_refused(fields):
    with pytest.raises(RequestError):
        replace(REWRITE, **fields)


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_a_count_out_of_bounds_is_refused(count):
    with pytest.raises(RequestError, match="between 1 and 100000 words"):
        Exactly(count)


def test_the_first_words_of_a_text():
    assert first_words(" One, two three.", 2) == " One, two"
    assert first_words(" One", 2) == " One"


class Fitting:
    """A denoiser that is certain where so many slots stand before what follows, and the less the more slots it sees."""

    device = torch.device("cpu")
    vocabulary_size = 30

    def __init__(self, fits: int) -> None:
        self.fits = fits

    def logits(self, context, canvas, slots, conditioning):
        scale = 2 + slots.max() / 4 - (canvas == 0).sum(-1) / 20
        seen = canvas[:, self.fits] == 29
        seen &= canvas[:, self.fits - 1] != 29
        certain = torch.where(context & seen, 3.0, 1.0) * scale
        return certain[:, None, None] * torch.randn((1, len(slots), 30), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("true", [2, 3, 5, 8, 11])
def test_the_search_finds_the_length_that_fits(true):
    """What the model is more certain of only because of the length does not count."""
    counts = (2, 3, 5, 8, 11)
    layouts = [between(slots) for slots in counts]
    chosen = search(
        Fitting(true),
        lambda tokens: len(tokens) > 1,
        layouts,
        2,
        SamplerSettings(steps=9, entropy_bound=1e-6),
        torch.Generator().manual_seed(0),
        torch.tensor([0, 29]),
    )
    assert counts[chosen] == true


def between(slots: int) -> Layout:
    """A canvas of 16: some slots, and tokens behind them, of which the first is 29."""
    tokens = [0] * slots + [29, *range(1, 16)][: 16 - slots]
    positions = [Position.SLOT] * slots + [Position.PINNED] * (16 - slots)
    return Layout((2, 5, 6), slots, (), (), tuple(tokens), tuple(positions), (None,) * 16, (-1,) * 16)


def test_a_checkpoint_without_padding_searches_its_length(session):
    searching = type(session)(replace(session.checkpoint, length_by="search"), session.denoiser, session.vocabulary)
    own = len(session.vocabulary.encode(" " + SELECTION))
    for request in (FILL, REWRITE, PLACE):
        frames = []
        result = searching.run(request, on_frame=frames.append)
        assert result.replacement
        assert result.forward_passes >= result.steps + 4
        if request is FILL:
            assert len(frames[-1].states) in {max(1, round(own * factor)) for factor in (0.7, 0.85, 1.0, 1.2, 1.5)}
    again = [searching.run(FILL).replacement for _ in range(2)]
    assert again[0] == again[1]
