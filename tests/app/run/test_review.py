"""The review: what is shown, declined and copied, and that it cannot be edited."""

from __future__ import annotations

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.documents.scratch import Scratch
from app.documents.text_document import len_utf16, new_document
from app.page.floating_bar import SHADOW
from app.run.bar import RunBar
from app.run.results import Kept
from app.run.review import Review
from app.run_state import RunState
from app.theme import LIGHT

TEXT = "Before. The quick brown fox jumps over the lazy dog. After.\n"
SENTENCE = "The quick brown fox jumps over the lazy dog."
NEW = "The slow brown fox leaps over the dog."
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def review(make_desk, script):
    """Three changes: quick to slow, jumps to leaps, lazy struck."""
    script.replacement = NEW
    desk = make_desk(TEXT)
    desk.select_words(SENTENCE)
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    return desk


def looks(desk) -> dict[str, QTextCharFormat]:
    """The words with a look of their own, and that look."""
    block = desk.page.document().firstBlock()
    text = block.text()
    return {
        text[part.start : part.start + part.length]: QTextCharFormat(part.format) for part in block.layout().formats()
    }


def bar(desk) -> RunBar:
    return desk.page.findChild(RunBar)


def button(desk, name: str) -> QAbstractButton:
    return desk.page.findChild(QAbstractButton, name)


def test_old_words_are_struck_and_new_ones_underlined(review):
    shown = looks(review)
    assert {"quick", "slow", "jumps", "leaps", "lazy"} <= set(shown)
    assert shown["quick"].fontStrikeOut()
    assert shown["lazy"].fontStrikeOut()
    assert not shown["quick"].fontUnderline()
    assert shown["slow"].underlineStyle() == QTextCharFormat.UnderlineStyle.SingleUnderline
    assert shown["quick"].foreground().color() == review.themes.theme.struck
    assert shown["slow"].foreground().color() == review.themes.theme.added


def test_a_theme_change_repaints_the_review(review):
    review.settings.set_value("theme", "dark")
    assert looks(review)["slow"].foreground().color() == QColor("#8fc79a") == review.themes.theme.added


def test_the_bar_counts_and_never_takes_the_keyboard(review):
    assert bar(review).isVisible()
    assert review.messages[-1] == "3 changes. Click a change to keep your words; Ctrl+R retries selected words."
    assert review.page.hasFocus()
    for name in ("accept_change", "reject_change", "rewrite_again"):
        assert button(review, name).focusPolicy() == Qt.FocusPolicy.NoFocus
        assert button(review, name).accessibleName()


def test_the_bar_lies_on_no_text(review):
    page, scratch = review.page, review.controller.scratch
    card = bar(review).geometry().adjusted(12, 12, -12, -12).translated(-page.viewport().pos())
    texts = page.range_rects(0, len(review.shown))
    assert scratch is not None
    assert not any(card.intersects(rect.toRect()) for rect in texts if rect.width() > 0)


@pytest.mark.parametrize(("name", "text"), [("accept_change", TEXT.replace(SENTENCE, NEW)), ("reject_change", TEXT)])
def test_the_buttons_do_what_they_say(review, name, text):
    QTest.mouseClick(button(review, name), Qt.MouseButton.LeftButton)
    assert review.controller.state is RunState.IDLE
    assert review.text == text
    assert not bar(review).isVisible()


def test_the_button_again(review):
    QTest.mouseClick(button(review, "rewrite_again"), Qt.MouseButton.LeftButton)
    assert len(review.engine.requests) == 2
    review.wait_for_state(RunState.REVIEW)


def test_a_change_can_be_declined_by_keyboard(review):
    review.press(Qt.Key.Key_F7)
    review.press(Qt.Key.Key_F7)
    review.press(Qt.Key.Key_F8)
    assert "jumps\u2009leaps" not in review.shown
    review.accept()
    assert review.text == TEXT.replace(SENTENCE, NEW.replace("leaps", "jumps"))
    assert review.messages[-1] == "Accepted 2 changes. Press Ctrl+Z to undo."
    review.page.undo()
    assert review.text == TEXT


