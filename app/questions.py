"""The questions Remelt asks before text could be lost. Each is one sentence with answers that say what they do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget


class UnsavedAnswer(Enum):
    """What shall become of unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


class ConflictAnswer(Enum):
    """What shall become of a file that another program has changed."""

    OVERWRITE = "overwrite"
    SAVE_AS = "save_as"
    STAY = "stay"


class RecoveryAnswer(Enum):
    """What shall become of a text that was never saved."""

    RESTORE = "restore"
    DISCARD = "discard"
    LATER = "later"


def ask_about_unsaved(parent: QWidget, name: str) -> UnsavedAnswer:
    """Ask before a document with unsaved changes goes away. Escape stays."""
    box, buttons = _box(
        parent,
        f"Save your changes to {name}?",
        "Without saving, they are lost.",
        {
            UnsavedAnswer.SAVE: ("&Save", QMessageBox.ButtonRole.AcceptRole),
            UnsavedAnswer.DISCARD: ("&Don’t save", QMessageBox.ButtonRole.DestructiveRole),
            UnsavedAnswer.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[UnsavedAnswer.SAVE])
    return _answer(box, buttons, UnsavedAnswer.STAY)


def ask_about_conflict(parent: QWidget, name: str) -> ConflictAnswer:
    """Ask before a file is overwritten that is no longer what was opened. Escape stays."""
    box, buttons = _box(
        parent,
        f"Another program has changed {name} since you opened it.",
        "Overwriting it removes what that program wrote.",
        {
            ConflictAnswer.SAVE_AS: ("&Save under another name", QMessageBox.ButtonRole.AcceptRole),
            ConflictAnswer.OVERWRITE: ("&Overwrite", QMessageBox.ButtonRole.DestructiveRole),
            ConflictAnswer.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[ConflictAnswer.SAVE_AS])
    return _answer(box, buttons, ConflictAnswer.STAY)


def ask_about_recovery(parent: QWidget, name: str, when: str, words: str) -> RecoveryAnswer:
    """Ask about a text that was not saved when the program or the computer ended. Escape asks again next time.

    when: it was written, words: it begins with, both for people.
    """
    box, buttons = _box(
        parent,
        f"Take back what you wrote in {name}?",
        f"It was not saved when Remelt ended, {when}. It begins: “{words}”",
        {
            RecoveryAnswer.RESTORE: ("&Take it back", QMessageBox.ButtonRole.AcceptRole),
            RecoveryAnswer.DISCARD: ("Throw it &away", QMessageBox.ButtonRole.DestructiveRole),
            RecoveryAnswer.LATER: ("&Later", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setDefaultButton(buttons[RecoveryAnswer.RESTORE])
    return _answer(box, buttons, RecoveryAnswer.LATER)


_Answer = TypeVar("_Answer", bound=Enum)


def _box(
    parent: QWidget, question: str, consequence: str, answers: Mapping[_Answer, tuple[str, QMessageBox.ButtonRole]]
) -> tuple[QMessageBox, dict[_Answer, QPushButton]]:
    """A message box whose buttons can be found by name."""
    box = QMessageBox(parent)
    box.setObjectName("question")
    box.setAccessibleName(question)
    box.setText(question)
    box.setInformativeText(consequence)
    layout = box.layout()
    if layout is not None:
        layout.setContentsMargins(20, 18, 20, 16)
    buttons: dict[_Answer, QPushButton] = {}
    for answer, (text, role) in answers.items():
        button = box.addButton(text, role)
        button.setObjectName(str(answer.value))
        button.setAccessibleName(text.replace("&", ""))
        buttons[answer] = button
        if role == QMessageBox.ButtonRole.RejectRole:
            box.setEscapeButton(button)
    return box, buttons


def _answer(box: QMessageBox, buttons: Mapping[_Answer, QPushButton], otherwise: _Answer) -> _Answer:
    """Show the box and return what was chosen."""
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return next((answer for answer, button in buttons.items() if button is clicked), otherwise)
