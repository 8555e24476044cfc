"""The light and dark themes, and the object that knows which one is in use."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette, QStyleHints

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours.

    name: "light" or "dark".
    paper, ink: the page and its text. ink_faint: secondary text.
    chrome, chrome_ink, hairline: the bars, the words on them, and the lines between them and the page.
    accent: the caret and controls. selection: the background of selected words.
    found: the background of what was searched for.
    noise: a slot that is not accepted. locked_flash: the glow of a token as it lands. melt: a token that is re-noised.
    pinned: the line below words that must stay.
    struck, added: old and new text in a review. mistake: the wavy line under one. warning: an error line.
    """

    name: str
    paper: QColor
    ink: QColor
    ink_faint: QColor
    chrome: QColor
    chrome_ink: QColor
    hairline: QColor
    accent: QColor
    selection: QColor
    found: QColor
    noise: QColor
    locked_flash: QColor
    melt: QColor
    pinned: QColor
    struck: QColor
    added: QColor
    mistake: QColor
    warning: QColor

    @classmethod
    def for_palette(cls, settings: Settings, style_hints: QStyleHints) -> Theme:
        """The theme chosen in the settings, or that of the system."""
        chosen = settings.value("theme")
        if chosen == "system":
            chosen = "dark" if style_hints.colorScheme() == Qt.ColorScheme.Dark else "light"
        return DARK if chosen == "dark" else LIGHT

    def palette(self) -> QPalette:
        """These colours as a Qt palette, for everything Remelt does not paint itself."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, color in (
            (roles.Window, self.chrome),
            (roles.WindowText, self.chrome_ink),
            (roles.Base, self.paper),
            (roles.AlternateBase, self.chrome),
            (roles.Text, self.ink),
            (roles.Button, self.chrome),
            (roles.ButtonText, self.chrome_ink),
            (roles.BrightText, self.warning),
            (roles.ToolTipBase, self.chrome),
            (roles.ToolTipText, self.ink),
            (roles.PlaceholderText, self.ink_faint),
            (roles.Highlight, self.selection),
            (roles.HighlightedText, self.ink),
            (roles.Accent, self.accent),
            (roles.Link, self.accent),
            (roles.Light, self.paper),
            (roles.Midlight, self.paper),
            (roles.Mid, self.hairline),
            (roles.Dark, self.hairline),
            (roles.Shadow, self.ink_faint),
        ):
            palette.setColor(role, color)
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.ink_faint)
        return palette

    def style_sheet(self) -> str:
        """The style sheet of bars and menus in these colours."""
        return _STYLE.format_map({name: _css(getattr(self, name)) for name in self.__slots__ if name != "name"})


def _css(color: QColor) -> str:
    return color.name()


_STYLE = """
QMainWindow, #status_bar, #top_bar {{ background: {chrome}; }}
#page {{ background: {paper}; border: none; }}
#top_bar {{ border-bottom: 1px solid {hairline}; }}
#status_bar {{ border-top: 1px solid {hairline}; }}
#status_bar QLabel {{ font-size: 12px; }}
#document_name {{ color: {chrome_ink}; font-size: 13px; }}
QMenuBar {{ background: transparent; color: {chrome_ink}; font-size: 13px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {hairline}; color: {ink}; }}
QMenu {{ background: {paper}; color: {ink}; border: 1px solid {hairline}; padding: 5px; font-size: 13px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selection}; }}
QMenu::item:disabled {{ color: {ink_faint}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {hairline}; margin: 5px 8px; }}
#top_bar QToolButton {{ color: {chrome_ink}; border: 1px solid transparent; border-radius: 5px; padding: 4px 8px;
    font-size: 13px; }}
#top_bar QToolButton:hover:enabled {{ background: {hairline}; color: {ink}; }}
#top_bar QToolButton:pressed {{ background: {selection}; }}
#top_bar QToolButton:disabled {{ color: {noise}; }}
#find_bar, #go_to_bar, #ask_bar {{ background: {chrome}; border-top: 1px solid {hairline}; }}
#disk_notice {{ background: {selection}; border-bottom: 1px solid {hairline}; }}
#disk_notice QLabel {{ color: {ink}; font-size: 13px; }}
#disk_notice QToolButton {{ background: {paper}; color: {ink}; border: 1px solid {hairline}; border-radius: 5px;
    padding: 4px 10px; font-size: 13px; }}
