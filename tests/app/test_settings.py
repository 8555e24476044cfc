"""Settings are declared once, kept in one file, and survive a broken one."""

import json
import os

import pytest

from app.settings import SETTINGS, Settings


def test_first_start_has_the_defaults_and_writes_nothing(settings):
    assert {setting.name: settings.value(setting.name) for setting in SETTINGS} == {
        setting.name: setting.default for setting in SETTINGS
    }
    assert not settings.path.exists()
    assert settings.trouble == ""


def test_every_setting_is_declared_whole():
    for setting in SETTINGS:
        assert setting.accepts(setting.default)
        assert setting.description.endswith(".")


def test_a_change_is_kept_and_told(qtbot, settings):
    with qtbot.waitSignal(settings.changed) as changed:
        settings.set_value("strength", 0.8)
    assert changed.args == ["strength", 0.8]
    assert Settings(settings.path).value("strength") == 0.8
    assert os.listdir(settings.path.parent) == ["settings.json"]


def test_the_same_value_is_no_change(qtbot, settings):
    with qtbot.assertNotEmitted(settings.changed):
        settings.set_value("strength", settings.value("strength"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strength", 1.5),
        ("strength", True),
        ("strength", "0.5"),
        ("text_size", 12.5),
        ("text_size", 4),
        ("theme", "blue"),
        ("floating_bar", 1),
    ],
)
def test_what_does_not_fit_is_refused(settings, name, value):
    with pytest.raises(ValueError, match=name):
        settings.set_value(name, value)
    assert settings.value(name) == settings.default(name)


def test_unknown_names_are_mistakes(settings):
    with pytest.raises(KeyError):
        settings.value("colour")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b""])
def test_a_broken_file_is_put_aside(settings, content):
    settings.path.parent.mkdir()
    settings.path.write_bytes(content)
    again = Settings(settings.path)
    assert again.value("theme") == "system"
    assert "broken" in again.trouble
    assert settings.path.with_name("settings.json.broken").read_bytes() == content
    again.set_value("theme", "dark")
    assert Settings(settings.path).value("theme") == "dark"


def test_a_value_that_does_not_fit_costs_only_itself(settings):
    settings.path.parent.mkdir()
    settings.path.write_text(json.dumps({"theme": 7, "strength": 1, "from_the_future": [1]}))
    again = Settings(settings.path)
    assert (again.value("theme"), again.value("strength")) == ("system", 1)
    assert "theme" in again.trouble
    again.set_value("text_size", 22)
    assert json.loads(settings.path.read_text())["from_the_future"] == [1]


def test_a_folder_that_cannot_be_written_is_one_line(settings):
    settings.path.parent.write_text("a file where the folder should be")
    settings.set_value("theme", "light")
    assert settings.value("theme") == "light"
    assert "can't be saved" in settings.trouble


def test_nearest_allowed_number(settings):
    assert settings.nearest("text_size", 1000) == 48
    assert settings.nearest("strength", -1) == 0


def test_what_another_window_or_a_person_writes_meanwhile_stays(qtbot, settings):
    """The next change here wrote every value as it had been when this window was opened."""
    settings.set_value("strength", 0.8)
    other = Settings(settings.path)
    other.set_value("theme", "dark")
    with qtbot.waitSignals([settings.changed, settings.changed]):
        settings.set_value("text_size", 24)
    assert settings.value("theme") == "dark"
    later = Settings(settings.path)
    assert (later.value("strength"), later.value("theme"), later.value("text_size")) == (0.8, "dark", 24)


def test_a_file_that_is_damaged_meanwhile_is_kept_and_told(settings):
    """It was overwritten without a word."""
    settings.set_value("strength", 0.8)
    settings.path.write_text("by hand, and wrong")
    settings.set_value("text_size", 24)
    assert "damaged" in settings.trouble
    assert settings.path.with_name("settings.json.broken").read_text() == "by hand, and wrong"
    assert (Settings(settings.path).value("strength"), Settings(settings.path).value("text_size")) == (0.8, 24)
    settings.set_value("text_size", 25)
    assert settings.trouble == ""


def test_a_path_that_is_no_utf8_is_kept(settings):
    """Writing the file raised an error that nobody caught."""
    path = os.fsdecode(b"/caf\xe9/\xc3\xa9.md")
    settings.set_value("recent_files", (path,))
    assert Settings(settings.path).value("recent_files") == (path,)
    assert "é.md" in settings.path.read_text("utf-8")
