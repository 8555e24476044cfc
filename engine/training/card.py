"""Writes what a reader should know about an exported checkpoint: the model card and the plot of its losses.

`python -m engine.training.card FOLDER` rewrites the card, with the figures from an `evaluation.json` printed by
`python -m engine evaluate --json`.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.evaluation.evaluate import table
from engine.training.corpus import HELD_OUT, shares

_WIDTH, _HEIGHT, _MARGIN = 640, 320, 40
_CURVES = {
    "pure_noise": ("#b5482f", "slots from pure noise"),
    "mixed_noise": ("#2f6fb5", "slots, noised as in training"),
    "causal": ("#5d8a3a", "prefix, causal head"),
}


def write_card(folder: Path) -> None:
    """Write README.md of an exported folder from its training.json, its remelt.json and, if there, evaluation.json.

    A text "notes" in training.json, which a person may add, is included.
    """
    known = {}
    for name in ("training", "remelt", "evaluation"):
        path = folder / f"{name}.json"
        known[name] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    (folder / "README.md").write_text(_card(known["training"], known["remelt"], known["evaluation"]), "utf-8")


def _card(training: Mapping[str, Any], abilities: Mapping[str, Any], evaluation: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    recipe, curve, start = training["recipe"], training["curve"], training["start"]
    seconds, tokens = training["seconds"], training["tokens"]
    speed = tokens / seconds if seconds else 0.0
    history = (
        f"trained on {tokens / 1e6:.1f} million tokens in {training['step']:,} steps and {seconds / 60:.0f} minutes"
    )
    if start:
        history += f", starting from weights that had already read {start['tokens'] / 1e6:.0f} million tokens"
    parts = [
        "---\nlibrary_name: transformers\nlanguage: en\ntags: [text-diffusion, in-fill]\n---",
        "# The embedded checkpoint of Remelt",
        f"A `DiffusionGemmaForBlockDiffusion` with {training['parameters'] / 1e6:.2f} million parameters "
        f"({recipe['layers']} layers of {recipe['hidden']}, {recipe['experts']} expert(s), vocabulary "
        f"{recipe['vocabulary']}), {history} ({speed:,.0f} tokens a second), with `python -m engine.training`. It "
        "fills gaps in English prose using the text on both sides, and chooses its own length by padding the rest of a "
        f"gap. Tasks: {', '.join(abilities['tasks'])}.",
        f"It was trained with up to {recipe['context']} tokens before the canvas and {recipe['canvas']} on it, and is "
        f"never given more. {recipe['tasks']:.0%} of the rows taught the rewrite tasks. `training.json` has the full "
        "recipe and all losses, and `remelt.json` the sampler settings chosen for it.",
        training.get("notes", ""),
        f"## Held-out losses\n\nIn nats a token, on the {HELD_OUT:.0%} of the documents that were chosen by hash and "
        "never trained on. Padding in slots counts. See `loss.svg`.",
        "\n".join(_loss_rows(curve)),
        _outlook(curve),
    ]
    if evaluation:
        parts += [f"## Measured\n\nBy `python -m engine evaluate`, on {evaluation['texts']}.", table(evaluation)]
    parts += [
        "## Data\n\nAttribution and licence of all texts and sentence pairs.",
        "\n".join(_data_rows(training)),
        "## Limits\n\nA model of this size knows how English sentences are built, but few facts, and its longer fills "
        "often make no sense. It was trained on prose only, not on code, other languages, chat or instructions. "
        "Read what it writes before you keep it.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _loss_rows(curve: Sequence[Mapping[str, float]]) -> list[str]:
    """The held-out losses as a table."""
    return [
        "| million tokens | slots from pure noise | slots noised as in training | causal |",
        "| ---: | ---: | ---: | ---: |",
        *(
            " | ".join([f"| {point['tokens'] / 1e6:.1f}", *(f"{point[name]:.2f}" for name in _CURVES)]) + " |"
            for point in _thinned(curve)
        ),
    ]


def _data_rows(training: Mapping[str, Any]) -> list[str]:
    """A table of the sources with their shares of the prose; none for sentence pairs."""
    sources: Mapping[str, str] = training["sources"]
    prose = [name for name in sources if not name.startswith("pairs_")]
    parts = shares(prose, training["recipe"]["mix"])
    return [
        "| source | share of the prose | origin and licence |",
        "| --- | ---: | --- |",
        *(
            f"| {name} | {f'{parts[name]:.0%}' if name in parts else ''} | {licence} |"
            for name, licence in sources.items()
        ),
    ]


def _outlook(curve: Sequence[Mapping[str, float]]) -> str:
    """The expected gain from ten times the tokens, by a straight line through the losses over log tokens."""
    # The first points belong to the warm-up of the learning rate.
    later = curve[len(curve) // 4 :]
    if len(later) < 4 or later[0]["tokens"] * 1.5 > later[-1]["tokens"]:
        return ""
    logs = [math.log(point["tokens"]) for point in later]
    gains = []
    for name, (_, title) in _CURVES.items():
        slope, _ = statistics.linear_regression(logs, [point[name] for point in later])
        gains.append(f"{-slope * math.log(10):.2f} ({title})")
    return (
        "By a line through the last three quarters of these losses over the logarithm of the tokens, ten times the "
        f"tokens would lower them by about {', '.join(gains)} nats. This extrapolation is too optimistic, because the "
        "learning rate was falling, and the size of the model limits it."
    )


def curve_svg(curve: Sequence[Mapping[str, float]]) -> str:
    """The held-out losses over the tokens read, as SVG. curve: as in `Progress`."""
    right = max((point["tokens"] for point in curve), default=1)
    top = max((point[name] for point in curve for name in _CURVES), default=1.0)

    def place(tokens: float, nats: float) -> str:
        x = _MARGIN + (_WIDTH - 2 * _MARGIN) * tokens / right
        y = _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * nats / top
        return f"{x:.1f},{y:.1f}"

    axis = f"{place(0, top)} {place(0, 0)} {place(right, 0)}"
    lines = [f'<polyline points="{axis}" fill="none" stroke="#888"/>']
    for index, (name, (colour, title)) in enumerate(_CURVES.items()):
        points = " ".join(place(point["tokens"], point[name]) for point in curve)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{_WIDTH - 240}" y="{_MARGIN + 16 * index}" fill="{colour}">{title}</text>')
    lines.append(f'<text x="{_MARGIN}" y="{_MARGIN - 12}">{top:.1f} nats a token</text>')
    lines.append(f'<text x="{_WIDTH - 160}" y="{_HEIGHT - 14}">{right / 1e6:.1f} million tokens</text>')
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, *lines, "</svg>", ""])


def _thinned(curve: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """The first, the last and about ten points between."""
    step = max(1, len(curve) // 10)
    return [point for index, point in enumerate(curve) if index % step == 0 or index == len(curve) - 1]


if __name__ == "__main__":
    write_card(Path(sys.argv[1]))