#disk_notice QToolButton:hover, #disk_notice QToolButton:focus {{ border-color: {accent}; }}
#find_bar QLabel, #go_to_bar QLabel, #ask_bar QLabel {{ font-size: 12px; color: {chrome_ink}; }}
#find_bar QLabel#find_note {{ color: {warning}; }}
#find_bar QLineEdit, #go_to_bar QLineEdit, #ask_bar QLineEdit {{ background: {paper}; color: {ink};
    border: 1px solid {hairline}; border-radius: 5px; padding: 4px 7px; font-size: 13px;
    selection-background-color: {selection}; selection-color: {ink}; }}
#find_bar QLineEdit:focus, #go_to_bar QLineEdit:focus, #ask_bar QLineEdit:focus {{ border-color: {accent}; }}
#go_to_bar QListView {{ background: {paper}; color: {ink}; border: 1px solid {hairline}; border-radius: 5px;
    font-size: 13px; outline: none; }}
#go_to_bar QListView::item {{ padding: 3px 7px; }}
#go_to_bar QListView::item:selected {{ background: {selection}; color: {ink}; }}
#find_bar QToolButton, #ask_bar QToolButton {{ color: {chrome_ink}; border: 1px solid {hairline}; border-radius: 5px;
    padding: 4px 8px; font-size: 13px; }}
#find_bar QToolButton:hover:enabled, #ask_bar QToolButton:hover:enabled {{ background: {hairline}; color: {ink}; }}
#ask_bar QToolButton:pressed, #find_bar QToolButton:pressed, #find_bar QToolButton:checked {{ background: {selection};
    color: {ink}; border-color: {accent}; }}
#find_bar QToolButton:focus, #ask_bar QToolButton:focus {{ border-color: {accent}; }}
#find_bar QToolButton:disabled, #ask_bar QToolButton:disabled {{ color: {noise}; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; border: none; }}
QScrollBar::handle:vertical {{ background: {hairline}; min-height: 36px; border-radius: 3px; margin: 3px; }}
QScrollBar::handle:vertical:hover {{ background: {noise}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ background: none; border: none; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QDialog {{ background: {paper}; }}
QDialog QLabel {{ color: {ink}; font-size: 13px; }}
QDialog QLineEdit, QDialog QListWidget, QDialog QTableWidget {{ background: {paper}; color: {ink}; font-size: 13px;
    border: 1px solid {hairline}; border-radius: 5px; selection-background-color: {selection}; selection-color: {ink};
    gridline-color: {hairline}; }}
QDialog QLineEdit {{ padding: 4px 7px; }}
QDialog QLineEdit:focus, QDialog QListWidget:focus, QDialog QTableWidget:focus {{ border-color: {accent}; }}
QDialog QComboBox QLineEdit, QDialog QAbstractSpinBox QLineEdit {{ border: none; padding: 0; }}
QDialog QHeaderView::section {{ background: {chrome}; color: {chrome_ink}; border: none; padding: 4px 7px;
    border-bottom: 1px solid {hairline}; }}
QDialog QCheckBox {{ color: {ink}; font-size: 13px; spacing: 8px; }}
QDialog QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {ink_faint}; border-radius: 3px;
    background: {paper}; }}
QDialog QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QDialog QCheckBox:focus {{ text-decoration: underline; }}
#question #qt_msgbox_label {{ font-size: 15px; }}
#question #qt_msgbox_informativelabel {{ color: {chrome_ink}; }}
QPushButton {{ background: {chrome}; color: {ink}; border: 1px solid {hairline}; border-radius: 5px; padding: 6px 16px;
    font-size: 13px; }}
