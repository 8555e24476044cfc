"""Drives the main window as a writer does: keys, buttons, questions and what it shows."""

import time

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QPushButton

from app.documents.text_document import plain_text

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


def activate(window):
    """Make the window active, as shortcuts require; an answered question must be gone first."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.activateWindow()
    # Qt also calls a window active while one that belongs to it has the keyboard.
    deadline = time.monotonic() + 4
    while QApplication.activeWindow() is not window:
        assert time.monotonic() < deadline, "the window was not activated"
        QTest.qWait(2)


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    activate(window)
    QTest.keyClick(window.page, key, modifiers)


def text(window) -> str:
    return plain_text(window.document)


def said(window, name="message") -> str:
    return window.findChild(QLabel, name).text()


def answer(qtbot, name):
    """Press the button of that name in the next question; returns a list that will hold its text."""
    asked = []

    def choose():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(5, choose)
            return
        asked.append(box.text())
        if name:
            QTest.mouseClick(box.findChild(QPushButton, name), Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(box, KEY.Key_Escape)

    QTimer.singleShot(0, choose)
    return asked


def choose_file(monkeypatch, path):
    """Set the file that the writer will choose in the file dialog."""
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path) if path else "", ""))


def select(window, start, end):
    cursor = QTextCursor(window.page.document())
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    window.page.setTextCursor(cursor)


def wait_for(qtbot, window, state):
    qtbot.waitUntil(lambda: window.controller.state is state)
