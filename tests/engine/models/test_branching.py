"""Many continuations in one pass are as probable as each would be by itself."""

import pytest
import torch

from engine.models.branching import TrunkReader
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser


@pytest.fixture
def denoiser(make_tiny) -> DiffusionGemmaDenoiser:
    return DiffusionGemmaDenoiser(make_tiny())


CONTEXT, OWN, ASIDE = [2, 5, 9], [7, 11, 8], 3


def alone(denoiser: DiffusionGemmaDenoiser, before: list[int], row: list[int]) -> float:
    """Log p of a row behind a text, read from the beginning."""
    logits, _ = denoiser.causal([*before, *row[:-1]])
    targets = torch.tensor(row)
    return -float(torch.nn.functional.cross_entropy(logits[-len(row) :], targets, reduction="sum"))


def test_a_branch_sees_the_text_before_its_place_and_itself(denoiser) -> None:
    trunk = TrunkReader(denoiser).read(CONTEXT, OWN, ASIDE)
    places, rows = [0, 1, 3, 2, 0], [[4, 6], [12], [20, 21, 22], [9, 8], OWN]
    expected = [alone(denoiser, [*CONTEXT, *OWN[:place]], row) for place, row in zip(places, rows, strict=True)]
    assert trunk.branches(places, rows) == pytest.approx(expected, abs=1e-4)
    assert trunk.branches([0], [OWN]) == pytest.approx([sum(trunk.nats)], abs=1e-4)


def test_what_was_read_before_is_used_again_and_changes_nothing(denoiser) -> None:
    reader = TrunkReader(denoiser)
    reader.read(CONTEXT, OWN, ASIDE)
    for context in ([*CONTEXT, *OWN], CONTEXT[:2], CONTEXT, [2]):
        trunk = reader.read(context, [10, 4], ASIDE)
        fresh = TrunkReader(denoiser).read(context, [10, 4], ASIDE)
        assert trunk.logits == pytest.approx(fresh.logits, abs=1e-4)
        assert trunk.nats == pytest.approx(
            [alone(denoiser, context, [10]), alone(denoiser, [*context, 10], [4])], abs=1e-4
        )


def test_the_token_aside_stands_right_behind_the_context(denoiser) -> None:
    trunk = TrunkReader(denoiser).read(CONTEXT, OWN, ASIDE)
    canvas, slots = torch.tensor([OWN]), torch.arange(3)
    seen = denoiser.logits(trunk.aside, canvas, slots, None)
    expected = denoiser.logits(denoiser.prefill([*CONTEXT, ASIDE]), canvas, slots, None)
    assert torch.allclose(seen, expected, atol=1e-4)


def test_an_empty_branch_costs_nothing(denoiser) -> None:
    trunk = TrunkReader(denoiser).read(CONTEXT, OWN, ASIDE)
    assert trunk.branches([1], [[]]) == [0.0]
    assert trunk.branches([], []) == []


def test_without_a_token_aside_a_canvas_stands_behind_the_context(denoiser) -> None:
    trunk = TrunkReader(denoiser).read(CONTEXT, [])
    canvas, slots = torch.tensor([OWN]), torch.arange(3)
    seen = denoiser.logits(trunk.aside, canvas, slots, None)
    assert torch.allclose(seen, denoiser.logits(denoiser.prefill(CONTEXT), canvas, slots, None), atol=1e-4)
    assert trunk.branches([0], [OWN]) == pytest.approx([alone(denoiser, CONTEXT, OWN)], abs=1e-4)


def test_what_follows_a_token_is_what_follows_it_alone(denoiser) -> None:
    trunk = TrunkReader(denoiser).read(CONTEXT, [])
    for token, row in zip((4, 12), trunk.following(0, [4, 12]), strict=True):
        logits, _ = denoiser.causal([*CONTEXT, token])
        assert torch.allclose(row, logits[-1].log_softmax(-1), atol=1e-4)
