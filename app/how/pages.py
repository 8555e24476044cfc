"""The text of the help page, and its sources."""

from __future__ import annotations

from dataclasses import dataclass

from app.how.run import AFTER, BEFORE, OPENING
from engine import SamplerSettings


@dataclass(frozen=True, slots=True)
class Source:
    """A source for further reading."""

    name: str
    address: str


DIFFUSION_GEMMA = Source("DiffusionGemma", "https://huggingface.co/google/diffusiongemma-26B-A4B-it")
D3PM = Source("D3PM, noise for discrete data (arXiv 2107.03006)", "https://arxiv.org/abs/2107.03006")
ENTROPY_BOUND = Source("Entropy-bounded unmasking (arXiv 2505.24857)", "https://arxiv.org/abs/2505.24857")
PARALLEL = Source("Adaptive parallel decoding (arXiv 2506.00413)", "https://arxiv.org/abs/2506.00413")
TRANSFORMERS = Source("The model's code in transformers", "https://github.com/huggingface/transformers")


@dataclass(frozen=True, slots=True)
class Page:
    """One section: name used for its widgets, heading, text in paragraphs, sources."""

    name: str
    heading: str
    text: str
    sources: tuple[Source, ...]


TITLE = "How it works"
INTRODUCTION = (
    "Remelt does not write from left to right. All words of a passage emerge from noise together, the most certain "
    "ones first. The pictures below are drawn from a real run of the small checkpoint that comes with Remelt, recorded "
    "on this computer when you opened this page. What it writes is often nonsense; nothing has been touched up.\n\n"
    f"The task was to fill this gap: {BEFORE}[ … ]{AFTER}"
)
PAGES = (
    Page(
        "noise",
        "1. Noise",
        "New words are written on the canvas: a row of slots, each of which holds one token, a word or part of one. "
        "At the start, every slot holds a token drawn at random from the whole vocabulary. This is noise. It means "
        "nothing, so it is shown as marks.",
        (D3PM, DIFFUSION_GEMMA),
    ),
    Page(
        "prediction",
        "2. Prediction",
        "In each step the model reads the whole canvas and the words on both sides of it, and predicts all slots at "
        "once: a probability for every token that could go there. The most probable tokens together are the draft. "
        "Entropy, measured in nats, tells how uncertain a prediction is: 0 is certain.\n\n"
        "A slot is predicted without knowing what its neighbours will hold. The causal head can help here: it reads "
        "the draft of the previous step from left to right, and its predictions are multiplied in. They count more the "
        "more certain the preceding token is.",
        (DIFFUSION_GEMMA, PARALLEL),
    ),
    Page(
        "acceptance",
        "3. Acceptance by entropy",
        "The slots are sorted by entropy, the most certain first. A slot is accepted as long as the entropies of the "
        "slots before it add up to no more than the entropy bound. Many certain words can be accepted together; "
        "uncertain ones wait for a later step. At least one slot is accepted in every step.",
        (ENTROPY_BOUND,),
    ),
    Page(
        "melt",
        "4. Re-noising",
        "Every slot that is not accepted gets fresh noise, and the model predicts again. No acceptance is final: each "
        "step decides anew. A word that was accepted in the previous step but not in this one melts back into noise. "
        "This is how the model corrects its mistakes.",
        (DIFFUSION_GEMMA,),
    ),
    Page(
        "stop",
        "5. Stop",
        "The run stops when the draft no longer changes and the mean entropy of the slots has fallen below a "
        "threshold. The draft is then the result. If that never happens, the run ends when all steps have been used.",
        (DIFFUSION_GEMMA,),
    ),
    Page(
        "blocks",
        "Long text: block by block",
        "A canvas has room for a limited number of tokens. Longer text is written block by block: a finished block is "
        f"read like any text before it, and a fresh canvas of noise follows. This text begins: {OPENING}",
        (DIFFUSION_GEMMA, TRANSFORMERS),
    ),
)


def causal_part(settings: SamplerSettings) -> str:
    """Whether the causal head is used in the run shown."""
    if settings.causal_weight > 0:
        return f"The causal head is used from step 2 on, with a weight of {settings.causal_weight:g}."
    return "The causal head is not used in this run."


def stop_rule(settings: SamplerSettings) -> str:
    """The stop rule of the run shown."""
    steps = settings.stability_steps
    stable = "stays the same for a step" if steps == 1 else f"stays the same for {steps} steps"
    return (
        f"This checkpoint stops when the draft {stable} and the mean entropy is below {settings.confidence:g} nats, "
        f"or after {settings.steps} steps at the latest."
    )
