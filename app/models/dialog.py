"""The dialog that chooses a model: what there is, what each needs, and whether it fits this computer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.models.choice import ModelChoice
from app.models.looker import Looker
from engine import Outlook, Quantization

_ABOUT = (
    "The model that rewrites your text. It runs on this computer, and nothing is fetched from the network before you "
    "press Download."
)
_EMBEDDED = "Remelt's own: small, English, always there"
_PRECISIONS = {
    Quantization.AUTO: "As precise as fits",
    Quantization.BF16: "16 bits",
    Quantization.INT8: "8 bits (slower)",
    Quantization.NF4: "4 bits",
}
_MODEL = Qt.ItemDataRole.UserRole


class ModelDialog(QDialog):
    """Lists models and says of the selected one what it needs. `choice` is None until one is accepted.

    models: folders and hub ids to list below the embedded checkpoint. current: what is loaded now.
    """

    def __init__(self, parent: QWidget, models: Sequence[str], current: ModelChoice, looker: Looker) -> None:
        super().__init__(parent)
        self.setObjectName("model_dialog")
        self.setWindowTitle("Model")
        self.setAccessibleName("Model")
        self.choice: ModelChoice | None = None
        self._looker, self._current = looker, current
        self._asked = 0
        self._outlook: Outlook | None = None
        looker.setParent(self)
        self._list = QListWidget()
        self._list.setObjectName("models")
        self._list.setAccessibleName("Models")
        self._name = QLineEdit()
        self._name.setObjectName("hub_id")
        self._name.setAccessibleName("Name on huggingface.co")
        self._name.setPlaceholderText("Name on huggingface.co, such as owner/name")
        self._add = _button("add", "&Add")
        self._folder = _button("folder", "&Folder…")
        self._device, self._precision = QComboBox(), QComboBox()
        self._told = QLabel()
        self._use = _button("use", "&Use this model")
        self._lay_out()
        for model in dict.fromkeys(("", *models, current.model)):
            self._append(model)
        self._offer_devices((current.device,))
        for quantization, text in _PRECISIONS.items():
            self._precision.addItem(text, quantization)
        self._precision.setCurrentIndex(list(_PRECISIONS).index(current.quantization))
        self._connect()
        self._select(current.model)
        self._list.setFocus()
        looker.ask_devices()

    def _lay_out(self) -> None:
        about = QLabel(_ABOUT)
        about.setObjectName("explanation")
        about.setWordWrap(True)
        self._told.setObjectName("told")
        self._told.setWordWrap(True)
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self._told.setMinimumHeight(3 * self._told.fontMetrics().lineSpacing())
        self._told.setAlignment(Qt.AlignmentFlag.AlignTop)
        others = QHBoxLayout()
        others.setSpacing(8)
        for widget, stretch in ((self._name, 1), (self._add, 0), (self._folder, 0)):
            others.addWidget(widget, stretch)
        form = QFormLayout()
        form.setSpacing(8)
        for name, text, box in (("device", "Computed on", self._device), ("precision", "Kept as", self._precision)):
            box.setObjectName(name)
            box.setAccessibleName(text)
            form.addRow(text, box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.addButton(self._use, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self._use.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self._list, 1)
        column.addLayout(others)
        column.addLayout(form)
        column.addWidget(self._told)
        column.addWidget(buttons)
        self.resize(560, 460)

    def _connect(self) -> None:
        self._list.currentRowChanged.connect(self._look)
        self._device.currentIndexChanged.connect(self._look)
        self._precision.currentIndexChanged.connect(self._look)
        self._list.itemActivated.connect(lambda _item: self._use.click())
        self._name.returnPressed.connect(self._add_named)
        self._add.clicked.connect(self._add_named)
        self._folder.clicked.connect(self._ask_folder)
        self._use.clicked.connect(self._take)
        self._looker.found.connect(self._show)
        self._looker.devices_found.connect(self._offer_devices)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in the field adds what is written there; only elsewhere it takes the model."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.focusWidget() is self._name:
            event.accept()
            return
        super().keyPressEvent(event)

    def _append(self, model: str) -> None:
        item = QListWidgetItem(Path(model).name if Path(model).is_absolute() else model or _EMBEDDED)
        item.setData(_MODEL, model)
        item.setToolTip(model or _EMBEDDED)
        self._list.addItem(item)

    def _select(self, model: str) -> None:
        rows = [row for row in range(self._list.count()) if self._list.item(row).data(_MODEL) == model]
        if not rows:
            self._append(model)
            rows = [self._list.count() - 1]
        self._list.setCurrentRow(rows[0])

    def _chosen(self, *, download: bool = False) -> ModelChoice:
        item = self._list.currentItem()
        model = item.data(_MODEL) if item is not None else ""
        return ModelChoice(model, self._device.currentText(), Quantization(self._precision.currentData()), download)

    @Slot()
    def _look(self) -> None:
        """Ask about the selected model, without the network."""
        self._outlook = None
        self._told.setText("Looking at it…")
        self._use.setEnabled(False)
        self._asked = self._looker.ask(self._chosen())

    @Slot(int, object)
    def _show(self, asked: int, outlook: Outlook) -> None:
        if asked != self._asked:
            return
        self._outlook = outlook
        self._told.setText("\n".join(part for part in (outlook.about, outlook.trouble) if part))
        here = outlook.to_fetch == 0
        self._use.setText("&Use this model" if here else "&Download" if outlook.to_fetch else "&Ask huggingface.co")
        # Where it does not fit, a writer who knows better may try all the same, but nothing is fetched in vain.
        self._use.setEnabled(not outlook.trouble)

    @Slot(object)
    def _offer_devices(self, devices: Sequence[str]) -> None:
        chosen = self._device.currentText() or self._current.device
        self._device.blockSignals(True)
        self._device.clear()
        self._device.addItems(list(dict.fromkeys((*devices, chosen))))
        self._device.setCurrentText(chosen)
        self._device.blockSignals(False)

    @Slot()
    def _add_named(self) -> None:
        name = self._name.text().strip()
        if name:
            self._name.clear()
            self._select(name)
            self._list.setFocus()

    @Slot()
    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of a checkpoint")
        if folder:
            self._select(folder)

    @Slot()
    def _take(self) -> None:
        if self._outlook is None:
            return
        if self._outlook.to_fetch is None:
            # Only now the network is used, and only to ask for the size.
            self._told.setText("Asking huggingface.co…")
            self._use.setEnabled(False)
            self._asked = self._looker.ask(self._chosen(download=True))
            return
        self.choice = self._chosen(download=self._outlook.to_fetch > 0)
        self.accept()


def _button(name: str, text: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text.replace("&", ""))
    button.setAutoDefault(False)
    return button
