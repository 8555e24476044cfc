"""Check for the system libraries Qt needs, so that a bare system gets one line instead of an abort."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping

# Library to load and the Debian package that has it. Qt's own libraries come with PySide6.
_ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
}
_X11 = {
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
_WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}


def trouble(
    environment: Mapping[str, str] = os.environ,
    load: Callable[[str], object] = ctypes.CDLL,
    platform: str = sys.platform,
) -> str:
    """What Qt lacks to open a window here, in one line; "" when it lacks nothing.

    environment, load, platform: replaced in tests.
    """
    if not platform.startswith("linux"):
        return ""
    wanted = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if not wanted:
        wanted = "wayland" if environment.get("WAYLAND_DISPLAY") else "xcb"
    libraries = _ALWAYS | {"xcb": _X11, "wayland": _WAYLAND}.get(wanted, {})
    missing = [library for library in libraries if not _loads(library, load)]
    if missing:
        packages = " ".join(libraries[library] for library in missing)
        return f"Remelt needs the system library {', '.join(missing)}. On Debian or Ubuntu: sudo apt install {packages}"
    if wanted == "xcb" and not _screen_answers(environment.get("DISPLAY", ""), load):
        return "Remelt found no screen. Start it in a desktop session, or set DISPLAY."
    return ""


def _loads(library: str, load: Callable[[str], object]) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True


def _screen_answers(display: str, load: Callable[[str], object]) -> bool:
    """Whether the X server named by DISPLAY accepts a connection; if it does not, Qt would abort the process."""
    if not display:
        return False
    xcb = load("libxcb.so.1")
    if not isinstance(xcb, ctypes.CDLL):
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(), None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
