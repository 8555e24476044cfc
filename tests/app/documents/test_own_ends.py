"""In a file with mixed line ends, every line that is not edited keeps its own."""

from hypothesis import given
from hypothesis import strategies as st

from app.documents.line_ends import LineEnds
from app.documents.own_ends import own_ends, set_own_ends
from app.documents.text_document import new_document, plain_text, replace_range

ENDS = ("\n", "\r\n", "\r")
mixed_lines = st.lists(st.tuples(st.text("ab", max_size=3), st.sampled_from(ENDS)), min_size=1, max_size=8)
edits = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.text("x\n", max_size=4)), max_size=5)


def opened(font, lines, last):
    """A document of lines with their ends, and one that has none."""
    document = new_document("\n".join([line for line, _ in lines] + [last]), font)
    set_own_ends(document, [end for _, end in lines])
    return document


def untouched(before: str, first: int, last: int, text: str) -> tuple[int, int]:
    """How many lines at the start and at the end of the text an edit leaves as they are, of those that have an end."""
    head, tail = before[:first].count("\n"), max(0, before[last:].count("\n") - 1)
    at_start, at_end = before[:first].endswith("\n") or first == 0, before[last : last + 1] == "\n"
    if before[:last].endswith("\n") and (text.endswith("\n") or (at_start and not text)):
        # The edit ends with a line end before a whole line, which it leaves too.
        tail = before[last:].count("\n")
    elif before[first : first + 1] == "\n" and not at_start and (text.startswith("\n") or (at_end and not text)):
        # It begins with one after a whole line.
        head += 1
    return head, tail


@given(mixed_lines, st.text("ab", max_size=3), edits)
def test_lines_outside_of_any_edit_keep_their_ends_and_undo_restores_all(qapp, lines, last, changes):
    document = opened(qapp.font(), lines, last)
    states = [(plain_text(document), own_ends(document))]
    for start, end, text in changes:
        before, ends = states[-1]
        first, final = sorted((min(start, len(before)), min(end, len(before))))
        replace_range(document, first, final, text)
        after = plain_text(document)
        assert after == before[:first] + text + before[final:]
        now = own_ends(document)
        head, tail = untouched(before, first, final, text)
        assert now[:head] == ends[:head]
        assert now[len(now) - tail :] == ends[len(ends) - tail :]
        states.append((after, own_ends(document)))
    while document.isUndoAvailable():
        document.undo()
        # Qt joins letters that are typed one after the other into one step.
        assert (plain_text(document), own_ends(document)) in states
    assert (plain_text(document), own_ends(document)) == states[0]


def test_a_new_line_takes_the_end_of_its_neighbour(qapp):
    document = opened(qapp.font(), [("one", "\r\n"), ("two", "\n")], "three")
    file = LineEnds("\r\n", (("one", "\r\n"), ("two", "\n")))
    replace_range(document, 5, 5, "\n")
    replace_range(document, len(plain_text(document)), len(plain_text(document)), "\nfour\n")
    assert file.join(plain_text(document), own_ends(document)) == "one\r\nt\nwo\nthree\nfour\n"


def test_ends_that_were_all_removed_come_back_with_undo(qapp):
    document = opened(qapp.font(), [("one", "\r\n"), ("two", "\n")], "")
    replace_range(document, 3, 7, "")
    assert LineEnds().join(plain_text(document), own_ends(document)) == "one\r\n"
    document.undo()
    assert LineEnds().join(plain_text(document), own_ends(document)) == "one\r\ntwo\n"


def test_setting_ends_is_not_an_edit(qapp):
    document = opened(qapp.font(), [("one", "\r\n"), ("two", "\n")], "")
    assert not document.isModified()
    assert not document.isUndoAvailable()
    assert document.isUndoRedoEnabled()
    assert own_ends(new_document("one\ntwo", qapp.font())) is None
