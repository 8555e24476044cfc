from __future__ import annotations

from dataclasses import replace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from engine import Action, EditRequest, TextMap
from engine.diffusion.layout import Layout, Position
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.runs.layout import make_layout
from engine.runs.plan import Group, Plan, invents, keeps_facts, make_plan, spare_slots
from engine.text.markup import protected
from engine.text.segments import SegmentKind, cut
from engine.text.vocabulary import Vocabulary

CHECKPOINT = embedded_checkpoint()
VOCABULARY = Vocabulary.read(CHECKPOINT.folder, 16384, 0, 2)
PARTS = [
    *(
        "👨‍👩‍👧",
        "e\u0301",
        "\u0301",
        "\ufeff",
        "\ud83d",
        "שלום",
        "مرحبا",
        "漢字",
        "ไทย",
        "3.14",
        "one",
        " two",
        " don’t",
    ),
    *(". ", "! ", "?”", ",", " ", "   ", "\t", "\n", "\r\n", "\n\n", "\n- ", "\n## ", "**", "_", "`", "`code x`", "["),
    *("](u v)", "https://a.b/c", "<b>", " The quick brown fox jumps over the lazy dog.", " x" * 60, "y" * 400),
]
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=12).map("".join)


@st.composite
def requests(draw) -> EditRequest:
    """Any request on any text."""
    text = draw(texts)
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    pins = []
    if start < end:
        for _ in range(draw(st.integers(0, 2))):
            low = draw(st.integers(0, end - start - 1))
            pins.append((low, draw(st.integers(low + 1, end - start))))
    action = draw(st.sampled_from(list(Action)))
    return EditRequest(text[:start], text[start:end], text[end:], action, pins=tuple(pins))


def plan_of(request: EditRequest) -> Plan:
    return make_plan(request, CHECKPOINT, VOCABULARY)


def joined(group: Group) -> str:
    return "".join(segment.text for segment in group.segments)


def read(layout: Layout, first: int, last: int) -> str:
    """The text of some positions, the writer's own where a position has it."""
    pairs = zip(layout.tokens[first:last], layout.literals[first:last], strict=True)
    return "".join(VOCABULARY.pieces([token if literal is None else literal for token, literal in pairs]))


def slots(layout: Layout) -> list[int]:
    return [index for index, position in enumerate(layout.positions) if position is Position.SLOT]


@given(requests())
@example(EditRequest("", "\x1f two", ""))
def test_the_groups_of_a_plan_are_pieces_of_its_range_in_order(request_):
    text, plan = request_.text, plan_of(request_)
    assert 0 <= plan.start <= plan.end <= len(text)
    position = plan.start
    for group in plan.groups:
        assert position <= group.start <= group.end <= plan.end
        assert text[group.segments[0].start : group.end] == joined(group)
        assert text[group.start : group.end] == joined(group).lstrip()
        assert SegmentKind.FIXED not in (group.segments[0].kind, group.segments[-1].kind)
        position = group.end


@given(requests())
@example(EditRequest("a", "\r\n", "b", Action.FILL))
@example(EditRequest("a", " \u0301", "b", Action.FILL))
def test_the_range_of_a_plan_holds_the_selection_and_divides_no_grapheme(request_):
    plan = plan_of(request_)
    low, high = TextMap(request_.text).widen(request_.start, request_.end)
    if request_.action is Action.FILL and not request_.text[low:high].strip():
        assert plan.start == plan.end
        spans = [match.span() for match in regex.finditer(r"\X", request_.text)]
        assert not [span for span in spans if span[0] < plan.start < span[1]]
        assert low <= plan.start
        # An empty place moves behind its word, out of the selection.
        assert plan.start <= high or not request_.selection
    elif request_.selection:
        assert plan.start <= request_.start
        assert plan.end >= request_.end


@given(requests())
@example(EditRequest("", "A", "'0", Action.FIX))
def test_every_word_that_fits_a_canvas_is_in_a_group(request_):
    if request_.action is Action.FILL and not request_.selection.strip():
        return
    plan = plan_of(request_)
    pins = [(request_.start + low, request_.start + high) for low, high in request_.pins]
    grouped = {segment.start for group in plan.groups for segment in group.segments}
    found = protected(
        request_.text,
        plan.start,
        plan.end,
        request_.markup,
        facts=keeps_facts(request_),
        pairs=not invents(request_),
    )
    for segment in cut(request_.text, plan.start, plan.end, pins, found):
        if segment.kind is not SegmentKind.FIXED and segment.start not in grouped:
            assert len(VOCABULARY.encode(segment.text)) > CHECKPOINT.trained_canvas // 2


