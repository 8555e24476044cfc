"""Where long lines are folded, and that a folded text is the same text."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from app.documents.folding import LONGEST, NOTHING, SPACE, DocumentText, folded, unfolded

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
marked = st.text(st.sampled_from(["a", "\u00e9", "\U0001f600", " ", "\n", SPACE, NOTHING]), max_size=12)
pieces = st.sampled_from(["word ", "Done. ", "a", "\u6f22\u3002", FAMILY, "e\u0301", "\u00a0", "\t", "{1,2}"])
long_lines = st.lists(st.tuples(pieces, st.integers(1, 4_000)), max_size=8).map(
    lambda runs: "".join(piece * count for piece, count in runs)
)


def pieces_of(text: str) -> list[str]:
    return regex.split(f"[{SPACE}{NOTHING}\n]", folded(text))


@given(st.lists(long_lines, max_size=3))
def test_folding_loses_nothing_and_leaves_no_long_piece(lines):
    """Catches a character lost or moved at a fold, and a loop that stops before the end of the line."""
    text = "\n".join(lines)
    assert unfolded(folded(text)) == text
    assert max(map(len, pieces_of(text))) <= LONGEST


@given(long_lines)
def test_no_fold_cuts_a_grapheme(line):
    """Catches a family of emoji or a letter with its accent that would be shown in two halves."""
    boundaries = {match.end() for match in regex.finditer(r"\X", line)} | {0}
    place = 0
    for fold in regex.finditer(f"([{SPACE}{NOTHING}])|[^{SPACE}{NOTHING}]+", folded(line)):
        if fold.group() == NOTHING:
            assert place in boundaries
        place += 0 if fold.group() == NOTHING else len(fold.group())


def test_a_short_line_is_not_folded():
    assert folded("a" * LONGEST + "\n" + "b " * (LONGEST // 2)) == "a" * LONGEST + "\n" + "b " * (LONGEST // 2)


def test_it_folds_after_a_sentence_else_at_a_space_else_after_a_mark():
    """Catches folds within a sentence, which would be checked and chosen by halves."""
    sentences = pieces_of("He said: “No more of it.” Then he went. " * 600)
    assert all(piece.endswith((".", "”", " ")) for piece in sentences)
    assert all(piece.endswith("word") for piece in pieces_of("word " * 5_000 + "word"))
    assert all(piece.endswith(",") for piece in pieces_of("123," * 5_000))


def test_one_grapheme_longer_than_any_piece_stays_whole():
    """Catches an endless loop, and a fold before a combining mark."""
    line = "e" + "\u0301" * 30_000
    assert folded(line) == line
    assert unfolded(folded("e" + "\u0301" * 12_000 + "x" * 12_000)) == "e" + "\u0301" * 12_000 + "x" * 12_000


def test_a_character_that_marks_folds_is_never_taken_from_the_writer_for_one():
    """Qt shows both as the end of a paragraph; taken for a fold, one would silently become a space, or nothing."""
    assert folded(f"a{SPACE}b{NOTHING}c") == "a\nb\nc"


@given(marked)
def test_positions_of_the_document_and_of_its_text(text):
    """Catches a request or a match that is off by the folds before it."""
    mapped = DocumentText(text)
    assert mapped.text == unfolded(text)
    for place in range(len(text) + 1):
        units = len(text[:place].encode("utf-16-le")) // 2
        point = len(unfolded(text[:place]))
        assert mapped.from_utf16(units) == point
        assert unfolded(text.encode("utf-16-le")[: 2 * mapped.to_utf16(point)].decode("utf-16-le")) == text_before(
            mapped.text, point
        )


def text_before(text: str, place: int) -> str:
    return text[:place]
