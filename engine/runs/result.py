"""Builds the result of a run."""

from __future__ import annotations

import time
from collections.abc import Sequence

from engine.contracts.request import EditResult, StoppedBy
from engine.diffusion.ranking import causal_bits, rank
from engine.runs.terms import Terms
from engine.runs.watch import Watch


def make_result(
    terms: Terms, watch: Watch, start: int, end: int, variants: Sequence[str], note: str, doubt: str = ""
) -> EditResult:
    """The result of a run that replaces text[start:end]. variants: at least one, in the order they were made."""
    counts, model, request = watch.counts, terms.model, terms.request
    text = request.text
    ranked = rank(model.denoiser, model.checkpoint, model.vocabulary, text[:start], variants, text[end:])
    seconds = time.perf_counter() - counts.started
    bits = None
    if request.recorded:
        bits = causal_bits(model.denoiser, model.checkpoint, model.vocabulary, text[:start], ranked[0])
    return EditResult(
        run=watch.run,
        action=request.action,
        start=start,
        end=end,
        original=text[start:end],
        replacement=ranked[0],
        variants=tuple(ranked),
        steps=counts.steps,
        forward_passes=counts.forward_passes,
        tokens=counts.tokens,
        melts=counts.melts,
        seconds=seconds,
        prefill_seconds=counts.prefill_seconds,
        stopped_by=StoppedBy.CONVERGED if counts.converged else StoppedBy.STEPS,
        note=note,
        causal_bits=bits,
        moves=tuple(watch.moves),
        doubt=doubt,
    )
