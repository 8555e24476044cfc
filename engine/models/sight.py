"""What a token may attend to: the attention masks of a checkpoint as plain numbers, and the text they cover.

Diffusion attends to the whole canvas and the context before it. In autoregressive decoding, a token is predicted by the
pass that reads the token before it, and sees what was read so far. A layer with a sliding window of W tokens keeps
W - 1 tokens of the context for those that come after. These limits hold for one layer; across layers, information
reaches further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError
from engine.contracts.frames import Frame
from engine.contracts.request import Action, Decoder, EditRequest

if TYPE_CHECKING:
    from engine.text.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers with the same reach. count: how many. window: tokens, including the one that attends; None: all."""

    count: int
    window: int | None


@dataclass(frozen=True, slots=True)
class Sight:
    """What layers of one kind attend to when predicting one token of a block.

    layers: those layers. first, last: shown positions of its own block, `last` exclusive.
    before: tokens before the block, without the beginning-of-sequence token.
    since: where the first of them starts, in code points of the text before the block; the text's length if there is
        none.
    behind: tokens after the shown positions. until: where they end, in code points of the text after the block.
    """

    layers: Layers
    first: int
    last: int
    before: int
    since: int
    behind: int
    until: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One block of a run, and the text read around it.

    layers: all kinds in the checkpoint. limit: the most tokens it reads in autoregressive decoding.
    starts: for each token before the block except the beginning-of-sequence token, where it starts in the text before.
    end: length of that text. shown: positions of the block that frames show.
    ends: for each token of the canvas after those, where it ends in the text after the block.
    """

    decoder: Decoder
    layers: tuple[Layers, ...]
    limit: int
    starts: tuple[int, ...]
    end: int
    shown: int
    ends: tuple[int, ...] = ()

    def sights(self, position: int) -> tuple[Sight, ...]:
        """What each kind of layer attends to when predicting a shown position, the shortest reach first."""
        context, canvas = 1 + len(self.starts), self.shown + len(self.ends)
        dropped = 0
        if self.decoder is Decoder.AUTOREGRESSIVE:
            dropped = _dropped(context, position, self.limit)
        sights = []
        for layers in self.layers:
            found = seen(layers.window, self.decoder, context - dropped, canvas, position)
            # The beginning-of-sequence token always comes first, whatever was dropped after it.
            skipped = max(0, found.start - 1) + dropped
            first, last = max(0, skipped - len(self.starts)), found.stop + dropped - context
            before = max(0, len(self.starts) - skipped)
            behind = max(0, last - self.shown)
            sights.append(
                Sight(
                    layers,
                    first,
                    min(last, self.shown),
                    before,
                    self.starts[skipped] if before else self.end,
                    behind,
                    self.ends[behind - 1] if behind else 0,
                )
            )
        return tuple(sights)


def seen(window: int | None, decoder: Decoder, context: int, canvas: int, position: int) -> range:
    """The positions a layer attends to when predicting a position of the canvas, counted from the start of the context.

    window: that of the layer, or None. context, canvas: tokens. position: counted from the first of the canvas.
    """
    if decoder is Decoder.DIFFUSION:
        return range(0 if window is None else max(0, context - (window - 1)), context + canvas)
    end = context + position
    return range(0 if window is None else max(0, end - window), end)


def layers_of(checkpoint: Checkpoint) -> tuple[Layers, ...]:
    """The kinds of layers of a checkpoint, shortest reach first, with the defaults of its class.

    Imports transformers. Raises CheckpointError if a layer has another kind of attention.
    """
    text = _text_config(checkpoint)
    window = getattr(text, "sliding_window", None)
    usual = "full_attention" if window is None else "sliding_attention"
    kinds = getattr(text, "layer_types", None) or [usual] * text.num_hidden_layers
    windows = {"full_attention": None, "sliding_attention": window}
    if foreign := sorted(set(kinds) - windows.keys()):
        raise CheckpointError(
            f"The checkpoint {checkpoint.name} has layers of the kind {foreign[0]}, which cannot be shown here."
        )
    counts = Counter(windows[kind] for kind in kinds)
    return tuple(Layers(counts[width], width) for width in sorted(counts, key=lambda width: width or float("inf")))


def stages(checkpoint: Checkpoint, request: EditRequest, frames: Sequence[Frame]) -> tuple[Stage, ...]:
    """The blocks of a finished fill or continuation, as they were read. frames: all of its frames.

    Reads the tokenizer, which takes time if it is large, and imports transformers. Raises CheckpointError.
    """
    from engine.text.vocabulary import Vocabulary

    text = _text_config(checkpoint)
    # Start and padding tokens have no text, whichever they are.
    marks = (getattr(text, name, None) or 0 for name in ("pad_token_id", "bos_token_id"))
    vocabulary = Vocabulary.read(checkpoint.folder, text.vocab_size, *marks)
    reader = _Reader(checkpoint, layers_of(checkpoint), request, vocabulary)
    last = {frame.group: frame for frame in frames}
    return tuple(reader.stages([last[group] for group in sorted(last)]))


def _text_config(checkpoint: Checkpoint) -> Any:
    """The configuration of the text model, with what its class fills in."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False)
    return config.get_text_config()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the text around blocks as their run did."""

    checkpoint: Checkpoint
    layers: tuple[Layers, ...]
    request: EditRequest
    vocabulary: Vocabulary

    def stages(self, blocks: Sequence[Frame]) -> Iterator[Stage]:
        """blocks: the last frame of each."""
        limit = self.checkpoint.trained_context
        if self.request.decoder is Decoder.AUTOREGRESSIVE:
            count = len(blocks[0].states)
            yield self._stage(blocks[0], self._starts(blocks[0].start, max(limit // 2, limit - count)))
        elif self.request.action is Action.CONTINUE:
            starts = self._starts(blocks[0].start, limit)
            for frame in blocks:
                yield self._stage(frame, starts)
                sizes = (len(piece) for piece in frame.pieces)
                end = frame.start + len(frame.head)
                starts = (*starts, *list(accumulate(sizes, initial=end))[:-1])
                starts = starts[max(0, len(starts) - (limit - 1)) :]
        else:
            for frame in blocks:
                before = self.request.text[: frame.start] + frame.head
                yield self._stage(frame, self._starts_in(before, limit), self._ends(frame))

    def _stage(self, frame: Frame, starts: tuple[int, ...], ends: tuple[int, ...] = ()) -> Stage:
        end = frame.start + len(frame.head)
        limit = self.checkpoint.trained_context
        return Stage(self.request.decoder, self.layers, limit, starts, end, len(frame.states), ends)

    def _starts(self, start: int, limit: int) -> tuple[int, ...]:
        return self._starts_in(self.request.text[:start], limit)

    def _starts_in(self, before: str, limit: int) -> tuple[int, ...]:
        """Where each token of the context starts, except the beginning-of-sequence token."""
        from engine.text.context import context_tokens

        pieces = self.vocabulary.pieces(context_tokens(before, limit - 1, self.vocabulary)[1:])
        sizes = [len(piece) for piece in pieces]
        # A trailing space belongs to the next word.
        end = len(before) - before.endswith(" ")
        return tuple(max(0, end - sum(sizes) + at) for at in accumulate(sizes[:-1], initial=0)) if sizes else ()

    def _ends(self, frame: Frame) -> tuple[int, ...]:
        """Where each pinned token after the group ends."""
        from engine.text.context import CHARACTERS_PER_TOKEN

        room = max(0, self.checkpoint.trained_canvas - len(frame.states))
        after = (frame.tail + self.request.text[frame.end :])[: room * CHARACTERS_PER_TOKEN]
        return tuple(accumulate(len(piece) for piece in self.vocabulary.pieces(self.vocabulary.encode(after)[:room])))


def _dropped(context: int, position: int, limit: int) -> int:
    """Tokens dropped by the time a position is predicted (`engine.diffusion.autoregressive`)."""
    read, dropped = context, 0
    for _ in range(position + 1):
        if read > limit:
            kept = 1 + limit // 2
            dropped, read = dropped + read - kept, kept
        read += 1
    return dropped
