"""The text and the pictures of the help page, in one column."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.how.charts import AcceptanceChart, StopPlot
from app.how.pages import INTRODUCTION, PAGES, TITLE, Page
from app.how.picture import Picture
from app.how.pictures import BlocksPicture, MeltPicture, NoisePicture, PredictionPicture
from app.how.run import Recording
from app.melt.cells import Faces
from app.theme import Theme

_PICTURES: dict[str, type[Picture]] = {
    "noise": NoisePicture,
    "prediction": PredictionPicture,
    "acceptance": AcceptanceChart,
    "melt": MeltPicture,
    "stop": StopPlot,
    "blocks": BlocksPicture,
}
_WIDEST = 38
"""Maximum width of the column, in heights of the page's text."""
_MARGIN = 24
_MOUSE = Qt.TextInteractionFlag.TextSelectableByMouse
_LINKS = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard


class HowSheet(QWidget):
    """The content of the help page. pictures: by the names of their sections."""

    def __init__(self, theme: Theme, text_size: int) -> None:
        super().__init__()
        self.setObjectName("how_sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._labels: list[tuple[QLabel, str]] = []
        self._captions: dict[str, QLabel] = {}
        self._sources: list[tuple[QLabel, Page]] = []
        self.pictures: dict[str, Picture] = {}
        self._column = QWidget()
        self._column.setObjectName("how_column")
        lines = QVBoxLayout(self._column)
        lines.setContentsMargins(_MARGIN, 20, _MARGIN, 28)
        lines.setSpacing(8)
        lines.addWidget(self._label("how_title", TITLE, "title"))
        lines.addWidget(self._label("how_introduction", INTRODUCTION, "text"))
        for page in PAGES:
            self._add_page(lines, page, theme, Faces(text_size))
        self.set_theme(theme)
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._column, 1000)
        row.addStretch(1)
        self.set_text_size(text_size)

    @property
    def stop_plot(self) -> StopPlot:
        """The plot in which a step can be marked."""
        plot = self.pictures["stop"]
        assert isinstance(plot, StopPlot)
        return plot

    def show_recording(self, recording: Recording) -> None:
        """Draw all pictures from one recording."""
        for name, picture in self.pictures.items():
            picture.show_recording(recording)
            self._captions[name].setText(picture.caption())
        self.keep_room(True)

    def keep_room(self, on: bool) -> None:
        """Keep room for the pictures, or for none where nothing could be recorded."""
        for name, picture in self.pictures.items():
            picture.setVisible(on)
            self._captions[name].setVisible(on)

    def text_at(self, y: int) -> tuple[QLabel, int]:
        """The first text below a height of the sheet, and its own height there. Captions change with the pictures."""
        texts = [label for label, role in self._labels if role != "note"]
        label = next((label for label in texts if self.y_of(label) >= y), texts[-1])
        return label, self.y_of(label)

    def y_of(self, label: QLabel) -> int:
        """Where a text begins, in pixels from the top of the sheet."""
        return label.mapTo(self, QPoint()).y()

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colours."""
        for picture in self.pictures.values():
            picture.theme = theme
            picture.update()
        for label, page in self._sources:
            label.setText(_links(page, theme))

    def set_text_size(self, text_size: int) -> None:
        """Follow the size of the text on the page."""
        faces = Faces(text_size)
        title, heading = QFont(faces.word), QFont(faces.word)
        title.setPixelSize(round(1.6 * faces.size))
        heading.setPixelSize(round(1.2 * faces.size))
        heading.setWeight(QFont.Weight.Bold)
        fonts = {"title": title, "heading": heading, "text": faces.word, "note": faces.note}
        for label, role in self._labels:
            label.setFont(fonts[role])
        for picture in self.pictures.values():
            picture.faces = faces
            picture.redraw()
        self._column.setMaximumWidth(_WIDEST * text_size + 2 * _MARGIN)

    def _add_page(self, lines: QVBoxLayout, page: Page, theme: Theme, faces: Faces) -> None:
        """Add heading, text, picture, caption and sources of one section."""
        lines.addSpacing(18)
        lines.addWidget(self._label(f"how_{page.name}_heading", page.heading, "heading"))
        lines.addWidget(self._label(f"how_{page.name}_text", page.text, "text"))
        picture = _PICTURES[page.name](page.name, f"Picture: {page.heading}", theme, faces)
        # As high as a caption of one line.
        caption = self._label(f"how_{page.name}_caption", "\N{NO-BREAK SPACE}", "note")
        for widget in (picture, caption):
            widget.hide()
            lines.addWidget(widget)
        lines.addWidget(self._source_line(page))
        self.pictures[page.name] = picture
        self._captions[page.name] = caption

    def _source_line(self, page: Page) -> QLabel:
        """The sources of a section; opened in the browser when clicked."""
        label = self._label(f"how_{page.name}_sources", "", "note")
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setTextInteractionFlags(_MOUSE | _LINKS)
        label.setAccessibleName(f"Sources of {page.heading}")
        label.linkActivated.connect(self._open)
        self._sources.append((label, page))
        return label

    @Slot(str)
    def _open(self, address: str) -> None:
        QDesktopServices.openUrl(QUrl(address))

    def _label(self, name: str, text: str, role: str) -> QLabel:
        """A selectable text. role: determines its font."""
        label = QLabel(text)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(_MOUSE)
        label.setWordWrap(True)
        label.setProperty("role", role)
        self._labels.append((label, role))
        return label


def _links(page: Page, theme: Theme) -> str:
    """The sources of a section as HTML. A label keeps the link colour its text was set with."""
    style = f"color: {theme.accent.name()}"
    links = (f'<a href="{source.address}" style="{style}">{escape(source.name)}</a>' for source in page.sources)
    return f"Read more: {' · '.join(links)}"
