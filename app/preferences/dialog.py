"""The preferences in a window of their own."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QTabWidget, QVBoxLayout, QWidget

from app.preferences.keymap import Keymap
from app.preferences.keys_page import KeysPage
from app.preferences.settings_page import SettingsPage
from app.settings import Settings


class PreferencesDialog(QDialog):
    """Settings and keys. Nothing has to be confirmed: what is changed holds at once."""

    def __init__(self, settings: Settings, keymap: Keymap, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("preferences_dialog")
        self.setWindowTitle("Preferences")
        self.setAccessibleName("Preferences")
        page = SettingsPage(settings)
        tabs = QTabWidget()
        tabs.setObjectName("preferences_tabs")
        tabs.addTab(page, "&Settings")
        tabs.addTab(KeysPage(keymap), "&Keys")
        tabs.setDocumentMode(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = QPushButton("Usual se&ttings")
        reset.setObjectName("usual_settings")
        reset.setAutoDefault(False)
        buttons.addButton(reset, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        reset.clicked.connect(page.reset)
        tabs.currentChanged.connect(lambda tab: reset.setVisible(tab == 0))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 16)
        column.addWidget(tabs, 1)
        column.addWidget(buttons)
        buttons.setContentsMargins(20, 0, 20, 0)
        self.resize(560, 560)
