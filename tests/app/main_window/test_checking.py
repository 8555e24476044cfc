"""Check as I write: what is underlined when, and what a writer can do about it, by keys and clicks."""

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QListWidget, QMenu
from window_driver import ALT, CONTROL, KEY, SHIFT, activate, press, said, select, text, wait_for

from app.own_words import OwnWords
from app.run_state import RunState
from engine import Correction, EngineError, LineChecked, Mistake

TEXT = "She recieved a letter.\n\nIt were late, and teh rain fell.\n\nNobody came.\n"
MISTAKES = (
    ("recieved", "received", Mistake.SPELLING),
    ("were", "was", Mistake.AGREEMENT),
    ("teh", "the", Mistake.SPELLING),
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "letter.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def plain(qtbot, make_window, path, settings, script):
    """A window with the letter, whose engine is ready; nothing is checked yet."""
    settings.set_value("reduced_motion", True)
    script.mistakes = MISTAKES
    window = make_window(path)
    with qtbot.waitSignal(window.bridge.ready):
        window.bridge.start()
    return window


@pytest.fixture
def window(qtbot, plain):
    """The same, checked and marked."""
    switch(plain)
    qtbot.waitUntil(lambda: len(marked(plain)) == 3)
    qtbot.waitUntil(lambda: not plain.checking.is_busy)
    return plain


def switch(window):
    window.findChild(QAction, "check_as_i_write").trigger()


def marked(window) -> list[str]:
    """The underlined words in order, as the page would paint them."""
    block, found = window.page.document().firstBlock(), []
    while block.isValid():
        found += [block.text()[start:end] for start, end in window.page.underlines.find(block)]
        block = block.next()
    return found


def put_caret(window, word, at=1):
    place = text(window).index(word) + at
    select(window, place, place)


def menu() -> QMenu | None:
    found = QApplication.activePopupWidget()
    return found if isinstance(found, QMenu) else None


def open_menu(qtbot, window, word) -> QMenu:
    put_caret(window, word)
    press(window, KEY.Key_Return, ALT)
    assert menu() is not None
    return menu()


def offered(shown: QMenu) -> list[str]:
    return [action.text() for action in shown.actions() if not action.isSeparator()]


def settle(qtbot, window):
    """Wait until everything is checked."""
    qtbot.waitUntil(lambda: not window.checking.is_busy)


def asked(window) -> list[list[str]]:
    """The paragraphs of each check, as text."""
    return [[each.text.split("\n")[line] for line in each.lines] for each in window.bridge.engine.checks]


def test_it_is_off_at_first_and_remembered(qtbot, plain, settings):
    action = plain.findChild(QAction, "check_as_i_write")
    assert action.isCheckable()
    assert not action.isChecked()
    qtbot.wait(60)
    assert plain.bridge.engine.checks == []
    action.trigger()
    assert type(settings)(settings.path).value("check_as_i_write") is True
    qtbot.waitUntil(lambda: marked(plain) == ["recieved", "were", "teh"])
    action.trigger()
    assert marked(plain) == []


def test_marks_are_no_part_of_the_text_and_of_its_history(window, path):
    assert text(window) == TEXT
    assert not window.document.isUndoAvailable()
    assert not window.document.isModified()
    press(window, KEY.Key_S, CONTROL)
    assert path.read_text() == TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_wavy_line_is_painted_in_the_colour_of_the_theme(qtbot, window, settings, theme):
    settings.set_value("theme", theme)
    color = QColor({"light": "#c2372c", "dark": "#f0776c"}[theme])

    def reds(word):
        place = text(window).index(word)
        (rect,) = window.page.range_rects(place, place + len(word))
        image = window.page.viewport().grab(rect.toAlignedRect()).toImage()
        pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return sum(abs(p.red() - color.red()) + abs(p.green() - color.green()) < 40 for p in pixels)

    assert reds("recieved") > 30
    assert reds("Nobody") == 0
    switch(window)
    assert reds("recieved") == 0


def test_only_changed_paragraphs_are_checked_again_and_other_marks_stay_with_their_words(qtbot, window):
    before = len(window.bridge.engine.checks)
    select(window, 0, 0)
    QTest.keyClicks(window.page, "Yes. ")
    assert marked(window) == ["recieved", "were", "teh"]
    press(window, KEY.Key_Return)
    press(window, KEY.Key_Backspace)
    assert marked(window)[-2:] == ["were", "teh"]
    settle(qtbot, window)
    assert asked(window)[before:] == [["Yes. She recieved a letter."]]
    assert marked(window) == ["recieved", "were", "teh"]


def test_an_answer_about_an_older_text_is_dropped(qtbot, window, script):
    script.manual_checks = True
    engine = window.bridge.engine
    before = len(engine.checks)
    put_caret(window, "It were", 0)
    QTest.keyClicks(window.page, "Ah, ")
    qtbot.waitUntil(lambda: len(engine.checks) > before)
    number = engine._checks
    # The writer goes on in the same paragraph; the answer has been given but not yet arrived.
    QTest.keyClicks(window.page, "teh ")
    engine.on_event(_answer(number, engine.checks[-1].lines[0]))
    qtbot.wait(20)
    assert "late" not in marked(window)
    script.manual_checks = False
    settle(qtbot, window)
    assert marked(window) == ["recieved", "teh", "were", "teh"]


def _answer(check, line):
    return LineChecked(check, line, (Correction(8, 12, "early", Mistake.SPELLING, 1.0),), 1, 1)


def test_the_word_that_is_being_typed_is_marked_once_the_caret_has_left_it(qtbot, window):
    select(window, len(TEXT), len(TEXT))
    QTest.keyClicks(window.page, "Then teh")
    settle(qtbot, window)
    assert marked(window) == ["recieved", "were", "teh"]
    press(window, KEY.Key_Left)
    assert marked(window) == ["recieved", "were", "teh", "teh"]


def test_nothing_is_asked_while_the_writer_types(qtbot, window):
    before = len(window.bridge.engine.checks)
    select(window, 0, 0)
    for letter in "abcdefgh":
        QTest.keyClicks(window.page, letter)
        qtbot.wait(30)
    assert len(window.bridge.engine.checks) == before
    settle(qtbot, window)
    assert len(window.bridge.engine.checks) == before + 1


def test_what_becomes_code_loses_its_marks_and_gets_them_back(qtbot, window):
    put_caret(window, "It were", 0)
    QTest.keyClicks(window.page, "```")
    press(window, KEY.Key_Return)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: marked(window) == ["recieved"])
    for _ in range(4):
        press(window, KEY.Key_Backspace)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: marked(window) == ["recieved", "were", "teh"])


