"""The model dialog: what it says of a model, and that nothing is fetched unasked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QListWidget, QPushButton

from app.models.choice import ModelChoice
from app.models.dialog import ModelDialog
from app.models.looker import Looker
from engine import Outlook, Quantization

KEY = Qt.Key
ID = "someone/large"


class Answers:
    """Stands for the engine: what it says of a choice, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ModelChoice] = []

    def look(self, choice: ModelChoice) -> Outlook:
        self.asked.append(choice)
        if choice.model == ID:
            if choice.download:
                return Outlook(ID, "large", "51.6 GB to download.", to_fetch=51_600_000_000)
            return Outlook(ID, "large", "Not on this computer.", to_fetch=None)
        if choice.model == "/models/huge":
            trouble = "" if choice.device == "cuda" else "It needs 17.6 GB, and 6.2 GB are free on cpu."
            return Outlook(choice.model, "huge", "17.0 GB on disk.", trouble)
        return Outlook(choice.model, "embedded", "44.7 MB on disk.")


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def make_dialog(qtbot, answers):
    def make(models=(ID, "/models/huge"), current=None) -> ModelDialog:
        looker = Looker(None, answers.look, lambda: ("cuda", "cpu"))
        dialog = ModelDialog(None, models, current or ModelChoice(), looker)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(lambda: dialog.findChild(QComboBox, "device").count() == 2)
        settled(qtbot, dialog)
        return dialog

    return make


def told(dialog) -> str:
    return dialog.findChild(QLabel, "told").text()


def use(dialog) -> QPushButton:
    return dialog.findChild(QPushButton, "use")


def settled(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not told(dialog).endswith("…"))


def choose_row(qtbot, dialog, row: int) -> None:
    dialog.findChild(QListWidget, "models").setCurrentRow(row)
    settled(qtbot, dialog)


def test_return_takes_the_selected_model(qtbot, make_dialog):
    dialog = make_dialog()
    assert told(dialog) == "44.7 MB on disk."
    QTest.keyClick(dialog.findChild(QListWidget, "models"), KEY.Key_Return)
    assert dialog.choice == ModelChoice()


def test_escape_changes_nothing(make_dialog):
    dialog = make_dialog()
    QTest.keyClick(dialog, KEY.Key_Escape)
    assert dialog.choice is None


def test_what_does_not_fit_says_so_and_another_device_may_help(qtbot, make_dialog):
    dialog = make_dialog()
    choose_row(qtbot, dialog, 2)
    assert told(dialog) == "17.0 GB on disk.\nIt needs 17.6 GB, and 6.2 GB are free on cpu."
    assert not use(dialog).isEnabled()
    dialog.findChild(QComboBox, "device").setCurrentText("cuda")
    settled(qtbot, dialog)
    use(dialog).click()
    assert dialog.choice == ModelChoice("/models/huge", "cuda")


def test_the_network_is_asked_only_when_a_person_asks_and_nothing_is_fetched_before_the_size_is_known(
    qtbot, make_dialog, answers
):
    dialog = make_dialog()
    choose_row(qtbot, dialog, 1)
    assert told(dialog) == "Not on this computer."
    assert not any(choice.download for choice in answers.asked)
    use(dialog).click()
    settled(qtbot, dialog)
    assert (told(dialog), dialog.choice) == ("51.6 GB to download.", None)
    use(dialog).click()
    assert dialog.choice == ModelChoice(ID, download=True)


def test_a_model_is_added_by_its_name(qtbot, make_dialog):
    dialog = make_dialog(models=())
    field = dialog.findChild(QLineEdit, "hub_id")
    field.setFocus()
    QTest.keyClicks(field, f" {ID} ")
    QTest.keyClick(field, KEY.Key_Return)
    settled(qtbot, dialog)
    assert dialog.isVisible()
    assert told(dialog) == "Not on this computer."


def test_a_folder_is_added_once(qtbot, make_dialog, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/models/huge")
    dialog = make_dialog(models=())
    for _ in range(2):
        dialog.findChild(QPushButton, "folder").click()
        settled(qtbot, dialog)
    models = dialog.findChild(QListWidget, "models")
    assert [models.item(row).text() for row in range(models.count())][1:] == ["huge"]


def test_the_answer_to_an_earlier_question_is_not_shown(qtbot, make_dialog):
    """Would catch the figures of one model shown beside the name of another."""
    dialog = make_dialog()
    models = dialog.findChild(QListWidget, "models")
    for row in (1, 2, 0):
        models.setCurrentRow(row)
    settled(qtbot, dialog)
    qtbot.wait(20)
    assert told(dialog) == "44.7 MB on disk."


def test_what_is_loaded_is_selected_with_its_device_and_precision(make_dialog):
    current = ModelChoice("/models/huge", "cuda", Quantization.NF4)
    dialog = make_dialog(models=(), current=current)
    assert dialog.findChild(QListWidget, "models").currentItem().toolTip() == "/models/huge"
    assert dialog.findChild(QComboBox, "device").currentText() == "cuda"
    assert dialog.findChild(QComboBox, "precision").currentText() == "4 bits"
