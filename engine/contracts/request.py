"""What goes into the engine and what comes out of it: plain, immutable data."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.contracts.corrections import Correction
from engine.contracts.errors import RequestError
from engine.contracts.instruction import Instruction
from engine.contracts.moves import Change, Move


class Action(StrEnum):
    """What the writer asked for. All but a rewrite by strength are tasks that a checkpoint must be trained for."""

    REWRITE = "rewrite"
    FILL = "fill"
    FIX = "fix"
    SHORTER = "shorter"
    SIMPLER = "simpler"
    REPHRASE = "rephrase"
    CONTINUE = "continue"


class Decoder(StrEnum):
    """How new text is written: a whole canvas at a time, or left to right by the causal head of the same weights."""

    DIFFUSION = "diffusion"
    AUTOREGRESSIVE = "autoregressive"


class Sampler(StrEnum):
    """How a canvas is denoised: the most certain tokens first, or by the exact posterior of the noise."""

    ENTROPY_BOUND = "entropy-bound"
    DDIM = "ddim"


class Length(StrEnum):
    """Length of a result in tokens, relative to the text it replaces: at most 0.7, exactly 1, or 1.4 times as long."""

    SHORTER = "shorter"
    SAME = "same"
    LONGER = "longer"


class Unit(StrEnum):
    """The unit of a length."""

    TOKENS = "tokens"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Exactly:
    """A result of exactly this many tokens or words, kept and pinned ones included."""

    count: int
    unit: Unit = Unit.WORDS

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 100_000:
            raise RequestError(f"The length must be between 1 and 100000 {self.unit}, not {self.count}.")


class StoppedBy(StrEnum):
    """Why a run ended."""

    CONVERGED = "converged"
    STEPS = "steps"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How the canvas is denoised.

    steps: the maximum number of denoising steps.
    entropy_bound: budget in nats for the tokens accepted together in one step.
    temperature_high, temperature_low: the logits are divided by a temperature that falls linearly from high to low.
    stability_steps: a run may stop early only if the argmax canvas has not changed for this many steps.
    confidence: mean entropy in nats below which a stable canvas counts as finished.
    causal_weight: exponent of the causal head's prediction, multiplied into the denoiser's; scaled by how certain the
        token before the slot is. 0 leaves it out, and a step takes one pass instead of two.
    sampler: DDIM always takes all its steps, and of the other settings uses only the temperatures.

    Autoregressive decoding has no canvas and uses only the mean of the temperatures.
    """

    steps: int = 48
    entropy_bound: float = 0.1
    temperature_high: float = 0.8
    temperature_low: float = 0.4
    stability_steps: int = 1
    confidence: float = 0.005
    causal_weight: float = 0.0
    sampler: Sampler = Sampler.ENTROPY_BOUND

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 10_000:
            raise RequestError(f"The number of steps must be between 1 and 10000, not {self.steps}.")
        if not (self.entropy_bound > 0 and math.isfinite(self.entropy_bound)):
            raise RequestError(f"The entropy bound must be above 0 nats, not {self.entropy_bound}.")
        if not 0 < self.temperature_low <= self.temperature_high < math.inf:
            raise RequestError(
                "The temperature must be above 0 and fall from high to low, not "
                f"{self.temperature_high}:{self.temperature_low}."
            )
        if self.stability_steps < 0:
            raise RequestError(f"The number of stable steps cannot be negative, as {self.stability_steps} is.")
        if not 0 <= self.causal_weight <= 10:
            raise RequestError(f"The weight of the causal head must be between 0 and 10, not {self.causal_weight}.")
        if not self.confidence > 0:
            raise RequestError(f"The confidence threshold must be above 0 nats, not {self.confidence}.")


