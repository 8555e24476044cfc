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

from engine.training.optimizer import MOMENTS, Optimizer


@dataclass(slots=True)
class Progress:
    """The progress of a run.

    step: steps done. tokens: positions read. seconds: time spent training. curve: losses at some steps, for the plot.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


def save(folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Optimizer, progress: Progress) -> None:
    """Write the state. A kill at any time leaves the old or the new state, never half of one."""
    tensors = {}
    for name, weight in weights.items():
        tensors[name] = weight.detach().cpu()
        for moment, values in optimizer.moments(weight).items():
            tensors[f"{moment}.{name}"] = values.to("cpu", torch.bfloat16)
    # The progress lies inside the same file, so that both are of the same step.
    new = folder / "state.safetensors.new"
    save_file(tensors, new, metadata={"progress": json.dumps(asdict(progress))})
    os.replace(new, folder / "state.safetensors")


def load(folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Optimizer) -> Progress:
    """Read the state into weights and optimiser; a fresh `Progress` where there is none."""
    path = folder / "state.safetensors"
    if not path.exists():
        return Progress()
    with safe_open(path, "pt") as stream:
        progress = Progress(**json.loads(stream.metadata()["progress"]))
    tensors = load_file(path)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(tensors[name])
            moments = {moment: tensors[f"{moment}.{name}"] for moment in MOMENTS if f"{moment}.{name}" in tensors}
            if moments:
                optimizer.restore(weight, moments, progress.step)
    return progress
