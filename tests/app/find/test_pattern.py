"""What a search field finds: letters as a writer sees them, whole words, expressions, and one line for bad ones."""

import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from app.find.matching import find
from app.find.pattern import Pattern, PatternError, Query, as_expression
from app.find.repeats import repeats


def found(text, typed, start=0, end=None, **options):
    pattern = Pattern(Query(typed, **options))
    matches = find(pattern, text, start, len(text) if end is None else end, lambda: False)
    return [match.span() for match in matches]


def words(text, typed, **options):
    return [text[start:end] for start, end in found(text, typed, **options)]


@pytest.mark.parametrize(
    ("text", "typed", "result"),
    [
        ("Straße STRASSE strasse", "straße", ["Straße", "STRASSE", "strasse"]),
        ("10\u00a0km, 10\u202fkm, 10 km", "10 km", ["10\u00a0km", "10\u202fkm", "10 km"]),
        ("10\u00a0km, 10 km", "10\u00a0km", ["10\u00a0km"]),
        ("cafe\u0301 café CAFÉ cafe", "café", ["cafe\u0301", "café", "CAFÉ"]),
        ("cafe\u0301 café", "cafe\u0301", ["cafe\u0301", "café"]),
        ("e\u0301 e", "e", ["e"]),
        ("👩\u200d👧 👩 👩🏽", "👩", ["👩"]),
        ("👩\u200d👧 👧", "👧", ["👧"]),
        ("a.c abc (a.c)", "a.c", ["a.c", "a.c"]),
        ("one\ntwo\none two", "one\ntwo", ["one\ntwo"]),
        ("aaaa", "aa", ["aa", "aa"]),
    ],
)
def test_a_text_is_found_as_it_looks(text, typed, result):
    assert words(text, typed) == result


def test_case_is_matched_if_wanted():
    assert words("Word word WORD", "word", match_case=True) == ["word"]
    assert words("Straße strasse", "strasse", match_case=True) == ["strasse"]


@pytest.mark.parametrize(
    ("text", "typed", "count"),
    [
        ("cat cats scat cat's well-cat", "cat", 3),
        ("man\u0303 man", "man", 1),
        ("(see) seen", "(see", 1),
        ("日本語", "日本", 1),
        ("x _x_ x1", "x", 2),
        ("می\u200cخواهم می", "می", 1),
    ],
)
def test_whole_words(text, typed, count):
    assert len(found(text, typed, whole_words=True)) == count


def test_a_word_cut_by_the_end_of_a_selection_is_not_a_whole_one():
    assert found("cat cats", "cat", 4, 7, whole_words=True) == []
    assert found("cat cats", "cat", 4, 7) == [(4, 7)]


def test_whole_words_of_an_expression_hold_for_each_alternative():
    assert words("foobar foo", "foo|foobar", whole_words=True, is_regex=True) == ["foobar", "foo"]
    assert words("foobar foo", "(?x) foo # the end", whole_words=True, is_regex=True) == ["foo"]


@pytest.mark.parametrize(
    "typed",
    ["(", "a)(b", "[", "*", "\\", "(?P<a", "a{2,1}", r"\p{Nothing}", "(" * 5_000, "(?r)a", "((x{1000}){1000}){1000}",
     "x{" + "9" * 5_000 + "}"],
)  # fmt: skip
def test_a_bad_expression_is_one_line(typed):
    with pytest.raises(PatternError) as error:
        Pattern(Query(typed, is_regex=True, whole_words=True))
    assert str(error.value).startswith("Expression: ")
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_a_catastrophic_expression_ends(monkeypatch):
    monkeypatch.setattr("app.find.matching._LIMIT", 0.1)
    began = time.monotonic()
    with pytest.raises(PatternError, match="too long"):
        found("a" * 60 + "b", "(a|aa)+$", is_regex=True)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("typed", ["x*", "x*?", "^", "$", r"\b", "(?<=a)", r"\w+|", r"(?<=(\w))\s?", r"\Ka", "a.b"])
def test_a_search_that_is_interrupted_finds_the_same(monkeypatch, typed):
    """Catches a match lost or found twice where the search goes on after its glance."""
    text = "axxb\n\nxx a b\nabx"
    whole = [match.span() for match in regex.finditer(typed, text, regex.M)]

    class Hasty:
        """Times out after every match."""

        def finditer(self, text, position, end, timeout):
            first = True
            for match in regex.finditer(typed, text, regex.M, position, end):
                yield match
                if not first:
                    raise TimeoutError
                first = False

    pattern = Pattern(Query(typed, match_case=True, is_regex=True))
    pattern.matcher = Hasty()
    assert [match.span() for match in find(pattern, text, 0, len(text), lambda: False)] == whole


@pytest.mark.parametrize("template", [r"\3", "\\", r"\g<name>", r"\g<", r"\q", r"\U00110000"])
def test_a_bad_replacement_is_one_line(template):
    with pytest.raises(PatternError, match=r"^Replacement: .*\.$"):
        Pattern(Query("(a)(b)?", is_regex=True)).check_template(template)


def test_a_good_replacement_is_none_for_a_text_but_its_letters():
    pattern = Pattern(Query("a"))
    pattern.check_template("\\")
    assert pattern.replacement(pattern.matcher.search("a"), r"\1\n") == r"\1\n"


@settings(max_examples=50)
@given(st.text(max_size=20), st.text(max_size=8), st.text(max_size=8))
def test_a_text_as_an_expression_finds_itself(text, before, after):
    if text:
        assert text in words(before + text + after, as_expression(text), is_regex=True, match_case=True) or text in (
            before + text + after
        ).replace(text, "", 1)


@pytest.mark.parametrize(
    ("source", "size"),
    [("a{3}", 3), ("(ab){3}", 6), ("[a{3}]{2}", 2), (r"\{3}", 3), ("((x{10}){10}){10}", 1000), (r"\p{L}{3}", 6),
     ("a{2,5}", 2), ("(a", 1), (")a{2}", 2)],
)  # fmt: skip
def test_the_size_of_counted_parts(source, size):
    assert repeats(source) == size
