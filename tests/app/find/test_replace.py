"""Replacing: the same as a plain Python model, one undo step, line ends, caret and view."""

import pytest
import regex
from find_desk import KEY, SHIFT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit

from app.documents.own_ends import own_ends, set_own_ends
from app.documents.text_document import plain_text, qt_string
from app.page.view_place import scroll_to_position, top_position
from app.run_state import RunState

LETTERS = st.text(alphabet="aabbß é\u0301\u00a0😀\u200d\n.x", max_size=60)
EXPRESSIONS = st.sampled_from(
    ["a", "a+", "(a)(b)?", "^", "$", "x*", r"\n", r"\s+", r"(?P<w>\w+)", "[^\n]+", r"(.)\1", "b|ab", r"\b", "a*?"]
)  # fmt: skip
TEMPLATES = st.sampled_from(["", "a", "é\n", "😀", r"\n", r"[\g<0>]", r"\\", "\u00a0"])


def replaced_all(desk, text, typed, new, *options):
    desk.select(0, 0)
    cursor = QTextCursor(desk.document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText(qt_string(text))
    assert desk.text == text
    desk.find(typed, *options)
    desk.replace_all(new)
    return desk.text


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(LETTERS, EXPRESSIONS, TEMPLATES)
def test_as_the_package_replaces_and_one_undo_restores(make_desk, text, typed, new):
    desk = make_desk.one("")
    after = regex.sub(typed, new, text, flags=regex.M | regex.I | regex.F)
    assert replaced_all(desk, text, typed, new, "regex") == after
    if after != text:
        desk.undo()
    assert desk.text == text


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    LETTERS,
    st.sampled_from(["a", "ab", "aa", "b a", "😀", "\n", ".", "a\nb"]),
    st.sampled_from(["", "b", r"\1", "é 😀"]),
)
def test_as_a_text_is_replaced(make_desk, text, typed, new):
    desk = make_desk.one("")
    # The model has no marks that join a letter to the one before it.
    plain = text.replace("\u0301", "").replace("\u200d", "").replace("\u00a0", " ")
    after = plain.replace(typed, new)
    assert replaced_all(desk, plain, typed, new, "match_case") == after
    if after != plain:
        desk.undo()
    assert desk.text == plain


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    """Search an edited text at once."""
    monkeypatch.setattr("app.find.finder._PAUSE", 0)


@pytest.fixture
def make_desk(make_desk):
    """`make_desk.one(text)` makes only one desk in a test."""
    desks = []

    class Maker:
        def __call__(self, text):
            return make_desk(text)

        def one(self, text):
            if not desks:
                desks.append(make_desk(text))
            return desks[0]

    return Maker()


def test_the_count_is_said_and_groups_are_put_in(make_desk):
    desk = make_desk("Ada Byron\nAlan Turing")
    desk.find(r"(?P<first>\w+) (\w+)", "regex")
    desk.replace_all(r"\2, \g<first>")
    assert desk.text == "Byron, Ada\nTuring, Alan"
    assert desk.messages[-1] == "2 replaced. Press Ctrl+Z to undo."
    desk.undo()
    assert desk.text == "Ada Byron\nAlan Turing"


def test_one_after_the_other_by_return(make_desk):
    desk = make_desk("a a a a")
    desk.tools.replace_text()
    desk.put("find_field", "a")
    desk.wait_for(lambda: desk.count == "1 of 4")
    desk.put("replace_field", "aa")
    desk.press(KEY.Key_Return)
    assert (desk.text, desk.selected) == ("aa a a a", (3, 4))
    desk.press(KEY.Key_Return)
    desk.press(KEY.Key_Return, SHIFT)
    assert desk.text == "aa aa a a"
    desk.undo()
    assert desk.text == "aa a a a"


def test_one_of_an_expression_sees_the_text_around_it(make_desk):
    desk = make_desk("ab cb ab")
    desk.find(r"(?<=a)(b)", "regex")
    desk.tools.replace_text()
    desk.put("replace_field", r"<\1>")
    desk.press(KEY.Key_Return)
    desk.wait_for(lambda: desk.text == "a<b> cb ab")
    desk.wait_for(lambda: desk.selected == (9, 10))


