"""Both optimisers: what each of them changes, how, and that a run with either goes on after a kill."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from engine.training.__main__ import main
from engine.training.loop import Trainer
from engine.training.optimizer import OPTIMIZERS, Muon, Optimizer, orthogonal
from engine.training.recipe import PRESETS, Recipe


@pytest.fixture
def weights() -> dict[str, nn.Parameter]:
    """One weight of each kind, with a gradient."""
    made = torch.Generator().manual_seed(0)
    shapes = {
        "embed_tokens.weight": (12, 6),
        "layers.0.q_proj.weight": (8, 6),
        "layers.1.q_proj.weight": (8, 6),
        "layers.0.experts.down_proj": (1, 6, 4),
        "layers.0.packed.down_proj": (3, 6, 4),
        "layers.0.router.proj.weight": (3, 6),
        "norm.weight": (6,),
    }
    found = {name: nn.Parameter(torch.randn(shape, generator=made)) for name, shape in shapes.items()}
    for weight in found.values():
        weight.grad = torch.randn(weight.shape, generator=made)
    return found


@pytest.mark.parametrize("shape", [(2, 24, 24), (2, 40, 12), (2, 12, 40)])
def test_an_orthogonal_update_has_singular_values_near_one(shape) -> None:
    # Catches wrong coefficients, and tall matrices that are not turned.
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(1))).float())
    assert values.max() < 1.4
    assert values.median() > 0.6


def test_muon_treats_matrices_of_one_shape_as_it_would_each_alone() -> None:
    # Catches an update that goes to the wrong weight of a batch, and momentum shared between weights.
    start = torch.randn(3, 8, 5, generator=torch.Generator().manual_seed(2))
    together, alone = ([nn.Parameter(matrix.clone()) for matrix in start] for _ in range(2))
    batched, singles = Muon(together, 0.1), [Muon([weight], 0.1) for weight in alone]
    for number in range(3):
        for index, weight in enumerate([*together, *alone]):
            made = torch.Generator().manual_seed(10 * number + index % 3)
            weight.grad = torch.randn(weight.shape, generator=made)
        batched.step()
        for single in singles:
            single.step()
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, atol=0.02, rtol=0.02)


def test_muon_goes_downhill() -> None:
    # Catches a wrong sign and a momentum that runs away.
    goal = torch.eye(6)
    weight = nn.Parameter(torch.zeros(6, 6))
    muon = Muon([weight], 0.05)
    for _ in range(40):
        weight.grad = weight.detach() - goal
        muon.step()
    assert float((weight.detach() - goal).norm()) < 0.5 * float(goal.norm())


def test_muon_has_the_single_matrices_only(weights) -> None:
    # Catches embeddings, routers or packed experts given to Muon, and a weight given to neither.
    optimizer = Optimizer("muon", weights, 0.01)
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    optimizer.step(0.01)
    assert all(not torch.equal(weight, before[name]) for name, weight in weights.items())
    assert all(weight.grad is None for weight in weights.values())
    by_muon = {name for name, weight in weights.items() if "momentum_buffer" in optimizer.moments(weight)}
    assert by_muon == {"layers.0.q_proj.weight", "layers.1.q_proj.weight", "layers.0.experts.down_proj"}
    assert {len(optimizer.moments(weight)) for name, weight in weights.items() if name not in by_muon} == {2}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_restored_moments_lead_to_the_same_step(weights, name) -> None:
    # Catches a moment that is lost on the way, or put back at the wrong step.
    gradients = {key: weight.grad.clone() for key, weight in weights.items() if weight.grad is not None}
    first = Optimizer(name, weights, 0.01)
    first.step(0.01)
    copies = {key: nn.Parameter(weight.detach().clone()) for key, weight in weights.items()}
    second = Optimizer(name, copies, 0.01)
    for key, weight in weights.items():
        second.restore(copies[key], {k: v.clone() for k, v in first.moments(weight).items()}, step=1)
    for optimizer, held in ((first, weights), (second, copies)):
        for key, weight in held.items():
            weight.grad = gradients[key].clone()
        optimizer.step(0.01)
    for key, weight in weights.items():
        torch.testing.assert_close(copies[key], weight)


def test_a_killed_run_with_muon_goes_on(arguments, tmp_path, monkeypatch) -> None:
    # Catches a state file without Muon's momentum: the weights then part by far more than bf16 rounding.
    assert main(arguments(tmp_path / "whole", optimizer="muon")) == 0
    step, calls = Trainer._step, []

    def killed(self, batch, rate):
        if len(calls) == 3:
            raise MemoryError
        calls.append(rate)
        return step(self, batch, rate)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_step", killed)
        with pytest.raises(MemoryError):
            main(arguments(tmp_path / "cut", optimizer="muon"))
    assert main(arguments(tmp_path / "cut", optimizer="muon")) == 0
    whole, resumed = (load_file(tmp_path / name / "state.safetensors") for name in ("whole", "cut"))
    assert any(name.startswith("momentum_buffer.") for name in whole)
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name].float(), tensor.float(), atol=2e-3, rtol=0.1)


def test_training_json_tells_how_a_run_was_made(finished, arguments, capsys) -> None:
    # Catches a checkpoint of which nobody can say afterwards what made it, and a run that changes its optimiser.
    training = json.loads((finished / "export" / "training.json").read_text("utf-8"))
    assert training["recipe"]["optimizer"] == "adamw"
    assert training["optimizer"]["matrices"].startswith("AdamW")
    assert training["machine"]["device"] == "cpu"
    assert training["machine"]["compiled"] is False
    assert set(training["unique_tokens"]) <= set(training["sources"])
    assert min(training["unique_tokens"].values()) > 0
    assert main(arguments(finished, optimizer="muon")) == 2
    assert "differs in optimizer" in capsys.readouterr().err


def test_flags_change_single_numbers_of_a_preset(arguments, tmp_path) -> None:
    # Catches a flag that a preset overrides, and a preset without effect.
    assert main([*arguments(tmp_path, steps=1), "--preset", "gpu"]) == 0
    recipe = json.loads((tmp_path / "recipe.json").read_text("utf-8"))
    assert (recipe["optimizer"], recipe["mix"]) == (PRESETS["gpu"].optimizer, PRESETS["gpu"].mix)
    assert (recipe["hidden"], recipe["steps"], recipe["rows"]) == (32, 1, 4)


def test_an_unknown_optimiser_is_one_line() -> None:
    with pytest.raises(ValueError, match=r"no optimiser 'sgd'\. Choose one of adamw, muon"):
        Recipe(optimizer="sgd")
