"""The icon of the program, drawn from one picture at every size a desktop asks for."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 24, 32, 48, 64, 128, 256)
"""Pixels."""


def drawing() -> bytes:
    """The icon as SVG."""
    return files("resources").joinpath("icon.svg").read_bytes()


def application_icon() -> QIcon:
    """The icon; needs a QGuiApplication."""
    renderer = QSvgRenderer(QByteArray(drawing()))
    icon = QIcon()
    for size in SIZES:
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            renderer.render(painter)
        icon.addPixmap(picture)
    return icon
