"""Several continuations of one text, at different places of it, in one causal pass.

The text is read once and its keys and values are kept. Its continuations stand side by side behind it; each sees the
text up to its own place and then only itself, and has the positions that it would have there. So no word of the text is
read twice, and a sentence with thirty candidates costs two passes. What texts have in common with the one read before
is not read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser, GemmaContext, copy_of


class TrunkReader:
    """Reads one text after the other, most of which go on from where the last one ended."""

    def __init__(self, denoiser: DiffusionGemmaDenoiser) -> None:
        self._denoiser = denoiser
        self._tokens: list[int] = []
        self._context: GemmaContext | None = None

    @torch.inference_mode()
    def read(self, context: Sequence[int], own: Sequence[int], aside: int) -> Trunk:
        """Read a text behind a context of at least one token.

        aside: a token that is read behind the context as if the text were not there, for a canvas (`Trunk.aside`).
        All of it must fit the sliding window of the model.
        """
        tokens = [*context, *own]
        # What the last token of the context leads one to expect is wanted, so it is read in any case.
        shared = min(_shared(self._tokens, tokens), len(context) - 1)
        before = _cropped(self._context, shared) if shared else None
        new = [*tokens[shared:], aside]
        positions = torch.tensor([*range(shared, len(tokens)), len(context)])
        key = torch.tensor([*range(len(tokens)), len(context)])
        mask = key[None, :] <= positions[:, None]
        # The token aside is seen by nobody and does not see the text.
        mask[:-1, -1] = False
        mask[-1, len(context) : -1] = False
        states, cache = _pass(self._denoiser, before, new, positions, mask)
        logits = self._denoiser.head(states[len(context) - 1 - shared : -1])
        full = GemmaContext(cache, len(tokens) + 1)
        self._tokens, self._context = tokens, _cropped(full, len(tokens))
        behind = _joined(full, len(context), len(tokens))
        return Trunk(self._denoiser, self._context, behind, len(context), tuple(own), logits)


@dataclass(frozen=True)
class Trunk:
    """A text of T tokens that was read behind a context.

    context: keys and values of both. aside: those of the context and of the token aside. before: tokens of the context.
    own: of the text. logits: (T + 1, V) float32, what is expected at each of them and behind the last.
    """

    denoiser: DiffusionGemmaDenoiser
    context: GemmaContext
    aside: GemmaContext
    before: int
    own: tuple[int, ...]
    logits: Tensor

    @cached_property
    def log_p(self) -> Tensor:
        """Log probabilities, (T + 1, V), in nats."""
        return torch.log_softmax(self.logits, dim=-1)

    @cached_property
    def nats(self) -> list[float]:
        """Log p of each of the text's own tokens."""
        index = torch.tensor(self.own, device=self.logits.device, dtype=torch.long)
        return self.log_p[:-1].gather(1, index[:, None])[:, 0].tolist()

    @torch.inference_mode()
    def branches(self, places: Sequence[int], rows: Sequence[Sequence[int]]) -> list[float]:
        """Log p, in nats, of each row of tokens in place of what stands from the token `place` on, 0 to T."""
        # The last token of a row predicts nothing that is asked for.
        read = [list(row[:-1]) for row in rows]
        first = [float(self.log_p[place, row[0]]) if row else 0.0 for place, row in zip(places, rows, strict=True)]
        if not any(read):
            return first
        owner = torch.tensor([number for number, row in enumerate(read) for _ in row])
        within = torch.tensor([at for row in read for at in range(len(row))])
        seen = self.before + torch.tensor(list(places))[owner]
        inside = (owner[:, None] == owner[None, :]) & (within[:, None] >= within[None, :])
        mask = torch.cat([torch.arange(self.context.length)[None, :] < seen[:, None], inside], dim=1)
        tokens = [token for row in read for token in row]
        states, _ = _pass(self.denoiser, self.context, tokens, seen + within, mask)
        logits = self.denoiser.head(states)
        targets = torch.tensor([token for row in rows for token in row[1:]], device=logits.device)
        nats = -torch.nn.functional.cross_entropy(logits, targets, reduction="none").cpu()
        sums = torch.zeros(len(rows)).index_add_(0, owner, nats)
        return [one + more for one, more in zip(first, sums.tolist(), strict=True)]


def _pass(
    denoiser: DiffusionGemmaDenoiser,
    context: GemmaContext | None,
    tokens: Sequence[int],
    positions: Tensor,
    mask: Tensor,
) -> tuple[Tensor, object]:
    """States, (N, hidden), of N tokens behind K others, and the longer cache. mask: (N, K + N) bool, who sees whom."""
    model, device = denoiser.model, denoiser.device
    cache = copy_of(context).cache if context else denoiser.empty_cache()
    seen = mask[None, None].to(device)
    states = model.model.encoder.language_model(
        input_ids=torch.tensor([list(tokens)], device=device),
        attention_mask=dict.fromkeys(denoiser.layer_types, seen),
        position_ids=positions[None].to(device),
        past_key_values=cache,
    ).last_hidden_state
    return states[0], cache


def _cropped(context: GemmaContext, length: int) -> GemmaContext:
    """The first tokens of a context. Exact as long as no window has slid."""
    return _selected(context, slice(0, length), length)


def _joined(context: GemmaContext, first: int, last: int) -> GemmaContext:
    """The first tokens of a context and its last one, `last`."""
    return _selected(context, [*range(first), last], first + 1)


def _selected(context: GemmaContext, which: slice | list[int], length: int) -> GemmaContext:
    chosen = copy_of(context)
    for layer in chosen.cache.layers:
        layer.keys, layer.values = layer.keys[..., which, :], layer.values[..., which, :]
        if layer.is_sliding:
            layer.cumulative_length = length
    chosen.length, chosen.rotary = length, {}
    return chosen


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
