"""Presets: those that come with the program, and a file of the writer's own, which may be broken in many ways."""

import pytest

from app.ask.presets import EXAMPLE, Presets
from app.commands import KEYS
from engine import Action, Structure

ONE = '[[preset]]\nname = "For children"\ninstruction = "Say it for a child."\nkey = "Ctrl+Alt+1"\n'


@pytest.fixture
def presets(qapp, tmp_path) -> Presets:
    return Presets(tmp_path / "config" / "presets.toml", KEYS)


def write(presets: Presets, text: str | bytes) -> None:
    presets.path.parent.mkdir(exist_ok=True)
    presets.path.write_bytes(text.encode() if isinstance(text, str) else text)


def test_those_of_the_program_are_there_without_a_file(presets):
    names = [preset.name for preset in presets.included]
    assert names == [
        *("Rewrite", "Shorter", "Longer", "Simpler", "More formal", "Friendlier", "Fix"),
        *("Translate to…", "Continue", "Summarise"),
    ]
    by_name = {preset.name: preset for preset in presets.included}
    assert by_name["Continue"].asked.action is Action.CONTINUE
    assert by_name["Summarise"].asked.instruction.structure is Structure.FREE
    assert by_name["Rewrite"].asked.instruction.structure is Structure.SAME
    # One is finished by the writer; all others are whole.
    assert {preset.name: preset.start for preset in presets.included if preset.start} == {
        "Translate to…": "Translate it to "
    }
    assert presets.own == ()
    assert not presets.trouble


def test_a_file_is_read_again_when_it_has_changed(presets):
    write(presets, ONE)
    assert [(preset.name, preset.key) for preset in presets.own] == [("For children", "Ctrl+Alt+1")]
    assert presets.own[0].asked.instruction.text == "Say it for a child."
    write(presets, ONE + '[[preset]]\nname = "Louder"\ninstruction = "Shout it."\nstructure = "kept"\nafter = true\n')
    assert [preset.name for preset in presets.own] == ["For children", "Louder"]
    assert presets.own[1].asked.after
    presets.path.unlink()
    assert presets.own == ()
    assert not presets.trouble


def test_a_new_file_explains_itself_and_no_file_is_overwritten(presets):
    assert presets.create()
    assert presets.path.read_text("utf-8") == EXAMPLE
    assert presets.own == ()
    assert not presets.trouble
    shown = "\n".join(line.removeprefix("# ") for line in EXAMPLE.splitlines()[2:6])
    write(presets, shown)
    assert [preset.name for preset in presets.own] == ["For children"]
    assert presets.create()
    assert presets.path.read_text("utf-8") == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[preset", "expected ']]' at the end"),
        (b"\xff\xfe", "the file is not UTF-8 text"),
        ("presets = 1", "it has “presets”; each preset begins with a line [[preset]]"),
        ("preset = 1", "in two brackets"),
        ("preset = [1]", "preset 1 has no fields"),
        ("[[preset]]", "preset 1 has no name"),
        ('[[preset]]\nname = " "\ninstruction = "x"', "preset 1 has no name"),
        ('[[preset]]\nname = "A"', "“A” has no instruction"),
        ('[[preset]]\nname = 3\ninstruction = "x"', "the field name of preset 1 must be text in quotation marks"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nafter = "yes"', "the field after of “A” must be true or false"),
        ('[[preset]]\nname = "A"\nprompt = "x"', "“A” has the unknown field prompt. There are name, instruction"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nstructure = "loose"', "choose same, kept, free"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nkey = "Ctrl+S"', "the key Ctrl+S of “A” is that of “Save”"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nkey = "alt+left"', "Alt+Left of “A” is that of “Previous result”"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nkey = "a"', "the key 'a' of “A” is none"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nkey = "Ctrl+A, Ctrl+B"', "is none; write one such as"),
        ('[[preset]]\nname = "A"\ninstruction = "x"\nkey = "what"', "the key 'what' of “A” is none"),
        (f'[[preset]]\nname = "{"A" * 50}"\ninstruction = "x"', "must be one line of at most 40 characters"),
        (f'[[preset]]\nname = "A"\ninstruction = "{"x" * 5000}"', "“A” can't be used. The instruction has 5000"),
        (ONE + ONE, "two presets are called “For children”. Those before it are used"),
        (ONE + ONE.replace("For", "To"), "the key Ctrl+Alt+1 of “To children” is that of “For children”"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_line(presets, text, reason):
    write(presets, text)
    assert [preset.name for preset in presets.own] == (["For children"] if "Those before" in presets.trouble else [])
    assert reason in presets.trouble
    assert str(presets.path) in presets.trouble
    assert len(presets.trouble.splitlines()) == 1


def test_a_file_that_cannot_be_read_or_made_is_named(presets):
    presets.path.mkdir(parents=True)
    assert presets.own == ()
    assert "can't be read" in presets.trouble
    presets.path.rmdir()
    presets.path.parent.rmdir()
    presets.path.parent.write_text("a file", "utf-8")
    assert not presets.create()
    assert "can't be kept" in presets.trouble
