"""Rows of the rewrite tasks: what the model sees and what it shall answer."""

import random

import numpy as np
import pytest

from engine.runs.plan import fix_slots
from engine.training import pairs
from engine.training.objectives import Row, causal_targets, noised
from engine.training.packing import Packed
from engine.training.pairs import Pair, Pairs
from engine.training.tasks import CHECK, FIX, MASK, SEP, TaskRows
from engine.training.tokenizer import BOS, PAD

LENGTH, CONTEXT = 160, 64


@pytest.fixture(scope="module")
def maker(prepared) -> TaskRows:
    found = Pairs(
        fixes=[Pair("fix_gram", "He sold a umbrella.", "He sold an umbrella.")],
        shorter=[Pair("shorten", "My sister carried it in the rain.", "My sister carried it.")],
    )
    found.misspellings["letters"] = ["leters"]
    return TaskRows(prepared.vocabulary, prepared.bounds, found)


@pytest.fixture(scope="module")
def rows(prepared, maker) -> list[Row]:
    packed = Packed(prepared.folder / "tokens", "stories", "train")
    rng = np.random.default_rng(0)
    return [
        maker.row(packed.window(int(rng.integers(len(packed.tokens))), LENGTH), LENGTH, CONTEXT, rng)
        for _ in range(400)
    ]


def of(rows: list[Row], task: int) -> list[Row]:
    found = [row for row in rows if task in row.tokens[: row.prefix]]
    assert len(found) > 10
    return found


def test_rows_of_all_tasks_fit_and_read_their_context(rows) -> None:
    for row in rows:
        assert len(row.tokens) == LENGTH
        assert row.tokens[0] == BOS
        assert 2 <= row.prefix <= CONTEXT
        assert row.prefix <= row.end <= LENGTH
        assert not row.slots[: row.prefix].any()
        assert not row.slots[row.end :].any()
        # The causal head learns from the running text only, not from what stands behind a task's mark.
        assert row.read is not None
        assert row.read < row.prefix
        assert (causal_targets(row) < row.read).all()
        assert row.tokens[row.read] in (CHECK, FIX, 5)


def test_a_check_shows_the_text_and_asks_for_the_mask_at_what_is_wrong(rows, maker) -> None:
    flagged = 0
    for row in of(rows, CHECK):
        shown = noised(row, 400, np.random.default_rng(0))
        assert row.tokens[row.prefix - 1] == CHECK
        assert MASK not in shown
        assert np.array_equal(shown[: row.prefix], row.tokens[: row.prefix])
        right = row.slots & (row.tokens != MASK)
        assert np.array_equal(shown[right], row.tokens[right])
        flagged += int((row.tokens == MASK).sum())
        # Every mistake is taught.
        assert row.slots[row.tokens == MASK].all() or not row.slots.any()
    assert flagged > 100


def test_a_fix_shows_what_is_wrong_and_then_a_gap(rows) -> None:
    for row in of(rows, FIX):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.slots, [0]])))
        for first, last in edges.reshape(-1, 2):
            assert row.tokens[first - 1] == SEP
            gap = row.tokens[first:last]
            words = gap[gap != PAD]
            assert (gap[: len(words)] != PAD).all()


def test_gaps_have_the_slots_that_the_engine_gives(maker) -> None:
    chunks = pairs.chunks(maker.pairs.fixes[0])
    choice = random.Random(1)
    canvas, slots, seeds = maker._gaps([chunk for chunk in chunks if chunk.kind], choice)
    wrong = canvas.index(SEP)
    # A gap starts with what is wrong.
    assert seeds[:wrong] == seeds[wrong + 1 : 2 * wrong + 1] == canvas[:wrong]
    assert set(seeds[2 * wrong + 1 :]) == {PAD}
    assert sum(slots) == fix_slots(wrong)


def test_a_rewrite_puts_the_sentence_in_the_prefix(rows, maker) -> None:
    for row in of(rows, 5):
        assert row.tokens[row.prefix - 1] == SEP
        assert row.slots[row.prefix : row.end].all()
        text = maker.vocabulary.text(row.tokens[row.prefix : row.end].tolist())
        assert text == "My sister carried it."


def test_rows_can_be_made_by_another_process(maker, prepared) -> None:
    import pickle

    packed = Packed(prepared.folder / "tokens", "stories", "train")
    text = packed.window(0, LENGTH)
    one, two = (
        made.row(text, LENGTH, CONTEXT, np.random.default_rng(3)) for made in (maker, pickle.loads(pickle.dumps(maker)))
    )
    assert np.array_equal(one.tokens, two.tokens)


def test_without_pairs_mistakes_are_made_all_the_same(prepared) -> None:
    maker = TaskRows(prepared.vocabulary, prepared.bounds, Pairs())
    packed = Packed(prepared.folder / "tokens", "letters", "train")
    rng = np.random.default_rng(5)
    made = [maker.row(packed.window(40 * n, LENGTH), LENGTH, CONTEXT, rng) for n in range(60)]
    seen = {int(row.tokens[row.read]) for row in made}
    assert seen == {CHECK, FIX}
