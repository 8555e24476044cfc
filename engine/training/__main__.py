"""Train the embedded checkpoint: `python -m engine.training --corpus DIR --out DIR`.

A run that was killed resumes from its last saved state when started again with the same folder.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer

from engine.text.vocabulary import Vocabulary
from engine.training import corpus, optimizer, packing, pairs, tokenizer
from engine.training.batches import Batches
from engine.training.export import Start, export
from engine.training.loop import Trainer
from engine.training.model import build, parameters, size_of, start_from
from engine.training.packing import Packed
from engine.training.recipe import PRESETS, Recipe
from engine.training.tasks import TaskRows

_HELD_OUT_BATCHES = 8
_HELP = {
    "vocabulary": "tokens of the tokenizer",
    "hidden": "width of the model",
    "layers": "layers; the last one attends to everything",
    "head": "width of an attention head",
    "wide": "width of the dense part of a layer",
    "expert": "width of an expert",
    "experts": "experts in a layer",
    "top": "experts used for each token",
    "window": "reach of the sliding layers in tokens",
    "context": "tokens before the canvas",
    "canvas": "tokens on the canvas",
    "mix": "mix of the sources: " + " or ".join(corpus.MIXES),
    "tasks": "share of rows for the rewrite tasks",
    "rows": "rows of a batch",
    "rate": "peak learning rate",
    "optimizer": "optimiser of the matrices: " + " or ".join(optimizer.OPTIMIZERS),
    "seed": "seed of all random draws",
    "minutes": "wall-clock minutes of training; 0 for no limit",
    "steps": "maximum number of steps; 0 for no limit",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the recipe; returns 0 if the checkpoint was exported, 1 if the run was stopped, 2 for bad input."""
    options = _parse(arguments)
    try:
        return _run(_recipe(options), options)
    except (corpus.CorpusError, ValueError, OSError) as error:
        print(f"engine.training: {error}", file=sys.stderr)
        return 2


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m engine.training", description="Train the embedded checkpoint from a folder of text."
    )
    parser.add_argument("--corpus", type=Path, required=True, help="folder of NAME.txt.xz or NAME.txt files")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the run; the checkpoint is written to export/ in it"
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="FOLDER",
        help="earlier checkpoint to continue from: its weights, size and tokenizer",
    )
    parser.add_argument(
        "--start-tokens",
        type=float,
        default=0.0,
        metavar="MILLIONS",
        help="tokens it had read, if its training.json does not say",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for the computation on a CPU")
    parser.add_argument(
        "--workers", type=int, help="processes that make batches; none on a CPU, else as many as cores less one"
    )
    parser.add_argument("--save-minutes", type=float, default=3.0, help="minutes between saved states")
    parser.add_argument("--eager", action="store_true", help="do not compile: slower, but starts immediately")
    parser.add_argument("--export", action="store_true", help="export the current state of the run, and exit")
    parser.add_argument(
        "--preset", choices=PRESETS, help="where the numbers below come from; by the device if left out"
    )
    for field in fields(Recipe):
        choices = [f"{getattr(recipe, field.name)} {name}" for name, recipe in PRESETS.items()]
        help = f"{_HELP[field.name]} ({', '.join(choices)})"
        parser.add_argument(f"--{field.name}", type=type(field.default), help=help)
    return parser.parse_args(arguments)


def _recipe(options: argparse.Namespace) -> Recipe:
    """The preset, changed by the flags that were given."""
    preset = PRESETS[options.preset or ("cpu" if torch.device(options.device).type == "cpu" else "gpu")]
    given = {field.name: getattr(options, field.name) for field in fields(Recipe)}
    return replace(preset, **{name: value for name, value in given.items() if value is not None})


def _run(recipe: Recipe, options: argparse.Namespace) -> int:
    """Tokenizer, tokens, training, export; anything already in the folder is reused."""
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    if options.start:
        size = size_of(options.start)
        shape = ("vocabulary", "hidden", "layers", "head", "wide", "expert", "experts", "top", "window")
        recipe = replace(recipe, **{name: getattr(size, name) for name in shape})
    recipe.check(out)
    torch.set_num_threads(options.threads)
    torch.set_float32_matmul_precision("high")
    device = torch.device(options.device)
    cores = os.cpu_count() or 1
    workers = (0 if device.type == "cpu" else max(1, cores - 1)) if options.workers is None else options.workers
    paths = corpus.sources(options.corpus, recipe.mix)
    if not (out / "tokenizer.json").exists():
        made = (
            tokenizer.adopt(options.start / "tokenizer.json")
            if options.start
            else tokenizer.train(paths, recipe.mix, recipe.vocabulary, recipe.seed)
        )
        made.save(str(out / "tokenizer.json"))
    trained = Tokenizer.from_file(str(out / "tokenizer.json"))
    packing.pack(paths, trained, out / "tokens", workers=cores)
    vocabulary = Vocabulary.read(out, recipe.vocabulary, tokenizer.PAD, tokenizer.BOS)
    bounds = tokenizer.Boundaries(vocabulary)
    parts = {part: {name: Packed(out / "tokens", name, part) for name in paths} for part in packing.PARTS}
    shaped = partial(Batches, rows=recipe.rows, length=recipe.length, context=recipe.context)
    mix = corpus.shares(paths, recipe.mix)
    train = shaped(
        parts["train"],
        mix,
        bounds,
        count=recipe.steps or sys.maxsize,
        seed=recipe.seed,
        tasks=TaskRows(vocabulary, bounds, pairs.read(options.corpus, held_out=False)),
        task_share=recipe.tasks,
    )
    held_out = shaped(parts["held-out"], mix, bounds, count=_HELD_OUT_BATCHES, seed=recipe.seed + 1)
    model = build(recipe.size, recipe.seed)
    if options.start:
        start_from(model, options.start)
    model.to(device)  # pyright: ignore[reportArgumentType] # a decorator hides its parameters
    trainer = Trainer(
        model,
        recipe,
        train,
        held_out,
        out,
        workers=workers,
        save_minutes=options.save_minutes,
        compiled=not options.eager,
    )
    count = sum(weight.numel() for weight in parameters(model).values())
    print(f"{count / 1e6:.2f} M parameters on {device}, from step {trainer.progress.step}", file=sys.stderr, flush=True)
    if not options.export and not trainer.run():
        print(f"Stopped. Run the same command to continue from step {trainer.progress.step}.", file=sys.stderr)
        return 1
    licences = corpus.licences(options.corpus, [*paths, *pairs.names(options.corpus)])
    made = {
        "optimizer": optimizer.described(recipe.optimizer),
        "machine": {
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
            "cores": cores,
            "torch": torch.__version__,
            "compiled": not options.eager,
        },
        "unique_tokens": {name: len(packed.tokens) for name, packed in parts["train"].items()},
    }
    export(out / "export", model, recipe, trainer.progress, trained, licences, _start(options), made)
    return 0


def _start(options: argparse.Namespace) -> Start | None:
    """What is known about the checkpoint that the run started from."""
    if not options.start:
        return None
    path = options.start / "training.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    earlier = (known.get("start") or {}).get("tokens", 0)
    return Start(options.start.resolve().name, int(known.get("tokens", options.start_tokens * 1e6) + earlier))


if __name__ == "__main__":
    sys.exit(main())
