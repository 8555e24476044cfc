"""What fits: how a checkpoint can be loaded on a device with the memory that is free there."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import MemoryShortageError, RequestError
from engine.contracts.loading import LoadSettings, Quantization
from engine.contracts.request import Decoder

if TYPE_CHECKING:
    from transformers import DiffusionGemmaConfig

    from engine.models.memory import Memory

USUAL_CONTEXT = 8192
"""Tokens before a canvas that memory is set aside for, unless a person wants more. Some checkpoints read 262,144."""
_LITTLE_CONTEXT = 1024
_SMALL = 2**29
"""Bytes of files that fit anywhere, as whatever they are loaded."""
_RESERVE = 2**29
"""Bytes left to what nobody counts, such as the libraries of a GPU."""
_COPIED_A_SECOND = 25e9
"""Bytes from the host's memory to a GPU over 16 lanes of PCI Express 4."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to load a checkpoint.

    quantization: AUTO where transformers loads it as it is. on_host: the last layers, so many, whose experts stay in
    the host's memory. context: the most tokens before a canvas. note: a line for a person, or "". needed, free: bytes
    on the device, 0 where that was not looked at.
    """

    quantization: Quantization
    context: int
    on_host: int = 0
    note: str = ""
    needed: int = 0
    free: int = 0


def check_device(device: str) -> None:
    """Raises RequestError if torch cannot compute on it here."""
    try:
        torch.Generator(device)
    except (RuntimeError, AssertionError) as error:
        if device.split(":")[0] == "cuda" and not torch.cuda.is_available():
            built = "" if torch.version.cuda else f" (torch {torch.__version__} is built for the CPU only)"
            raise RequestError(f"No GPU that torch can use was found{built}. Try --device cpu.") from error
        raise RequestError(f"The device {device!r} is not available here. Try --device cpu.") from error


def free_memory(device: str) -> int | None:
    """Bytes; None where that cannot be told."""
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if kind == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    if kind != "cpu" or sys.platform != "linux":
        return None
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def make_plan(checkpoint: Checkpoint, device: str, settings: LoadSettings) -> Plan:
    """What a person wants, or, for AUTO, the most precise that fits: bfloat16, then NF4, then NF4 partly on the host.

    INT8 is only taken where it is asked for, because its experts are unpacked in each pass. Raises MemoryShortageError
    with the figures, RequestError for a quantization that the class does not have.
    """
    wanted = settings.quantization
    if Decoder.DIFFUSION not in checkpoint.decoders:
        if wanted in (Quantization.NF4, Quantization.INT8):
            raise RequestError(
                f"{checkpoint.name} is a causal language model, which Remelt does not pack. Use --quantization bf16."
            )
        return Plan(wanted, min(checkpoint.trained_context, settings.context or checkpoint.trained_context))
    context = min(checkpoint.trained_context, settings.context or USUAL_CONTEXT)
    if wanted is Quantization.AUTO and checkpoint.packed is not None:
        wanted = checkpoint.packed
    if sum(path.stat().st_size for path in checkpoint.folder.glob("*.safetensors")) < _SMALL:
        return Plan(wanted, context)
    # What the figures need takes long to import, and a small checkpoint need not wait for it.
    from engine.models.memory import read_config

    return _Fit(checkpoint, read_config(str(checkpoint.folder)), device, context).plan(wanted)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A large checkpoint on a device."""

    checkpoint: Checkpoint
    config: DiffusionGemmaConfig
    device: str
    context: int

    def plan(self, wanted: Quantization) -> Plan:
        free = free_memory(self.device)
        choices = (wanted,) if wanted is not Quantization.AUTO else (Quantization.BF16, Quantization.NF4)
        if free is None:
            return Plan(choices[-1], self.context)
        for choice in choices:
            needed = self._needed(self.memory(choice))
            if needed <= free:
                return Plan(choice, self.context, needed=needed, free=free)
        last = choices[-1]
        return self._partly(last, free) or self._refuse(last, free)

    def memory(self, quantization: Quantization, context: int | None = None, on_host: int = 0) -> Memory:
        """What it takes on this device."""
        from engine.models.memory import estimate
        from engine.models.quantized.experts import has_triton

        config = self.config
        canvas = self.checkpoint.trained_canvas
        text: Any = config.get_text_config()
        context = min(context or self.context, text.max_position_embeddings - canvas)
        gpu = not self._on_cpu
        return estimate(
            config,
            quantization,
            context,
            canvas,
            block=1024 if gpu else 128,
            dtype=torch.bfloat16 if gpu or quantization is Quantization.BF16 else torch.float32,
            fused=gpu and has_triton(),
            on_host=on_host,
        )

    @property
    def _on_cpu(self) -> bool:
        return torch.device(self.device).type == "cpu"

    def _needed(self, memory: Memory) -> int:
        return memory.total + _RESERVE + (memory.noted if self._on_cpu else 0)

    def _partly(self, quantization: Quantization, free: int) -> Plan | None:
        """With the experts of as few layers as possible in the host's memory; None where that does not help."""
        if self._on_cpu or quantization is Quantization.BF16:
            return None
        first = self.memory(quantization, on_host=1)
        more = max(0, math.ceil((self._needed(first) - free) / first.a_layer))
        layers = round((first.weights["experts"] + first.on_host) / first.a_layer)
        if 1 + more > layers:
            return None
        found = self.memory(quantization, on_host=1 + more)
        host = free_memory("cpu")
        if host is not None and found.on_host + found.noted + _RESERVE > host:
            return None
        note = (
            f"{found.on_host / 1e9:.1f} GB of the experts stay in the computer's own memory, because "
            f"{self.device} has {_gigabytes(free)} free; copying them takes about "
            f"{found.on_host / _COPIED_A_SECOND:.1f} s in each pass."
        )
        return Plan(quantization, self.context, 1 + more, note, needed=self._needed(found), free=free)

    def _refuse(self, quantization: Quantization, free: int) -> Plan:
        """Raises MemoryShortageError, with what would help."""
        needed = self._needed(self.memory(quantization))
        helps = []
        if quantization is not Quantization.NF4 and self._needed(self.memory(Quantization.NF4)) <= free:
            helps.append("--quantization nf4")
        little = min(_LITTLE_CONTEXT, self.context)
        if little < self.context and self._needed(self.memory(quantization, little)) <= free:
            helps.append(f"a smaller context, such as --context {little}")
        advice = f"Try {' or '.join(helps)}." if helps else "Close other programs or choose a smaller checkpoint."
        raise MemoryShortageError(
            f"{self.checkpoint.name} needs {_gigabytes(needed)} as {quantization} with {self.context:,} tokens of "
            f"context, and {_gigabytes(free)} are free on {self.device}. {advice}"
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
