"""`memory`: how much memory a checkpoint takes, from its configuration alone."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.cli.options import Commands, add_verb
from engine.contracts.loading import Quantization

if TYPE_CHECKING:
    from engine.models.memory import Memory

_DEFAULT_CONTEXT = 8192


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    verb = add_verb(
        commands,
        "memory",
        [common],
        "estimate the memory a checkpoint takes on a GPU, from its configuration alone",
        "memory --model google/diffusiongemma-26B-A4B-it",
        "memory --model google/diffusiongemma-26B-A4B-it --context 261888 --json",
    )
    verb.add_argument("--canvas", type=int, metavar="N", help="tokens of the canvas (default: the trained one)")
    verb.set_defaults(command=run)


def run(options: argparse.Namespace) -> None:
    """Print the figures. Raises RequestError, CheckpointError."""
    from importlib.resources import files

    from engine.models.memory import estimate, read_config

    config = read_config(options.model or str(files("resources").joinpath("checkpoint")))
    canvas = (config.canvas_length or 1) if options.canvas is None else options.canvas
    most = config.get_text_config().max_position_embeddings - canvas
    context = min(_DEFAULT_CONTEXT, most) if options.context is None else options.context
    quantization = Quantization(options.quantization)
    if quantization is Quantization.AUTO:
        quantization = Quantization.NF4
    memory = estimate(config, quantization, context, canvas)
    print(json.dumps(figures(memory, quantization)) if options.json else table(memory, quantization))


def figures(memory: Memory, quantization: str) -> dict[str, Any]:
    """All of it as plain data, in bytes."""
    return {
        "quantization": quantization,
        "parameters": memory.parameters,
        "context": memory.context,
        "canvas": memory.canvas,
        "weights": memory.weights,
        "cache": memory.cache,
        "work": memory.work,
        "total": memory.total,
        "host": memory.noted,
    }


def table(memory: Memory, quantization: str) -> str:
    """For people, in gigabytes of 1000 megabytes."""
    rows = [
        *((f"weights: {part}", size) for part, size in memory.weights.items()),
        *((f"cache: {part}", size) for part, size in memory.cache.items()),
        ("work: the peak of reading the context and of a step", memory.work),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:{width}}   {size / 1e9:7.3f} GB" for name, size in rows]
    heading = (
        f"{memory.parameters / 1e6:,.1f} million parameters in {quantization}, {memory.context} tokens of context, "
        f"a canvas of {memory.canvas}"
    )
    total = f"{'total, on the GPU':{width}}   {memory.total / 1e9:7.3f} GB"
    host = f"In addition, {memory.noted / 1e9:.3f} GB of the computer's own memory, for edits early in the text."
    return "\n".join([heading, "", *lines, total, "", host])
