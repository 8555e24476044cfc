"""Keeps the KV cache of a long text between runs: after an edit, only the text that follows it is read again.

A cache is cropped to the common prefix of two texts. In a layer with full attention, that only drops the end. A layer
with a sliding window holds only its last tokens, and older ones are lost; to keep them, transformers would have to
record all tokens in most of DiffusionGemma's layers. So the windows are saved at a few earlier positions: densely near
the end, where people write, and sparsely far from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion
from transformers.cache_utils import DynamicSlidingWindowLayer

from engine.models.diffusion_gemma import DiffusionGemmaDenoiser, GemmaContext, copy_of, filled, layers_of


@dataclass(frozen=True, slots=True)
class _Mark:
    """The sliding layers after a number of tokens were read: (keys, values) by the number of the layer.

    They are kept in the host's memory: for a long text and the 26-billion model they take more than a gigabyte, and few
    of them are ever needed again.
    """

    length: int
    windows: dict[int, tuple[Tensor, Tensor]]

    @classmethod
    def of(cls, context: GemmaContext) -> _Mark:
        windows = {
            # Copied, because a window is a view of the whole block it was read with.
            number: (filled(layer.keys).to("cpu", copy=True), filled(layer.values).to("cpu", copy=True))
            for number, layer in enumerate(layers_of(context))
            if layer.is_sliding
        }
        return cls(context.length, windows)

    def crop(self, context: GemmaContext) -> GemmaContext:
        """The state of a later context, `context`, at this mark."""
        cropped = copy_of(context)
        for number, layer in enumerate(layers_of(cropped)):
            if isinstance(layer, DynamicSlidingWindowLayer):
                keys, values = self.windows[number]
                device = filled(layer.keys).device
                layer.keys, layer.values = keys.to(device), values.to(device)
                layer.cumulative_length = self.length
            else:
                layer.keys = filled(layer.keys)[..., : self.length, :].clone()
                layer.values = filled(layer.values)[..., : self.length, :].clone()
        cropped.length = self.length
        return cropped


class CachedDenoiser(DiffusionGemmaDenoiser):
    """A denoiser for reading the same text again and again: it keeps the context it read last.

    What `prefill` returns equals, to the last bit, what a `DiffusionGemmaDenoiser` returns, and belongs to the caller.
    Kept for the last text, of T tokens read in blocks of b: the keys and values of T tokens in layers with full
    attention, and of at most log2(T / b) + 3 windows and one block in layers with a sliding window. After an edit d
    tokens before the end of a text that was read in one go, at most its last 3 d + b tokens are read again; after
    another edit in the same place, only those from the start of its block.
    """

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        super().__init__(model)
        self.forget()

    def forget(self) -> None:
        """Free the kept context."""
        self._tokens: list[int] = []
        self._context: GemmaContext | None = None
        self._marks: list[_Mark] = []

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int], context: GemmaContext | None = None) -> GemmaContext:
        """Read tokens causally into a KV cache; at the start of a text, only those the kept context does not share."""
        if context is not None:
            return super().prefill(tokens, context)
        if list(tokens) != self._tokens:
            self._keep(list(tokens))
        assert self._context is not None, "something was read"
        return copy_of(self._context)

    def _keep(self, tokens: list[int]) -> None:
        """Crop the kept context to the prefix it shares with these tokens, and read the rest."""
        # The last token is always read again, because its state is needed.
        shared = min(_shared(self._tokens, tokens), len(tokens) - 1)
        marks = [mark for mark in self._marks if mark.length <= shared]
        context = marks[-1].crop(self._context) if marks and self._context else None
        # Free memory before reading more; an interrupted read must not leave a partial context.
        self.forget()
        start = context.length if context else 0
        ends = range(start + self.block, len(tokens) + 1, self.block)
        wanted = _sparse([*(mark.length for mark in marks), *ends], len(tokens), self.block)
        # The next edit is likely to be in the same place.
        wanted.add(shared // self.block * self.block)
        marks = [mark for mark in marks if mark.length in wanted]
        for end in sorted({len(tokens), *(end for end in ends if end in wanted)}):
            context = super().prefill(tokens[start:end], context)
            start = end
            if end in wanted:
                marks.append(_Mark.of(context))
        self._tokens, self._context, self._marks = tokens, context, marks


def _sparse(lengths: Iterable[int], total: int, block: int) -> set[int]:
    """From some multiples of the block, one each that is 1, 2 to 3, 4 to 7... blocks away from the end.

    It is the one whose number is divisible by 1, 2, 4..., which has been kept since the end was nearer.
    """
    return {
        length
        for length in lengths
        if length // block % (1 << max(0, ((total - length) // block).bit_length() - 1)) == 0
    }


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common at the start."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
