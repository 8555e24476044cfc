"""Files dropped on a window."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from window_driver import answer, said, text

ACTIONS = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
BUTTON, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drop(window, where: str, data: QMimeData) -> bool:
    """Drop something on a part of the window, as Qt does: what the part ignores goes to those around it."""
    part = window.page.viewport() if where == "page" else window.findChild(QWidget, where) if where else window
    while part is not None:
        entering = QDragEnterEvent(QPoint(5, 5), ACTIONS, data, BUTTON, PLAIN)
        entering.ignore()
        if part.acceptDrops():
            QApplication.sendEvent(part, entering)
        if entering.isAccepted():
            QApplication.sendEvent(part, QDropEvent(QPointF(5, 5), ACTIONS, data, BUTTON, PLAIN))
            return True
        part = part.parentWidget()
    return False


def files(*paths) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.md"
    path.write_text("other")
    return path


@pytest.mark.parametrize("where", ["page", "top_bar", "status_bar", ""])
def test_a_file_is_opened_wherever_it_is_dropped(window, other, where):
    """Only the text itself took files; on the bars nothing happened."""
    assert drop(window, where, files(other))
    assert text(window) == "other"


@pytest.mark.parametrize("where", ["page", "status_bar"])
def test_it_asks_before_unsaved_changes_go(qtbot, window, other, where):
    QTest.keyClicks(window.page, "New ")
    asked = answer(qtbot, None)
    drop(window, where, files(other))
    assert asked == ["Save changes to “notes.md”?"]
    assert text(window).startswith("New One line.")


def test_text_is_dropped_into_the_text_only(window):
    """A bar took text and did nothing with it."""
    data = QMimeData()
    data.setText("dropped")
    before = text(window)
    assert not drop(window, "status_bar", data)
    assert not drop(window, "", data)
    assert text(window) == before
    assert drop(window, "page", data)
    assert "dropped" in text(window)


def test_several_files_and_folders_open_nothing(window, other, notes, tmp_path):
    before = text(window)
    assert not drop(window, "status_bar", files(other, notes))
    assert text(window) == before
    drop(window, "status_bar", files(tmp_path))
    assert "is a folder" in said(window)
    assert text(window) == before
