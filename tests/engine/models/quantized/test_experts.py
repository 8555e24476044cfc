"""Experts in runs of any size, and norms in one kernel, compute what the model computed before."""

import copy

import pytest
import torch
from transformers.models.diffusion_gemma.modeling_diffusion_gemma import DiffusionGemmaRMSNorm

from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.quantized import experts
from engine.models.quantized.assembly import assemble, finish, slots
from engine.models.quantized.graph import OneKernelNorm, fuse_norms


@pytest.fixture(scope="module")
def layer(small):
    """A layer's experts, packed, and the same weights rounded, for transformers' own way."""
    packed, unpacked = assemble(small.config, torch.float32), copy.deepcopy(small)
    weights = dict(small.named_parameters(remove_duplicate=False))
    for slot in slots(packed):
        if slot.names[0].startswith("model.decoder.layers.0.experts"):
            slot.fill(weights[slot.names[0]].detach())
    ours, theirs = packed.model.decoder.layers[0].experts, unpacked.model.decoder.layers[0].experts
    for name in ("gate_up_proj", "down_proj"):
        getattr(theirs, name).data.copy_(getattr(ours, name).dequantised(torch.float32))
    unpacked.set_experts_implementation("eager")
    return ours, theirs


@pytest.mark.parametrize("chosen", [range(6), (1, 4), (5,), (0, 1, 2)])
@pytest.mark.parametrize("most", [1, 2, 4, 100])
def test_runs_of_experts_are_all_of_them(layer, monkeypatch, chosen, most):
    # Would catch rows that go to the expert beside theirs, or a run that ends one too early.
    ours, theirs = layer
    monkeypatch.setattr(experts, "CHUNK_BYTES", most * 4 * 2 * ours.intermediate_dim * ours.hidden_dim)
    generator = torch.Generator().manual_seed(most)
    hidden = torch.randn(17, ours.hidden_dim, generator=generator)
    index = torch.tensor(list(chosen))[torch.randint(0, len(chosen), (17, 2), generator=generator)]
    weights = torch.rand(17, 2, generator=generator)
    torch.testing.assert_close(experts.by_chunks(ours, hidden, index, weights), theirs(hidden, index, weights))


def test_one_kernel_norms_predict_the_same(small):
    fused = copy.deepcopy(small)
    fuse_norms(fused)
    assert not any(isinstance(module, DiffusionGemmaRMSNorm) for module in fused.modules())
    assert sum(isinstance(module, OneKernelNorm) for module in fused.modules()) > 20
    results = []
    for model in (small, fused):
        denoiser = DiffusionGemmaDenoiser(model)
        context = denoiser.prefill(range(10, 30))
        results.append(denoiser.logits(context, torch.arange(16)[None], torch.arange(16), None))
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-4)


def test_what_is_computed_from_the_configuration_is_there(small):
    # Would catch rotary frequencies or a scale of embeddings that were never computed.
    model = assemble(small.config, torch.float32)
    for slot in slots(model):
        slot.fill(torch.zeros(slot.weight.shape))
    finish(model, "cpu")
    expected = dict(small.named_buffers())
    for name, buffer in model.named_buffers():
        if "inv_freq" in name or "embed_scale" in name:
            assert torch.equal(buffer, expected[name]), name
