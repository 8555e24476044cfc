"""About: versions to copy, and the licences of all that is shipped."""

from importlib import metadata
from importlib.resources import files

import pytest
from journal_files import wait_for
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QListWidget, QPushButton, QTextBrowser

from app.about import AboutDialog
from app.credits import CREDITS
from app.icon import SIZES, application_icon
from app.main_window import MainWindow


@pytest.fixture
def dialog(qtbot, bridge, settings, themes):
    window = MainWindow(bridge, settings, themes)
    qtbot.addWidget(window)
    window.show()
    window.actions_by_name["about"].trigger()
    return window.findChild(AboutDialog)


def test_versions_are_those_installed_and_can_be_copied(dialog):
    dialog.findChild(QPushButton, "about_copy").click()
    copied = QGuiApplication.clipboard().text()
    for name in ("remelt", "PySide6-Essentials", "torch", "transformers"):
        assert metadata.version(name) in copied


def test_every_part_that_is_shipped_has_its_licence_from_its_own_file(dialog):
    """Catches an empty page, and a licence file in resources that nobody can read in the program."""
    parts, text = dialog.findChild(QListWidget), dialog.findChild(QTextBrowser)
    pages = {}
    for row, credit in enumerate(CREDITS):
        parts.setCurrentRow(row)
        pages[credit.name] = text.toPlainText()
        assert pages[credit.name].strip()
    assert "Apache License" in pages["licence"]
    assert "Princeton University" in pages["wordnet"]
    assert "library_name" not in pages["checkpoint"]
    assert all(need.split(">")[0] in pages["libraries"] for need in ("qasync", "pyqtgraph", "font-source-serif-pro"))
    for licence in files("resources").joinpath("dictionaries").iterdir():
        if licence.name.startswith("LICENSE"):
            assert licence.read_text("utf-8") in [credit.read() for credit in CREDITS]


def test_it_closes_and_leaves_nothing(dialog):
    window = dialog.parent()
    dialog.findChild(QPushButton, "about_close").click()
    wait_for(lambda: not window.findChildren(AboutDialog))


def test_the_icon_has_a_picture_of_every_size(qapp):
    """Catches an icon that a small size blurs, or that is not found."""
    icon = application_icon()
    for size in SIZES:
        picture = icon.pixmap(size, size).toImage()
        assert (picture.width(), picture.height()) == (size, size)
        assert picture.pixelColor(0, 0).alpha() == 0
        assert len({picture.pixel(x, y) for x in range(size) for y in range(size)}) > 8
