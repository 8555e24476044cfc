"""The parts of the sampler, each by itself."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.diffusion.sampler import (
    EntropyBound,
    KeptRule,
    StopRule,
    TemperatureSchedule,
    UniformNoise,
    entropy,
    sample,
)
from engine.diffusion.scheduler import Prediction

rows_of_entropies = st.lists(st.floats(0, 10, width=32), min_size=1, max_size=40)


def test_the_temperature_falls_linearly_and_starts_at_its_highest():
    schedule = TemperatureSchedule(0.8, 0.4)
    temperatures = [schedule.at(remaining, 4) for remaining in (4, 3, 2, 1)]
    assert temperatures == pytest.approx([0.8, 0.7, 0.6, 0.5])


@given(values=rows_of_entropies, bound=st.floats(0.001, 50))
def test_the_entropy_bound_accepts_the_most_certain_slots_that_fit(values, bound):
    entropies = torch.tensor([values])
    accepted = EntropyBound(bound).accept(entropies)[0]
    inside, outside = entropies[0][accepted], entropies[0][~accepted]
    assert accepted.any()
    assert inside.sum() - inside.max() <= bound * (1 + 1e-4) + 1e-4
    if len(outside):
        assert outside.min() >= inside.max()
        assert inside.sum() >= bound * (1 - 1e-4) - 1e-4


def test_tokens_are_those_that_torch_would_draw():
    probabilities = torch.softmax(torch.randn(2, 5, 70, generator=torch.Generator().manual_seed(4)) * 3, -1)
    theirs = torch.multinomial(probabilities.view(10, 70), 1, generator=torch.Generator().manual_seed(9)).view(2, 5)
    wanted = torch.tensor([[True, False, True, True, False], [False, False, True, True, True]])
    ours = sample(probabilities, wanted, torch.Generator().manual_seed(9))
    assert ours[wanted].tolist() == theirs[wanted].tolist()


def test_tokens_come_as_often_as_they_are_probable():
    probabilities = torch.tensor([0.5, 0.3, 0.15, 0.05]).expand(1, 20_000, 4)
    drawn = sample(probabilities, torch.ones(1, 20_000, dtype=torch.bool), torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn.flatten(), minlength=4) / 20_000
    torch.testing.assert_close(shares, probabilities[0, 0], atol=0.015, rtol=0)


def test_the_entropy_is_that_of_torch():
    logits = torch.randn(2, 6, 50, generator=torch.Generator().manual_seed(0)) * 5
    ours = entropy(logits, torch.softmax(logits, -1))
    torch.testing.assert_close(ours, torch.distributions.Categorical(logits=logits).entropy())


def test_noise_covers_the_whole_vocabulary():
    drawn = UniformNoise(7).draw((3, 400), torch.Generator().manual_seed(0))
    assert drawn.shape == (3, 400)
    assert set(drawn.flatten().tolist()) == set(range(7))


@pytest.mark.parametrize(
    ("drafts", "nats", "finished"),
    [
        ([[1, 2], [1, 2], [1, 2]], 0.0, True),
        ([[1, 2], [3, 2], [3, 2]], 0.0, False),
        ([[1, 2], [1, 2]], 0.0, False),
        ([[1, 2], [1, 2], [1, 2]], 0.5, False),
    ],
)
def test_a_row_stops_when_it_is_stable_and_certain(drafts, nats, finished):
    rule = StopRule(steps=2, confidence=0.1)
    entropies = torch.full((1, 2), nats)
    rows = [torch.tensor([draft]) for draft in drafts]
    assert rule.finished(rows, entropies, torch.ones(1, 2, dtype=torch.bool)).tolist() == [finished]


def test_only_open_slots_count_for_stopping():
    rule = StopRule(steps=0, confidence=0.1)
    entropies = torch.tensor([[0.15, 0.0, 0.0]])
    everything = torch.ones(1, 3, dtype=torch.bool)
    assert rule.finished([torch.zeros(1, 3)], entropies, everything).tolist() == [True]
    assert rule.finished([torch.zeros(1, 3)], entropies, torch.tensor([[True, False, False]])).tolist() == [False]
    assert rule.finished([torch.zeros(1, 3)], entropies, ~everything).tolist() == [True]


def test_a_kept_word_is_released_as_a_whole():
    probabilities = torch.zeros(1, 4, 5)
    probabilities[0, :, 1] = 1.0
    own, words = torch.tensor([1, 2, 1, 3]), torch.tensor([0, 1, 1, 2])
    kept = torch.tensor([[True, True, True, False]])
    released = KeptRule(certainty=0.9).release(probabilities, own, kept, words)
    assert released.tolist() == [[False, True, True, False]]


def test_what_is_too_unlikely_for_a_fast_product_counts_as_impossible():
    # Would catch denormal numbers, which made the mixture of the embeddings six times slower.
    logits = torch.linspace(-120.0, 0.0, 4000)[None, None]
    found = Prediction.of(logits, logits)
    assert found.probabilities[found.probabilities > 0].min() >= 1e-30
    torch.testing.assert_close(found.probabilities, torch.softmax(logits, dim=-1))
    torch.testing.assert_close(found.entropies, torch.distributions.Categorical(logits=logits).entropy())
