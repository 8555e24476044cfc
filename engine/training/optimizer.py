"""What changes the weights: AdamW for all of them, or Muon for the matrices and AdamW for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

OPTIMIZERS = ("adamw", "muon")
MOMENTS = ("exp_avg", "exp_avg_sq", "momentum_buffer")
"""What the optimisers keep for a weight, each of the weight's shape."""
_DECAY = 0.1
_BETAS = (0.9, 0.95)
_MOMENTUM = 0.95
_SCALE = 0.5
"""Muon's orthogonal update is scaled by this times the root of its longer side. 0.2 gives it the size of AdamW's, which
was slow at first in a small trial; the checkpoint of 22 million parameters was begun with 0.5."""
_NEWTON_SCHULZ = ((3.4445, -4.7750, 2.0315),) * 5


class Muon(torch.optim.Optimizer):
    """Momentum whose sum is made orthogonal before it is applied, all matrices of a shape at once.

    weights: matrices (a, b), or (1, a, b) as those of a single expert. torch's own Muon takes neither the latter nor
    more than one matrix at a time, which keeps a GPU waiting when the matrices are small.

    Source: Keller Jordan, "Muon: an optimizer for hidden layers in neural networks" (momentum as Nesterov's, five steps
    of a quintic Newton-Schulz iteration); the scale by the longer side from "Muon is Scalable for LLM Training"
    (arXiv 2502.16982), which lets one learning rate serve Muon and AdamW.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # no loss is asked for
        """One update of the weights that have a gradient."""
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[nn.Parameter]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    shapes.setdefault(tuple(weight.shape[-2:]), []).append(weight)
            for weights in shapes.values():
                self._update(weights, group["lr"])

    def _update(self, weights: list[nn.Parameter], rate: float) -> None:
        """Change weights that are all of one shape."""
        looked_ahead = []
        for weight in weights:
            assert weight.grad is not None
            state = self.state[weight]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(weight)
            momentum = state["momentum_buffer"].lerp_(weight.grad, 1 - _MOMENTUM)
            looked_ahead.append(weight.grad.lerp(momentum, _MOMENTUM).view(weight.shape[-2:]))
        update = orthogonal(torch.stack(looked_ahead)).to(weights[0].dtype)
        update *= _SCALE * max(update.shape[-2:]) ** 0.5
        for weight, change in zip(weights, update, strict=True):
            weight.mul_(1 - rate * _DECAY).sub_(change.view_as(weight), alpha=rate)


def orthogonal(matrices: Tensor) -> Tensor:
    """(N, a, b) matrices with their singular values brought near one, roughly 0.7 to 1.2; computed in bf16."""
    values = matrices.bfloat16()
    turned = values.shape[-2] > values.shape[-1]
    if turned:
        values = values.mT
    values = values / (values.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for a, b, c in _NEWTON_SCHULZ:
        gram = values @ values.mT
        values = a * values + (b * gram + c * gram @ gram) @ values
    return values.mT if turned else values


class Optimizer:
    """The optimiser of a run. name: one of `OPTIMIZERS`. weights: by name, as `engine.training.model.parameters`.

    Matrices inside the layers decay; embeddings, norms and scales do not. With *muon*, routers and packs of several
    experts stay with AdamW.
    """

    def __init__(self, name: str, weights: Mapping[str, nn.Parameter], rate: float) -> None:
        matrices = {key: weight for key, weight in weights.items() if weight.ndim > 1 and "embed_tokens" not in key}
        others = [weight for key, weight in weights.items() if key not in matrices]
        turned = [weight for key, weight in matrices.items() if name == "muon" and _is_for_muon(key, weight)]
        decayed = [weight for key, weight in matrices.items() if name != "muon" or not _is_for_muon(key, weight)]
        groups = [{"params": decayed, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]
        adamw = torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, betas=_BETAS, fused=True)
        self._parts: list[torch.optim.Optimizer] = [adamw, *([Muon(turned, rate)] if turned else [])]
        self._owner = {
            weight: part for part in self._parts for group in part.param_groups for weight in group["params"]
        }

    def step(self, rate: float) -> None:
        """Change the weights by their gradients at this learning rate, and forget the gradients."""
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
        self.forget_gradients()

    def forget_gradients(self) -> None:
        """Free the gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none=True)

    def moments(self, weight: nn.Parameter) -> dict[str, Tensor]:
        """What is kept for a weight, of `MOMENTS`; nothing before its first step."""
        kept = self._owner[weight].state.get(weight, {})
        return {name: kept[name] for name in MOMENTS if name in kept}

    def restore(self, weight: nn.Parameter, moments: Mapping[str, Tensor], step: int) -> None:
        """Put back the moments of a weight after `step` steps."""
        kept = {name: moment.to(weight) for name, moment in moments.items()}
        if "exp_avg" in kept:
            kept["step"] = torch.tensor(float(step), device=weight.device)
        self._owner[weight].state[weight] = kept


def _is_for_muon(name: str, weight: Tensor) -> bool:
    """Whether a weight of a layer is one matrix. A router's rows are told apart by their size, which Muon levels."""
    return "router" not in name and (weight.ndim == 2 or weight.shape[0] == 1)


def described(name: str) -> dict[str, str]:
    """An optimiser's settings for training.json."""
    adamw = f"AdamW, betas {_BETAS[0]} and {_BETAS[1]}"
    muon = f"Muon, momentum {_MOMENTUM} (Nesterov), update scaled by {_SCALE} * sqrt(longer side)"
    return {
        "matrices": f"{muon if name == 'muon' else adamw}, weight decay {_DECAY}",
        "others": f"{adamw}, no weight decay",
    }
