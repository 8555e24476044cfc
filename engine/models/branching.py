"""Several continuations of one text, at different places of it, in one causal pass.

The text is read once and its keys and values are kept. Its continuations stand side by side after it; each sees the
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
from transformers import DynamicCache

from engine.models.diffusion_gemma import DiffusionGemmaDenoiser, GemmaContext, copy_of, filled, layers_of

_SLIDING = "sliding_attention"


class TrunkReader:
    """Reads one text after the other, most of which go on from where the last one ended."""

    def __init__(self, denoiser: DiffusionGemmaDenoiser) -> None:
        self._denoiser = denoiser
        self._tokens: list[int] = []
        self._context: GemmaContext | None = None

    @torch.inference_mode()
    def read(self, context: Sequence[int], own: Sequence[int], aside: int | None = None) -> Trunk:
        """Read a text after a context of at least one token.

        aside: a token that is read after the context as if the text were not there, for a canvas (`Trunk.aside`); None
        for none.
        """
        tokens = [*context, *own]
        # What the last token of the context leads one to expect is wanted, so it is read in any case.
        shared = min(_shared(self._tokens, tokens), len(context) - 1)
        extra = [] if aside is None else [aside]
        positions = torch.tensor([*range(len(tokens)), *[len(context)] * len(extra)])
        mask = positions[None, :] <= positions[shared:, None]
        if extra:
            # The token aside is seen by nobody and does not see the text.
            mask[:-1, -1] = False
            mask[-1, len(context) : -1] = False
        before = _selected(self._context, range(shared)) if shared and self._context else None
        states, read = _pass(self._denoiser, before, [*tokens[shared:], *extra], positions, mask)
        logits = self._denoiser.head(states[len(context) - 1 - shared : len(tokens) - shared])
        self._tokens, self._context = tokens, _selected(read, range(len(tokens)))
        after = self._windowed(_selected(read, [*range(len(context)), *range(len(tokens), len(positions))]))
        return Trunk(self._denoiser, self._context, after, len(context), tuple(own), logits)

    def _windowed(self, context: GemmaContext) -> GemmaContext:
        """The same with as much as a canvas sees of it in the layers with a sliding window."""
        for layer, kind in zip(layers_of(context), self._denoiser.layer_types, strict=True):
            if kind == _SLIDING:
                last = self._denoiser.window - 1
                layer.keys, layer.values = filled(layer.keys)[..., -last:, :], filled(layer.values)[..., -last:, :]
        return context


@dataclass(frozen=True)
class Trunk:
    """A text of T tokens that was read after a context.

    context: keys and values of both. aside: those of the context and of the token aside, if any. before: tokens of the
    context.
    own: of the text. logits: (T + 1, V) float32, what is expected at each of them and after the last.
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
        owner, states = self._side_by_side(places, read)
        logits = self.denoiser.head(states)
        targets = torch.tensor([token for row in rows for token in row[1:]], device=logits.device)
        nats = -torch.nn.functional.cross_entropy(logits, targets, reduction="none").cpu()
        sums = torch.zeros(len(rows)).index_add_(0, owner, nats)
        return [one + more for one, more in zip(first, sums.tolist(), strict=True)]

    @torch.inference_mode()
    def following(self, place: int, tokens: Sequence[int]) -> Tensor:
        """Log probabilities, (N, V) in nats, after each of N tokens that stands alone at the token `place`."""
        _, states = self._side_by_side([place] * len(tokens), [[token] for token in tokens])
        return torch.log_softmax(self.denoiser.head(states), dim=-1)

    def _side_by_side(self, places: Sequence[int], read: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """The row of each token of some rows, (N,), and the states, (N, hidden), none seeing another row."""
        owner = torch.tensor([number for number, row in enumerate(read) for _ in row])
        within = torch.tensor([at for row in read for at in range(len(row))])
        seen = self.before + torch.tensor(list(places))[owner]
        inside = (owner[:, None] == owner[None, :]) & (within[:, None] >= within[None, :])
        known = torch.arange(self.context.length)
        mask = torch.cat([known[None, :] < seen[:, None], inside], dim=1)
        tokens = [token for row in read for token in row]
        states, _ = _pass(self.denoiser, self.context, tokens, torch.cat([known, seen + within]), mask)
        return owner, states


def _pass(
    denoiser: DiffusionGemmaDenoiser,
    context: GemmaContext | None,
    tokens: Sequence[int],
    positions: Tensor,
    mask: Tensor,
) -> tuple[Tensor, GemmaContext]:
    """States, (N, hidden), of N tokens after K others, and all of them as a context.

    positions: (K + N,) in the text. mask: (N, K + N) bool, who sees whom.
    """
    device, count = denoiser.device, len(tokens)
    own = positions[-count:]
    near = mask & (positions[None, :] > own[:, None] - denoiser.window)
    masks = {kind: (near if kind == _SLIDING else mask)[None, None].to(device) for kind in denoiser.layer_types}
    # The masks know the windows, so the cache need not, and can be cut anywhere.
    cache = copy_of(context).cache if context else DynamicCache()
    states = denoiser.model.model.encoder.language_model(
        input_ids=torch.tensor([list(tokens)], device=device),
        attention_mask=masks,
        position_ids=own[None].to(device),
        past_key_values=cache,
    ).last_hidden_state
    return states[0], GemmaContext(cache, len(positions))


def _selected(context: GemmaContext, which: Sequence[int]) -> GemmaContext:
    """Some tokens of a context."""
    chosen = copy_of(context)
    index = slice(which.start, which.stop) if isinstance(which, range) else which
    for layer in layers_of(chosen):
        layer.keys, layer.values = filled(layer.keys)[..., index, :], filled(layer.values)[..., index, :]
    return GemmaContext(chosen.cache, len(which))


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
