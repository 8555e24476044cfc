"""Going to a line or a heading by keys."""

import pytest
from find_desk import KEY
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListView

TEXT = "\n".join(
    ["# Start", "", *(f"line 😀 {number}" for number in range(200)), "## The middle", "", "# The end", "x"]
)


@pytest.fixture
def desk(make_desk):
    desk = make_desk(TEXT)
    desk.tools.go_to()
    desk.wait_for(lambda: len(rows(desk)) == 3)
    return desk


def rows(desk) -> list[str]:
    return desk.findChild(QListView, "go_to_headings").model().stringList()


def goes_to(desk) -> str:
    return desk.findChild(QLabel, "go_to_note").text()


def line_of_caret(desk) -> str:
    return desk.page.textCursor().block().text()


def test_a_line(desk):
    desk.type("103")
    assert goes_to(desk) == "Line 103 of 206"
    desk.press(KEY.Key_Return)
    assert line_of_caret(desk) == "line 😀 100"
    assert desk.page.firstVisibleBlock().text() == "line 😀 100"
    assert QApplication.focusWidget() is desk.page
    assert not desk.tools.bars[1].isVisible()


@pytest.mark.parametrize(("typed", "line"), [("0", "# Start"), ("9" * 5_000, "x")])
def test_a_line_beyond_the_text_is_the_nearest_one(desk, typed, line):
    desk.put("go_to_field", typed)
    desk.press(KEY.Key_Return)
    assert line_of_caret(desk) == line


def test_headings_are_shown_by_level_and_filtered_by_words(desk):
    assert rows(desk) == ["Start", "    The middle", "The end"]
    desk.type("MID the")
    assert rows(desk) == ["    The middle"]
    desk.press(KEY.Key_Return)
    assert line_of_caret(desk) == "## The middle"


def test_arrows_choose_a_heading(desk):
    assert goes_to(desk) == "Start"
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Down)
    assert goes_to(desk) == "The end"
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Up)
    desk.press(KEY.Key_Return)
    assert line_of_caret(desk) == "# The end"
    desk.tools.go_to()
    desk.wait_for(lambda: goes_to(desk) == "The end")


def test_a_click_chooses_a_heading(desk):
    shown = desk.findChild(QListView, "go_to_headings")
    place = shown.visualRect(shown.model().index(1)).center()
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert line_of_caret(desk) == "## The middle"


def test_escape_leaves_everything_as_it_was(desk):
    desk.type("end")
    desk.press(KEY.Key_Escape)
    assert desk.selected == (0, 0)
    assert QApplication.focusWidget() is desk.page


def test_what_is_no_heading_is_said_and_goes_nowhere(desk):
    desk.type("zebra")
    assert goes_to(desk) == "No such heading"
    desk.press(KEY.Key_Return)
    assert desk.selected == (0, 0)
    assert QApplication.focusWidget().objectName() == "go_to_field"


def test_a_text_of_another_kind_has_lines_only(make_desk):
    desk = make_desk(TEXT)
    desk.document.setMetaInformation(QTextDocument.MetaInformation.DocumentTitle, "script.py")
    desk.tools.go_to()
    desk.type("start")
    assert goes_to(desk) == "No headings in this text. Type a line number."
    assert rows(desk) == []


def test_the_bars_leave_the_page_its_room(desk, qtbot):
    """Catches a bar that shares the height of the window with the page."""
    for bar, command in zip(desk.tools.bars, (desk.tools.find_text, desk.tools.go_to), strict=True):
        command()
        qtbot.waitUntil(lambda bar=bar: bar.height() == bar.sizeHint().height())
        assert desk.page.geometry().bottom() < bar.geometry().top()


def test_only_one_bar_is_open(desk):
    desk.tools.find_text()
    assert [bar.isVisible() for bar in desk.tools.bars] == [True, False]
    desk.tools.go_to()
    assert [bar.isVisible() for bar in desk.tools.bars] == [False, True]
