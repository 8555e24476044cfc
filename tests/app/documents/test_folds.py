"""The folds of a document through any edit: its text is that of a plain string edited in the same way."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor

from app.documents.folding import LONGEST, NOTHING, SPACE, unfolded
from app.documents.folds import block_of_line, count_lines, has_folds, insert_marked
from app.documents.line_ends import LineEnds
from app.documents.own_ends import own_ends, set_own_ends
from app.documents.text_document import (
    clone_document,
    len_utf16,
    mapped_text,
    marked_slice,
    marked_text,
    new_document,
    plain_text,
    replace_range,
    replace_text,
    slice_of,
)

ALPHABET = st.sampled_from(["a", "e\u0301", "\U0001f600", " ", "\n", SPACE, NOTHING])
marked_texts = st.lists(ALPHABET, max_size=14).map("".join)
FOLDED_LINES = st.text(st.sampled_from(["a", SPACE, NOTHING]), max_size=5)
places = st.integers(0, 30)
edits = st.lists(
    st.tuples(
        st.sampled_from(["type", "paste", "return", "backspace", "delete", "undo", "redo"]),
        places,
        places,
        st.sampled_from(["x", " ", "y z", "\n", "p\nq", ""]),
    ),
    max_size=12,
)


def folded_document(marked: str, font):
    """A document with folds wherever one wants them."""
    document = new_document("", font)
    insert_marked(QTextCursor(document), marked)
    document.clearUndoRedoStacks()
    return document


def do(document, model: str, action: str, first: int, last: int, text: str) -> str:
    """Do what the page does for a key, and return what a plain string with a character for each position becomes."""
    first, last = sorted((min(first, len(model)), min(last, len(model))))
    if action == "paste":
        replace_range(document, first, last, text)
        return model[:first] + text + model[last:]
    cursor = QTextCursor(document)
    cursor.setPosition(first)
    if action == "return":
        cursor.insertBlock()
        return model[:first] + "\n" + model[first:]
    if action == "backspace":
        cursor.deletePreviousChar()
        return model[: max(0, first - 1)] + model[first:]
    if action == "delete":
        cursor.deleteChar()
        return model[:first] + model[first + 1 :]
    cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)
    return model[:first] + text + model[last:]


@given(st.text(st.sampled_from(["a", " ", "\n", SPACE, NOTHING]), max_size=14), edits)
def test_any_edits_leave_each_fold_a_fold_and_each_line_end_a_line_end(qapp, marked, changes):
    """Catches a typed line end saved as a space, a line end that becomes one when a fold is removed, and the like."""
    document = folded_document(marked, qapp.font())
    model = marked
    seen = {model}
    for action, first, last, text in changes:
        if action in ("undo", "redo"):
            getattr(document, action)()
            model = marked_text(document)
            assert model in seen
        else:
            model = do(document, model, action, first, last, text)
            seen.add(model)
        assert marked_text(document) == model
        assert plain_text(document) == unfolded(model)
    while document.isUndoAvailable():
        document.undo()
        # Qt joins letters that are typed one after the other into one step.
        assert marked_text(document) in seen
    assert marked_text(document) == marked


@given(marked_texts)
def test_every_way_to_read_a_folded_text(qapp, marked):
    """Catches a slice, a copy or a line number that takes a fold for the end of a line."""
    document = folded_document(marked, qapp.font())
    text = unfolded(marked)
    assert plain_text(document) == mapped_text(document).text == text
    assert marked_text(clone_document(document)) == marked
    for start in range(len(marked) + 1):
        first, last = len_utf16(marked[:start]), len_utf16(marked)
        assert slice_of(document, first, last) == unfolded(marked[start:])
        assert marked_slice(document, first, last) == marked[start:]
    lines = text.split("\n")
    assert count_lines(document) == len(lines)
    for number, line in enumerate(lines):
        start = block_of_line(document, number).position()
        assert slice_of(document, start, document.characterCount() - 1).split("\n")[0] == line


@given(st.lists(st.tuples(FOLDED_LINES, st.sampled_from(["\n", "\r\n"]))))
def test_mixed_line_ends_and_folds_in_one_file(qapp, lines):
    """Catches ends that are counted by paragraph."""
    document = folded_document("\n".join([*(line for line, _ in lines), ""]), qapp.font())
    set_own_ends(document, [end for _, end in lines])
    saved = LineEnds().join(plain_text(document), own_ends(document))
    assert saved == "".join(unfolded(line) + end for line, end in lines)


@given(marked_texts, st.text("a \n", max_size=10))
def test_a_whole_new_text_comes_back_with_one_undo(qapp, marked, text):
    """Catches a reloaded file that is put in beside its place, by as many characters as there are folds."""
    document = folded_document(marked, qapp.font())
    replace_text(document, text)
    assert plain_text(document) == text
    document.undo()
    assert plain_text(document) == unfolded(marked)


def test_a_long_line_is_folded_where_it_is_pasted_and_undone_with_it(qapp):
    document = new_document("before  after", qapp.font())
    end = replace_range(document, 7, 7, "word " * 5_000)
    assert has_folds(document)
    assert longest(document) <= LONGEST
    assert plain_text(document) == "before " + "word " * 5_000 + " after"
    assert slice_of(document, end, document.characterCount() - 1) == " after"
    document.undo()
    assert plain_text(document) == "before  after"
    assert not document.isUndoAvailable()
    document.redo()
    assert plain_text(document) == "before " + "word " * 5_000 + " after"


def test_joined_lines_are_folded(qapp):
    """Catches lines that become too long where nothing long was put in."""
    document = new_document("a" * 9_000 + "\n" + "b" * 9_000, qapp.font())
    replace_range(document, 9_000, 9_001, "")
    assert longest(document) <= LONGEST
    assert plain_text(document) == "a" * 9_000 + "b" * 9_000
    document.undo()
    assert plain_text(document) == "a" * 9_000 + "\n" + "b" * 9_000


def longest(document) -> int:
    block, found = document.firstBlock(), 0
    while block.isValid():
        found = max(found, len(block.text()))
        block = block.next()
    return found