@given(requests(), st.data())
def test_a_layout_fits_the_training_and_says_one_thing_of_each_position(request_, data):
    text = request_.text
    for group in plan_of(request_).groups:
        melted = data.draw(st.sets(st.sampled_from(group.free)))
        before, after = text[: group.start], text[group.end :]
        layout = make_layout(group, before, after, melted, CHECKPOINT, VOCABULARY)
        count = len(layout.tokens)
        assert len(layout.positions) == len(layout.literals) == len(layout.words) == count
        assert layout.shown <= count <= CHECKPOINT.trained_canvas
        assert 1 <= len(layout.context) <= CHECKPOINT.trained_context
        assert layout.context[0] == VOCABULARY.bos
        changeable = [index for index in range(count) if layout.positions[index] is not Position.PINNED]
        assert changeable == [index for gap in layout.gaps for index in range(gap.first, gap.last)]
        for index in range(count):
            free = layout.positions[index] is Position.SLOT
            assert layout.tokens[index] == VOCABULARY.pad or not free
            assert (layout.words[index] >= 0) == (layout.positions[index] is Position.KEPT)
            if index < layout.shown:
                assert (layout.literals[index] is None) == free


@given(requests())
def test_without_slots_the_canvas_reads_as_the_text(request_):
    text = request_.text
    for group in plan_of(request_).groups:
        before, after = text[: group.start], text[group.end :]
        layout = make_layout(group, before, after, (), CHECKPOINT, VOCABULARY)
        assert slots(layout) == []
        assert read(layout, 0, layout.shown) == text[group.start : group.end]


@given(requests().filter(lambda request: "\ud83d" not in request.text))
def test_context_and_the_text_behind_read_as_the_text_around(request_):
    text = request_.text
    for group in plan_of(request_).groups:
        before, after = text[: group.start], text[group.end :]
        layout = make_layout(group, before, after, group.free, CHECKPOINT, VOCABULARY)
        context = "".join(VOCABULARY.pieces(layout.context))
        # The context may begin in the middle of a character, whose rest vanishes; the space at its end is a word's.
        assert before.endswith((context, context + " "))
        behind = "".join(VOCABULARY.pieces(layout.tokens[layout.shown :]))
        assert after.startswith(behind)
        if len(after) <= 3 and layout.shown + 12 < CHECKPOINT.trained_canvas:
            assert behind == after


@given(requests())
def test_words_that_stay_read_to_the_letter_beside_slots(request_):
    for group in plan_of(request_).groups:
        melted = group.free[::2]
        text = request_.text
        layout = make_layout(group, text[: group.start], text[group.end :], melted, CHECKPOINT, VOCABULARY)
        stay = [segment.text for index, segment in enumerate(group.segments) if index not in melted]
        found = [literal for literal in layout.literals[: layout.shown] if literal]
        assert found == stay


def group_of(text: str, **fields) -> Group:
    (group,) = plan_of(EditRequest("", text, "", **fields)).groups
    return group


@pytest.mark.parametrize("count", [1, 5, 12, 30])
def test_a_fill_of_an_empty_place_has_the_slots_it_asks_for(count):
    (group,) = plan_of(EditRequest("One ", "", " two.", Action.FILL)).groups
    layout = make_layout(group, "One ", " two.", group.free, CHECKPOINT, VOCABULARY, slots=count)
    assert len(slots(layout)) == count == layout.shown
    assert "".join(VOCABULARY.pieces(layout.tokens[layout.shown :])) == " two."


def test_gaps_share_the_slots_by_what_they_replace():
    group = group_of("one **two three four** five")
    layout = make_layout(group, "", "", group.free, CHECKPOINT, VOCABULARY, slots=10)
    sizes = [gap.last - gap.first for gap in layout.gaps]
    assert len(sizes) == 3
    assert 3 <= sum(sizes) <= 10
    assert sizes[1] == max(sizes)


def test_spare_slots_are_given_only_where_padding_was_trained():
    assert [spare_slots(CHECKPOINT, tokens) for tokens in (0, 3, 4, 40)] == [1, 1, 2, 11]
    assert spare_slots(replace(CHECKPOINT, length_by="end-token"), 40) == 0


