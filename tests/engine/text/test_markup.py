"""What is protected in texts of many kinds: a wrong range would let a rewrite change a mark or keep it from a word."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import kind_of
from engine.text.balance import unpaired
from engine.text.markdown import MarkdownText
from engine.text.markup import is_open_code, protected, same_structure
from engine.text.ranges import Protected, clipped

EXAMPLES = settings.default.max_examples


def found(text: str, kind: str = "md", **options: bool) -> list[str]:
    return [text[each.start : each.end] for each in protected(text, 0, len(text), kind, **options)]


def joined(text: str, kind: str = "md", **options: bool) -> str:
    """The text with all prose taken out."""
    return "".join(found(text, kind, **options))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+++\nname = 'x'\n+++\nText here", ["+++\nname = 'x'\n+++"]),
        ("Use ``a ` b`` here", ["``a ` b``"]),
        ("A [link *with* marks][ref] here\n\n[ref]: http://x.org 'T'", ["[", "][ref]", "[ref]: http://x.org 'T'"]),
        ("See [ref] now\n\n[ref]: http://x.org", ["[ref]"]),
        ("A [word] in brackets", ["[", "]"]),
        ("Text[^note] more\n\n[^note]: The note", ["[^note]", "[^note]: "]),
        ("~~gone~~ and **strong** and _soft_", ["~~", "**", "_"]),
        ("a &nbsp; b &#8212; c", ["&nbsp;", "&#8212;"]),
        ("x <!-- a comment --> y", ["<!-- a comment -->"]),
        ("see [@doe99, p. 3] and @smith04 now", ["[@doe99, p. 3]", "@smith04"]),
        ("{{< figure src=x >}} and {% raw %} here", ["{{< figure src=x >}}", "{% raw %}"]),
        ("Hello {name}, %s of %1$s at %(x)d", ["{name}", "%s", "%1$s", "%(x)d"]),
        ("The formula \\(a+b\\) and \\begin{align}x\\end{align} here", ["\\(a+b\\)", "\\begin{align}x\\end{align}"]),
        ("![[image.png]] and [[Page]] and [[Page|words]]", ["![[image.png]]", "[[Page]]", "[[Page|", "]]"]),
        ("An idea #project/new ^ab12", ["#project/new", "^ab12"]),
        ("> > 1. deep words", ["> > 1. "]),
        ("* [ ] a box to tick", ["* ", "[ ]"]),
        ("head\n---\n\ntext\n\n***", ["---", "***"]),
        ("a\\*b and a  \nbreak", ["\\*"]),
        ("[the guide](a b.md) has a space", ["[", "](a b.md)"]),
        ("Müller’s 日本 `код` [ü](ö)", ["`код`", "[", "](ö)"]),
    ],
)
def test_marks_of_markdown(text, kept):
    marks = joined(text, facts=False)
    place = 0
    for each in kept:
        place = marks.find(each, place)
        assert place >= 0, (each, found(text, facts=False))
        place += len(each)


@pytest.mark.parametrize(
    "prose",
    [
        "The words of [the guide](x) are prose",
        "| a cell of words |\n|---|\n| some more |",
        "# a heading of words",
        "- [ ] an item of words",
    ],
)
def test_the_words_of_links_cells_headings_and_items_are_prose(prose):
    marks = joined(prose, facts=False)
    for word in ("guide", "cell", "words", "heading", "item", "more", "prose"):
        assert word not in marks


@pytest.mark.parametrize(
    ("kind", "text", "kept", "prose"),
    [
        ("tex", "\\section{A new house}\\label{sec:house} % note\nSee \\cite{doe} and $x$ here.",
         ["\\section", "\\label{sec:house}", "% note", "\\cite{doe}", "$x$"], ["A new house", "here"]),
        ("rst", "Title\n=====\n\n.. code-block:: python\n\n   x = 1\n\nSee :ref:`here <x>` and ``code`` now.\n",
         ["=====", ".. code-block:: python", "x = 1", ":ref:`here <x>`", "``code``"], ["Title", "now"]),
        ("srt", "12\n00:01:02,000 --> 00:01:04,500\n<i>The old</i> house\n",
         ["12\n", "00:01:02,000 --> 00:01:04,500", "<i>", "</i>"], ["The old", "house"]),
        ("vtt", "WEBVTT\n\nintro\n00:01.000 --> 00:04.000 align:start\nThe old house\n",
         ["WEBVTT", "00:01.000 --> 00:04.000 align:start"], ["The old house"]),
        ("csv", "name,note\nAnna,\"a small, old boat\"\n", ["name,note", ",", '"'], ["a small, old boat"]),
        ("tsv", "name\tnote\nAnna\ta small boat\n", ["name\tnote", "\t"], ["a small boat"]),
        ("txt", "Write to me@example.org about {name}", ["me@example.org", "{name}"], ["Write to", "about"]),
        ("adoc", "Write to me@example.org about `x`", ["me@example.org", "`x`"], ["Write to", "about"]),
    ],
)  # fmt: skip
def test_other_kinds_have_rules_of_their_own(kind, text, kept, prose):
    marks = joined(text, kind, facts=False)
    for each in kept:
        assert each in marks, (each, found(text, kind, facts=False))
    for each in prose:
        assert each not in marks, (each, found(text, kind, facts=False))


@pytest.mark.parametrize(
    "fact",
    [
        *("1.250,00 EUR", "$1,370", "72 m2", "+49 30 901820", "12 March 2027", "March 12, 2027", "3:30 pm", "v1.2.3"),
        *("10–12 kg", "50%", "5°C", "2026-03-01", "(030) 123-456", "ISO 9001", "A320neo", "iPhone", "NASA", "12th"),
        *(".4 seconds", "$.50", "-.75", ".38"),
        *("Berlin", "McDonald's", "3/4", "½", "x86-64", "€5", "1990s"),
    ],
)
def test_numbers_and_names_are_facts(fact):
    text = f"so we said that {fact} was there"
    assert fact in joined(text)
    assert fact not in joined(text, facts=False)


@pytest.mark.parametrize(
    "text", ["The house. Then it fell.", "“Come here,” he said.", "- Buy milk", "# House rules", "I'm here and I know."]
)
def test_the_first_word_of_a_sentence_is_no_name(text):
    assert not any(word in joined(text) for word in ("The", "Then", "Come", "Buy", "House", "I'm", "know"))


def test_two_prices_are_no_formula():
    assert found("two prices, $5 and $6, stay") == ["$5", "$6"]


def test_a_title_does_not_end_a_sentence():
    assert "Brown" in joined("then Mr. Brown came")


@pytest.mark.parametrize(
    ("text", "alone"),
    [("(a [b] c)", []), ("(a [b) c]", [3, 8]), ('"a" and "b', [8]), ("it’s “so”", []), ("a) (b", [1, 3]), ("„so“", [])],
)
def test_pairs_are_found(text, alone):
    assert unpaired(text) == alone


def test_a_place_in_an_open_fence_is_code():
    text = "Text\n\n```\ncode\n"
    assert is_open_code(text, len(text))
    assert not is_open_code(text + "```\n\n", len(text) + 5)


@pytest.mark.parametrize(
    ("own", "new", "same"),
    [
        ("some words", "other words", True),
        ("some words", "- words", False),
        ("words", "**words**", False),
    ],
)
def test_the_structure_is_compared(own, new, same):
    assert same_structure("One.\n\n", own, new, "\n\nTwo.", "md") is same


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.MD", "md"), ("Untitled", "md"), ("a.markdown", "md"), ("x.tex", "tex"), ("", "md"), (".txt", "txt")],
)
def test_the_ending_tells_the_kind(name, kind):
    assert kind_of(name) == kind


PIECES = [
    "word ",
    "two\n",
    "\n\n",
    "# ",
    "- ",
    "1. ",
    "> ",
    "`",
    "```\n",
    "**",
    "_",
    "[a](b)",
    "[",
    "]",
    "|",
    "\t",
    "é",
    "👩‍🦰",
    "\x00",
    "\ud83d",
    "$",
    "<b>",
    "\r\n",
]


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.sampled_from(["md", "txt", "tex", "rst", "srt", "csv"]),
    st.data(),
)
def test_ranges_lie_in_order_within_the_range_and_do_not_overlap(text, kind, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    ranges = protected(text, start, end, kind)
    places = [place for each in ranges for place in (each.start, each.end)]
    assert places == sorted(places)
    assert all(start <= place <= end for place in places)
    assert all(each.start < each.end for each in ranges)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.integers(0, 30), st.sampled_from(PIECES))
def test_a_tree_that_follows_an_edit_is_that_of_the_text(pieces, place, piece):
    before, after = "".join(pieces), "".join([*pieces[:place], piece, *pieces[place + 1 :]])
    assert MarkdownText(after, MarkdownText(before)).blocks == MarkdownText(after).blocks


@pytest.mark.parametrize(
    "mark", ["`", "$", "*", "[", "(", "{{", "<!-- ", "\\[", "\\begin{x}", "a@", "1.", "A ", "&a", "www."]
)
def test_a_long_row_of_marks_is_read_in_one_go(mark):
    # Were it quadratic, this would take minutes and the run would time out.
    text = mark * (60_000 // len(mark))
    random.seed(0)
    assert protected(text, 0, len(text), "txt") is not None


@pytest.mark.parametrize("kind", ["rst", "srt", "vtt"])
def test_a_part_of_a_text_is_read_as_it_is_in_the_whole(kind):
    """Only the part around a selection is read. Were it cut in the wrong place, code would look like prose."""
    parts = [
        *("Words here.\n\n", "Code::\n\n    some code\n\n    more code\n\n"),
        *(".. math::\n\n   a = b\n\n   c\n\nWords.\n\n", "1\n00:01.000 --> 00:02.000\nWords\n\n"),
        *("NOTE\nnot shown\n\n", "- item\n\n  more of it::\n\n      code\n\n", " \n"),
        *(">>> print 1\n1\n\n", "\n\nWords\n", "STYLE\na b\n"),
    ]  # fmt: skip
    draw = random.Random(1)
    for _ in range(60):
        text = "".join(draw.choice(parts) for _ in range(6))
        whole = protected(text, 0, len(text), kind, facts=False, pairs=False)
        start = draw.randrange(len(text))
        end = draw.randrange(start, len(text)) + 1
        own = protected(text, start, end, kind, facts=False, pairs=False)
        assert places_of(own) == places_of(clipped(whole, start, end)), (text, start, end)


def test_a_long_file_is_not_compared_from_within_a_line():
    """Half a string would look like the marks around it, and no new word could ever be accepted."""
    before = '{\n "a": ["' + "some words here, " * 1500 + 'end", \n "b": "'
    assert same_structure(before, "Some words", "Other words", '"]}', "json")
    assert same_structure(before, "Some words", "Others", '"]}', "json")  # a string of one word would be data
    assert not same_structure(before, "Some words", 'Some" words', '"]}', "json")


def places_of(found: list[Protected]) -> set[int]:
    return {place for each in found for place in range(each.start, each.end)}
