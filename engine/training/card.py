"""What a reader should know about an exported checkpoint: the model card and the plot of its losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.training.corpus import HELD_OUT, shares
from engine.training.recipe import Recipe
from engine.training.state import Progress

_WIDTH, _HEIGHT, _MARGIN = 640, 320, 40
_CURVES = {
    "pure_noise": ("#b5482f", "slots from pure noise"),
    "mixed_noise": ("#2f6fb5", "slots, noised as in training"),
    "causal": ("#5d8a3a", "prefix, causal head"),
}


def model_card(recipe: Recipe, progress: Progress, parameters: int, licences: Mapping[str, str]) -> str:
    """The card as Markdown. parameters: how many text trains. licences: of each source, where the corpus names it."""
    speed = progress.tokens / progress.seconds if progress.seconds else 0.0
    rows = [
        f"| {name} | {share:.0%} | {licences.get(name, 'not stated')} |"
        for name, share in shares(licences, recipe.mix).items()
    ]
    losses = [
        " | ".join([f"| {point['tokens'] / 1e6:.1f}", *(f"{point[name]:.2f}" for name in _CURVES)]) + " |"
        for point in _thinned(progress.curve)
    ]
    return "\n".join(
        [
            "---",
            "library_name: transformers",
            "language: en",
            "tags: [text-diffusion, in-fill]",
            "---",
            "",
            "# The embedded checkpoint of Remelt",
            "",
            f"A `DiffusionGemmaForBlockDiffusion` of {parameters / 1e6:.2f} million parameters "
            f"({recipe.layers} layers of {recipe.hidden}, {recipe.experts} expert(s), vocabulary {recipe.vocabulary}), "
            "trained from scratch to fill gaps in English prose from the text on both sides. It chooses its own "
            "length: what it leaves of a gap is padding.",
            "",
            f"Trained with `python -m engine.training` on {progress.tokens / 1e6:.1f} million tokens in "
            f"{progress.step:,} steps and {progress.seconds / 60:.0f} minutes ({speed:,.0f} tokens a second). Up to "
            f"{recipe.context} tokens before the canvas and {recipe.canvas} on it; it has seen nothing longer.",
            "",
            "## Held-out losses",
            "",
            f"In nats a token, on {HELD_OUT:.0%} of the documents, chosen by hash and never trained on. Slots count "
            "with their padding. See `loss.svg`; all numbers are in `training.json`.",
            "",
            "| million tokens | slots from pure noise | slots noised as in training | causal |",
            "| --- | --- | --- | --- |",
            *losses,
            "",
            "## Data",
            "",
            "| source | share of the tokens | licence |",
            "| --- | --- | --- |",
            *rows,
            "",
            "## Limits",
            "",
            "A model of this size knows how English sentences are put together, and few facts. It was trained on "
            "prose: not on code, other languages, chat or instructions. Read what it writes before you keep it.",
            "",
        ]
    )


def curve_svg(curve: Sequence[Mapping[str, float]]) -> str:
    """The held-out losses over the tokens read, as an SVG picture. curve: as in `Progress`."""
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
