"""A film as the bytes of an animated WebP or GIF. Knows no Qt: it works on a thread of its own."""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from PIL import Image, ImageFile

if TYPE_CHECKING:
    from typing_extensions import Buffer

Report = Callable[[float], None]
"""Takes the progress, 0 to 1, and may raise to end the work."""
Look = Callable[[Image.Image], Image.Image]
"""Converts a picture to what a file format can hold."""
Colour = tuple[int, int, int]
_COLOURS = 255
"""Of a GIF; one more is reserved for what has not changed since the previous picture."""
_EXACT = 32
"""Colours that are kept exactly: the paper must not change its shade."""
_SAMPLES = 16
"""Pictures sampled for the colours of a GIF."""
_LOSSLESS = {"lossless": True, "method": 2, "quality": 50, "kmin": 0, "kmax": 0}
"""Method 0 makes files twenty times as large and is no faster. Only the first picture is stored in full: that takes
half as long, and only matters to players that seek."""


class Film:
    """Pictures of one size, each with its duration, compressed so that a long film fits into memory.

    size: width and height in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.durations: list[int] = []
        self._packed: list[bytes] = []

    def add(self, pixels: bytes, milliseconds: int) -> None:
        """Add a picture of four bytes (BGRX) a pixel. A repeated picture only extends the previous one."""
        packed = zlib.compress(Image.frombytes("RGB", self.size, pixels, "raw", "BGRX").tobytes(), 1)
        if self._packed and self._packed[-1] == packed:
            self.durations[-1] += milliseconds
        else:
            self._packed.append(packed)
            self.durations.append(milliseconds)

    def picture(self, number: int) -> Image.Image:
        """One of the pictures."""
        return Image.frombytes("RGB", self.size, zlib.decompress(self._packed[number]))

    def as_webp(self, report: Report) -> bytes:
        """Lossless, looping for ever."""
        return self._save(lambda picture: picture, report, "WEBP", **_LOSSLESS)

    def as_gif(self, report: Report) -> bytes:
        """Looping for ever, with one palette for the whole film, so that nothing flickers."""
        return self._save(_Colours(self).applied, report, "GIF")

    def _save(self, look: Look, report: Report, kind: str, **how: object) -> bytes:
        stream = _Stream(report)
        _Reel(self, look, report).save(stream, kind, save_all=True, duration=self.durations, loop=0, **how)
        return stream.getvalue()


class _Stream(io.BytesIO):
    """Allows cancellation while a film is written."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def write(self, buffer: Buffer, /) -> int:
        self._report(1.0)
        return super().write(buffer)


class _Reel(ImageFile.ImageFile):
    """A film as a Pillow image file: picture after picture, never all of them in memory."""

    def __init__(self, film: Film, look: Look, report: Report) -> None:
        self._film, self._look, self._report = film, look, report
        self._number = -1
        self.n_frames = len(film.durations)
        super().__init__(io.BytesIO())

    def _open(self) -> None:
        self.seek(0)

    def tell(self) -> int:
        return self._number

    def seek(self, frame: int) -> None:
        if frame >= self.n_frames:
            raise EOFError
        if frame == self._number:
            return
        self._report(frame / self.n_frames)
        self._number = frame
        picture = self._look(self._film.picture(frame))
        self._mode, self._size = picture.mode, picture.size
        self._im = None
        self.fp = io.BytesIO(picture.tobytes())
        self.tile = [ImageFile._Tile("raw", (0, 0, *picture.size), 0, picture.mode)]
        self.palette = picture.palette
        if self.palette is not None:
            # Pillow passes the palette on only once, and the picture it comes from has used it up.
            self.palette.dirty = 1


class _Colours:
    """The colours of a GIF: the most frequent ones exactly, all others reduced to what is left.

    Pillow looks a colour up by its upper six bits. So the colours are chosen to differ in those, and looked up by them
    alone; otherwise the paper could get a neighbouring colour.
    """

    def __init__(self, film: Film) -> None:
        last = len(film.durations) - 1
        counts: Counter[Colour] = Counter()
        for number in {round(last * sample / (_SAMPLES - 1)) for sample in range(_SAMPLES)}:
            picture = film.picture(number)
            for count, colour in picture.getcolors(picture.width * picture.height) or ():
                counts[cast("Colour", colour)] += count
        usual: dict[Colour, Colour] = {}
        for colour, _ in counts.most_common():
            usual.setdefault(_cell(colour), colour)
        cells = list(usual)
        for colour in _gathered([usual.pop(cell) for cell in cells[_EXACT:]], _COLOURS - _EXACT):
            usual.setdefault(_cell(colour), colour)
        self._looked_up, self._shown = _flat(usual), _flat(usual.values())
        self._palette = Image.new("P", (1, 1))
        self._palette.putpalette(self._looked_up)

    def applied(self, picture: Image.Image) -> Image.Image:
        """A picture in these colours only."""
        picture = picture.quantize(palette=self._palette, dither=Image.Dither.NONE)
        picture.putpalette(self._shown)
        return picture


def _cell(colour: Colour) -> Colour:
    """The bits by which Pillow looks a colour up."""
    red, green, blue = colour
    return red & 0xFC, green & 0xFC, blue & 0xFC


def _flat(colours: Iterable[Colour]) -> list[int]:
    return [part for colour in colours for part in colour]


def _gathered(colours: list[Colour], most: int) -> list[Colour]:
    """At most so many colours that represent all of these."""
    if len(colours) <= most:
        return colours
    strip = Image.new("RGB", (len(colours), 1))
    strip.putdata(colours)
    parts = strip.quantize(most, Image.Quantize.MEDIANCUT).getpalette() or []
    return list(zip(*[iter(parts[: 3 * most])] * 3, strict=True))