def test_a_gap_has_the_slots_of_its_words_and_the_spare_ones():
    group = group_of("one two three")
    spare = make_layout(group, "", "", [1], CHECKPOINT, VOCABULARY)
    bare = make_layout(group, "", "", [1], CHECKPOINT, VOCABULARY, spare=False)
    assert len(slots(bare)) == len(VOCABULARY.encode(" two"))
    assert len(slots(spare)) == len(slots(bare)) + 1


def test_gaps_and_the_stretches_between_marks_know_the_writers_text():
    group = group_of("one two **three** four")
    layout = make_layout(group, "", "", [index for index in group.free if index != 1], CHECKPOINT, VOCABULARY)
    assert [(gap.own, gap.lead) for gap in layout.gaps] == [("one", ""), (" two", " "), ("three", ""), (" four", " ")]
    assert [stretch.own for stretch in layout.stretches] == ["one two", "three", " four"]
    for stretch in layout.stretches:
        inside = [gap for gap in layout.gaps if stretch.first <= gap.first and gap.last <= stretch.last]
        assert (inside[0].first, inside[-1].last) == (stretch.first, stretch.last)
        assert "".join(gap.own for gap in inside) == stretch.own


def test_a_fill_of_white_space_stands_in_its_middle():
    assert plan_of(EditRequest("a", "    ", "b", Action.FILL)).start == 3
    assert plan_of(EditRequest("a\n", "\n", "\nb", Action.FILL)).start in (2, 3)


def test_nothing_to_change_gives_no_group():
    for selection in ("", "   ", "\n\n", "**", "- ", "`code`"):
        assert plan_of(EditRequest("", selection, "")).groups == ()
    assert plan_of(EditRequest("", "one", "", pins=((0, 3),))).groups == ()


def test_a_long_selection_is_divided_at_the_ends_of_sentences():
    text = "The quick brown fox jumps over the lazy dog. " * 16
    plan = plan_of(EditRequest("", text, ""))
    assert len(plan.groups) > 3
    assert all(joined(group).endswith(".") for group in plan.groups)
    assert "".join(joined(group) for group in plan.groups) == text.rstrip()


def test_a_sentence_without_end_is_divided_between_words():
    text = "and the quick brown fox jumps over the lazy dog " * 16
    plan = plan_of(EditRequest("", text, ""))
    assert len(plan.groups) > 3
    words = [word for group in plan.groups for word in joined(group).split()]
    assert words == text.split()


def test_a_word_too_large_for_a_canvas_is_left_alone_and_the_words_around_it_are_not():
    text = "one " + "xq" * 200 + " two"
    plan = plan_of(EditRequest("", text, ""))
    assert [joined(group).strip() for group in plan.groups] == ["one", "two"]


def test_a_later_group_reads_what_became_of_the_earlier_one():
    text = "The quick brown fox jumps over the lazy dog. " * 12
    group = plan_of(EditRequest("", text, "")).groups[1]
    layout = make_layout(group, "Something new.", text[group.end :], group.free, CHECKPOINT, VOCABULARY)
    assert "".join(VOCABULARY.pieces(layout.context)) == "Something new."


@pytest.mark.parametrize("context", [1, 2, 7])
def test_no_more_context_than_was_trained(context):
    group = group_of("word")
    layout = make_layout(group, "the lazy dog " * 50, "", [0], replace(CHECKPOINT, trained_context=context), VOCABULARY)
    assert len(layout.context) == context


@pytest.mark.parametrize("text", ["漢", "ab漢ba", "ab 漢 ba", "漢\n\nab", "漢, ab"])
def test_words_that_a_tokenizer_does_not_know_are_not_lost(text):
    """A tokenizer without single bytes has no token for what it never saw."""
    vocabulary = Vocabulary(Tokenizer(models.BPE(vocab={"<pad>": 0, "a": 1, "b": 2, " ": 3}, merges=[])), 4, 0, 0)
    (group,) = make_plan(EditRequest("", text, ""), CHECKPOINT, vocabulary).groups
    layout = make_layout(group, "", "", (), CHECKPOINT, vocabulary)
    pairs = zip(layout.tokens, layout.literals, strict=True)
    assert "".join(vocabulary.pieces([token if literal is None else literal for token, literal in pairs])) == text
