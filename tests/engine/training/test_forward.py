"""One pass over prefix and canvas is what transformers' encoder and decoder compute one after the other."""

import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion

from engine.training.forward import Stack
from engine.training.model import Size, build

PREFIX, CANVAS = 14, 16
LENGTH = PREFIX + CANVAS


def model(experts: int, window: int) -> DiffusionGemmaForBlockDiffusion:
    size = Size(
        vocabulary=300,
        hidden=32,
        layers=3,
        head=16,
        wide=48,
        expert=24,
        experts=experts,
        top=min(2, experts),
        window=window,
        positions=128,
        canvas=CANVAS,
    )
    return build(size, seed=0).eval()


def rows(prefix: int, end: int, count: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.full((count,), prefix), torch.full((count,), end)


@pytest.fixture
def tokens() -> torch.Tensor:
    return torch.randint(300, (2, LENGTH), generator=torch.Generator().manual_seed(0))


@torch.no_grad()
@pytest.mark.parametrize("experts", [1, 4])
@pytest.mark.parametrize("window", [6, PREFIX, 1024])
def test_equals_encoder_and_decoder(experts: int, window: int, tokens: torch.Tensor) -> None:
    reference = model(experts, window)
    stack = Stack(reference, compiled=False)
    theirs = reference(input_ids=tokens[:, :PREFIX], decoder_input_ids=tokens[:, PREFIX:])
    states = stack.states(tokens, *rows(PREFIX, LENGTH))
    torch.testing.assert_close(states[:, :PREFIX], theirs.encoder_last_hidden_state, atol=1e-5, rtol=0)
    logits = 30 * torch.tanh(reference.lm_head(states[:, PREFIX:]) / 30)
    torch.testing.assert_close(logits, theirs.logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_second_step_equals_theirs_with_the_logits_of_the_first(tokens: torch.Tensor) -> None:
    reference = model(1, 6)
    stack = Stack(reference, compiled=False)
    first = reference(input_ids=tokens[:, :PREFIX], decoder_input_ids=tokens[:, PREFIX:])
    theirs = reference(
        input_ids=tokens[:, :PREFIX], decoder_input_ids=tokens[:, PREFIX:], self_conditioning_logits=first.logits
    )
    slots = torch.arange(tokens.numel()).view_as(tokens)[:, PREFIX:].flatten()
    soft = stack.conditioning(tokens, *rows(PREFIX, LENGTH), slots)
    states = stack.states(tokens, *rows(PREFIX, LENGTH), soft)
    logits = 30 * torch.tanh(reference.lm_head(states[:, PREFIX:]) / 30)
    torch.testing.assert_close(logits, theirs.logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_pinned_positions_condition_themselves_with_their_own_embedding(tokens: torch.Tensor) -> None:
    stack = Stack(model(1, 6), compiled=False)
    soft = stack.conditioning(tokens, *rows(PREFIX, LENGTH), torch.tensor([20, LENGTH + 25]))
    own = stack.decoder.embed_tokens(tokens)
    changed = (soft != own).any(-1).nonzero().tolist()
    assert changed == [[0, 20], [1, 25]]


@torch.no_grad()
def test_rows_with_canvases_of_their_own_do_not_see_behind_their_ends(tokens: torch.Tensor) -> None:
    stack = Stack(model(1, 6), compiled=False)
    together = stack.states(tokens, torch.tensor([3, 11]), torch.tensor([20, 27]))
    for row, (prefix, end) in enumerate([(3, 20), (11, 27)]):
        alone = stack.states(tokens[row : row + 1, :end], *rows(prefix, end, count=1))
        torch.testing.assert_close(together[row, :end], alone[0], atol=1e-5, rtol=0)


def test_the_loss_is_that_of_the_capped_head(tokens: torch.Tensor) -> None:
    reference = model(1, 6)
    stack = Stack(reference, compiled=False)
    states = stack.states(tokens, *rows(PREFIX, LENGTH))
    positions, targets = torch.tensor([17, 40]), torch.tensor([5, 7])
    logits = 30 * torch.tanh(reference.lm_head(states.flatten(0, 1)[positions]) / 30)
    expected = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(stack.losses(states, positions, targets), expected)