def test_what_is_on_the_screen_comes_first(qtbot, plain):
    lines = [f"Line {number} with teh mistake." for number in range(400)]
    plain.page.selectAll()
    plain.page.insertPlainText("\n".join(lines))
    plain.page.moveCursor(QTextCursor.MoveOperation.End)
    switch(plain)
    qtbot.waitUntil(lambda: bool(plain.bridge.engine.checks))
    first = plain.bridge.engine.checks[0].lines
    visible = plain.page.firstVisibleBlock().blockNumber()
    assert first[0] == visible > 300
    assert 399 in first
    qtbot.waitUntil(lambda: len(marked(plain)) == 400)
    assert {line for each in asked(plain) for line in each} == set(lines)


def test_a_run_pauses_the_check_and_its_review_shows_no_marks(qtbot, window, script):
    script.manual_checks = script.manual = True
    script.replacement = lambda old: old.upper()
    select(window, 0, 0)
    QTest.keyClicks(window.page, "A ")
    before = len(window.bridge.engine.checks)
    qtbot.waitUntil(lambda: len(window.bridge.engine.checks) > before)
    select(window, 0, 5)
    press(window, KEY.Key_Return, CONTROL)
    assert window.controller.state is RunState.RUNNING
    assert marked(window) == []
    script.manual = script.manual_checks = False
    window.bridge.engine.play(9)
    wait_for(qtbot, window, RunState.REVIEW)
    assert marked(window) == []
    press(window, KEY.Key_Semicolon, CONTROL)
    assert said(window) == "Finish the review first."
    press(window, KEY.Key_Escape)
    settle(qtbot, window)
    assert marked(window) == ["recieved", "were", "teh"]


def test_alt_return_offers_corrections_and_return_takes_the_best_as_one_undo_step(qtbot, window):
    shown = open_menu(qtbot, window, "recieved")
    assert offered(shown) == [
        "received\tspelling",
        "RECEIVED\tspelling",
        "&Ignore in this document",
        "&Add to dictionary",
    ]
    QTest.keyClick(shown, KEY.Key_Return)
    assert text(window) == TEXT.replace("recieved", "received")
    assert said(window) == "Corrected. Press Ctrl+Z to undo."
    assert marked(window) == ["were", "teh"]
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == TEXT
    assert not window.document.isUndoAvailable()
    settle(qtbot, window)
    assert marked(window) == ["recieved", "were", "teh"]


