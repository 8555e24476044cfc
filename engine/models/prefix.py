"""The KV cache of a long text outlives the run: after an edit, only what follows it is read again.

A cache is cut where two texts part. In a layer with full attention that is a matter of dropping the end. A layer with a
sliding window holds only its last tokens, and what slid out of the window cannot be had back; transformers would record
all of it for that, in most of DiffusionGemma's layers. So the windows are noted at a few earlier places, close to each
other near the end, where people write, and wide apart far from it.
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
    """The sliding layers as they were when so many tokens were read: (keys, values) by the number of the layer.

    They lie in the host's memory: of the 26 billion model, those of a long text are more than a gigabyte, and few of
    them are ever needed again.
    """

    length: int
    windows: dict[int, tuple[Tensor, Tensor]]

    @classmethod
    def of(cls, context: GemmaContext) -> _Mark:
        windows = {
            # Copied, because a window is a view on the whole block that it was read with.
            number: (filled(layer.keys).to("cpu", copy=True), filled(layer.values).to("cpu", copy=True))
            for number, layer in enumerate(layers_of(context))
            if layer.is_sliding
        }
        return cls(context.length, windows)

    def crop(self, context: GemmaContext) -> GemmaContext:
        """A context like a later one, `context`, was at this mark."""
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
    """The denoiser of a program that reads the same text again and again: it keeps the context it read last.

    What `prefill` returns is, to the last bit, what a `DiffusionGemmaDenoiser` returns, and belongs to the caller.
    Kept are, for T tokens of the text read last and blocks of b tokens: keys and values of T tokens in the layers with
    full attention, and in those with a sliding window of at most log2(T / b) + 3 windows and one block. After an edit d
    tokens before the end of a text that was read at once, at most its last 3 d + b tokens are read again, and after
    one more in the same place only those after the beginning of its block.
    """

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        super().__init__(model)
        self.forget()

    def forget(self) -> None:
        """Free the memory of the kept context."""
        self._tokens: list[int] = []
        self._context: GemmaContext | None = None
        self._marks: list[_Mark] = []

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int], context: GemmaContext | None = None) -> GemmaContext:
        """Read tokens causally into a KV cache; from their beginning, only what the kept context does not share."""
        if context is not None:
            return super().prefill(tokens, context)
        if list(tokens) != self._tokens:
            self._keep(list(tokens))
        assert self._context is not None, "something was read"
        return copy_of(self._context)

    def _keep(self, tokens: list[int]) -> None:
        """Crop the kept context to what it shares with these tokens, and read the others after it."""
        # The last token is always read again: its state is wanted too.
        shared = min(_shared(self._tokens, tokens), len(tokens) - 1)
        marks = [mark for mark in self._marks if mark.length <= shared]
        context = marks[-1].crop(self._context) if marks and self._context else None
        # What is no longer kept makes room before more is read, and a read that is interrupted leaves nothing.
        self.forget()
        start = context.length if context else 0
        ends = range(start + self.block, len(tokens) + 1, self.block)
        wanted = _sparse([*(mark.length for mark in marks), *ends], len(tokens), self.block)
        # The next edit is likely to be made where this one was.
        wanted.add(shared // self.block * self.block)
        marks = [mark for mark in marks if mark.length in wanted]
        for end in sorted({len(tokens), *(end for end in ends if end in wanted)}):
            context = super().prefill(tokens[start:end], context)
            start = end
            if end in wanted:
                marks.append(_Mark.of(context))
        self._tokens, self._context, self._marks = tokens, context, marks


def _sparse(lengths: Iterable[int], total: int, block: int) -> set[int]:
    """Of some multiples of the block, one of those that are 1, 2 to 3, 4 to 7... blocks away from the end.

    It is the one with a number that can be divided by 1, 2, 4..., which is among the kept ones ever since the end was
    nearer.
    """
    return {
        length
        for length in lengths
        if length // block % (1 << max(0, ((total - length) // block).bit_length() - 1)) == 0
    }


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
