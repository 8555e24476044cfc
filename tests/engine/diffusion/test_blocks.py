"""Writing on: block after block by diffusion, and token after token by the causal head of the same weights."""

import itertools

import pytest
import torch
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from engine import SamplerSettings
from engine.diffusion.autoregressive import decode
from engine.diffusion.blocks import write_blocks
from engine.diffusion.step import Step
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser

PROMPT = [2, 7, 10, 13, 16, 19, 22, 25]
SETTINGS = SamplerSettings(steps=6, entropy_bound=2.0, temperature_high=0.9, temperature_low=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_three_blocks_are_those_of_generate(trained_tiny, trained_denoiser, seed) -> None:
    size = trained_tiny.config.canvas_length
    torch.manual_seed(seed)
    theirs = trained_tiny.generate(
        torch.tensor([PROMPT]),
        max_new_tokens=3 * size,
        max_denoising_steps=SETTINGS.steps,
        sampler_config=EntropyBoundSamplerConfig(SETTINGS.entropy_bound),
        t_max=SETTINGS.temperature_high,
        t_min=SETTINGS.temperature_low,
        stability_threshold=SETTINGS.stability_steps,
        confidence_threshold=SETTINGS.confidence,
        eos_token_id=None,
    ).sequences[0, len(PROMPT) :]
    # generate() draws from the global generator.
    generator = torch.Generator().manual_seed(seed)
    ours: dict[int, Step] = {}
    for number, step in write_blocks(trained_denoiser, PROMPT, [size] * 3, SETTINGS, generator):
        ours[number] = step
    assert sorted(ours) == [0, 1, 2]
    assert torch.cat([step.draft[0] for step in ours.values()]).tolist() == theirs.tolist()


def test_what_is_read_is_cut_at_the_limit(trained_tiny) -> None:
    lengths = []

    class Watched(DiffusionGemmaDenoiser):
        def prefill(self, tokens, context=None):
            made = super().prefill(tokens, context)
            lengths.append(made.length)
            return made

    list(write_blocks(Watched(trained_tiny), PROMPT, [8] * 5, SETTINGS, torch.Generator(), limit=20))
    assert lengths == [8, 16, 20, 20, 20]


def test_a_block_with_an_end_token_is_the_last(trained_denoiser) -> None:
    first = next(
        step for _, step in write_blocks(trained_denoiser, PROMPT, [8], SETTINGS, torch.Generator()) if step.last
    )
    ends = {int(first.draft[0, 3])}
    numbers = {n for n, _ in write_blocks(trained_denoiser, PROMPT, [8] * 3, SETTINGS, torch.Generator(), ends=ends)}
    assert numbers == {0}


def test_cancelling_ends_all_blocks(trained_denoiser) -> None:
    seen: list[Step] = []
    steps = write_blocks(
        trained_denoiser, PROMPT, [8] * 3, SETTINGS, torch.Generator(), cancelled=lambda: len(seen) > 2
    )
    seen.extend(step for _, step in steps)
    assert len(seen) < 6
    assert not seen[-1].last


@pytest.fixture(params=[1, 4], ids=["one expert", "four experts"])
def denoiser(make_tiny, request) -> DiffusionGemmaDenoiser:
    return DiffusionGemmaDenoiser(make_tiny(experts=request.param))


def test_the_incremental_cache_gives_what_the_whole_row_gives(denoiser) -> None:
    tokens = [*PROMPT, 5, 9, 31, 14, 40, 8, 23, 44, 12, 6]
    whole, _ = denoiser.causal(tokens)
    context, rows = None, []
    for token in tokens:
        logits, context = denoiser.causal([token], context)
        rows.append(logits[-1])
    torch.testing.assert_close(torch.stack(rows), whole, atol=1e-5, rtol=0)


def test_decoding_writes_one_token_a_pass_and_takes_none_back(denoiser) -> None:
    steps = list(decode(denoiser, PROMPT, 9, 0.8, torch.Generator().manual_seed(1)))
    assert [step.number for step in steps] == list(range(10))
    assert [int(step.accepted.sum()) for step in steps] == list(range(10))
    for earlier, later in itertools.pairwise(steps):
        done = earlier.number
        assert torch.equal(earlier.draft[0, :done], later.draft[0, :done])
        assert float(later.entropies[0, done]) > 0
    assert [step.last for step in steps] == [False] * 9 + [True]
    again = list(decode(denoiser, PROMPT, 9, 0.8, torch.Generator().manual_seed(1)))
    assert torch.equal(again[-1].draft, steps[-1].draft)


def test_decoding_draws_from_the_causal_prediction(denoiser) -> None:
    step = list(decode(denoiser, PROMPT, 3, 0.7, torch.Generator()))[-1]
    logits, _ = denoiser.causal([*PROMPT, *step.draft[0, :2].tolist()])
    expected = torch.softmax(logits[-3:] / 0.7, -1)
    torch.testing.assert_close(step.probabilities[0], expected, atol=1e-5, rtol=0)


def test_decoding_ends_at_an_end_token_and_never_writes_a_banned_one(denoiser) -> None:
    free = list(decode(denoiser, PROMPT, 12, 1.0, torch.Generator().manual_seed(2)))[-1].draft[0].tolist()
    ended = list(decode(denoiser, PROMPT, 12, 1.0, torch.Generator().manual_seed(2), ends={free[4]}))
    assert ended[-1].number == free.index(free[4]) + 1
    assert ended[-1].last
    banned = torch.tensor(sorted(set(free)))
    other = list(decode(denoiser, PROMPT, 12, 1.0, torch.Generator().manual_seed(2), banned=banned))[-1]
    assert not set(other.draft[0].tolist()) & set(free)


def test_decoding_reads_no_more_than_the_limit(make_tiny) -> None:
    lengths = []

    class Watched(DiffusionGemmaDenoiser):
        def causal(self, tokens, context=None):
            logits, made = super().causal(tokens, context)
            lengths.append(made.length)
            return logits, made

    list(decode(Watched(make_tiny()), PROMPT, 30, 1.0, torch.Generator(), limit=16))
    assert len(lengths) == 30
    assert max(lengths) <= 16


def test_decoding_can_be_cancelled(denoiser) -> None:
    seen: list[Step] = []
    steps = decode(denoiser, PROMPT, 12, 1.0, torch.Generator(), cancelled=lambda: len(seen) == 4)
    for step in steps:
        seen.append(step)
    assert [step.number for step in seen] == [0, 1, 2, 3]
