"""The page of the preferences that is made of the declared settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QSpinBox, QWidget

from app.settings import SETTINGS, Setting, Settings

_USUAL_FONT = "Source Serif"
_STEP = 0.05


class SettingsPage(QWidget):
    """A row for every setting with a label. What is changed holds at once."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._rows: dict[str, tuple[QWidget, Callable[[Any], None]]] = {}
        form = QFormLayout(self)
        form.setContentsMargins(20, 18, 20, 12)
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        for setting in SETTINGS:
            if setting.label:
                box = self._box(setting)
                box.setObjectName(f"preference_{setting.name}")
                box.setAccessibleName(setting.label)
                box.setToolTip(setting.description)
                form.addRow("" if isinstance(box, QCheckBox) else setting.label, box)
        settings.changed.connect(self._show)

    def reset(self) -> None:
        """Give every setting that is shown its default."""
        for name in self._rows:
            self._settings.set_value(name, self._settings.default(name))

    def _box(self, setting: Setting) -> QWidget:
        """What shows and changes a setting."""
        value = self._settings.value(setting.name)
        change = lambda new, name=setting.name: self._settings.set_value(name, new)  # noqa: E731
        if setting.name == "font":
            return self._font_box(setting, change)
        if isinstance(setting.default, bool):
            box = QCheckBox(setting.label)
            box.toggled.connect(change)
            self._rows[setting.name] = box, box.setChecked
        elif setting.choices:
            box = QComboBox()
            for choice in setting.choices:
                box.addItem(choice.capitalize(), choice)
            box.currentIndexChanged.connect(lambda row: change(box.itemData(row)))
            self._rows[setting.name] = box, lambda new: box.setCurrentIndex(box.findData(new))
        else:
            box = QDoubleSpinBox() if isinstance(setting.default, float) else QSpinBox()
            box.setRange(setting.low, setting.high)  # pyright: ignore[reportArgumentType] # of the type of the default
            if isinstance(box, QDoubleSpinBox):
                box.setSingleStep(_STEP)
            box.valueChanged.connect(change)
            self._rows[setting.name] = box, box.setValue
        self._show(setting.name, value)
        return box

    def _font_box(self, setting: Setting, change: Callable[[str], None]) -> QComboBox:
        """The families of this computer, below the one that comes with Remelt."""
        box = QComboBox()
        box.addItem(_USUAL_FONT, "")
        for family in QFontDatabase.families():
            if not QFontDatabase.isPrivateFamily(family):
                box.addItem(family, family)
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.activated.connect(lambda row: change(box.itemData(row)))

        def show(family: str) -> None:
            row = box.findData(family)
            if row < 0:
                # Chosen on another computer.
                box.addItem(family, family)
                row = box.count() - 1
            box.setCurrentIndex(row)

        self._rows[setting.name] = box, show
        self._show(setting.name, self._settings.value(setting.name))
        return box

    @Slot(str, object)
    def _show(self, name: str, value: object) -> None:
        """Show a value that came from elsewhere."""
        if name in self._rows:
            box, show = self._rows[name]
            with QSignalBlocker(box):
                show(value)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
