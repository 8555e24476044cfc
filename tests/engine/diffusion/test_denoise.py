"""The denoising loop: parity with transformers, pins, kept words, stopping, cancelling."""

import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from engine.contracts.errors import DenoisingError
from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.diffusion.layout import Layout, Position

STEPS = 8
SETTINGS = SamplerSettings(steps=STEPS, entropy_bound=0.3)
NEVER_STOP = 1e-9


class TableDenoiser:
    """Predicts from a fixed table of logits, one row for each position, whatever stands on the canvas."""

    device = torch.device("cpu")

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table
        self.vocabulary_size = table.shape[1]
        self.passes = 0

    def logits(self, context, canvas, slots, conditioning):
        self.passes += 1
        return self.table[slots].expand(canvas.shape[0], -1, -1).clone()


def make_canvas(tokens, positions, words=None) -> Canvas:
    """A canvas from plain lists."""
    words = words or [-1] * len(tokens)
    layout = Layout((2,), len(tokens), (), (), tuple(tokens), tuple(positions), (None,) * len(tokens), tuple(words))
    return Canvas.from_layout(layout, torch.device("cpu"))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


CONFIGURATIONS = list(itertools.product(range(8), (0.05, 0.3, 2.0, 8.0), (True, False)))


@pytest.mark.parametrize(("seed", "bound", "early_stop"), CONFIGURATIONS)
def test_two_canvases_are_those_of_generate(trained_tiny, trained_denoiser, seed, bound, early_stop):
    length = trained_tiny.config.canvas_length
    prompt = torch.randint(4, 40, (1, 8), generator=seeded(seed))
    confidence = 0.05 if early_stop else NEVER_STOP
    torch.manual_seed(seed)
    theirs = trained_tiny.generate(
        prompt,
        max_new_tokens=2 * length,
        max_denoising_steps=STEPS,
        sampler_config=EntropyBoundSamplerConfig(bound),
        stability_threshold=1,
        confidence_threshold=confidence,
        eos_token_id=None,
        t_min=0.4,
        t_max=0.8,
    )
    # The same stream of random numbers runs on through both canvases.
    generator = seeded(seed)
    chosen = replace(SETTINGS, entropy_bound=bound, confidence=confidence)
    context = trained_denoiser.prefill(prompt[0].tolist())
    ours, passes = [], 0
    for _ in range(2):
        *_, last = denoise(trained_denoiser, context, Canvas.blank(length, torch.device("cpu")), chosen, generator)
        ours += last.draft[0].tolist()
        passes += last.number
        context = trained_denoiser.prefill(last.draft[0].tolist(), context)
    assert ours == theirs.sequences[0, 8:].tolist()
    assert passes == round(2 * length / theirs.tokens_per_forward.item())


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_that_of_generate(trained_tiny, trained_denoiser, seed):
    length = trained_tiny.config.canvas_length
    prompt = torch.randint(4, 40, (1, 8), generator=seeded(seed))
    torch.manual_seed(seed)
    theirs = trained_tiny.generate(
        prompt.repeat(3, 1),
        max_new_tokens=length,
        max_denoising_steps=STEPS,
        confidence_threshold=0.05,
        eos_token_id=None,
    )
    context = trained_denoiser.prefill(prompt[0].tolist())
    chosen = replace(SETTINGS, entropy_bound=0.1, confidence=0.05)
    canvas = Canvas.blank(length, torch.device("cpu"))
    *_, last = denoise(trained_denoiser, context, canvas, chosen, seeded(seed), rows=3)
    assert last.draft.tolist() == theirs.sequences[:, 8:].tolist()


def test_how_certain_the_token_before_a_slot_is():
    slot, pinned = Position.SLOT, Position.PINNED
    canvas = make_canvas([0, 0, 5, 0, 0], [slot, slot, pinned, slot, slot])
    certainties = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]])
    before = canvas.of_the_token_before(certainties)
    # The context and a pinned token are certain.
    torch.testing.assert_close(before, torch.tensor([[1.0, 0.1, 1.0, 0.3], [1.0, 0.5, 1.0, 0.7]]))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_causal_head_takes_part_by_its_weight(trained_denoiser, rows):
    prompt = [4, 7, 10, 13, 16, 19, 22, 25]
    canvas = Canvas.blank(16, torch.device("cpu"))

    def run(weight: float) -> list:
        chosen = replace(SETTINGS, entropy_bound=2.0, causal_weight=weight)
        return list(denoise(trained_denoiser, trained_denoiser.prefill(prompt), canvas, chosen, seeded(), rows=rows))

    plain, guided = run(0.0), run(0.7)
    assert [step.passes for step in plain] == [1] * len(plain)
    # The first step has no draft that could be read.
    assert [step.passes for step in guided[1:]] == [1] + [2] * (len(guided) - 2)
    assert torch.equal(guided[1].draft, plain[1].draft)
    # By hand: the second step is the product of both predictions.
    first = guided[1]
    context = trained_denoiser.prefill(prompt)
    slots = torch.arange(16)
    logits = trained_denoiser.logits(context, first.canvas, slots, first.probabilities)
    before = torch.cat([torch.ones(rows, 1), first.probabilities.amax(-1)[:, :-1]], dim=1)
    logits = logits + 0.7 * before[..., None] * trained_denoiser.expect(context, first.draft, slots)
    torch.testing.assert_close(guided[2].probabilities, torch.softmax(logits / guided[2].temperature, -1))


