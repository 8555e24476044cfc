"""Finding by keys: the matches, which one is selected, the count, the ends of the text, and what is remembered."""

import pytest
from find_desk import ALT, CONTROL, KEY, SHIFT
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.documents.text_document import new_document
from app.theme import LIGHT

TEXT = "One cat.\nTwo cats and a Cat.\nNo dog."


def test_typing_finds_from_the_caret_on_and_escape_keeps_the_place(make_desk):
    desk = make_desk(TEXT)
    desk.select(3, 3)
    desk.tools.find_text()
    desk.type("cat")
    desk.wait_for(lambda: desk.count == "1 of 3")
    assert desk.selected == (4, 7)
    desk.press(KEY.Key_Return)
    assert (desk.selected, desk.count) == ((13, 16), "2 of 3")
    desk.press(KEY.Key_Return, SHIFT)
    assert desk.selected == (4, 7)
    desk.press(KEY.Key_Escape)
    assert QApplication.focusWidget() is desk.page
    assert not desk.tools.bars[0].isVisible()
    assert desk.selected == (4, 7)
    assert not desk.document.isModified()
    assert not desk.document.isUndoAvailable()


def test_a_longer_word_is_looked_for_from_where_the_first_letter_was(make_desk):
    desk = make_desk("can cat cab cat")
    desk.tools.find_text()
    places = []
    for letter in "cat":
        desk.type(letter)
        desk.wait_for(lambda: desk.tools.is_complete)
        places.append(desk.selected)
    desk.press(KEY.Key_Backspace)
    desk.wait_for(lambda: desk.tools.is_complete)
    assert [*places, desk.selected] == [(0, 1), (0, 2), (4, 7), (0, 2)]


def test_both_ends_of_the_text_are_told(make_desk):
    desk = make_desk(TEXT)
    desk.find("cat")
    desk.press(KEY.Key_Return, SHIFT)
    assert desk.count == "3 of 3"
    assert desk.messages == ["Continued from the end of the text."]
    desk.press(KEY.Key_Return)
    assert desk.count == "1 of 3"
    assert desk.messages[-1] == "Continued from the start of the text."


def test_what_is_not_there_is_said_and_moves_nothing(make_desk, monkeypatch):
    desk = make_desk(TEXT)
    monkeypatch.setattr(QApplication, "beep", lambda: pytest.fail("beeped"))
    desk.select(5, 5)
    desk.find("horse")
    assert desk.count == "Not found"
    assert desk.selected == (5, 5)
    desk.press(KEY.Key_Return)
    assert desk.messages == ["“horse” was not found."]


def test_the_selected_words_are_searched_for(make_desk):
    desk = make_desk("a.c abc a.c")
    desk.select(0, 3)
    desk.find("x", "regex")
    desk.press(KEY.Key_Escape)
    desk.select(0, 3)
    desk.tools.find_text()
    desk.wait_for(lambda: desk.count == "1 of 2")
    assert desk.findChild(QLineEdit, "find_field").text() == r"a\.c"


def test_of_several_paragraphs_only_they_are_searched(make_desk):
    desk = make_desk("cat\ncat\ncat\ncat")
    desk.find("cat")
    desk.press(KEY.Key_Escape)
    desk.select(4, 11)
    desk.tools.find_text()
    desk.wait_for(lambda: desk.count == "1 of 2")
    assert desk.button("find_in_selection").isChecked()
    desk.press(KEY.Key_Return, SHIFT)
    assert desk.selected == (8, 11)
    assert desk.messages[-1] == "Continued from the end of the selection."
    # What is typed before it moves the selection along.
    desk.document.clear()
    desk.wait_for(lambda: desk.tools.is_complete)
    assert desk.count == "Not found"


def test_another_selection_is_searched_after_the_first(make_desk):
    """Catches a bar that keeps to the selection it was opened with before."""
    desk = make_desk("cat\ncat\ncat\ncat")
    desk.find("cat")
    for first, last, count in ((0, 7, "1 of 2"), (4, 15, "1 of 3")):
        desk.press(KEY.Key_Escape)
        desk.select(first, last)
        desk.tools.find_text()
        desk.wait_for(lambda count=count: desk.count == count)
        assert desk.selected[0] == first
    desk.press(KEY.Key_S, ALT)
    desk.wait_for(lambda: desk.count.endswith("of 4"))
    # The found word is selected now; it is not what the writer means.
    desk.press(KEY.Key_S, ALT)
    desk.wait_for(lambda: desk.count.endswith("of 3"))