def test_going_backwards_starts_at_the_last_change(review):
    review.press(Qt.Key.Key_F7, SHIFT)
    review.press(Qt.Key.Key_F8)
    review.accept()
    assert review.text == TEXT.replace(SENTENCE, NEW.replace("the dog", "the lazy dog"))


def test_declining_before_choosing_says_how(review):
    review.press(Qt.Key.Key_F8)
    assert review.messages[-1] == "Press F7 to go to a change first."


def test_a_click_declines_and_a_second_click_takes_it_again(review):
    place = review.shown.index("slow")
    review.click(place)
    assert "slow" not in review.shown
    review.click(review.shown.index("quick"))
    assert "quick\u2009slow" in review.shown


def test_all_declined_is_a_rejection(review):
    for _ in range(3):
        review.press(Qt.Key.Key_F7)
        review.press(Qt.Key.Key_F8)
    review.accept()
    assert review.controller.state is RunState.IDLE
    assert review.text == TEXT
    assert not review.document.isUndoAvailable()


def test_an_addition_can_be_declined(make_desk, script):
    script.replacement = "The very quick fox."
    desk = make_desk("The quick fox.")
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    desk.click(desk.shown.index("very"))
    assert "·" in desk.shown
    desk.accept()
    assert desk.text == "The quick fox."


@pytest.mark.parametrize("key", [Qt.Key.Key_X, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Delete])
def test_nobody_writes_into_the_review_by_accident(review, key):
    review.put_caret(review.shown.index("fox"))
    shown = review.shown
    review.press(key)
    assert review.controller.state is RunState.REVIEW
    assert (review.shown, review.text) == (shown, TEXT)
    assert review.messages[-1] == "Accept (Ctrl+Return) or reject (Esc) the change before editing it."


def test_copying_from_a_review_leaves_the_struck_words_out(review):
    review.page.selectAll()
    review.press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == TEXT.replace(SENTENCE, NEW)


def test_struck_words_alone_can_be_copied(review):
    start = review.shown.index("quick")
    review.select(start, start + 5)
    review.press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "quick"


def test_a_paste_into_the_review_keeps_the_original(review):
    place = review.shown.index("brown")
    review.put_caret(place)
    review.page.insertPlainText("pasted ")
    review.wait_for_state(RunState.IDLE)
    assert review.text == TEXT.replace(SENTENCE, SENTENCE + "pasted ")


def test_the_bar_lies_on_no_text_where_the_words_end_below_the_screen(make_desk, script):
    script.replacement = "new words. " * 600
    desk = make_desk("old words. " * 600)
    foot = desk.page.viewport().geometry().bottom()
    desk.select(0, len(desk.text))
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    card = bar(desk).geometry().adjusted(0, SHADOW, 0, -SHADOW)
    assert desk.page.viewport().geometry().bottom() < card.top()
    assert card.bottom() <= desk.page.height()
    desk.escape()
    assert desk.page.viewport().geometry().bottom() == foot


WORDS = st.lists(st.sampled_from(["a", "fox", "é", "lazy", "שלום", "𝔣ox", "\n"]), max_size=8).map(" ".join)


@given(WORDS, WORDS, st.data())
def test_what_is_selected_of_a_review_is_found_in_its_result(qapp, old: str, new: str, data: st.DataObject):
    document = new_document(f"Before {old} behind.", QFont())
    scratch = Scratch(document, 7, 7 + len_utf16(old))
    parts = Review(scratch, old, Kept(new))
    for number in parts.changes:
        if data.draw(st.booleans()):
            parts.toggle(number)
    parts.show(LIGHT)
    first = data.draw(st.integers(scratch.start, scratch.end))
    last = data.draw(st.integers(first, scratch.end))
    chosen = parts.chosen(first, last)
    if chosen is not None:
        words = parts.result[slice(*chosen)]
        # Where a selection cuts a letter of two units, all of it is meant at its start, and none of it at its end.
        assert words == parts.text_between(first, last).removesuffix("\ud835") or "𝔣" in words
    everything = parts.chosen(scratch.start, scratch.end)
    assert everything == ((0, len(parts.result)) if parts.result.strip() else None)
    shiboken6.delete(scratch)
    shiboken6.delete(document)
