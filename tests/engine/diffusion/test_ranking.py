"""Results are ranked by the causal head: what it expects comes first."""

from dataclasses import replace

from engine import Action, EditRequest, SamplerSettings
from engine.diffusion.ranking import causal_bits, rank

BEFORE, AFTER = "The harbour was quiet when we came down in the ", ", and the boats lay still."
RESULTS = ["zq xv", "morning", "of the the of"]


def ranked(session, results, before=BEFORE, after=AFTER) -> list[str]:
    return rank(session.denoiser, session.checkpoint, session.vocabulary, before, results, after)


def test_what_reads_like_text_comes_before_what_does_not(session) -> None:
    assert ranked(session, RESULTS)[0] == "morning"
    assert set(ranked(session, RESULTS)) == set(RESULTS)


def test_the_order_of_the_results_does_not_matter_and_each_is_there_once(session) -> None:
    assert ranked(session, [*RESULTS[::-1], "morning"]) == ranked(session, RESULTS)


def test_the_text_behind_counts(session) -> None:
    results = ["old man", "old men"]
    assert ranked(session, results, "Then the ", " was tired.") != ranked(session, results, "Then the ", " were tired.")


def test_long_and_empty_results_are_ranked_too(session) -> None:
    results = ["", "word " * 400, "morning"]
    assert set(ranked(session, results)) == set(results)
    assert set(ranked(session, results, "", "")) == set(results)


def test_the_best_variant_is_the_replacement(session) -> None:
    settings = SamplerSettings(steps=2, entropy_bound=5.0)
    request = EditRequest(BEFORE, "morning", AFTER, Action.FILL, variants=5, settings=settings, seed=3)
    result = session.run(request)
    assert list(result.variants) == ranked(session, result.variants)
    assert result.replacement == result.variants[0]
    assert len(result.variants) > 1


def test_a_recorded_run_is_judged_by_the_causal_head(session) -> None:
    settings = SamplerSettings(steps=2, entropy_bound=5.0)
    request = EditRequest(BEFORE, "morning", AFTER, Action.FILL, settings=settings, recorded=True)
    result = session.run(request)
    expected = causal_bits(
        session.denoiser, session.checkpoint, session.vocabulary, request.text[: result.start], result.replacement
    )
    assert result.causal_bits == expected
    assert 0 < expected < 30
    assert session.run(replace(request, recorded=False)).causal_bits is None
    assert causal_bits(session.denoiser, session.checkpoint, session.vocabulary, BEFORE, "") is None
