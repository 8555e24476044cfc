"""The questions Remelt asks before text could be lost. Each answer says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import islice
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

_CHARACTERS = 5
"""Of those that cannot be written, how many a question names."""


class UnsavedAnswer(Enum):
    """What to do with unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


class ConflictAnswer(Enum):
    """What to do about a file that another program has changed."""

    OVERWRITE = "overwrite"
    SAVE_AS = "save_as"
    STAY = "stay"


class EncodingAnswer(Enum):
    """What to do about characters that the encoding of a file lacks."""

    UTF_8 = "utf_8"
    STAY = "stay"


class Consent(Enum):
    """Whether to do what was asked about."""

    YES = "yes"
    STAY = "stay"


class RecoveryAnswer(Enum):
    """What to do with text that was left unsaved."""

    RESTORE = "restore"
    DISCARD = "discard"
    LATER = "later"


def ask_about_unsaved(parent: QWidget, name: str) -> UnsavedAnswer:
    """Ask before a document with unsaved changes is closed. Escape cancels."""
    box, buttons = _box(
        parent,
        f"Save changes to “{name}”?",
        "Your changes will be lost if you don’t save them.",
        {
            UnsavedAnswer.SAVE: ("&Save", QMessageBox.ButtonRole.AcceptRole),
            UnsavedAnswer.DISCARD: ("&Don’t save", QMessageBox.ButtonRole.DestructiveRole),
            UnsavedAnswer.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[UnsavedAnswer.SAVE])
    return _answer(box, buttons, UnsavedAnswer.STAY)


def ask_about_conflict(parent: QWidget, name: str, *, created: bool = False) -> ConflictAnswer:
    """Ask before a file is overwritten that another program has changed, or created. Escape cancels."""
    box, buttons = _box(
        parent,
        f"Another program has {'created' if created else 'changed'} “{name}” since you opened it.",
        f"Overwriting the file discards {'what it contains' if created else 'those changes'}.",
        {
            ConflictAnswer.SAVE_AS: ("&Save as…", QMessageBox.ButtonRole.AcceptRole),
            ConflictAnswer.OVERWRITE: ("&Overwrite", QMessageBox.ButtonRole.DestructiveRole),
            ConflictAnswer.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[ConflictAnswer.SAVE_AS])
    return _answer(box, buttons, ConflictAnswer.STAY)


def ask_about_revert(parent: QWidget, name: str, *, undoable: bool) -> bool:
    """Ask before unsaved changes give way to what is in the file. Escape cancels.

    undoable: whether one undo brings them back.
    """
    box, buttons = _box(
        parent,
        f"Revert “{name}” to the saved file?",
        "This removes your unsaved changes. Ctrl+Z restores them."
        if undoable
        else "Your unsaved changes will be lost: in a file with mixed line ends, Ctrl+Z can’t restore them.",
        {
            Consent.YES: ("&Revert", QMessageBox.ButtonRole.DestructiveRole),
            Consent.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[Consent.YES if undoable else Consent.STAY])
    return _answer(box, buttons, Consent.STAY) is Consent.YES


def ask_about_shared(parent: QWidget, name: str) -> bool:
    """Ask before a file is opened that another window has open. Escape cancels."""
    box, buttons = _box(
        parent,
        f"“{name}” is open in another Remelt window.",
        "You can’t save it here under the same name until it is closed there.",
        {
            Consent.YES: ("&Open anyway", QMessageBox.ButtonRole.AcceptRole),
            Consent.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[Consent.STAY])
    return _answer(box, buttons, Consent.STAY) is Consent.YES


def ask_about_characters(parent: QWidget, name: str, encoding: str, characters: Mapping[str, int]) -> EncodingAnswer:
    """Ask before a text is saved in another encoding, since its own lacks characters. Escape cancels.

    characters: which it lacks, and how often each occurs.
    """
    first = [f"“{_shown(character)}” ({count:,}×)" for character, count in islice(characters.items(), _CHARACTERS)]
    rest = len(characters) - len(first)
    if rest:
        first.append("1 other" if rest == 1 else f"{rest:,} others")
    listed = f"{', '.join(first[:-1])} and {first[-1]}" if first[1:] else first[0]
    box, buttons = _box(
        parent,
        f"“{name}” can’t be saved in {encoding}.",
        f"That encoding has no way to write {listed}. UTF-8 keeps every character.",
        {
            EncodingAnswer.UTF_8: ("&Save as UTF-8", QMessageBox.ButtonRole.AcceptRole),
            EncodingAnswer.STAY: ("&Cancel", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[EncodingAnswer.UTF_8])
    return _answer(box, buttons, EncodingAnswer.STAY)


def ask_about_recovery(parent: QWidget, name: str, when: str, words: str, *, elsewhere: bool = False) -> RecoveryAnswer:
    """Ask about text that was not saved when the program or the computer stopped. Escape asks again next time.

    when: the time of its last change. words: how it begins. elsewhere: it would open in another window.
    """
    restore = "&Restore in another window" if elsewhere else "&Restore"
    box, buttons = _box(
        parent,
        f"Restore unsaved changes to “{name}”?",
        f"Remelt ended without saving them ({when}). It begins: “{words}”",
        {
            RecoveryAnswer.RESTORE: (restore, QMessageBox.ButtonRole.AcceptRole),
            RecoveryAnswer.DISCARD: ("&Discard", QMessageBox.ButtonRole.DestructiveRole),
            RecoveryAnswer.LATER: ("&Later", QMessageBox.ButtonRole.RejectRole),
        },
    )
    box.setDefaultButton(buttons[RecoveryAnswer.RESTORE])
    return _answer(box, buttons, RecoveryAnswer.LATER)


def _shown(character: str) -> str:
    """A character, or its number where there is nothing to see."""
    return character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"


_Answer = TypeVar("_Answer", bound=Enum)


def _box(
    parent: QWidget, question: str, consequence: str, answers: Mapping[_Answer, tuple[str, QMessageBox.ButtonRole]]
) -> tuple[QMessageBox, dict[_Answer, QPushButton]]:
    """A message box whose buttons can be found by name."""
    box = QMessageBox(parent)
    box.setObjectName("question")
    box.setAccessibleName(question)
    # The name of a file may look like a tag.
    box.setTextFormat(Qt.TextFormat.PlainText)
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
