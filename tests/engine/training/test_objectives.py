"""What rows look like: gaps between words with their spare slots, and noise in the slots alone."""

import numpy as np
import pytest

from engine.training.objectives import Row, causal_targets, infill, noised
from engine.training.packing import Packed
from engine.training.tokenizer import BOS, PAD

LENGTH, CONTEXT = 96, 40


@pytest.fixture(scope="module")
def rows(prepared) -> list[tuple[np.ndarray, Row]]:
    """Windows of documents and the rows made of them."""
    packed = Packed(prepared.folder / "tokens", "stories", "train")
    rng = np.random.default_rng(0)
    made = []
    for _ in range(300):
        text = packed.window(int(rng.integers(len(packed.tokens))), LENGTH)
        made.append((text, infill(text, LENGTH, CONTEXT, prepared.bounds, rng)))
    return made


def gaps(row: Row) -> list[np.ndarray]:
    """The tokens of each run of slots."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.slots, [0]])))
    return [row.tokens[first:last] for first, last in edges.reshape(-1, 2)]


def test_prefix_and_canvas_are_the_text_in_order(rows) -> None:
    for text, row in rows:
        assert row.tokens[0] == BOS
        body = row.tokens[1 : row.end]
        assert np.array_equal(body[body != PAD], text[: np.count_nonzero(body != PAD)])
        assert not row.tokens[row.end :].any()
        assert 1 <= row.prefix <= CONTEXT
        assert row.slots.any()
        assert not row.slots[: row.prefix].any()
        assert not row.slots[row.end :].any()


def test_padding_stands_at_the_end_of_gaps_only(rows) -> None:
    for _, row in rows:
        assert not (row.tokens[: row.end][~row.slots[: row.end]] == PAD).any()
        for gap in gaps(row):
            text = gap[gap != PAD]
            assert len(text)
            assert (gap[: len(text)] != PAD).all()


def test_gaps_begin_and_end_between_words_and_keep_line_breaks(prepared, rows) -> None:
    for text, row in rows:
        cuts = set(np.flatnonzero(prepared.bounds.of(text)).tolist()) | {len(text)}
        position = 0
        for index in range(1, row.end):
            begins = row.slots[index] and not row.slots[index - 1]
            if begins and index + 1 < row.end:
                assert position in cuts
            if row.tokens[index] != PAD:
                assert not (row.slots[index] and prepared.bounds.breaks[row.tokens[index]] and position)
                position += 1


def test_gaps_get_the_spare_slots_of_a_rewrite_most_of_the_time(rows) -> None:
    sizes = [(np.count_nonzero(gap), len(gap)) for _, row in rows for gap in gaps(row)]
    usual = [1 + size // 4 == total - size for size, total in sizes]
    assert 0.6 < np.mean(usual) < 0.95


def test_canvases_of_all_kinds_come_up(rows) -> None:
    counts = [len(gaps(row)) for _, row in rows]
    assert {1, 2, 3, 4} <= set(counts)
    assert 0.1 < np.mean([row.slots[row.end - 1] for _, row in rows]) < 0.6


def test_noise_falls_on_slots_alone(rows) -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _, row in rows:
        seen = noised(row, 400, rng)
        changed = seen != row.tokens
        assert not (changed & ~row.slots).any()
        shares.append(changed.sum() / row.slots.sum())
    assert 0.4 < np.mean(shares) < 0.7
    assert np.mean(np.array(shares) > 0.95) > 0.08


def test_the_prefix_predicts_itself_and_not_the_canvas(rows) -> None:
    row = rows[0][1]
    assert causal_targets(row).tolist() == list(range(row.prefix - 1))


def test_a_text_of_one_word_makes_a_row(prepared) -> None:
    text = np.array(prepared.vocabulary.encode("umbrella"))
    for seed in range(20):
        row = infill(text, 32, 16, prepared.bounds, np.random.default_rng(seed))
        assert row.slots.any()
