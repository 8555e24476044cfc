"""A very long line is folded on the page; the file keeps it whole, byte by byte, whatever is done to it."""

import pytest
from journal_files import kept, wait_for
from PySide6.QtGui import QAction, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit
from window_driver import CONTROL, KEY, press, said, select, text
from window_driver import wait_for as wait_for_state

from app.documents import journal
from app.documents.folding import LONGEST, NOTHING, SPACE
from app.documents.folds import fold_before
from app.main_window import MainWindow
from app.run_state import RunState
from engine import Mistake

WORDS = "One, two. " * 2_500
SOLID = "abcde,fghij" * 2_500
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FILES = {
    "words": WORDS.encode(),
    "spaces at the end, between other lines": b"first\n" + WORDS.encode() + b"   \n\nlast",
    "nothing but spaces": b" " * 25_000,
    "no spaces": SOLID.encode() + b"\n",
    "emoji": (FAMILY * 4_000).encode(),
    "combining marks": ("e\u0301" * 8_000 + " \u0301" * 8_000).encode(),
    "no-break spaces": ("a\u00a0b\u202f" * 6_000).encode(),
    "Windows": b"first\r\n" + WORDS.encode() + b"\r\n" + SOLID.encode() + b"\r\n",
    "mixed": b"first\n" + WORDS.encode() + b"\r\n" + SOLID.encode() + b"\nmore\r\n",
    "UTF-16": ("first\r\n" + WORDS + "\r\n" + FAMILY * 3_000 + "\r\n").encode("utf-16"),
}


@pytest.fixture
def opened(window, tmp_path):
    """Opens a file with these bytes; returns its path."""

    def open_file(content: bytes):
        path = tmp_path / "long.txt"
        path.write_bytes(content)
        window.open_document.open(str(path))
        return path

    return open_file


def paragraphs(window) -> list[str]:
    block, found = window.document.firstBlock(), []
    while block.isValid():
        found.append(block.text())
        block = block.next()
    return found


def place_of_fold(window, fold: str) -> int:
    """Where a paragraph begins that such a fold begins."""
    block = window.document.firstBlock()
    while fold_before(block) != fold:
        block = block.next()
        assert block.isValid()
    return block.position()


