"""Runs on texts of all constructs with a model that wants the worst: another parser must read the same structure."""

import json
import random
from pathlib import Path

import pytest

from engine import Action, EditRequest, SamplerSettings
from engine.text.markup import protected

_LINES = (Path(__file__).parents[2] / "data" / "marked" / "texts.jsonl").read_text("utf-8").splitlines()
# To the other parser two placeholders may be the ends of a formula.
_TEXTS = [case for case in map(json.loads, _LINES) if "${total}" not in case["text"]]
_WORST = [
    *(
        "*",
        " **",
        "`",
        "```",
        "|",
        " [",
        "](",
        ")",
        '"',
        " “",
        "$",
        "<b>",
        "&amp;",
        "# ",
        "- ",
        "1. ",
        "> ",
        "~~",
        "\n",
    ),
    *(
        "{x}",
        "7",
        "=",
        "---",
        "\n\n    x",
        "](x)",
        "[^1]",
        "\\",
        "!",
        ": ",
        "+ ",
        "__a",
        "a|b",
        "x_y",
        "@a",
        "//",
        "a.b",
    ),
]
_FEW = SamplerSettings(steps=3)


@pytest.mark.parametrize("number", range(len(_WORST)), ids=lambda number: repr(_WORST[number]))
def test_no_wish_of_the_model_changes_a_structure(insistent, skeleton, number):
    session = insistent(_WORST[number], 20.0)
    for case in random.Random(number).sample(_TEXTS, 5):
        text, kind = case["text"], case["kind"]
        for action, strength in ((Action.REWRITE, 0.6), (Action.REWRITE, 1.0), (Action.FILL, 1.0)):
            request = EditRequest("", text, "", action, strength=strength, markup=kind, settings=_FEW)
            new = session.run(request).replacement
            facts = action is Action.REWRITE
            place = 0
            for each in protected(text, 0, len(text), kind, facts=facts, pairs=facts):
                own = text[each.start : each.end]
                place = new.find(own, place)
                assert place >= 0, f"{own!r} is lost or out of order in {new!r}"
                place += len(own)
            if kind == "md":
                assert skeleton(new) == skeleton(text), (text, new)