@dataclass(frozen=True, slots=True)
class EditRequest:
    """A selection of a text and what should become of it. `before + selection + after` is the whole text.

    strength: share of the selected words, 0 to 1, that a rewrite melts at the start; a fill ignores it. With the DDIM
        sampler it is the noise level: the probability that a token is noised.
    length: of the result. A number is the most tokens a fill may use, or the number a continuation has; None lets the
        engine choose. A continuation cannot be shorter or longer, because it replaces nothing.
    pins: ranges (start, end) in code points of the selection that must be kept exactly.
    seed: determines every random draw of the run.
    variants: how many results to make from the same request, with consecutive seeds.
    settings: None means those of the checkpoint.
    decoder: fills and continuations can be written left to right instead, without seeing the text after them.
    recorded: whether all frames are kept for RunFinished, and the result is rated (`EditResult.causal_bits`).
    markup: the kind of text, which tells what is not prose: its file name extension, such as "md", "txt" or "tex".
    own_words: words that a fix leaves alone, whatever the dictionaries say.
    free: whether numbers and names may change too; a fill invents its own in any case.
    checked: whether text in a language that the checkpoint was not trained on is refused, and results with plain faults
        are held back: others are tried, and if none is better, `EditResult.doubt` says what is wrong.
    script: changes to make during the run, as in `EditResult.moves`; those after its end have no effect.
    instruction: what to do in words, for a checkpoint that follows them. A rewrite's answer replaces the selection,
        that of a continuation follows it; strength and length have no meaning then.
    """

    before: str
    selection: str
    after: str
    action: Action = Action.REWRITE
    strength: float = 0.5
    length: int | Length | Exactly | None = None
    pins: tuple[tuple[int, int], ...] = ()
    seed: int = 0
    variants: int = 1
    settings: SamplerSettings | None = None
    decoder: Decoder = Decoder.DIFFUSION
    recorded: bool = False
    script: tuple[Move, ...] = ()
    markup: str = "md"
    free: bool = False
    own_words: frozenset[str] = frozenset()
    checked: bool = False
    instruction: Instruction | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise RequestError(f"The strength must be between 0 and 1, not {self.strength}.")
        if isinstance(self.length, int):
            Exactly(self.length, Unit.TOKENS)
        if self.length is not None and self.action not in (Action.REWRITE, Action.FILL, Action.CONTINUE):
            raise RequestError(f"The action {self.action.value} chooses its own length.")
        if isinstance(self.length, int) and self.action is Action.REWRITE:
            raise RequestError("A rewrite takes shorter, same or longer, or an exact number of tokens or words.")
        if isinstance(self.length, Length) and (self.action is Action.CONTINUE or not self.selection.strip()):
            raise RequestError("Only a selection can become shorter or longer. Give a number of tokens or words.")
        if not 1 <= self.variants <= 16:
            raise RequestError(f"The number of variants must be between 1 and 16, not {self.variants}.")
        if not 0 <= self.seed < 2**63:
            raise RequestError(f"The seed must be between 0 and 2^63 - 1, not {self.seed}.")
        if self.instruction is not None:
            self._check_instruction()
        for start, end in self.pins:
            if not 0 <= start < end <= len(self.selection):
                raise RequestError(f"The pinned range {start}:{end} lies outside the selection.")

    def _check_instruction(self) -> None:
        """Raises RequestError if an instruction cannot be followed for this request."""
        if self.action not in (Action.REWRITE, Action.CONTINUE) or self.decoder is not Decoder.DIFFUSION:
            raise RequestError("An instruction goes with a rewrite or a continuation, by the diffusion decoder.")
        if self.length is not None:
            raise RequestError("An instruction says itself how long the text should be. Leave out the length.")
        if self.action is Action.REWRITE and not self.selection.strip():
            raise RequestError("There are no words in the selection. Select those that the instruction is about.")

    def branch(self, result: EditResult, after: int, *changes: Change) -> EditRequest:
        """A request that repeats a run of this one up to a frame and then takes another path.

        This needs nothing stored from the run: the same seed and the same changes give the same steps, and the context
        is still in the cache. result: that of the run. after: forward passes of the frame (`Frame`).
        changes: such as another seed, or words to keep from there on.
        """
        earlier = tuple(move for move in result.moves if move.after < after)
        return replace(self, script=(*earlier, *(Move(after, change) for change in changes)))

    @property
    def text(self) -> str:
        """The whole text."""
        return self.before + self.selection + self.after

    @property
    def start(self) -> int:
        """Where the selection starts, in code points of the whole text."""
        return len(self.before)

    @property
    def end(self) -> int:
        """Where the selection ends, in code points of the whole text."""
        return len(self.before) + len(self.selection)


@dataclass(frozen=True, slots=True)
class EditResult:
    """The outcome of a request.

    start, end: the range of the whole text, in code points, that `replacement` replaces; it may be wider than the
        selection (whole words).
    original: the text of that range before the run.
    replacement: the best variant. Equal to `original` if nothing could or should change.
    variants: all distinct results, best first (see `engine.diffusion.ranking`).
    steps, forward_passes, tokens, melts: sums over all groups of the variant shown in the frames; `tokens` counts slots
        whose final token is not padding.
    seconds: wall clock of the whole run; `prefill_seconds` of it were spent in prefills.
    note: one line for the writer if there is something to say, for example about an empty result; else "".
    causal_bits: mean -log2 p of the replacement's tokens, given the text before it, under the causal head of the same
        weights; None if the request was not recorded or the replacement is empty. This pass is not counted.
    moves: changes made during the run, by the request's script or by a person, and where.
    corrections: what was mended and why, in order, for the action to fix.
    doubt: why the replacement is not worth showing, in one line, if the request was checked and nothing better was
        found; else "".
    """

    run: int
    action: Action
    start: int
    end: int
    original: str
    replacement: str
    variants: tuple[str, ...]
    steps: int
    forward_passes: int
    tokens: int
    melts: int
    seconds: float
    prefill_seconds: float
    stopped_by: StoppedBy
    note: str = ""
    causal_bits: float | None = None
    moves: tuple[Move, ...] = ()
    corrections: tuple[Correction, ...] = ()
    doubt: str = ""

    @property
    def changed(self) -> bool:
        """Whether there is anything to accept."""
        return self.replacement != self.original

    @property
    def tokens_per_forward(self) -> float:
        """Tokens that are not padding, divided by decoder passes; 0 when there was no pass."""
        return self.tokens / self.forward_passes if self.forward_passes else 0.0