@pytest.mark.parametrize("name", FILES)
def test_the_bytes_stay_and_an_edit_changes_only_its_own(window, opened, name):
    """Catches a fold that is saved, lost, or saved as the end of a line."""
    path = opened(FILES[name])
    assert max(map(len, paragraphs(window))) <= 2 * LONGEST
    assert "Long lines folded" in said(window, "line_ends")
    assert said(window) == "long.txt has very long lines. They are folded on the page; saving keeps them whole."
    before = text(window)
    last = window.document.characterCount() - 1
    for place in (last, window.document.findBlock(last // 2).position(), 0):
        select(window, place, place)
        QTest.keyClicks(window.page, "x")
    press(window, KEY.Key_S, CONTROL)
    changed = path.read_bytes()
    assert len(changed) - len(FILES[name]) == (6 if name == "UTF-16" else 3)
    assert text(window).replace("x", "") == before
    while window.document.isUndoAvailable():
        press(window, KEY.Key_Z, CONTROL)
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == FILES[name]


@pytest.mark.parametrize(("line", "fold"), [(WORDS, SPACE), (SOLID, NOTHING)])
def test_keys_at_a_fold(window, opened, line, fold):
    """Catches Return that only moves the fold, and Backspace or Delete that takes nothing from the file."""
    path = opened(line.encode())
    place = place_of_fold(window, fold)
    # The first fold: before it, each unit of the document is a character.
    at = place if fold == SPACE else place - 1

    def saved_after(position: int, key, modifiers=None) -> str:
        select(window, position, position)
        press(window, key, *([modifiers] if modifiers else []))
        press(window, KEY.Key_S, CONTROL)
        saved = path.read_text()
        press(window, KEY.Key_Z, CONTROL)
        assert text(window) == line
        return saved

    assert saved_after(place, KEY.Key_Return) == line[:at] + "\n" + line[at:]
    assert saved_after(place - 1, KEY.Key_Return) == line[: place - 1] + "\n" + line[place - 1 :]
    assert saved_after(place, KEY.Key_Backspace) == line[: at - 1] + line[at:]
    assert saved_after(place - 1, KEY.Key_Delete) == line[: place - 1] + line[place:]
    # At the space, and at the mark before the fold.
    assert saved_after(place, KEY.Key_Backspace, CONTROL) == line[: at - 1] + line[at:]


@pytest.mark.parametrize(("line", "fold"), [(WORDS, SPACE), (SOLID, NOTHING)])
def test_what_is_cut_over_a_fold_and_pasted_elsewhere_is_the_text_of_the_file(window, opened, line, fold):
    """Catches a copy with a line end in it that the file does not have."""
    path = opened(line.encode() + b"\nlast ")
    place = place_of_fold(window, fold)
    select(window, place - 4, place + 4)
    press(window, KEY.Key_X, CONTROL)
    width = 8 if fold == SPACE else 7
    assert QApplication.clipboard().text() == line[place - 4 : place - 4 + width]
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    press(window, KEY.Key_V, CONTROL)
    press(window, KEY.Key_S, CONTROL)
    taken = line[place - 4 : place - 4 + width]
    assert path.read_text() == line[: place - 4] + line[place - 4 + width :] + "\nlast " + taken


def test_a_line_that_is_pasted_or_typed_long_is_folded(qtbot, window, notes):
    QApplication.clipboard().setText(WORDS.strip())
    press(window, KEY.Key_V, CONTROL)
    qtbot.waitUntil(lambda: said(window, "line_ends") == "Long lines folded")
    assert max(map(len, paragraphs(window))) <= LONGEST
    window.save()
    assert notes.read_bytes() == (WORDS.strip() + "One line.\r\nAnother line.\r\n").encode()
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == "One line.\nAnother line.\n"
    window.page.insertPlainText("a" * (LONGEST - 9))
    press(window, KEY.Key_B)
    qtbot.waitUntil(lambda: max(map(len, paragraphs(window))) < LONGEST)
    assert text(window).startswith("a" * (LONGEST - 9) + "bOne line.\n")


def test_finding_and_replacing_over_folds(qtbot, window, opened):
    """Catches words that are not found where a fold lies between them, and places off by the folds before them."""
    path = opened((SOLID + "\n" + WORDS).encode())
    press(window, KEY.Key_H, CONTROL)
    QTest.keyClicks(QApplication.focusWidget(), "fghijabcde")
    qtbot.waitUntil(lambda: said(window, "find_count") == "1 of 2,499")
    field = window.findChild(QLineEdit, "find_field")
    field.clear()
    QTest.keyClicks(field, "two. One")
    qtbot.waitUntil(lambda: said(window, "find_count") == "1 of 2,499")
    assert window.page.textCursor().selectedText() == "two. One"
    QTest.keyClicks(window.findChild(QLineEdit, "replace_field"), "2 1")
    window.findChild(QAbstractButton, "replace_all").click()
    qtbot.waitUntil(lambda: said(window).startswith("2,499 replaced."))
    window.save()
    assert path.read_text() == SOLID + "\n" + WORDS.replace("two. One", "2 1")
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == SOLID + "\n" + WORDS


def test_lines_are_counted_as_in_the_file(window, opened):
    opened((WORDS + "\n" + SOLID + "\nthird").encode())
    press(window, KEY.Key_G, CONTROL)
    QTest.keyClicks(QApplication.focusWidget(), "3")
    assert window.findChild(QLabel, "go_to_note").text() == "Line 3 of 3"
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)
    assert window.page.textCursor().block().text() == "third"


@pytest.mark.parametrize(("line", "fold"), [(WORDS, SPACE), (SOLID, NOTHING)])
def test_a_rewrite_over_a_fold(qtbot, ready, tmp_path, line, fold):
    """Catches a request that shows the fold to the model, and a result put in beside its place."""
    path = tmp_path / "long.txt"
    path.write_text(line)
    ready.open_document.open(str(path))
    place = place_of_fold(ready, fold)
    select(ready, place - 14, place + 13)
    press(ready, KEY.Key_Return, CONTROL)
    wait_for_state(qtbot, ready, RunState.REVIEW)
    request = ready.bridge.engine.requests[-1]
    assert request.text == line
    assert (len(request.before), len(request.selection)) == (place - 14, 27 if fold == SPACE else 26)
    ready.controller.accept()
    ready.save()
    changed = path.read_text()
    assert changed != line
    assert changed.lower() == line.lower()
    assert changed[: place - 30] == line[: place - 30]
    assert changed[place + 30 :] == line[place + 30 :]
    press(ready, KEY.Key_Z, CONTROL)
    assert text(ready) == line


def test_a_crash_does_not_put_folds_into_the_text(qtbot, make_bridge, settings, themes, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "WITHIN", 0.0)
    folder = tmp_path / "journals"
    window = MainWindow(make_bridge(), settings, themes, folder)
    qtbot.addWidget(window, before_close_func=lambda window: window.document.setModified(False))
    path = tmp_path / "long.txt"
    path.write_text(SOLID + "\n" + WORDS)
    window.open_first(str(path))
    window.show()
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(window.page, "end")
    wait_for(lambda: kept(folder) == [SOLID + "\n" + WORDS + "end"])
    select(window, 4_000, 6_000)
    press(window, KEY.Key_Delete)
    wait_for(lambda: kept(folder) == [text(window)])


def test_words_are_counted_as_without_folds(qtbot, window, opened):
    """Catches a word that is cut by a fold and counted twice."""
    opened(("x" * 30_000 + " " + "abc 1 " * 5_000).encode())
    qtbot.waitUntil(lambda: said(window, "words") == "10,001 words")
    press(window, KEY.Key_A, CONTROL)
    qtbot.waitUntil(lambda: said(window, "words").startswith("10,001 of "))


def test_folded_prose_is_checked_and_folded_data_is_not(qtbot, ready, script, tmp_path):
    """Catches marks in the middle of data whose quotation marks and brackets lie in other parts of the line."""
    script.mistakes = (("teh", "the", Mistake.SPELLING),)
    for name in ("letter.md", "data.json"):
        (tmp_path / name).write_text("teh end. " * 2_000 + "\nteh\n")
    ready.findChild(QAction, "check_as_i_write").trigger()
    engine = ready.bridge.engine
    ready.open_document.open(str(tmp_path / "letter.md"))
    qtbot.waitUntil(lambda: bool(engine.checks) and 4 in engine.checks[-1].lines)
    assert {0, 1, 2, 3} <= set(engine.checks[-1].lines)
    ready.open_document.open(str(tmp_path / "data.json"))
    qtbot.waitUntil(lambda: engine.checks[-1].markup == "json")
    assert engine.checks[-1].lines == (4,)
