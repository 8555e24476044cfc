"""Models for the engine's tests: the embedded checkpoint, and tiny ones that are made or trained here."""

from collections.abc import Iterator

import pytest
import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser
from engine.session import Session

# Two threads that wait for each other on a busy machine take many times as long as one.
torch.set_num_threads(1)

VOCABULARY = 48
CANVAS = 16


@pytest.fixture(scope="session")
def session() -> Session:
    """The embedded checkpoint, loaded."""
    return Session.open()


@pytest.fixture(scope="session")
def vocabulary(session: Session):
    """The embedded checkpoint's tokens."""
    return session.vocabulary


@pytest.fixture(scope="session")
def make_tiny():
    """Makes a random DiffusionGemma with a sliding window of 8 tokens."""

    def make(experts: int = 1, seed: int = 0) -> DiffusionGemmaForBlockDiffusion:
        torch.manual_seed(seed)
        text = {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 64,
            "moe_intermediate_size": 32,
            "num_hidden_layers": 2,
            "layer_types": ["sliding_attention", "full_attention"],
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "global_head_dim": 16,
            "num_global_key_value_heads": 1,
            "num_experts": experts,
            "top_k_experts": min(2, experts),
            "sliding_window": 8,
            "pad_token_id": 0,
            "bos_token_id": 2,
            "eos_token_id": 1,
        }
        vision = {
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "position_embedding_size": 16,
        }
        config = DiffusionGemmaConfig(text_config=text, vision_config=vision, canvas_length=CANVAS)
        model = DiffusionGemmaForBlockDiffusion(config).eval()
        # Random weights of the usual size give nearly uniform predictions, which would hide a wrong mask.
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(4.0)
        return model

    return make


def counting(start: int, length: int) -> torch.Tensor:
    """Tokens that go on in steps of three, (length,), none of them special."""
    return (start + 3 * torch.arange(length)) % (VOCABULARY - 4) + 4


@pytest.fixture(scope="session")
def trained_tiny(make_tiny) -> Iterator[DiffusionGemmaForBlockDiffusion]:
    """A tiny model that has learnt to go on counting, so that it is certain of its predictions and stops early."""
    model = make_tiny()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.div_(4.0)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(500):
        starts = torch.randint(0, VOCABULARY - 4, (24,), generator=generator)
        rows = torch.stack([counting(start, 8 + CANVAS) for start in starts.tolist()])
        prompt, clean = rows[:, :8], rows[:, 8:]
        noisy = torch.rand(clean.shape, generator=generator) < torch.rand((24, 1), generator=generator)
        noise = torch.randint(0, VOCABULARY, clean.shape, generator=generator)
        canvas = torch.where(noisy, noise, clean)
        conditioning = None
        if torch.rand((), generator=generator) < 0.5:
            with torch.no_grad():
                conditioning = model(input_ids=prompt, decoder_input_ids=canvas).logits
        logits = model(input_ids=prompt, decoder_input_ids=canvas, self_conditioning_logits=conditioning).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), clean.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="session")
def trained_denoiser(trained_tiny) -> DiffusionGemmaDenoiser:
    """A denoiser of the model that counts."""
    return DiffusionGemmaDenoiser(trained_tiny)