def test_finding_in_a_selection_needs_one(make_desk):
    desk = make_desk(TEXT)
    desk.find("cat")
    desk.press(KEY.Key_S, ALT)
    desk.wait_for(lambda: desk.messages)
    assert desk.messages == ["Select text on the page first, and then find within it."]
    assert not desk.button("find_in_selection").isChecked()
    assert desk.count == "1 of 3"


def test_another_document_is_searched_as_a_whole(make_desk):
    desk = make_desk("cat\ncat\ncat")
    desk.select(0, 6)
    desk.tools.find_text()
    desk.put("find_field", "cat")
    desk.wait_for(lambda: desk.count == "1 of 1")
    other = new_document("a cat and a cat", desk.page.font(), desk)
    desk.page.show_document(other)
    desk.wait_for(lambda: desk.count == "2 matches")
    assert not desk.button("find_in_selection").isChecked()


def test_next_held_down_gets_on(make_desk):
    """Catches a search that begins anew with every press, and never ends."""
    desk = make_desk("some words of a text\n" * 8_000)
    desk.find("words")
    desk.press(KEY.Key_Escape)
    desk.page.setFocus()
    desk.type("x")
    for _ in range(400):
        desk.tools.find_next()
        QTest.qWait(1)
        if desk.page.textCursor().hasSelection():
            break
    assert desk.page.textCursor().selectedText() == "words"


def test_next_and_previous_from_the_page_with_the_bar_closed(make_desk):
    desk = make_desk(TEXT)
    desk.find("cat", "match_case")
    desk.press(KEY.Key_Escape)
    desk.select(0, 0)
    desk.type("cat ")
    desk.tools.find_next()
    desk.wait_for(lambda: desk.selected == (8, 11))
    desk.tools.find_previous()
    desk.wait_for(lambda: desk.selected == (0, 3))
    desk.tools.find_previous()
    assert desk.selected == (17, 20)
    assert QApplication.focusWidget() is desk.page


def test_next_without_anything_to_find_asks_for_it(make_desk):
    desk = make_desk(TEXT)
    desk.tools.find_next()
    assert QApplication.focusWidget().objectName() == "find_field"


@pytest.mark.parametrize(("name", "key"), [("match_case", KEY.Key_C), ("whole_words", KEY.Key_O), ("regex", KEY.Key_X)])
def test_options_have_keys_and_are_remembered(make_desk, settings, name, key):
    desk = make_desk(TEXT)
    desk.find("cat")
    assert desk.count.endswith("3")
    desk.press(key, ALT)
    desk.wait_for(lambda: settings.value(f"find_{name}"))
    desk.wait_for(lambda: desk.tools.is_complete)
    assert desk.count == {"match_case": "1 of 2", "whole_words": "1 of 2", "regex": "1 of 3"}[name]
    assert make_desk(TEXT).button(f"find_{name}").isChecked()


def test_searches_are_remembered_and_come_back_with_up_and_down(make_desk, settings):
    desk = make_desk(TEXT)
    for words in ("cat", "dog", "cat", "two"):
        desk.find(words)
        desk.press(KEY.Key_Return)
    assert settings.value("find_history") == ("two", "cat", "dog")
    desk = make_desk(TEXT)
    desk.tools.find_text()
    desk.type("draft")
    shown = []
    for key in (KEY.Key_Up, KEY.Key_Up, KEY.Key_Up, KEY.Key_Up, KEY.Key_Down, KEY.Key_Down, KEY.Key_Down):
        desk.press(key)
        shown.append(QApplication.focusWidget().text())
    assert shown == ["two", "cat", "dog", "dog", "cat", "two", "draft"]


def test_a_bad_expression_is_one_line_at_the_bar(make_desk):
    desk = make_desk(TEXT)
    desk.find("(cat", "regex")
    assert desk.note == "Expression: missing ) at character 5."
    assert desk.count.strip() == ""
    desk.type(")")
    desk.wait_for(lambda: desk.count == "1 of 3")
    assert desk.note == ""


