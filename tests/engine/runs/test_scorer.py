"""Scoring a text: what comes out, which passes are made for it, and what of them is remembered."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from engine import (
    Alternative,
    Decoder,
    DenoisingError,
    EditRequest,
    MemoryShortageError,
    ParagraphScore,
    RequestError,
    SamplerSettings,
    TokenScore,
)
from engine.cli.score import table
from engine.contracts.scores import paragraphs
from engine.runs import scorer as scorer_module
from engine.runs.scorer import Scorer
from engine.runs.session import Session
from engine.text.vocabulary import Vocabulary

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

WORDS = ["morning", "evening", "garden", "river", "table", "window", "letter", "sister", "brother", "kitchen"]
LINES = [f"The {one} of my {other} is old, and nobody goes there now." for one in WORDS[:6] for other in WORDS[4:]]
TEXT = "\n".join(LINES)
"""Long enough that the paragraphs in the middle have a full context and a full canvas."""
ONE_ROW, MANY_ROWS = 1e-9, 1e9
TEXTS = st.text(st.sampled_from("ab c.\t\n\r\u2028é\u0301漢👍🏽\u200d`*\x00\ud800<pad>"), max_size=60)


@dataclass
class Watched:
    """What a denoiser was asked for: the shape of each context (B, C), of each canvas (B, N), and the order of both."""

    contexts: list[tuple[int, int]] = field(default_factory=list)
    canvases: list[tuple[int, int]] = field(default_factory=list)
    before_pass: Callable[[int], None] = lambda rows: None

    @property
    def calls(self) -> int:
        return len(self.contexts) + len(self.canvases)

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.canvases)


@pytest.fixture
def watched(session, monkeypatch) -> Watched:
    """Watches the denoiser of the embedded checkpoint."""
    seen = Watched()
    prefill_rows, logits = session.denoiser.prefill_rows, session.denoiser.logits

    def watched_prefill(rows):
        seen.contexts.append((len(rows), len(rows[0])))
        return prefill_rows(rows)

    def watched_logits(context, canvas, slots, conditioning):
        seen.before_pass(len(canvas))
        seen.canvases.append(tuple(canvas.shape))
        return logits(context, canvas, slots, conditioning)

    monkeypatch.setattr(session.denoiser, "prefill_rows", watched_prefill)
    monkeypatch.setattr(session.denoiser, "logits", watched_logits)
    return seen


@pytest.fixture(scope="module")
def known(session) -> tuple[Scorer, list[ParagraphScore]]:
    """A scorer that knows TEXT, one canvas after the other, and what it said."""
    scorer = Scorer(session, ONE_ROW)
    return scorer, scores(scorer, TEXT)


def scores(scorer: Scorer, text: str) -> list[ParagraphScore]:
    return [paragraph for scored in scorer.score(text) for paragraph in scored]


def assert_alike(one: Sequence[ParagraphScore], other: Sequence[ParagraphScore]) -> None:
    """The same but for rounding: a batch multiplies its matrices in another order."""
    assert [(paragraph.start, paragraph.end) for paragraph in one] == [(each.start, each.end) for each in other]
    for first, second in zip(one, other, strict=True):
        for here, there in zip(first.tokens, second.tokens, strict=True):
            assert (here.start, here.end, here.text) == (there.start, there.end, there.text)
            assert here.entropy == pytest.approx(there.entropy, abs=1e-3)
            assert here.probability == pytest.approx(there.probability, abs=1e-3)
            chances = [alternative.probability for alternative in there.alternatives]
            assert [alternative.probability for alternative in here.alternatives] == pytest.approx(chances, abs=1e-3)


@given(text=st.text(st.sampled_from("a \t\n\r\x0b\x1c\x85\u2028"), max_size=30))
def test_paragraphs_are_the_lines_that_are_not_blank(text):
    found = paragraphs(text)
    end = 0
    for start, stop in [*found, (len(text), len(text))]:
        assert not text[end:start].strip()
        end = stop
    for start, stop in found:
        assert text[start:stop].strip()
        assert len(text[start:stop].splitlines()) == 1
        assert start == 0 or text[:start].splitlines(keepends=True)[-1].splitlines()[0] != text[:start]
        assert stop == len(text) or len((text[start:stop] + text[stop]).splitlines(keepends=True)[0]) > stop - start


@settings(max_examples=EXAMPLES // 5)
@given(text=TEXTS)
@example("")
@example("\n \n")
@example("One line.\r\n\r\n\tAnother: e\u0301 \u0301\u0301 👨\u200d👩\u200d👧 漢字。\n")
@example("lone \ud800 surrogate")
def test_tokens_make_up_the_paragraphs_and_their_scores_are_those_of_a_prediction(session, text):
    found = scores(Scorer(session), text)
    banned = set(session.banned.tolist())
    assert [(paragraph.start, paragraph.end) for paragraph in found] == paragraphs(text)
    for paragraph in found:
        assert "".join(token.text for token in paragraph.tokens) == text[paragraph.start : paragraph.end]
        assert paragraph.tokens[0].start == paragraph.start
        assert all(token.text == text[token.start : token.end] for token in paragraph.tokens)
        assert all(first.end == second.start for first, second in pairwise(paragraph.tokens))
        for token in paragraph.tokens:
            assert 0 <= token.entropy <= math.log(session.vocabulary.size) + 1e-3
            assert 0 < token.probability <= 1 + 1e-5
            chances = [alternative.probability for alternative in token.alternatives]
            assert len(chances) == 5
            assert chances == sorted(chances, reverse=True)
            assert sum(chances) <= 1 + 1e-5
            assert not banned & {alternative.token for alternative in token.alternatives}


def test_what_continues_a_grapheme_has_an_empty_range(session):
    (paragraph,) = scores(Scorer(session), "a👍🏽b")
    texts = [token.text for token in paragraph.tokens]
    assert [text for text in texts if text] == ["a", "👍🏽", "b"]
    assert len(texts) > 3
    places = [(token.start, token.end) for token in paragraph.tokens if not token.text]
    assert set(places) == {(3, 3)}


def test_scores_are_those_of_one_pass_over_the_text_as_it_stands(session):
    before, own, behind = "It rained all night.\n\n", "The boat was gone.", "\nNobody had seen it.\n"
    encode = session.vocabulary.encode
    tokens = encode(own)
    context = session.denoiser.prefill([session.vocabulary.bos, *encode(before)])
    canvas = torch.tensor([[*tokens, *encode(behind)]])
    logits = session.denoiser.logits(context, canvas, torch.arange(len(tokens)), None)[0]
    probabilities = logits.softmax(-1)
    found = scores(Scorer(session), before + own + behind)[1]
    assert found.start == len(before)
    for token, row, score in zip(tokens, probabilities, found.tokens, strict=True):
        assert score.probability == pytest.approx(float(row[token]), abs=1e-4)
        assert score.entropy == pytest.approx(float(-(row * row.log()).sum()), abs=1e-3)
        allowed = row.clone()
        allowed[session.banned] = 0
        chances, ids = allowed.topk(5)
        others = score.alternatives
        assert [other.token for other in others] == ids.tolist()
        assert [other.probability for other in others] == pytest.approx(chances.tolist(), abs=1e-4)
        assert score.alternatives[0].text == session.vocabulary.token_text(int(ids[0]))


def test_a_word_that_does_not_belong_is_less_expected(session):
    def probability(word: str) -> float:
        (paragraph,) = scores(Scorer(session), f"She opened the {word} and looked out at the rain.")
        return next(token.probability for token in paragraph.tokens if token.text == f" {word}")

    assert probability("window") > 10 * probability("because")


def test_canvases_of_one_shape_go_side_by_side_and_say_the_same(session, known, watched):
    assert_alike(scores(Scorer(session, MANY_ROWS), TEXT), known[1])
    assert watched.rows == len(LINES)
    assert max(rows for rows, _ in watched.canvases) > 4
    assert len(watched.canvases) < len(LINES)
    # No shape is left for another and taken up again.
    shapes = [(context[1], canvas[1]) for context, canvas in zip(watched.contexts, watched.canvases, strict=True)]
    again = [one for one, other in pairwise(shapes) if one == other]
    assert len(set(shapes)) + len(again) == len(shapes)


def test_nothing_is_read_beyond_what_the_checkpoint_was_trained_with(session, watched):
    scores(Scorer(session, MANY_ROWS), " ".join(LINES[:20]) + "\n" + "\n".join(LINES[:6]))
    assert max(length for _, length in watched.contexts) == session.checkpoint.trained_context
    assert max(length for _, length in watched.canvases) == session.checkpoint.trained_canvas


def test_a_context_without_a_limit_of_its_own_is_limited(session, watched, monkeypatch):
    """Where a change is read by all that follows, all of it would be scored again."""
    monkeypatch.setattr(scorer_module, "_MOST_CONTEXT", 40)
    far = Session(replace(session.checkpoint, trained_context=100_000), session.denoiser, session.vocabulary)
    scores(Scorer(far), "\n".join(LINES[:8]))
    assert max(length for _, length in watched.contexts) == 40


def sees(session: Session, text: str, changed: int) -> set[int]:
    """Numbers of the paragraphs whose context or canvas holds tokens of a line."""
    sizes = [len(session.vocabulary.encode(line + "\n")) for line in text.split("\n")]
    starts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    context, canvas = session.checkpoint.trained_context - 1, session.checkpoint.trained_canvas
    first, last = starts[changed], starts[changed + 1] - 1
    return {
        number
        for number, start in enumerate(starts[:-1])
        if (first < start and last > start - context) or start <= first < start + canvas
    }


def test_after_a_change_only_what_sees_it_is_looked_at_again(session, known, watched):
    scorer, before = known
    assert scores(scorer, TEXT) == before
    assert watched.rows == 0

    lines = LINES.copy()
    lines[20] = lines[20].replace("old", "new")
    text = "\n".join(lines)
    after = scores(scorer, text)
    again = sees(session, text, 20)
    assert watched.rows == len(again) < 3 / 4 * len(lines)
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        assert (old == new) == (number not in again)

    # What was there before is known still.
    assert scores(scorer, TEXT) == before
    assert watched.rows == len(again)


def test_paragraphs_that_only_move_are_not_looked_at_again(known, watched):
    scorer, before = known
    after = scores(scorer, "\n\n" + TEXT)
    assert 0 < watched.rows < len(LINES) / 2
    assert after[-1].start == before[-1].start + 2
    assert [token.start for token in after[-1].tokens] == [token.start + 2 for token in before[-1].tokens]


def test_what_is_alike_is_looked_at_once(session, watched):
    found = scores(Scorer(session, MANY_ROWS), "\n".join([LINES[0]] * 60))
    assert len(found) == 60
    assert watched.rows < 30
    assert found[20].tokens[3].entropy == found[21].tokens[3].entropy


def test_what_is_remembered_is_limited(session, watched, monkeypatch):
    monkeypatch.setattr(scorer_module, "_REMEMBERED", 3)
    scorer = Scorer(session)
    text = "\n".join(LINES[:5])
    before = scores(scorer, text)
    scores(scorer, "\n".join(LINES[:5]))
    assert watched.rows == 10
    watched.canvases.clear()
    assert_alike(scores(scorer, LINES[0]), scores(scorer, LINES[0]))
    assert watched.rows == 1
    assert_alike(scores(scorer, text), before)


def test_between_two_passes_something_else_may_run(session, watched):
    calls = [0]
    done = 0
    for scored in Scorer(session).score("\n".join(LINES[:8])):
        calls.append(watched.calls)
        done += len(scored)
    assert done == 8
    assert max(later - earlier for earlier, later in pairwise(calls)) == 1


def test_what_is_known_comes_in_parts_too(known, monkeypatch):
    scorer, before = known
    monkeypatch.setattr(scorer_module, "_MOST_TOKENS", 40)
    parts = [scored for scored in scorer.score(TEXT) if scored]
    assert max(map(len, parts)) <= 4
    assert [paragraph for part in parts for paragraph in part] == before


def test_another_run_between_two_slices_changes_nothing(session, known):
    text = "\n".join(LINES[:4])
    request = EditRequest("One ", "two three", " four.", settings=SamplerSettings(steps=1))
    found = []
    for scored in Scorer(session, ONE_ROW).score(text):
        found += scored
        session.run(request)
    assert_alike(found, scores(Scorer(session, ONE_ROW), text))


@pytest.mark.parametrize(
    "paragraph",
    [
        " ".join(LINES[:12]),
        "漢字" * 60,
        "x" * 40 + "".join(f"{number}-" for number in range(80)),
        "e" + "\u0301" * 120,
        "\t" * 150 + ".",
    ],
)
def test_a_paragraph_that_is_longer_than_a_canvas_is_scored_whole(session, watched, paragraph):
    text = f"{LINES[0]}\n{paragraph}\n{LINES[1]}"
    found = scores(Scorer(session), text)
    assert [(each.start, each.end) for each in found] == paragraphs(text)
    assert "".join(token.text for token in found[1].tokens) == paragraph
    assert len(found[1].tokens) == len(session.vocabulary.encode(paragraph))
    assert max(length for _, length in watched.canvases) <= session.checkpoint.trained_canvas


def test_a_long_paragraph_is_cut_between_sentences(session, watched):
    """A change far behind in it does not reach the canvases before."""
    scorer = Scorer(session)
    scores(scorer, " ".join(LINES))
    looked = watched.rows
    scores(scorer, " ".join([*LINES[:-1], LINES[-1].replace("old", "new")]))
    assert 1 <= watched.rows - looked <= 2
    (paragraph,) = scores(scorer, " ".join(LINES))
    assert len(paragraph.tokens) == len(session.vocabulary.encode(" ".join(LINES)))


def test_text_that_the_tokenizer_changes_stands_at_the_first_token(session):
    vocabulary = session.vocabulary
    tokenizer = Tokenizer.from_file(str(session.checkpoint.folder / "tokenizer.json"))
    tokenizer.normalizer = normalizers.Replace("bb", "b")
    changing = Vocabulary(tokenizer, vocabulary.size, vocabulary.pad, vocabulary.bos)
    lossy = Session(session.checkpoint, session.denoiser, changing)
    first, second = scores(Scorer(lossy), "A rabbit.\nA cat.")
    assert [token.text for token in first.tokens if token.text] == ["A rabbit."]
    assert "".join(token.text for token in second.tokens) == "A cat."
    assert len(second.tokens) > 1
    tokenizer.normalizer = normalizers.Replace("bb", "")
    assert [token.text for token in scores(Scorer(lossy), "bb")[0].tokens] == ["bb"]


def test_where_memory_runs_out_fewer_canvases_are_looked_at_side_by_side(session, known, watched):
    def scarce(rows: int) -> None:
        if rows > 2:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    watched.before_pass = scarce
    assert_alike(scores(Scorer(session, MANY_ROWS), TEXT), known[1])
    assert max(rows for rows, _ in watched.canvases) == 2
    assert watched.rows == len(LINES)


def test_where_there_is_no_memory_at_all_it_says_so(session, watched):
    def none(rows: int) -> None:
        raise MemoryError

    watched.before_pass = none
    with pytest.raises(MemoryShortageError, match="memory"):
        scores(Scorer(session), LINES[0])


def test_values_that_are_not_numbers_are_an_error(session, monkeypatch):
    def broken(context, canvas, slots, conditioning):
        return torch.full((len(canvas), len(slots), session.vocabulary.size), math.nan)

    monkeypatch.setattr(session.denoiser, "logits", broken)
    with pytest.raises(DenoisingError):
        scores(Scorer(session), LINES[0])


def test_a_checkpoint_without_a_canvas_refuses(session):
    causal = replace(session.checkpoint, decoders=(Decoder.AUTOREGRESSIVE,))
    with pytest.raises(RequestError, match="left to right"):
        scores(Scorer(Session(causal, session.denoiser, session.vocabulary)), LINES[0])


def test_a_checkpoint_needs_no_task_to_score(session):
    plain = replace(session.checkpoint, tasks=(), length_by="search")
    bare = Session(plain, session.denoiser, session.vocabulary)
    (paragraph,) = scores(Scorer(bare), LINES[0])
    assert all(session.vocabulary.pad != other.token for token in paragraph.tokens for other in token.alternatives)


def test_a_table_names_the_least_expected_tokens_first_with_line_and_column():
    text = "\r\nOne two\n\n  three"

    def token(start: int, end: int, probability: float) -> TokenScore:
        others = (Alternative(7, " ten", 0.5), Alternative(0, "", 0.25))
        return TokenScore(start, end, text[start:end], 1.5, probability, others)

    found = [
        ParagraphScore(2, 9, (token(2, 5, 0.9), token(5, 9, 0.01))),
        ParagraphScore(11, 18, (token(11, 12, 0.0001), token(12, 18, 0.3), token(18, 18, 0.0001))),
    ]
    head, _, _, *rows = table(text, found).splitlines()
    assert head.startswith("5 tokens in 2 paragraphs, mean entropy 1.50 nats")
    # Neither white space nor what only continues a character is shown.
    assert [row.split()[:2] for row in rows] == [["2:5", "1.0%"], ["4:3", "30.0%"], ["2:1", "90.0%"]]
    assert rows[0].endswith("' two': ' ten' 50%, nothing 25%")


def test_a_table_of_nothing(session):
    assert table("", scores(Scorer(session), "")).splitlines() == ["0 tokens in 0 paragraphs, mean entropy 0.00 nats"]