QPushButton:hover {{ background: {hairline}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:default {{ background: {accent}; color: {paper}; border-color: {accent}; }}
QPushButton:default:focus {{ border-color: {ink}; }}
QPushButton:disabled {{ background: {chrome}; color: {ink_faint}; border-color: {hairline}; }}
#race_window {{ background: {chrome}; }}
#race_window QLabel, #race_window QComboBox, #race_window QSpinBox, #race_window QLineEdit {{ font-size: 13px; }}
#race_window QLabel {{ color: {chrome_ink}; }}
#race_window QComboBox {{ color: {ink}; }}
#race_window QLabel[number="true"] {{ color: {ink}; }}
#race_pane_diffusion, #race_pane_autoregressive {{ background: {paper}; border: 1px solid {hairline}; }}
#race_pane_autoregressive {{ border-left: none; }}
#race_pane_diffusion QScrollArea, #race_pane_autoregressive QScrollArea {{ background: transparent; border: none; }}
#race_window QLabel#race_title {{ color: {ink}; font-size: 15px; }}
#race_controls QPushButton {{ padding: 5px 10px; }}
#race_controls QPushButton#race_run:enabled {{ background: {accent}; color: {paper}; border-color: {accent}; }}
#race_controls QPushButton#race_run:focus {{ border-color: {ink}; }}
#race_controls QPushButton:checked {{ background: {selection}; }}
QToolTip {{ background: {paper}; color: {ink}; border: 1px solid {hairline}; padding: 4px; }}
"""
"""Style sheet of bars, menus and scroll bars; {names} are colours of the theme."""

LIGHT = Theme(
    name="light",
    paper=QColor("#fbf9f4"),
    ink=QColor("#24221e"),
    ink_faint=QColor("#8f897d"),
    chrome=QColor("#f5f2ea"),
    chrome_ink=QColor("#5b564c"),
    hairline=QColor("#e4dfd3"),
    accent=QColor("#a8492b"),
    selection=QColor("#f3ddc6"),
    found=QColor("#f1e7a4"),
    noise=QColor("#b9b1a2"),
    locked_flash=QColor("#f6c98f"),
    melt=QColor("#c97b4a"),
    pinned=QColor("#3f6f8f"),
    struck=QColor("#a8443d"),
    added=QColor("#2f6b3c"),
    mistake=QColor("#c2372c"),
    warning=QColor("#9c3328"),
)

DARK = Theme(
    name="dark",
    paper=QColor("#1c1b19"),
    ink=QColor("#dcd7cc"),
    ink_faint=QColor("#7f796d"),
    chrome=QColor("#232220"),
    chrome_ink=QColor("#a69f92"),
    hairline=QColor("#33312d"),
    accent=QColor("#e39a6b"),
    selection=QColor("#4a3a2c"),
    found=QColor("#45431f"),
    noise=QColor("#5f5a51"),
    locked_flash=QColor("#7a5227"),
    melt=QColor("#c98657"),
    pinned=QColor("#7fb0cf"),
    struck=QColor("#d98880"),
    added=QColor("#8fc79a"),
    mistake=QColor("#f0776c"),
    warning=QColor("#e8958a"),
)


class ThemeSource(QObject):
    """Knows the theme in use and reports when it changes.

    theme: the colours now.
    """

    theme_changed = Signal(object)
    """The new Theme."""

    def __init__(self, settings: Settings, style_hints: QStyleHints, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._style_hints = style_hints
        self.theme = Theme.for_palette(settings, style_hints)
        settings.changed.connect(self._look_at_setting)
        style_hints.colorSchemeChanged.connect(self._look_at_system)

    @Slot(str, object)
    def _look_at_setting(self, name: str, _value: object) -> None:
        if name == "theme":
            self._choose()

    @Slot(Qt.ColorScheme)
    def _look_at_system(self, _scheme: Qt.ColorScheme) -> None:
        self._choose()

    def _choose(self) -> None:
        """Use the theme that applies now; silent when it is the one in use."""
        theme = Theme.for_palette(self._settings, self._style_hints)
        if theme is not self.theme:
            self.theme = theme
            self.theme_changed.emit(theme)
