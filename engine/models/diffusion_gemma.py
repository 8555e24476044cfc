"""DiffusionGemma: a causal encoder that fills the KV cache, and a bidirectional decoder over the canvas that reads it.

The decoder forward is our own, using transformers' modules, because theirs has no notion of slots: here the head, and
everything else of the size of the vocabulary, is computed only at the slots. A pinned position conditions itself with
its own embedding.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache
from transformers.cache_utils import DynamicLayer

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.loading import Progress
from engine.models.loading import end_tokens, load_model, one_line

_BLOCK, _GPU_BLOCK = 128, 1024
"""Tokens of the context read in one pass. Fewer would leave a GPU idle; a CPU gains nothing from more."""


@dataclass(slots=True)
class GemmaContext:
    """The KV cache of the text before the canvas, and values that depend only on its length.

    length: tokens in the cache. last: the encoder's state for the last of them, (1, 1, hidden).
    rotary: (cos, sin) of the positions, by canvas length and layer type.
    """

    cache: DynamicCache
    length: int
    last: Tensor | None = None
    rotary: dict[tuple[int, str], tuple[Tensor, Tensor]] = field(default_factory=dict)


class DiffusionGemmaDenoiser:
    """Runs a DiffusionGemmaForBlockDiffusion in evaluation mode. See `engine.diffusion.denoiser.Denoiser`."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        self.model = model.eval()
        self.device = model.device
        self.block = _BLOCK if self.device.type == "cpu" else _GPU_BLOCK
        text = model.config.get_text_config()
        self.vocabulary_size: int = text.vocab_size
        self.ends = end_tokens(model)
        self._decoder = model.model.decoder
        self._layers = list(zip(self._decoder.layers, text.layer_types, strict=True))
        self.layer_types: list[str] = text.layer_types
        self.window: int = text.sliding_window
        self._softcap: float = model.final_logit_softcapping

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int], context: GemmaContext | None = None) -> GemmaContext:
        """Read tokens causally into a KV cache, after those of `context`, whose cache is extended in place."""
        for block in self._blocks(tokens, context):
            _, context = self._read(block, context)
        assert context is not None, "there is at least one token"
        return context

    @torch.inference_mode()
    def prefill_rows(self, rows: Sequence[Sequence[int]]) -> GemmaContext:
        """Read B texts of equal length in tokens side by side into one KV cache."""
        context = None
        for blocks in zip(*(self._blocks(row, None) for row in rows), strict=True):
            _, context = self._read_rows(blocks, context)
        assert context is not None, "there is at least one token"
        return context

    @torch.inference_mode()
    def causal(self, tokens: Sequence[int], context: GemmaContext | None = None) -> tuple[Tensor, GemmaContext]:
        """Predict the token after each one from those before: logits, (T, V) float32, and the extended context.

        This is the same checkpoint as an autoregressive model: the decoder's head on the encoder's states.
        """
        rows = []
        for block in self._blocks(tokens, context):
            states, context = self._read(block, context)
            rows.append(self.head(states[0]))
        assert context is not None, "there is at least one token"
        return torch.cat(rows), context

    def _blocks(self, tokens: Sequence[int], context: GemmaContext | None) -> Iterator[list[int]]:
        """Divide tokens at positions that are multiples of the block size.

        This way, memory for attention masks grows with the length, not with its square, and a position gets the same
        result to the last bit, whether or not the text before its block was read earlier.
        """
        tokens = list(tokens)
        first = self.block - (context.length if context else 0) % self.block
        for start, end in pairwise(sorted({0, *range(first, len(tokens), self.block), len(tokens)})):
            yield tokens[start:end]

    def _read(self, tokens: list[int], context: GemmaContext | None) -> tuple[Tensor, GemmaContext]:
        return self._read_rows([tokens], context)

    def _read_rows(self, rows: Sequence[list[int]], context: GemmaContext | None) -> tuple[Tensor, GemmaContext]:
        # Without the config, the cache has no sliding windows and gives wrong logits beyond them.
        cache = context.cache if context else DynamicCache(config=self.model.config.get_text_config(decoder=True))
        start = context.length if context else 0
        ids = torch.tensor(rows, device=self.device)
        states = self.model.model.encoder.language_model(input_ids=ids, past_key_values=cache).last_hidden_state
        return states, GemmaContext(cache, start + ids.shape[1], states[:, -1:])

    @torch.inference_mode()
    def logits(self, context: GemmaContext, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Predict the slots, (B, S, V) float32, from the whole canvas, (B, N)."""
        rows, length = canvas.shape
        self._repeat(context, rows)
        hidden = self._embed(canvas, slots, conditioning)
        for layer, layer_type in self._layers:
            hidden = layer(
                hidden,
                position_embeddings=self._rotary(context, hidden, length, layer_type),
                attention_mask=None,
                past_key_values=context.cache,
            )
        # If all positions are slots, as on a blank canvas, there is nothing to gather.
        if len(slots) != length:
            hidden = hidden[:, slots]
        return self.head(self._decoder.norm(hidden))

    @torch.inference_mode()
    def expect(self, context: GemmaContext, canvas: Tensor, slots: Tensor) -> Tensor:
        """What the causal head predicts at the slots, (B, S, V) float32, as it reads canvases, (B, N)."""
        ahead = copy_of(context)
        states = filled(context.last).expand(len(canvas), -1, -1)
        # The last slot is predicted from the tokens before it, so it need not be read.
        if read := int(slots[-1]):
            self._repeat(ahead, len(canvas))
            encoder = self.model.model.encoder.language_model
            behind = encoder(input_ids=canvas[:, :read], past_key_values=ahead.cache).last_hidden_state
            states = torch.cat([states, behind], dim=1)
        return self.head(states[:, slots])

    def forget(self) -> None:
        """Nothing is cached between runs."""

    def _repeat(self, context: GemmaContext, rows: int) -> None:
        """Repeat the context for each row of a batch, in place."""
        if filled(layers_of(context)[0].keys).shape[0] != rows:
            context.cache.batch_repeat_interleave(rows)

    def head(self, states: Tensor) -> Tensor:
        """Logits, (..., V) float32, of states of the last layer, (..., hidden)."""
        logits = self.model.lm_head(states).float()
        return torch.tanh_(logits.div_(self._softcap)).mul_(self._softcap)

    def _embed(self, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """Embeddings of the canvas with self-conditioning, (B, N, hidden)."""
        embed = self._decoder.embed_tokens
        embedded = embed(canvas)
        if conditioning is None:
            return self._decoder.self_conditioning(embedded, torch.zeros_like(embedded))
        mixed = (conditioning.to(embed.weight.dtype) @ embed.weight) * embed.embed_scale.to(embed.weight.dtype)
        if len(slots) != canvas.shape[1]:
            soft = embedded.clone()
            soft[:, slots] = mixed
            mixed = soft
        return self._decoder.self_conditioning(embedded, mixed)

    def _rotary(self, context: GemmaContext, hidden: Tensor, length: int, layer_type: str) -> tuple[Tensor, Tensor]:
        """(cos, sin) of the canvas, whose positions follow the context; constant during a run."""
        if (length, layer_type) not in context.rotary:
            positions = torch.arange(context.length, context.length + length, device=self.device)[None]
            context.rotary[length, layer_type] = self._decoder.rotary_emb(hidden, positions, layer_type)
        return context.rotary[length, layer_type]


def layers_of(context: GemmaContext) -> list[DynamicLayer]:
    """The layers of the KV cache of a context; transformers creates no others for this family."""
    return cast("list[DynamicLayer]", context.cache.layers)


def filled(states: Tensor | None) -> Tensor:
    """The contents of a context that is not empty."""
    assert states is not None
    return states


def copy_of(context: GemmaContext) -> GemmaContext:
    """A copy of a context that can be extended and repeated without affecting the original.

    The tensors are shared: transformers' dynamic layers never write to them, but replace them with longer ones.
    """
    cache = copy.copy(context.cache)
    cache.layers = [copy.copy(layer) for layer in cache.layers]
    return GemmaContext(cache, context.length, context.last)


def load(
    checkpoint: Checkpoint, device: str, progress: Progress = lambda fraction, stage: None
) -> DiffusionGemmaDenoiser:
    """Load a validated folder. Raises CheckpointError if weights are missing, unknown or of the wrong shape.

    device: a torch device name; on "cpu" weights become float32; elsewhere they keep their stored type.
    progress: called with a fraction and a stage.
    """
    with one_line(checkpoint):
        return DiffusionGemmaDenoiser(load_model(DiffusionGemmaForBlockDiffusion, checkpoint, device, progress))
