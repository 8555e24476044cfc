"""The denoiser of DiffusionGemma against transformers' own forward."""

import pytest
import torch

from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser, load

PROMPT = [2, 9, 4, 30, 17, 5, 8, 41, 33, 12, 7, 20, 11]
"""Longer than the sliding window of the tiny model."""


@pytest.fixture(params=[1, 4], ids=["one expert", "four experts"])
def model(make_tiny, request):
    return make_tiny(experts=request.param)


def random_canvas(length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 48, (1, length), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("length", [1, 5, 16, 40])
def test_all_slots_without_self_conditioning(model, length):
    denoiser = DiffusionGemmaDenoiser(model)
    canvas = random_canvas(length)
    with torch.inference_mode():
        theirs = model(input_ids=torch.tensor([PROMPT]), decoder_input_ids=canvas).logits
    ours = denoiser.logits(denoiser.prefill(PROMPT), canvas, torch.arange(length), None)
    assert ours.dtype is torch.float32
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("slots", [[0, 1, 2], [3, 4, 9, 15], [15]])
def test_free_slots_with_self_conditioning(model, slots):
    """A pinned position is certain of its token, which for transformers means one-hot logits there."""
    denoiser = DiffusionGemmaDenoiser(model)
    canvas = random_canvas(16)
    conditioning = torch.softmax(torch.randn(1, len(slots), 48, generator=torch.Generator().manual_seed(1)) * 2, -1)
    full = torch.full((1, 16, 48), -1e9)
    full.scatter_(2, canvas[..., None], 0.0)
    full[:, slots] = conditioning.log()
    with torch.inference_mode():
        theirs = model(
            input_ids=torch.tensor([PROMPT]), decoder_input_ids=canvas, self_conditioning_logits=full
        ).logits[:, slots]
    ours = denoiser.logits(denoiser.prefill(PROMPT), canvas, torch.tensor(slots), conditioning)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_a_prefill_in_parts_equals_one_in_one_go(model):
    denoiser = DiffusionGemmaDenoiser(model)
    canvas, slots = random_canvas(16), torch.arange(16)
    whole = denoiser.logits(denoiser.prefill(PROMPT), canvas, slots, None)
    context = denoiser.prefill(PROMPT[:3])
    for part in (PROMPT[3:4], PROMPT[4:11], PROMPT[11:]):
        context = denoiser.prefill(part, context)
    torch.testing.assert_close(denoiser.logits(context, canvas, slots, None), whole, atol=1e-5, rtol=0)


def test_rows_of_a_batch_do_not_touch_each_other(model):
    denoiser = DiffusionGemmaDenoiser(model)
    first, second, slots = random_canvas(16, 1), random_canvas(16, 2), torch.arange(16)
    together = denoiser.logits(denoiser.prefill(PROMPT), torch.cat([first, second]), slots, None)
    alone = denoiser.logits(denoiser.prefill(PROMPT), second, slots, None)
    torch.testing.assert_close(together[1:], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("block", [5, 128])
def test_contexts_of_a_batch_do_not_touch_each_other(model, block):
    denoiser = DiffusionGemmaDenoiser(model)
    denoiser.block = block
    other = PROMPT[::-1]
    canvases, slots = torch.cat([random_canvas(16, 1), random_canvas(16, 2)]), torch.arange(16)
    together = denoiser.logits(denoiser.prefill_rows([PROMPT, other]), canvases, slots, None)
    for row, prompt in enumerate((PROMPT, other)):
        alone = denoiser.logits(denoiser.prefill(prompt), canvases[row : row + 1], slots, None)
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=0)


def test_the_canvas_is_read_on_both_sides_of_a_slot(model):
    denoiser = DiffusionGemmaDenoiser(model)
    canvas = random_canvas(16)
    context, slot = denoiser.prefill(PROMPT), torch.tensor([7])
    plain = denoiser.logits(context, canvas, slot, None)
    for neighbour in (2, 12):
        changed = canvas.clone()
        changed[0, neighbour] = (canvas[0, neighbour] + 1) % 48
        assert (denoiser.logits(context, changed, slot, None) - plain).abs().max() > 1e-3


@pytest.mark.parametrize("slots", [[0], [0, 1, 2], [3, 4, 9, 15]])
def test_what_the_causal_head_expects_is_what_it_says_when_it_reads_the_canvas(model, slots):
    denoiser = DiffusionGemmaDenoiser(model)
    canvas = torch.cat([random_canvas(16, 1), random_canvas(16, 2)])
    context = denoiser.prefill(PROMPT)
    before = denoiser.logits(context, canvas, torch.tensor(slots), None)
    expected = denoiser.expect(context, canvas, torch.tensor(slots))
    for row in range(2):
        whole, _ = denoiser.causal([*PROMPT, *canvas[row].tolist()])
        theirs = whole[len(PROMPT) - 1 + torch.tensor(slots)]
        torch.testing.assert_close(expected[row], theirs, atol=1e-5, rtol=0)
    # The context stays as it is.
    assert torch.equal(denoiser.logits(context, canvas, torch.tensor(slots), None), before)


def test_loading_gives_float32_on_the_cpu_and_reports_progress():
    seen = []
    denoiser = load(embedded_checkpoint(), "cpu", lambda fraction, stage: seen.append((fraction, stage)))
    assert denoiser.model.dtype is torch.float32
    assert not denoiser.model.training
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 and stage for fraction, stage in seen)
