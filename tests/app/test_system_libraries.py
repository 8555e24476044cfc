"""A bare system gets one line that names the package."""

import pytest

from app.system_libraries import trouble


def loader(*missing: str):
    def load(name: str) -> object:
        if name in missing:
            raise OSError(name)
        return object()

    return load


def test_nothing_is_missing_here():
    assert trouble({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_a_missing_library_names_its_package():
    line = trouble({"DISPLAY": ":0"}, loader("libxcb-cursor.so.0"), "linux")
    assert "libxcb-cursor.so.0" in line
    assert line.endswith("sudo apt install libxcb-cursor0")
    assert "\n" not in line


def test_all_missing_libraries_are_named_at_once():
    line = trouble({"QT_QPA_PLATFORM": "offscreen"}, loader("libEGL.so.1", "libGL.so.1"), "linux")
    assert line.endswith("sudo apt install libegl1 libgl1")


@pytest.mark.parametrize(
    ("environment", "library"),
    [
        ({"QT_QPA_PLATFORM": "offscreen"}, "libxcb-cursor.so.0"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "libxcb-cursor.so.0"),
        ({"DISPLAY": ":0"}, "libwayland-client.so.0"),
        ({"QT_QPA_PLATFORM": "minimal:font", "DISPLAY": ":0"}, "libxcb-icccm.so.4"),
    ],
)
def test_what_the_session_does_not_use_is_not_asked_for(environment, library):
    assert trouble(environment, loader(library), "linux") == ""


def test_wayland_needs_its_own():
    assert "libwayland-client0" in trouble({"WAYLAND_DISPLAY": "w"}, loader("libwayland-client.so.0"), "linux")


@pytest.mark.parametrize("display", ["", ":4711", "no such screen"])
def test_no_screen(display):
    assert "no screen" in trouble({"DISPLAY": display})


def test_other_systems_bring_their_own():
    assert trouble({}, loader("libEGL.so.1"), "darwin") == ""
