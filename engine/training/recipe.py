"""The parameters of a run in one place, with the reasons for their values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.training.corpus import MIXES
from engine.training.model import Size
from engine.training.optimizer import OPTIMIZERS


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that determines a run besides corpus and machine; the defaults suit two CPU cores and an hour.

    vocabulary: tokens. Three runs side by side for the same 50 minutes on shared cores, 6 layers of 256, read 3.0, 2.6
        and 2.0 million tokens with 4096, 8192 and 16384. On 440 held-out gaps of 12 words each, a character then cost
        the causal head 2.15, 2.07 and 2.12 bits (2.09, 2.06, 2.08 at 3 words), and one pass that sees both sides 2.71,
        2.49 and 2.36, a measure that favours long tokens. So 8192: the third model is larger by a third and slower.
    hidden, layers, head, wide, expert, experts, top, window: as in `Size`.
    context, canvas: tokens trained before and on the canvas; a row has both together.
    mix: of the sources, one of `corpus.MIXES`. tasks: share of the rows for the rewrite tasks.
    rows: rows of a batch. rate: peak of the learning rate. optimizer: one of `optimizer.OPTIMIZERS`.
    seed: of all random draws.
    minutes, steps: the run ends with the first that is reached, and the learning rate falls towards it; 0 is no limit.
    """

    vocabulary: int = 8192
    hidden: int = 192
    layers: int = 6
    head: int = 64
    wide: int = 512
    expert: int = 64
    experts: int = 1
    top: int = 1
    window: int = 1024
    context: int = 64
    canvas: int = 64
    mix: str = "plain"
    tasks: float = 0.28
    rows: int = 32
    rate: float = 3e-3
    optimizer: str = "adamw"
    seed: int = 0
    minutes: float = 60.0
    steps: int = 0

    def __post_init__(self) -> None:
        if self.mix not in MIXES:
            raise ValueError(f"There is no mix {self.mix!r}. Choose one of {', '.join(MIXES)}.")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"There is no optimiser {self.optimizer!r}. Choose one of {', '.join(OPTIMIZERS)}.")
        if not self.minutes and not self.steps:
            raise ValueError("Limit the run with --minutes or --steps.")
        if self.context < 2 or self.canvas < 16 or self.hidden % self.head:
            raise ValueError("A row needs a context of 2, a canvas of 16, and a width divisible by the heads.")

    @property
    def length(self) -> int:
        """The positions of a row."""
        return self.context + self.canvas

    @property
    def size(self) -> Size:
        """The size of the model."""
        return Size(
            vocabulary=self.vocabulary,
            hidden=self.hidden,
            layers=self.layers,
            head=self.head,
            wide=self.wide,
            expert=self.expert,
            experts=self.experts,
            top=self.top,
            window=self.window,
            positions=max(2048, 2 * self.length),
            canvas=self.canvas,
        )

    def done(self, steps: int, seconds: float) -> float:
        """Share of the run, 0 to 1, that is over after this many steps and seconds."""
        shares = [steps / self.steps if self.steps else 0.0, seconds / 60 / self.minutes if self.minutes else 0.0]
        return min(1.0, max(shares))

    def check(self, folder: Path) -> None:
        """Save the recipe in the folder of its run. Raises ValueError if the run there has another model or data.

        A run may continue with a longer time or another rate, mix or number of rows.
        """
        path = folder / "recipe.json"
        mine = asdict(self)
        if path.exists():
            earlier = json.loads(path.read_text("utf-8"))
            free = ("minutes", "steps", "rate", "rows", "mix", "tasks")
            changed = [name for name in mine if name not in free and mine[name] != earlier.get(name, mine[name])]
            if changed:
                raise ValueError(f"The run in {folder} differs in {', '.join(changed)}. Choose an empty folder.")
        path.write_text(json.dumps(mine, indent=1), "utf-8")


PRESETS = {
    "cpu": Recipe(),
    "gpu": Recipe(
        vocabulary=16384,
        hidden=384,
        layers=8,
        wide=1152,
        context=256,
        canvas=128,
        mix="broad",
        tasks=0.25,
        rows=320,
        optimizer="muon",
        minutes=8.0,
    ),
}
"""Recipes for two CPU cores and for one GPU of 40 GB or more; flags change single numbers of them."""
