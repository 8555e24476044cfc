"""The training state: everything a run needs to go on where it was killed. One safetensors file and one of JSON.

The optimiser's moments are stored in bf16, which halves them and changes nothing that can be measured later on; the
weights are float32. A later run may start from it as well, with more minutes.
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
    """What a run has done so far.

    step: steps done. tokens: positions read. seconds: time spent in the loop. curve: losses at some steps, to plot.
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
