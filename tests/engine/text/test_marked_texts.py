"""Texts of all kinds with what must be protected in each and what must stay free: a mark that is not found can be lost
in a rewrite, and a word that is taken for one can never be rewritten. And random ones, judged by another parser.
"""

import json
import random
from pathlib import Path

import pytest

from engine.text.blocks import parse_blocks
from engine.text.markup import protected
from engine.text.segments import SegmentKind, cut

_LINES = (Path(__file__).parents[2] / "data" / "marked" / "texts.jsonl").read_text("utf-8").splitlines()
_TEXTS = [json.loads(line) for line in _LINES]


def places(text: str, piece: str) -> list[int]:
    found = [at for at in range(len(text)) if text.startswith(piece, at)]
    assert found, f"{piece!r} is not in the text"
    return found


@pytest.mark.parametrize("case", _TEXTS, ids=lambda case: f"{case['kind']}: {case['text'][:24]}")
def test_marks_and_facts_are_protected_and_words_are_free(case):
    """Each piece must have a place where all of it is protected, and each word one where nothing of it is."""
    text = case["text"]
    covered = [False] * len(text)
    for each in protected(text, 0, len(text), case["kind"]):
        covered[each.start : each.end] = [True] * (each.end - each.start)
    stays = [inside or text[at].isspace() for at, inside in enumerate(covered)]
    for piece in case["kept"]:
        assert any(all(stays[at : at + len(piece)]) for at in places(text, piece)), f"{piece!r} is not protected"
    for word in case["free"]:
        assert any(not any(covered[at : at + len(word)]) for at in places(text, word)), f"{word!r} is not free"


# Pieces of all constructs, which random documents are made of. A word that is exchanged is a plain one.
_PIECES = [
    *("# Head words\n", "Setext words\n===\n", "plain words here\n", "more words, and so on. ", "\n", "\n\n"),
    *("end.\n", "- item words\n", "  - nested words\n", "1. first words\n", "   more of it\n", "+ plus words\n"),
    *("1) par words\n", "> quoted words\n", "> - deep words\n", ">\n", "* * *\n", "---\n", "***\n", "## \n"),
    *("- [ ] task words\n", "- [x] done\n", "```py\ncode words\n```\n", "~~~\nx\n", "\n\n    indented words\n"),
    *("\n\n\tcode tab\n", "- a\n  - b\n    - deep\n", "| a b | c |\n|---|---|\n| d e | f \\| g |\n\n", "| x |\n"),
    *("`code`", "``a ` b``", "**bold words**", "*it words*", "__b__", "_i_", "~~gone words~~", "***both***"),
    *('[link words](http://a.b "title words")', "[ref words][id]", "[id]", "[id][]", '[id]: http://x.y "t"\n'),
    *("![alt words](a.png)", "[![b](c)](d)", "<https://a.b>", "<a@b.cd>", "<br>", "<b>html words</b>"),
    *("<div>\nhtml block words\n</div>\n", "<!-- comment words -->", "&amp;", "\\*esc\\*", "&lt;"),
    *("hard  \nbreak\\\nhere ", " $x+y$ ", "\n$$\na b\n$$\n\n", "text[^1] words", "[^1]: note words\n", " * ", "_"),
    *("*", "[", "](", "|", "  ", "é ", "\r\n", '"quoted"', "(paren)", "I ", "snake_case ", "2*3*4 ", "a_b_c"),
    "$5 and $6 ",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(1, 5))
def test_another_parser_reads_the_same_structure_when_every_free_word_is_another(skeleton, seed):
    draw = random.Random(seed)
    for _ in range(150):
        text = "".join(draw.choice(_PIECES) for _ in range(draw.choice([2, 3, 4, 6, 10])))
        segments = cut(text, 0, len(text), (), protected(text, 0, len(text)))
        new = "".join(
            segment.text[: -len(segment.text.lstrip())] + "zub" if segment.kind is SegmentKind.WORD else segment.text
            for segment in segments
        )
        assert skeleton(new) == skeleton(text), (text, new)


@pytest.mark.parametrize("line", ["[\\*] a", "[&lt; b", "> [\\a", "| x |\n---\n<br>", "- [a\\"])
def test_a_line_that_the_grammar_gives_up_on_costs_no_other_line_its_protection(line):
    text = f"{line}\n\n- item\n\n```\ncode\n```\n\nSee `this`.\n\n> quote\n"
    found = [text[each.start : each.end] for each in protected(text, 0, len(text))]
    assert not parse_blocks(text.encode()).tree.root_node.has_error
    for piece in ("- ", "```\ncode\n```\n", "`this`", "> "):
        assert piece in found
