"""Several continuations of one text, at different places of it, in one causal pass.

The text is read once and its keys and values are kept. Its continuations stand side by side behind it; each sees the
text up to its own place and then only itself, and has the positions that it would have there. So no word of the text is
read twice, and a sentence with thirty candidates costs two passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser, GemmaContext, copy_of


@dataclass(frozen=True)
class Trunk:
    """A text of T tokens that was read behind some context.

    tokens: of the text. logits: (T + 1, V) float32, what is expected at each of them and behind the last.
    """

    denoiser: DiffusionGemmaDenoiser
    context: GemmaContext
    tokens: tuple[int, ...]
    logits: Tensor

    @classmethod
    @torch.inference_mode()
    def read(cls, denoiser: DiffusionGemmaDenoiser, context: Sequence[int], tokens: Sequence[int]) -> Trunk:
        """Read a text behind a context of at least one token; the cache of the context is kept by the denoiser."""
        before = denoiser.prefill(context[:-1]) if len(context) > 1 else None
        logits, behind = denoiser.causal([context[-1], *tokens], before)
        return cls(denoiser, behind, tuple(tokens), logits)

    @cached_property
    def log_p(self) -> Tensor:
        """Log probabilities, (T + 1, V), in nats."""
        return torch.log_softmax(self.logits, dim=-1)

    @cached_property
    def own(self) -> Tensor:
        """Log p of the text's own tokens, (T,), in nats."""
        index = torch.tensor(self.tokens, device=self.logits.device, dtype=torch.long)
        return self.log_p[:-1].gather(1, index[:, None])[:, 0]

    @torch.inference_mode()
    def branches(self, places: Sequence[int], rows: Sequence[Sequence[int]]) -> list[float]:
        """Log p, in nats, of each row of tokens in place of what stands from the token `place` on, 0 to T."""
        if not rows:
            return []
        device = self.logits.device
        # The last token of a row predicts nothing that is asked for.
        read = [list(row[:-1]) for row in rows]
        first = [float(self.log_p[place, row[0]]) if row else 0.0 for place, row in zip(places, rows, strict=True)]
        if not any(read):
            return first
        tokens = torch.tensor([token for row in read for token in row], device=device)
        owner = torch.tensor([number for number, row in enumerate(read) for _ in row], device=device)
        within = torch.tensor([at for row in read for at in range(len(row))], device=device)
        start = self.context.length - len(self.tokens)
        seen = start + torch.tensor(list(places), device=device)[owner]
        positions = seen + within
        ahead = copy_of(self.context)
        # Layers with a sliding window hold only their last tokens.
        masks = {}
        for layer, kind in zip(ahead.cache.layers, self.denoiser.layer_types, strict=True):
            if kind in masks:
                continue
            held = layer.keys.shape[-2]
            key = torch.arange(self.context.length - held, self.context.length, device=device)
            inside = (owner[:, None] == owner[None, :]) & (within[:, None] >= within[None, :])
            masks[kind] = torch.cat([key[None, :] < seen[:, None], inside], dim=1)[None, None]
        encoder = self.denoiser.model.model.encoder.language_model
        states = encoder(
            input_ids=tokens[None],
            attention_mask=masks,
            position_ids=positions[None],
            past_key_values=ahead.cache,
        ).last_hidden_state
        logits = self.denoiser.head(states[0])
        targets = torch.tensor([token for row in rows for token in row[1:]], device=device)
        nats = -torch.nn.functional.cross_entropy(logits, targets, reduction="none")
        sums = torch.zeros(len(rows), device=device).index_add_(0, owner, nats)
        return [one + more for one, more in zip(first, sums.tolist(), strict=True)]