def test_typing_before_a_correction_is_another_undo_step(qtbot, window):
    put_caret(window, "teh rain", 3)
    QTest.keyClicks(window.page, "x")
    press(window, KEY.Key_Backspace)
    settle(qtbot, window)
    press(window, KEY.Key_Left)
    press(window, KEY.Key_Return, ALT)
    QTest.keyClick(menu(), KEY.Key_Return)
    press(window, KEY.Key_Z, CONTROL)
    assert text(window) == TEXT


def test_arrows_choose_another_correction_and_escape_none(qtbot, window):
    QTest.keyClick(open_menu(qtbot, window, "were"), KEY.Key_Escape)
    assert menu() is None
    assert text(window) == TEXT
    shown = open_menu(qtbot, window, "were")
    assert offered(shown) == ["was\tagreement", "WAS\tagreement", "&Ignore in this document"]
    QTest.keyClick(shown, KEY.Key_Down)
    QTest.keyClick(shown, KEY.Key_Return)
    assert text(window) == TEXT.replace("were", "WAS")
    assert window.page.hasFocus() or QApplication.activeWindow() is not window


def test_beside_a_mistake_and_with_a_selection_alt_return_fixes_as_ever(qtbot, window):
    put_caret(window, "Nobody")
    press(window, KEY.Key_Return, ALT)
    assert menu() is None
    wait_for(qtbot, window, RunState.REVIEW)
    press(window, KEY.Key_Escape)
    place = text(window).index("recieved")
    select(window, place, place + 8)
    press(window, KEY.Key_Return, ALT)
    wait_for(qtbot, window, RunState.REVIEW)
    assert [request.selection for request in window.bridge.engine.requests] == ["Nobody came.", "recieved"]


def _middle(window, word) -> QPoint:
    place = text(window).index(word)
    return window.page.range_rects(place, place + len(word))[0].center().toPoint()


def test_a_click_on_a_mistake_opens_its_menu_and_a_double_click_selects_the_word(qtbot, window):
    viewport = window.page.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=_middle(window, "Nobody"))
    qtbot.wait(260)
    assert menu() is None
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=_middle(window, "teh"))
    qtbot.wait(260)
    assert menu() is None
    assert window.page.textCursor().selectedText() == "teh"
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=_middle(window, "recieved"))
    qtbot.waitUntil(lambda: menu() is not None)
    QTest.keyClick(menu(), KEY.Key_Return)
    assert text(window) == TEXT.replace("recieved", "received")


@pytest.mark.parametrize("by", list(QContextMenuEvent.Reason)[:2])
def test_the_context_menu_of_a_mistake_offers_its_corrections(qtbot, window, by):
    keyboard = by is QContextMenuEvent.Reason.Keyboard
    put_caret(window, "recieved" if keyboard else "Nobody")
    point = _middle(window, "recieved")
    target = window.page if keyboard else window.page.viewport()
    QApplication.sendEvent(target, QContextMenuEvent(by, point, target.mapToGlobal(point)))
    shown = menu()
    assert offered(shown)[0] == "received\tspelling"
    # The mouse has no other way to what the page offers everywhere.
    assert ("&Undo" in offered(shown)) is not keyboard
    shown.close()


def test_what_is_ignored_stays_unmarked_in_this_document(qtbot, window, path):
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(window.page, "Again teh end. We were late.")
    settle(qtbot, window)
    assert marked(window) == ["recieved", "were", "teh", "teh", "were"]
    shown = open_menu(qtbot, window, "teh rain")
    shown.actions()[-2].trigger()
    shown.close()
    # A word is ignored wherever it stands; grammar only in this place.
    assert marked(window) == ["recieved", "were", "were"]
    shown = open_menu(qtbot, window, "were late,")
    shown.actions()[-1].trigger()
    shown.close()
    assert marked(window) == ["recieved", "were"]
    put_caret(window, "It were", 0)
    QTest.keyClicks(window.page, "So. ")
    settle(qtbot, window)
    assert marked(window)[0] == "recieved"
    assert "teh" not in marked(window)
    window.page.selectAll()
    press(window, KEY.Key_Return, ALT)
    assert window.bridge.engine.requests[-1].own_words == {"teh"}


