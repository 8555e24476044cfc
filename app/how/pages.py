"""What the help page says, in the words that Remelt uses everywhere, and where it can be read up."""

from __future__ import annotations

from dataclasses import dataclass

from app.how.run import AFTER, BEFORE, OPENING
from engine import SamplerSettings


@dataclass(frozen=True, slots=True)
class Source:
    """Where something can be read up."""

    name: str
    address: str


DIFFUSION_GEMMA = Source("DiffusionGemma", "https://huggingface.co/google/diffusiongemma-26B-A4B-it")
D3PM = Source("D3PM, noise for discrete data (arXiv 2107.03006)", "https://arxiv.org/abs/2107.03006")
ENTROPY_BOUND = Source("Entropy-bounded unmasking (arXiv 2505.24857)", "https://arxiv.org/abs/2505.24857")
PARALLEL = Source("Adaptive parallel decoding (arXiv 2506.00413)", "https://arxiv.org/abs/2506.00413")
TRANSFORMERS = Source("transformers, the code of the model", "https://github.com/huggingface/transformers")


@dataclass(frozen=True, slots=True)
class Page:
    """One step: name for the pieces it is made of, heading, text in paragraphs, sources."""

    name: str
    heading: str
    text: str
    sources: tuple[Source, ...]


TITLE = "How it works"
INTRODUCTION = (
    "Remelt does not write from left to right. All words of a passage come out of noise together, a few surer ones "
    "first. Every picture below is drawn from a real run of the small checkpoint that comes with Remelt, recorded on "
    "this computer when the page was opened. What it writes is often nonsense, and nothing was made nicer.\n\n"
    f"It was asked to fill the gap here: {BEFORE}[ … ]{AFTER}"
)
PAGES = (
    Page(
        "noise",
        "1. Noise",
        "The place for new words is the canvas: a row of slots, each for one token, which is a word or a part of one. "
        "At the start every slot holds a token drawn at random from the whole vocabulary. That is noise. It says "
        "nothing, and so it is shown as marks.",
        (D3PM, DIFFUSION_GEMMA),
    ),
    Page(
        "prediction",
        "2. Prediction",
        "In each step the model reads the whole canvas and the words on both sides of it, and predicts all slots at "
        "once: a probability for every token that could stand there. The most probable tokens together are the draft. "
        "Entropy, counted in nats, tells how unsure a prediction is: 0 is certain.\n\n"
        "A slot is predicted without knowing what its neighbours will hold. So the causal head may take part: it reads "
        "the draft of the step before from left to right, and what it expects is multiplied in, the more so the surer "
        "the token before the slot is.",
        (DIFFUSION_GEMMA, PARALLEL),
    ),
    Page(
        "acceptance",
        "3. Acceptance by entropy",
        "The slots are put in order, the surest first. One after the other is accepted, as long as the entropies "
        "before it add up to no more than the entropy bound. Many sure words can be accepted together; unsure ones "
        "wait for a later step. At least one slot is accepted in every step.",
        (ENTROPY_BOUND,),
    ),
    Page(
        "melt",
        "4. Re-noising",
        "Every slot that is not accepted gets fresh noise, and the model looks again. Nothing is accepted for good: "
        "each step decides anew. A word that was accepted in the step before and is not now melts back into noise. "
        "That is how the model takes back a mistake.",
        (DIFFUSION_GEMMA,),
    ),
    Page(
        "stop",
        "5. Stop",
        "The run stops when the draft no longer changes and the mean entropy of the slots has fallen below a "
        "threshold. The draft is then the result. Where that never happens, the run ends when its steps are used up.",
        (DIFFUSION_GEMMA,),
    ),
    Page(
        "blocks",
        "Long text: block after block",
        "A canvas has room for a limited number of tokens. Longer text is written block after block: a finished block "
        f"is read like any text before it, and a fresh canvas of noise follows. Here the text begins: {OPENING}",
        (DIFFUSION_GEMMA, TRANSFORMERS),
    ),
)


def causal_part(settings: SamplerSettings) -> str:
    """Whether the causal head takes part in the run that is shown."""
    if settings.causal_weight > 0:
        return f"The causal head takes part from step 2 on, with a weight of {settings.causal_weight:g}."
    return "In this run the causal head takes no part."


def stop_rule(settings: SamplerSettings) -> str:
    """What the run that is shown waits for."""
    steps = settings.stability_steps
    stable = "stays the same for a step" if steps == 1 else f"stays the same for {steps} steps"
    return (
        f"This checkpoint stops when the draft {stable} and the mean entropy is below {settings.confidence:g} nats, "
        f"and after {settings.steps} steps at the latest."
    )