def test_the_stop_rule_fires_on_the_trained_model(trained_denoiser):
    context = trained_denoiser.prefill([4, 7, 10, 13, 16, 19, 22, 25])
    chosen = replace(SETTINGS, confidence=0.05)
    steps = list(denoise(trained_denoiser, context, Canvas.blank(16, torch.device("cpu")), chosen, seeded()))
    assert steps[-1].last
    assert steps[-1].finished.all()
    assert steps[-1].number < STEPS
    assert steps[-1].draft[0].tolist() == [*range(28, 48, 3), *range(5, 32, 3)]


@given(data=st.data())
def test_pinned_positions_hold_in_every_step(data):
    length = data.draw(st.integers(2, 12))
    pinned = data.draw(st.lists(st.booleans(), min_size=length, max_size=length).filter(lambda row: not all(row)))
    tokens = data.draw(st.lists(st.integers(0, 9), min_size=length, max_size=length))
    table = torch.randn(length, 10, generator=seeded(data.draw(st.integers(0, 99)))) * 3
    positions = [Position.PINNED if pin else Position.SLOT for pin in pinned]
    bound = data.draw(st.floats(0.01, 20))
    chosen = SamplerSettings(steps=4, entropy_bound=bound, confidence=NEVER_STOP)
    steps = list(denoise(TableDenoiser(table), None, make_canvas(tokens, positions), chosen, seeded(), rows=2))
    assert [step.number for step in steps] == [0, 1, 2, 3, 4]
    for step in steps:
        for row in step.canvas.tolist():
            assert [token for token, pin in zip(row, pinned, strict=True) if pin] == [
                token for token, pin in zip(tokens, pinned, strict=True) if pin
            ]
        if step.number:
            assert step.accepted.any(dim=-1).all()
            # All but the least certain accepted slot stay within the budget together.
            for entropies, accepted in zip(step.entropies, step.accepted, strict=True):
                inside = entropies[accepted].sort().values
                assert inside[:-1].sum() <= bound + 1e-4


def test_banned_tokens_are_never_written():
    table = torch.zeros(6, 10)
    table[:, 3] = 9.0
    canvas = make_canvas([0] * 6, [Position.SLOT] * 6)
    chosen = SamplerSettings(steps=5, entropy_bound=50.0, confidence=NEVER_STOP)
    for step in denoise(TableDenoiser(table), None, canvas, chosen, seeded(), banned=torch.tensor([3, 4])):
        if step.number:
            assert step.accepted.all()
            assert not torch.isin(step.draft, torch.tensor([3, 4])).any()
            assert not torch.isin(step.canvas, torch.tensor([3, 4])).any()


def test_kept_words_stay_until_the_model_is_certain_of_another_token():
    table = torch.zeros(5, 10)
    table[1, 8] = 1.5  # prefers another token, but is not certain of it
    table[2, 7] = 20.0  # is certain of another token; the word has two tokens
    table[4, 6] = 20.0  # is certain of the writer's own token
    kept = [Position.SLOT] + [Position.KEPT] * 4
    canvas = make_canvas([0, 1, 2, 5, 6], kept, words=[-1, 0, 1, 1, 2])
    chosen = SamplerSettings(steps=3, entropy_bound=0.5, confidence=NEVER_STOP)
    start, *steps = denoise(TableDenoiser(table), None, canvas, chosen, seeded())
    assert start.canvas[0, 1:].tolist() == [1, 2, 5, 6]
    for step in steps:
        assert step.kept[0].tolist() == [False, True, False, False, True]
        assert step.canvas[0, 1] == 1
        assert step.canvas[0, 4] == 6
        assert step.draft[0, [1, 2, 4]].tolist() == [1, 7, 6]
        assert step.entropies[0, [1, 4]].tolist() == [0.0, 0.0]


def test_kept_words_do_not_keep_a_run_from_stopping():
    table = torch.zeros(3, 10)
    table[0, 8] = 60.0
    canvas = make_canvas([0, 1, 2], [Position.SLOT, Position.KEPT, Position.KEPT], words=[-1, 0, 1])
    steps = list(denoise(TableDenoiser(table), None, canvas, SETTINGS, seeded()))
    assert steps[-1].number == 2
    assert steps[-1].finished.all()


@pytest.mark.parametrize("after", range(4))
def test_cancelling_ends_between_two_steps(after):
    denoiser = TableDenoiser(torch.zeros(4, 10))
    canvas = make_canvas([0] * 4, [Position.SLOT] * 4)
    steps = list(denoise(denoiser, None, canvas, SETTINGS, seeded(), cancelled=lambda: denoiser.passes >= after))
    assert denoiser.passes == after
    assert [step.number for step in steps] == list(range(after + 1))
    assert not any(step.last for step in steps)


def test_values_that_are_not_numbers_are_an_error_and_not_a_result():
    table = torch.zeros(4, 10)
    table[2, 5] = float("nan")
    canvas = make_canvas([0] * 4, [Position.SLOT] * 4)
    with pytest.raises(DenoisingError, match="not numbers"):
        list(denoise(TableDenoiser(table), None, canvas, SETTINGS, seeded()))


def test_the_same_seed_gives_the_same_steps():
    canvas = make_canvas([0] * 4, [Position.SLOT] * 4)

    def run(seed: int) -> list[list[int]]:
        return [step.canvas[0].tolist() for step in denoise(
            TableDenoiser(torch.zeros(4, 10)), None, canvas, SETTINGS, seeded(seed)
        )]  # fmt: skip

    assert run(1) == run(1)
    assert run(1) != run(2)
