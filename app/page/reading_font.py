"""The reading font: the writer's choice, else Source Serif from its package, else the system's serif font."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtGui import QFont, QFontDatabase

_CUTS = ("Regular", "It", "Bold", "BoldIt")
_FALLBACKS = ["Source Serif 4", "Source Serif Pro", "Georgia", "Noto Serif", "DejaVu Serif"]


@cache
def _families() -> list[str]:
    """Load the font files once per process; returns the families to try, best first."""
    loaded: list[str] = []
    try:
        folder = files("font_source_serif_pro").joinpath("files")
    except ModuleNotFoundError:
        return _FALLBACKS
    for cut in _CUTS:
        number = QFontDatabase.addApplicationFont(str(folder.joinpath(f"SourceSerifPro-{cut}.otf")))
        if number >= 0:
            loaded += QFontDatabase.applicationFontFamilies(number)
    return list(dict.fromkeys(loaded + _FALLBACKS))


_chosen: list[str] = []


def choose_reading_font(family: str) -> None:
    """Use a family from now on; "" for the usual one."""
    _chosen[:] = [family] if family else []


def reading_font(size: int) -> QFont:
    """The font of the page at `size` pixels. Needs a QGuiApplication."""
    font = QFont([*_chosen, *_families()])
    font.setStyleHint(QFont.StyleHint.Serif)
    font.setPixelSize(size)
    # Hinting would fit the letters to the pixel grid and make widths jump with the size.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
