"""Going through the changes of a review, however many there are."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.documents.scratch import Scratch
from app.run.results import Kept
from app.run.review import Review
from app.run_state import RunState
from app.theme import LIGHT

WORDS = [f"word{number}" for number in range(120)]
TEXT = "\n\n".join(" ".join(WORDS[start : start + 20]) for start in range(0, 120, 20))
SHIFT = Qt.KeyboardModifier.ShiftModifier


def changed(old: str) -> str:
    """Some words replaced, some removed, some added, in every paragraph."""
    lines = []
    for line in old.split("\n"):
        words = line.split(" ")
        words[3::6] = ["different"] * len(words[3::6])
        words[5:6] = ["two", words[5], "more"] if len(words) > 5 else []
        lines.append(" ".join(words[:-1]) if len(words) > 1 else line)
    return "\n".join(lines)


@pytest.fixture
def review(make_desk, script):
    script.replacement = changed
    desk = make_desk(TEXT)
    desk.settings.set_value("theme", "light")
    desk.select(0, len(TEXT))
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    return desk


def looks(document: QTextDocument) -> list[tuple[int, int, str, bool, bool, str]]:
    """Every stretch with a look of its own."""
    found = []
    block = document.firstBlock()
    while block.isValid():
        for part in block.layout().formats():
            look = part.format
            colours = look.foreground().color().name(), look.background().color().name()
            found.append(
                (block.position() + part.start, part.length, *colours, look.fontStrikeOut(), look.underlineStyle())
            )
        block = block.next()
    return found


def test_after_any_walk_the_page_shows_what_a_new_review_would_show(review):
    """Only the changes that were selected or toggled are shown again: the others must not move or lose their look."""
    shown = review.controller.review.shown
    keys = [(Qt.Key.Key_F7,), (Qt.Key.Key_F7,), (Qt.Key.Key_F8,), (Qt.Key.Key_F7, SHIFT)]
    choose = random.Random(7)
    for _ in range(60):
        review.press(*choose.choice(keys))
    assert 0 < len(shown.declined) < len(shown.changes)
    scratch = Scratch(review.document, 0, len(TEXT))
    fresh = Review(scratch, TEXT, Kept(changed(TEXT), declined=set(shown.declined)))
    fresh.current = shown.current
    fresh.show(LIGHT)
    assert review.shown == scratch.text()
    assert looks(review.page.document()) == looks(scratch.document)
    assert shown.range_of(shown.current) == fresh.range_of(shown.current)
    result = shown.result
    review.accept()
    assert review.text == result
    scratch.close()


def test_the_bar_says_which_change_it_is_and_has_buttons_for_the_next_and_the_one_before(review):
    label = review.page.findChild(QLabel, "run_progress")
    many = len(review.controller.review.shown.changes)
    assert label.text() == f"{many} changes"
    forward, back = (
        review.page.findChild(QAbstractButton, name) for name in ("next_change_button", "previous_change_button")
    )
    for button, number in ((forward, 1), (forward, 2), (forward, 3), (back, 2)):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert label.text() == f"Change {number} of {many}"
    review.press(Qt.Key.Key_F8)
    assert label.text() == f"Change 2 of {many} · 1 declined"
    assert button.accessibleName() == "Previous change"


def test_a_single_change_needs_no_buttons(make_desk, script):
    script.replacement = "different"
    desk = make_desk("One word.")
    desk.select(0, 3)
    desk.rewrite()
    desk.wait_for_state(RunState.REVIEW)
    assert not desk.page.findChild(QAbstractButton, "next_change_button").isVisible()
