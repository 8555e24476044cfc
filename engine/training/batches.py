"""Batches, each determined by its number and the seed, so that any worker can make any of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from engine.training.objectives import Row, causal_targets, infill, noised
from engine.training.packing import Packed
from engine.training.tasks import TaskRows
from engine.training.tokenizer import Boundaries

_CONDITIONED = 0.4
"""Share of steps with self-conditioning; DiffusionGemma uses half, and this saves a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """R rows of L positions; S slots and C causal positions in all, counted through the flattened rows.

    tokens: (R, L) int64 as the model sees them. prefix, end: (R,) int64, where the canvas starts and ends.
    slots, causal: (S,) and (C,) int64 positions to predict. slot_targets, causal_targets: (S,), (C,) int64.
    conditioned: whether the model sees its own first prediction.
    """

    tokens: Tensor
    prefix: Tensor
    end: Tensor
    slots: Tensor
    slot_targets: Tensor
    causal: Tensor
    causal_targets: Tensor
    conditioned: bool

    def pin_memory(self) -> Batch:
        """Called by DataLoader if the device is CUDA."""
        return self._map(lambda tensor: tensor.pin_memory())

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=True))

    def _map(self, change) -> Batch:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return Batch(**{name: change(value) if isinstance(value, Tensor) else value for name, value in fields.items()})


class Batches(Dataset):
    """Batches 0 to count - 1 of a mix of sources.

    sources: the packed documents. shares: those of the rows, by source. rows, length, context: as in `Batch`, `infill`.
    tasks: makes the rows for the rewrite tasks. task_share: their share of all rows, 0 to 1.
    """

    def __init__(
        self,
        sources: Mapping[str, Packed],
        shares: Mapping[str, float],
        bounds: Boundaries,
        *,
        count: int,
        rows: int,
        length: int,
        context: int,
        seed: int,
        tasks: TaskRows | None = None,
        task_share: float = 0.0,
    ) -> None:
        names = [name for name in shares if len(sources[name].tokens)]
        self.sources = [sources[name] for name in names]
        parts = np.array([shares[name] for name in names])
        self.shares = parts / parts.sum()
        self.bounds = bounds
        self.tasks, self.task_share = tasks, task_share
        self.count, self.rows, self.length, self.context, self.seed = count, rows, length, context, seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Batch:
        rng = np.random.default_rng((self.seed, number))
        vocabulary = len(self.bounds.opens)
        rows, seen = [], []
        for source in rng.choice(len(self.sources), self.rows, p=self.shares):
            packed = self.sources[source]
            text = packed.window(int(rng.integers(len(packed.tokens))), self.length)
            rows.append(self._row(text, rng))
            seen.append(noised(rows[-1], vocabulary, rng))
        true = torch.from_numpy(np.concatenate([row.tokens for row in rows]))
        slots = torch.from_numpy(np.flatnonzero(np.concatenate([row.slots for row in rows])))
        causal = torch.from_numpy(
            np.concatenate([causal_targets(row) + index * self.length for index, row in enumerate(rows)])
        )
        return Batch(
            tokens=torch.from_numpy(np.stack(seen)),
            prefix=torch.tensor([row.prefix for row in rows]),
            end=torch.tensor([row.end for row in rows]),
            slots=slots,
            slot_targets=true[slots],
            causal=causal,
            causal_targets=true[causal + 1],
            conditioned=bool(rng.random() < _CONDITIONED),
        )

    def _row(self, text: np.ndarray, rng: np.random.Generator) -> Row:
        if self.tasks is not None and rng.random() < self.task_share:
            return self.tasks.row(text, self.length, self.context, rng)
        return infill(text, self.length, self.context, self.bounds, rng)


def loader(batches: Batches, numbers: Sequence[int], workers: int, pinned: bool) -> DataLoader:
    """The batches in order, made in advance by `workers` processes; by the caller if there are none.

    On Linux the processes are forked, at the first batch that is asked for: a fresh process would import torch and read
    all sentence pairs again, which took 15 seconds each. They never touch the GPU.
    """
    return DataLoader(
        batches,
        batch_size=None,
        sampler=numbers,
        num_workers=workers,
        pin_memory=pinned,
        prefetch_factor=4 if workers else None,
        multiprocessing_context=("fork" if sys.platform == "linux" else "spawn") if workers else None,
    )