def test_a_word_of_ones_own_is_kept_in_a_file_used_by_fix_and_can_be_removed(qtbot, make_window, window, tmp_path):
    words = window.checking.own_words
    words.path = tmp_path / "data" / "words.txt"
    shown = open_menu(qtbot, window, "recieved")
    shown.actions()[-1].trigger()
    shown.close()
    assert words.path.read_text() == "recieved\n"
    assert said(window) == "Added “recieved” to your dictionary. Write > Added words… removes it."
    settle(qtbot, window)
    assert marked(window) == ["were", "teh"]
    assert OwnWords(words.path).words == {"recieved"}
    select(window, 0, 22)
    press(window, KEY.Key_Return, ALT)
    wait_for(qtbot, window, RunState.REVIEW)
    assert window.bridge.engine.requests[-1].own_words == {"recieved"}
    press(window, KEY.Key_Escape)

    def remove():
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog) or QApplication.activeWindow() is not dialog:
            QTimer.singleShot(5, remove)
            return
        shown = dialog.findChild(QListWidget)
        assert [shown.item(row).text() for row in range(shown.count())] == ["recieved"]
        QTest.keyClick(shown, KEY.Key_Delete)
        QTest.keyClick(dialog, KEY.Key_Escape)

    QTimer.singleShot(0, remove)
    window.actions_by_name["edit_own_words"].trigger()
    assert words.path.read_text() == ""
    settle(qtbot, window)
    assert marked(window) == ["recieved", "were", "teh"]
    activate(window)


def test_keys_go_from_mistake_to_mistake_and_around(qtbot, window):
    select(window, 0, 0)
    seen = []
    for _ in range(4):
        press(window, KEY.Key_Semicolon, CONTROL)
        seen.append((text(window)[window.page.textCursor().position() :][:4], said(window)))
    assert [word.strip() for word, _ in seen] == ["reci", "were", "teh", "reci"]
    assert seen[0][1] == "“recieved”, spelling. Alt+Return shows corrections."
    assert seen[3][1].startswith("From the start: ")
    press(window, KEY.Key_Semicolon, CONTROL | SHIFT)
    assert text(window)[window.page.textCursor().position() :].startswith("teh")
    press(window, KEY.Key_Semicolon, CONTROL | SHIFT)
    assert text(window)[window.page.textCursor().position() :].startswith("were")


def test_without_mistakes_it_says_so(qtbot, window, script):
    script.mistakes = ()
    window.page.selectAll()
    QTest.keyClicks(window.page, "Fine.")
    press(window, KEY.Key_Semicolon, CONTROL)
    assert said(window) == "No mistakes found yet; the check is going on."
    settle(qtbot, window)
    press(window, KEY.Key_Semicolon, CONTROL)
    assert said(window) == "No more mistakes."
    press(window, KEY.Key_Semicolon, CONTROL | SHIFT)
    assert said(window) == "No more mistakes."
    switch(window)
    press(window, KEY.Key_Semicolon, CONTROL)
    assert said(window) == "Mistakes are not being marked. Choose Write > Check as I write."
    window.actions_by_name["show_corrections"].trigger()
    assert said(window).startswith("Mistakes are not being marked.")


def test_an_engine_that_fails_in_a_check_is_reported_once(qtbot, window, script, tmp_path):
    lines = []
    window.checking.warning.connect(lines.append)
    script.check_error = EngineError("There is not enough memory.")
    put_caret(window, "Nobody")
    QTest.keyClicks(window.page, "x")
    qtbot.waitUntil(lambda: bool(lines))
    assert said(window) == "Mistakes are no longer marked. There is not enough memory."
    assert marked(window) == []
    asked_before = len(window.bridge.engine.checks)
    QTest.keyClicks(window.page, "y")
    window.document.setModified(False)
    window.new()
    QTest.keyClicks(window.page, "z")
    qtbot.wait(800)
    assert (len(lines), len(window.bridge.engine.checks)) == (1, asked_before)
    script.check_error = None
    switch(window)
    switch(window)
    qtbot.waitUntil(lambda: len(window.bridge.engine.checks) > asked_before)


def test_another_document_is_checked_from_its_beginning(qtbot, window, tmp_path):
    other = tmp_path / "other.md"
    other.write_text("Just teh one.\n")
    window.open_document.open(str(other))
    qtbot.waitUntil(lambda: marked(window) == ["teh"])
    assert window.bridge.engine.checks[-1].text == "Just teh one.\n"
