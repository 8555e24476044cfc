"""The entry of the program in the menus of a desktop."""

import configparser
import subprocess
import sys

import pytest

from app.__main__ import main
from app.desktop_entry import DesktopError, install


def entry_of(path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read(path, "utf-8")
    return parser["Desktop Entry"]


def test_it_opens_texts_with_this_program_and_has_its_icon(tmp_path):
    """Catches an entry that starts nothing, opens no text, or has no icon."""
    entry, icon = install("/opt/Remelt 1/bin/remelt", {"XDG_DATA_HOME": str(tmp_path)}, "linux")
    assert entry == tmp_path / "applications" / "remelt.desktop"
    found = entry_of(entry)
    assert found["Exec"] == '"/opt/Remelt 1/bin/remelt" %f'
    assert {"text/plain", "text/markdown"} <= set(found["MimeType"].split(";"))
    assert icon.parent == tmp_path / "icons" / "hicolor" / "scalable" / "apps"
    assert icon.stem == found["Icon"]
    assert icon.read_bytes().startswith(b"<svg")


def test_unusual_characters_of_a_path_are_escaped(tmp_path):
    """Catches an entry that runs something else: the shell's characters, and codes for files."""
    entry, _ = install('/opt/100% "$HOME"/remelt', {"XDG_DATA_HOME": str(tmp_path)}, "linux")
    assert entry_of(entry)["Exec"] == '"/opt/100%% \\\\"\\\\$HOME\\\\"/remelt" %f'


def test_where_it_cannot_be_written_one_line_says_so(tmp_path):
    (tmp_path / "applications").write_text("in the way")
    with pytest.raises(DesktopError, match="can't be written"):
        install("remelt", {"XDG_DATA_HOME": str(tmp_path)}, "linux")
    with pytest.raises(DesktopError, match="only used on Linux"):
        install("remelt", {}, "darwin")


def test_the_command_line_installs_it_without_a_window(tmp_path, monkeypatch, capsys):
    """Catches an option that needs a screen, or writes the entry without a word."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "remelt")])
    assert main(["--install-desktop"], find_trouble=lambda: "no screen") == 0
    written = capsys.readouterr().out.splitlines()
    assert str(tmp_path / "applications" / "remelt.desktop") in written[0]
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "blocked"))
    assert main(["--install-desktop"], find_trouble=lambda: "") == 2
    assert "can't be written" in capsys.readouterr().err


def test_the_shipped_entry_is_valid(tmp_path):
    """Checked by the desktop's own program, where it is installed."""
    entry, _ = install("/usr/bin/remelt", {"XDG_DATA_HOME": str(tmp_path)}, "linux")
    try:
        found = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("desktop-file-validate is not installed")
    assert found.stdout == ""