def test_empty_matches_are_replaced_one_after_the_other(make_desk):
    desk = make_desk("one\ntwo")
    desk.find("^", "regex")
    desk.tools.replace_text()
    desk.put("replace_field", "> ")
    desk.press(KEY.Key_Return)
    desk.wait_for(lambda: desk.text == "> one\ntwo")
    desk.wait_for(lambda: desk.tools.is_complete)
    desk.press(KEY.Key_Return)
    desk.wait_for(lambda: desk.text == "> one\n> two")


def test_only_within_the_selection(make_desk):
    desk = make_desk("a a\na a\na a")
    desk.find("a")
    desk.press(KEY.Key_Escape)
    desk.select(2, 7)
    desk.tools.replace_text()
    desk.put("replace_field", "bb")
    desk.wait_for(lambda: desk.tools.is_complete)
    desk.button("replace_all").click()
    desk.wait_for(lambda: "bb" in desk.text)
    assert desk.text == "a bb\nbb bb\na a"
    assert desk.messages[-1] == "3 replaced in the selection. Press Ctrl+Z to undo."


@pytest.mark.parametrize("bad", [r"\2", r"\g<x>", "\\"])
def test_a_bad_replacement_changes_nothing_and_is_one_line(make_desk, bad):
    desk = make_desk("a")
    desk.find("(a)", "regex")
    desk.replace_all(bad)
    assert desk.text == "a"
    assert desk.note.startswith("Replacement: ")
    desk.replace_all("b")
    assert desk.text == "b"
    assert desk.note == ""


def test_every_paragraph_keeps_its_own_line_end(make_desk):
    desk = make_desk("a\nb a\na c\na")
    set_own_ends(desk.document, ["\r\n", "\n", "\r"])
    desk.find("a")
    desk.replace_all("xyz")
    assert own_ends(desk.document) == ["\r\n", "\n", "\r"]
    desk.find(r"\n", "regex")
    desk.replace_all(r"\n!\n")
    ends = own_ends(desk.document)
    assert (ends[1], ends[3], ends[5]) == ("\r\n", "\n", "\r") or (ends[0], ends[2], ends[4]) == ("\r\n", "\n", "\r")
    desk.undo()
    assert own_ends(desk.document) == ["\r\n", "\n", "\r"]


def test_caret_and_view_stay_where_they_were(make_desk):
    desk = make_desk("\n".join(f"line {number} of a text with words" for number in range(400)))
    page = desk.page
    desk.find("of", "match_case")
    desk.press(KEY.Key_Escape)
    caret = desk.text.index("line 200") + 16
    desk.select(caret, caret)
    scroll_to_position(page, desk.text.index("line 195"))
    before = desk.text[:caret], desk.text[top_position(page) :]
    desk.tools.replace_text()
    desk.wait_for(lambda: desk.tools.is_complete)
    desk.select(caret, caret)
    scroll_to_position(page, desk.text.index("line 195"))
    desk.replace_all("instead\nof")
    assert plain_text(page.document())[: page.textCursor().position()] == before[0].replace("of", "instead\nof")
    assert plain_text(page.document())[top_position(page) :] == before[1].replace("of", "instead\nof")


def test_while_nothing_may_be_replaced_the_reason_is_shown(make_desk):
    desk = make_desk("a a")
    desk.find("a")
    desk.tools.take_state(RunState.REVIEW)
    desk.tools.replace_text()
    assert not desk.button("replace_all").isEnabled()
    assert desk.button("replace_one").toolTip() == desk.note
    desk.findChild(QLineEdit, "replace_field").setFocus()
    desk.press(KEY.Key_Return)
    assert desk.text == "a a"
    assert desk.messages[-1] == desk.note
    assert "during a review" in desk.note
    desk.tools.take_state(RunState.IDLE)
    assert desk.note == ""
    assert desk.button("replace_all").isEnabled()


def test_the_selection_that_is_searched_moves_and_grows_with_its_text(make_desk):
    desk = make_desk("a\na a\na a\na")
    desk.find("a")
    desk.press(KEY.Key_Escape)
    desk.select(2, 9)
    desk.tools.replace_text()
    desk.put("replace_field", "aaaa")
    desk.wait_for(lambda: desk.count == "1 of 4")
    # Before it, and then within.
    cursor = QTextCursor(desk.document)
    cursor.insertText("a a a ")
    desk.wait_for(lambda: desk.tools.is_complete)
    assert desk.count == "1 of 4"
    desk.press(KEY.Key_Return)
    desk.wait_for(lambda: desk.tools.is_complete)
    assert desk.text == "a a a a\naaaa a\na a\na"
    assert desk.count == "5 of 7"
