"""The training state: everything a run needs to resume after a kill, in one safetensors file.

The optimiser's moments are stored in bf16, which halves their size without measurable effect on the run; the weights
are float32. A run can be continued from it with more minutes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(slots=True)
class Progress:
    """The progress of a run.

    step: steps done. tokens: positions read. seconds: time spent training. curve: losses at some steps, for the plot.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


def save(folder: Path, weights: Mapping[str, nn.Parameter], optimizer: torch.optim.AdamW, progress: Progress) -> None:
    """Write the state. A kill at any time leaves either the old or the new state."""
    tensors = {}
    for name, weight in weights.items():
        tensors[name] = weight.detach().cpu()
        for moment in _MOMENTS:
            if moment in optimizer.state[weight]:
                tensors[f"{moment}.{name}"] = optimizer.state[weight][moment].to("cpu", torch.bfloat16)
    # The progress is in the same file, so that both belong to the same step.
    new = folder / "state.safetensors.new"
    save_file(tensors, new, metadata={"progress": json.dumps(asdict(progress))})
    os.replace(new, folder / "state.safetensors")


def load(folder: Path, weights: Mapping[str, nn.Parameter], optimizer: torch.optim.AdamW) -> Progress:
    """Read the state into weights and optimiser; a new `Progress` if there is none."""
    path = folder / "state.safetensors"
    if not path.exists():
        return Progress()
    with safe_open(path, "pt") as stream:
        progress = Progress(**json.loads(stream.metadata()["progress"]))
    tensors = load_file(path)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(tensors[name])
            if f"exp_avg.{name}" in tensors:
                optimizer.state[weight] = {
                    "step": torch.tensor(float(progress.step), device=weight.device),
                    **{moment: tensors[f"{moment}.{name}"].to(weight) for moment in _MOMENTS},
                }
    return progress
