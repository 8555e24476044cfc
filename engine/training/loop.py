"""The training loop: batches in, weights out, with a saved state every few minutes and lines of progress."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from engine.training import state
from engine.training.batches import Batch, Batches, loader
from engine.training.forward import Stack
from engine.training.model import parameters
from engine.training.optimizer import Optimizer
from engine.training.recipe import Recipe

_CAUSAL = 0.5
"""Weight of the causal loss, relative to the loss on the slots."""
_WARM_UP = 100
_DECAY_FROM = 0.4
"""Share of the run after which the learning rate falls linearly to zero."""
_CLIP = 1.0
_REPORT_SECONDS = 10.0
_EVALUATIONS = 20
"""How many times a run is evaluated on held-out documents."""


class Trainer:
    """One run of a recipe.

    model: changed in place. train, held_out: the batches of both parts. folder: where the state is saved.
    save_minutes: time between two saves. compiled: whether the pass is compiled.
    """

    def __init__(
        self,
        model: DiffusionGemmaForBlockDiffusion,
        recipe: Recipe,
        train: Batches,
        held_out: Batches,
        folder: Path,
        *,
        workers: int,
        save_minutes: float,
        compiled: bool,
    ) -> None:
        self.recipe, self.train, self.held_out, self.folder = recipe, train, held_out, folder
        self.workers, self.save_seconds = workers, 60 * save_minutes
        self.device = model.device
        self.compiled = compiled
        self.stack = Stack(model, compiled)
        self.weights = parameters(model)
        self.optimizer = Optimizer(recipe.optimizer, self.weights, recipe.rate)
        self.progress = state.load(folder, self.weights, self.optimizer)
        self.stopped = False

    def run(self) -> bool:
        """Train to the end of the recipe (True) or until SIGTERM or SIGINT (False). The state is saved in any case."""
        earlier = {name: signal.signal(name, self._stop) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            numbers = range(self.progress.step, len(self.train))
            if self.compiled and numbers:
                self._compile()
            self._train(loader(self.train, numbers, self.workers, pinned=self.device.type == "cuda"))
        finally:
            for name, handler in earlier.items():
                signal.signal(name, handler)
        return not self.stopped

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def _compile(self) -> None:
        """Compile every region before the clock starts and before worker processes are forked from this one."""
        started = time.perf_counter()
        batch = self.train[self.progress.step].to(self.device)
        for conditioned in (False, True):
            slots, causal = self._mean_losses(replace(batch, conditioned=conditioned))
            (slots + causal).backward()
        self.optimizer.forget_gradients()
        _print(f"compiled in {time.perf_counter() - started:.0f} s")

    @cached_property
    def _held_out_batches(self) -> list[Batch]:
        """The batches of `measure`, made once."""
        return [self.held_out[number] for number in range(len(self.held_out))]

    def _train(self, batches: Iterable[Batch]) -> None:
        """The loop itself."""
        recipe, progress = self.recipe, self.progress
        started = time.perf_counter() - progress.seconds
        saved = reported = time.perf_counter()
        tokens_then = progress.tokens
        smooth: Tensor | None = None
        done = recipe.done(progress.step, progress.seconds)
        next_measure = done
        for batch in batches:
            if done >= 1 or self.stopped:
                break
            losses = self._step(batch.to(self.device), self._rate(done))
            smooth = losses if smooth is None else 0.98 * smooth + 0.02 * losses
            progress.step += 1
            progress.tokens += batch.tokens.numel()
            now = time.perf_counter()
            progress.seconds = now - started
            done = recipe.done(progress.step, progress.seconds)
            if now - reported > _REPORT_SECONDS:
                self._report(smooth, (progress.tokens - tokens_then) / (now - reported), done)
                reported, tokens_then = now, progress.tokens
            if done >= next_measure or done >= 1:
                held = self.measure()
                progress.curve.append({"step": progress.step, "tokens": progress.tokens, **held})
                _print("held out: " + ", ".join(f"{name} {nats:.3f}" for name, nats in held.items()))
                next_measure = done + 1 / _EVALUATIONS
                # The evaluation does not count towards the speed.
                reported += time.perf_counter() - now
            if now - saved > self.save_seconds:
                state.save(self.folder, self.weights, self.optimizer, progress)
                saved = time.perf_counter()
        state.save(self.folder, self.weights, self.optimizer, progress)

    def _report(self, losses: Tensor, speed: float, done: float) -> None:
        """A line of progress. losses: (2,) nats, smoothed. speed: tokens a second. done: share of the run."""
        progress = self.progress
        slots, causal = losses.tolist()
        left = progress.seconds * (1 - done) / done / 60
        _print(
            f"step {progress.step} · {progress.tokens / 1e6:.2f} M tokens · slots {slots:.3f} · causal {causal:.3f} · "
            f"{speed:,.0f} tokens/s · {left:.1f} min left"
        )

    def _step(self, batch: Batch, rate: float) -> Tensor:
        """One step of the optimiser: the losses on slots and prefix, (2,) nats a token."""
        slots, causal = self._mean_losses(batch)
        (slots + _CAUSAL * causal).backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), _CLIP)
        self.optimizer.step(rate)
        return torch.stack([slots, causal]).detach().float()

    def _mean_losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss on slots and on the prefix, in nats a token."""
        with self._precision():
            slots, causal = self._losses(batch, batch.tokens, conditioned=batch.conditioned)
            return slots.mean(), causal.mean()

    def _losses(self, batch: Batch, tokens: Tensor, conditioned: bool) -> tuple[Tensor, Tensor]:
        """-log p, in nats, of each slot and of each causal target."""
        stack = self.stack
        soft = stack.conditioning(tokens, batch.prefix, batch.end, batch.slots) if conditioned else None
        states = stack.states(tokens, batch.prefix, batch.end, soft)
        slots = stack.losses(states, batch.slots, batch.slot_targets)
        return slots, stack.losses(states, batch.causal, batch.causal_targets)

    def _rate(self, done: float) -> float:
        """Learning rate when a share `done` of the run is over: a short warm-up, constant, then linearly to zero."""
        fall = min(1.0, (1 - done) / (1 - _DECAY_FROM))
        return self.recipe.rate * min(1.0, (self.progress.step + 1) / _WARM_UP) * fall

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """Mean -log p in nats a token on held-out documents: slots from pure noise, slots noised as in training, and
        the prefix under the causal head; padding in slots counts.
        """
        sums = torch.zeros(3)
        counts = torch.zeros(3)
        noise = torch.Generator().manual_seed(0)
        for batch in self._held_out_batches:
            pure = batch.tokens.flatten().clone()
            pure[batch.slots] = torch.randint(self.recipe.vocabulary, batch.slots.shape, generator=noise)
            pure = pure.view_as(batch.tokens).to(self.device)
            batch = batch.to(self.device)
            with self._precision():
                alone, _ = self._losses(batch, pure, conditioned=False)
                mixed, causal = self._losses(batch, batch.tokens, conditioned=False)
            for index, values in enumerate((alone, mixed, causal)):
                sums[index] += values.sum().cpu()
                counts[index] += len(values)
        return dict(zip(("pure_noise", "mixed_noise", "causal"), (sums / counts).tolist(), strict=True))

    def _precision(self) -> AbstractContextManager:
        return torch.autocast(self.device.type, torch.bfloat16)


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