def test_a_catastrophic_expression_is_given_up_and_the_keys_go_on(make_desk, monkeypatch):
    monkeypatch.setattr("app.find.matching._LIMIT", 0.3)
    desk = make_desk("a" * 60 + "b")
    desk.find("(a|aa)+$", "regex", ready=False)
    desk.page.setFocus()
    desk.type("x")
    assert desk.text.startswith("x")
    desk.wait_for(lambda: desk.note)
    assert desk.note == "Expression: this takes too long. Simplify it."
    desk.find("b")
    assert desk.count == "1 of 1"


def test_matches_follow_edits(make_desk):
    desk = make_desk(TEXT)
    desk.find("cat")
    desk.page.setFocus()
    desk.select(0, 0)
    desk.type("My cat. ")
    desk.wait_for(lambda: desk.count == "4 matches")
    desk.page.undo()
    desk.wait_for(lambda: desk.count == "3 matches")


def test_no_break_spaces_and_letters_beyond_the_first_plane_have_their_right_places(make_desk):
    desk = make_desk("😀😀 one\u00a0two 𝒳 one two")
    desk.find("one two")
    assert desk.selected == (5, 12)
    desk.press(KEY.Key_Return)
    assert desk.selected == (16, 23)
    desk.find("𝒳")
    assert desk.selected == (13, 15)
    assert desk.count == "1 of 1"


def test_an_empty_match_can_be_left(make_desk):
    desk = make_desk("one\ntwo\nthree")
    desk.find("^", "regex")
    places = [desk.selected]
    for _ in range(3):
        desk.press(KEY.Key_Return)
        places.append(desk.selected)
    assert places == [(0, 0), (4, 4), (8, 8), (0, 0)]


def test_matches_are_painted_below_the_text(make_desk):
    desk = make_desk("cat dog cat")
    desk.page.set_theme(LIGHT)
    desk.find("dog")
    desk.select(0, 0)
    plain = desk.page.viewport().grab().toImage()
    rect = desk.page.range_rects(4, 7)[0].toRect()
    colours = {plain.pixelColor(x, rect.center().y()).name() for x in range(rect.left() + 1, rect.right() - 1)}
    assert LIGHT.found.name() in colours
    other = desk.page.range_rects(8, 11)[0].toRect()
    assert plain.pixelColor(other.right() + 20, other.center().y()) == LIGHT.paper
    row = {plain.pixelColor(x, other.center().y()).name() for x in range(other.left(), other.right())}
    assert LIGHT.found.name() not in row
    desk.press(KEY.Key_Escape)
    assert desk.page.viewport().grab().toImage().pixelColor(rect.left() + 1, rect.center().y()) != LIGHT.found


def test_a_match_in_right_to_left_text_is_painted_where_its_letters_are(make_desk):
    """Catches a mark from the first position to the last one, which lies elsewhere where the direction changes."""
    desk = make_desk("abc שלום עולם def")
    desk.page.set_theme(LIGHT)
    desk.find("עולם")
    desk.select(0, 0)
    picture = desk.page.viewport().grab().toImage()
    # The last word of the right-to-left part is its leftmost one.
    part = desk.page.range_rects(4, 13)[0]
    row = [x for x in range(picture.width()) if picture.pixelColor(x, int(part.top()) + 8) == LIGHT.found]
    assert abs(row[0] - part.left()) < 3
    assert row[-1] < part.center().x() + 5


def test_a_long_text_is_searched_while_keys_are_pressed(make_desk):
    """The newest search counts; what an older one reports is dropped."""
    desk = make_desk("some words of a text\n" * 10_000)
    desk.tools.find_text()
    for letter in "words":
        desk.type(letter)
        QTest.qWait(5)
    desk.wait_for(lambda: desk.tools.is_complete)
    assert desk.count == "1 of 10,000"


def test_pasted_lines_are_found_over_paragraphs(make_desk):
    desk = make_desk(TEXT)
    QGuiApplication.clipboard().setText("cat.\nTwo")
    desk.tools.find_text()
    desk.press(KEY.Key_V, CONTROL)
    desk.wait_for(lambda: desk.count == "1 of 1")
    assert desk.selected == (4, 12)


def test_everything_has_a_name_for_a_screen_reader(make_desk):
    desk = make_desk(TEXT)
    desk.find("cat")
    for part in desk.tools.bars[0].findChildren(QLineEdit):
        assert part.accessibleName()
    for name in ("find_previous", "find_next", "close_find", "find_match_case", "replace_all"):
        assert any(letter.isalpha() for letter in desk.button(name).accessibleName())
        assert desk.button(name).focusPolicy() == Qt.FocusPolicy.TabFocus
