"""The page of the preferences with the keys of all commands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.preferences.keymap import Keymap

_NAME = Qt.ItemDataRole.UserRole


class KeysPage(QWidget):
    """Lists commands and their keys; the key of the selected one can be changed."""

    def __init__(self, keymap: Keymap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keymap = keymap
        self._search = QLineEdit()
        self._search.setObjectName("key_search")
        self._search.setAccessibleName("Search for a command or a key")
        self._search.setPlaceholderText("Search for a command or a key")
        self._search.setClearButtonEnabled(True)
        self._table = QTableWidget(0, 2)
        self._table.setObjectName("keys")
        self._table.setAccessibleName("Commands and their keys")
        self._table.setHorizontalHeaderLabels(["Command", "Key"])
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setTabKeyNavigation(False)
        self._edit = QKeySequenceEdit()
        self._edit.setObjectName("key_edit")
        self._edit.setAccessibleName("Press the new key")
        self._edit.setMaximumSequenceLength(1)
        self._edit.setClearButtonEnabled(True)
        self._set = self._button("set_key", "&Set")
        self._usual = self._button("usual_key", "&Usual key")
        self._told = QLabel()
        self._told.setObjectName("key_told")
        self._told.setWordWrap(True)
        row = QHBoxLayout()
        for widget, stretch in ((self._edit, 1), (self._set, 0), (self._usual, 0)):
            row.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 12)
        column.setSpacing(10)
        column.addWidget(self._search)
        column.addWidget(self._table, 1)
        column.addLayout(row)
        column.addWidget(self._told)
        self._search.textChanged.connect(self._filter)
        self._table.currentCellChanged.connect(self._show)
        self._set.clicked.connect(self._change)
        self._usual.clicked.connect(self._reset)
        keymap.changed.connect(self._list)
        self._list()
        self._table.setCurrentCell(0, 0)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text.replace("&", ""))
        button.setAutoDefault(False)
        return button

    @property
    def _name(self) -> str:
        """The selected command."""
        item = self._table.item(self._table.currentRow(), 0)
        return item.data(_NAME) if item is not None else ""

    @Slot()
    def _list(self) -> None:
        names, keys = self._keymap.names, self._keymap.keys
        self._table.setRowCount(len(names))
        for row, name in enumerate(names):
            command = QTableWidgetItem(self._keymap.label(name))
            command.setData(_NAME, name)
            key = QTableWidgetItem(keys[name].toString(QKeySequence.SequenceFormat.NativeText))
            font = key.font()
            font.setBold(not self._keymap.is_usual(name))
            key.setFont(font)
            self._table.setItem(row, 0, command)
            self._table.setItem(row, 1, key)
        self._filter(self._search.text())

    @Slot(str)
    def _filter(self, sought: str) -> None:
        words = sought.casefold().split()
        for row in range(self._table.rowCount()):
            items = (self._table.item(row, column) for column in (0, 1))
            text = " ".join(item.text() for item in items if item is not None).casefold()
            self._table.setRowHidden(row, not all(word in text for word in words))

    @Slot()
    def _show(self) -> None:
        name = self._name
        if name:
            self._edit.setKeySequence(self._keymap.keys[name])
            self._usual.setEnabled(not self._keymap.is_usual(name))
            self._told.clear()

    @Slot()
    def _change(self) -> None:
        self._tell(self._keymap.change(self._name, self._edit.keySequence()))

    @Slot()
    def _reset(self) -> None:
        self._tell(self._keymap.reset(self._name))

    def _tell(self, trouble: str) -> None:
        """Show what is now, or why it is not."""
        if not trouble:
            self._show()
        self._told.setText(trouble)
