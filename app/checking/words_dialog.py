"""The writer's own words in a list, from which they can be removed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from app.own_words import OwnWords


class WordsDialog(QDialog):
    """Shows the words of the dictionary that the writer has added."""

    def __init__(self, own_words: OwnWords, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("words_dialog")
        self.setWindowTitle("Added words")
        self.resize(360, 420)
        self._own_words = own_words
        where = f" They are kept in {own_words.path}, one on each line." if own_words.path else ""
        text = QLabel(f"Fix and Check as I write leave these words alone.{where}")
        text.setWordWrap(True)
        self._list = QListWidget()
        self._list.setObjectName("own_words")
        self._list.setAccessibleName("Added words")
        self._list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self._list.addItems(sorted(own_words.words, key=str.casefold))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._remove = QPushButton("&Remove")
        self._remove.setObjectName("remove_word")
        self._remove.setAutoDefault(False)
        buttons.addButton(self._remove, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self._remove.clicked.connect(self._remove_selected)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), self._list, self._remove_selected)
        column = QVBoxLayout(self)
        for part in (text, self._list, buttons):
            column.addWidget(part)
        self._list.itemSelectionChanged.connect(self._offer)
        if self._list.count():
            self._list.setCurrentRow(0)
        self._list.setFocus()
        self._offer()

    @Slot()
    def _remove_selected(self) -> None:
        for item in self._list.selectedItems():
            if self._own_words.remove(item.text()):
                self._list.takeItem(self._list.row(item))

    @Slot()
    def _offer(self) -> None:
        self._remove.setEnabled(bool(self._list.selectedItems()))
