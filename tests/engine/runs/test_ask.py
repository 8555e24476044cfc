"""Runs that follow an instruction: what the model is told, and what becomes of its answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Action, Decoder, EditRequest, Instruction, Length, RequestError, SamplerSettings, Structure
from engine.contracts.errors import CheckpointError
from engine.runs.watch import RunCancelledError

QUICK = SamplerSettings(steps=3)
BEFORE, SELECTION, AFTER = "# Letter\n\nDear Sam,\n\n", "come to the house at once.", "\n\nYours, Anna\n"


def ask(instruction="Be kind.", selection=SELECTION, structure=Structure.KEPT, **fields) -> EditRequest:
    own = {"before": BEFORE, "after": AFTER, "settings": QUICK, **fields}
    return EditRequest(selection=selection, instruction=Instruction(instruction, structure), **own)


def told(session) -> str:
    """What the model was told last."""
    return session.vocabulary.text(session.denoiser.prefills[0])


def test_the_answer_takes_the_place_of_the_selection(asked):
    session = asked("Here is the new passage:\nPlease come to our house soon.")
    frames = []
    result = session.run(ask(), on_frame=frames.append)
    assert result.replacement == "Please come to our house soon."
    assert result.original == SELECTION
    assert (result.start, result.end) == (len(BEFORE), len(BEFORE + SELECTION))
    assert not result.note
    # The frames belong to that range, and the last one has what the model wrote, up to its end.
    assert {(frame.start, frame.end) for frame in frames} == {(result.start, result.end)}
    assert frames[-1].draft == "Here is the new passage:\nPlease come to our house soon."
    assert result.forward_passes == frames[-1].forward_passes > 0


def test_instruction_and_selection_stand_last_and_what_must_be_known_right_before(asked):
    """A model with sliding windows forgets what stands some hundred tokens back."""
    session = asked("Come.")
    session.run(ask("Say it in French.", pins=((8, 17),)))
    parts = ["Dear Sam,", "Yours, Anna", "What to know:", "“the house”", "Instruction: Say it in French.", SELECTION]
    places = [told(session).index(part) for part in parts]
    assert places == sorted(places)
    assert told(session).count(SELECTION) == 1
    assert told(session).rstrip().endswith("model")


def test_the_prompt_is_read_once_and_fits(asked):
    """Would catch a long document that pushes the instruction out of what the model reads."""
    session = asked("Come.", trained_context=400)
    session.run(ask(before="It was a long day by the sea. " * 500, after=" And so it went on." * 500))
    prompt = session.denoiser.prefills[0]
    assert 300 < len(prompt) < 400
    assert "Instruction: Be kind." in told(session)
    assert "by the sea" in told(session)
    assert "it went on" in told(session)
    with pytest.raises(RequestError, match=r"The model reads 400 tokens, and the \d+ of the selection do not fit"):
        session.run(ask(selection="It was a long day by the sea. " * 30))


@pytest.mark.parametrize(
    "empty", ["", " \n ", "<end_of_turn>", "“”", "Sure, here it is:\n", "Here is the new passage:"]
)
def test_an_empty_answer_is_tried_again_on_smaller_canvases_and_then_said(asked, empty):
    session = asked(empty)
    result = session.run(ask())
    assert result.replacement == SELECTION
    assert result.note.startswith("The model gave no answer in 4 tries, so your text stays as it was.")
    sizes = [canvas.shape[1] for canvas in session.denoiser.canvases]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1
    assert len(session.denoiser.prefills) == 4
    again = asked(empty, empty, "Please come.")
    assert again.run(ask()).replacement == "Please come."


def test_an_answer_longer_than_a_canvas_goes_on_block_after_block(asked):
    long = " ".join(f"Sentence number {number} is here, as it should be." for number in range(36))
    session = asked(f"Here is the new passage:\n{long}")
    groups, frames = [], []
    result = session.run(ask(), on_group=lambda *group: groups.append(group), on_frame=frames.append)
    assert result.replacement == long
    sizes = {canvas.shape[1] for canvas in session.denoiser.canvases}
    assert max(sizes) == session.checkpoint.trained_canvas
    assert frames[-1].group > 2
    assert frames[-1].draft.endswith(long)


def test_an_answer_without_end_is_cut_at_a_sentence_and_that_is_said(asked):
    session = asked("It went on and on. " * 300, trained_context=700)
    result = session.run(ask(structure=Structure.FREE))
    assert result.note == "The answer was longer than a run may write, so its end is missing."
    assert result.replacement.endswith("on.")
    assert 300 < len(session.vocabulary.encode(result.replacement)) < 700


def test_several_results_and_the_same_answer(asked):
    result = asked("Come soon.", "Do come.", "Come soon.").run(ask(variants=3))
    assert set(result.variants) == {"Come soon.", "Do come."}
    assert asked(SELECTION).run(ask()).note.startswith("The model gave your words back")


def test_a_thought_is_no_part_of_the_answer(asked):
    """Would catch one that fills a block of its own."""
    thought = "<think>Well, let me see what could be said here.<start_of_turn>"
    assert asked(f"{thought}Please come.<end_of_turn>\nNo.").run(ask()).replacement == "Please come."
    long = "<think>" + "Well, let me see. " * 60 + "<start_of_turn>"
    assert asked(f"{long}Please come.").run(ask()).replacement == "Please come."


def test_a_continuation_follows_and_repeats_nothing(asked):
    session = asked("Here is the new passage:\nAnd Sam did not come. He stayed where he was.")
    before = "Anna called out for him. And Sam did not come."
    result = session.run(ask("Go on.", "", action=Action.CONTINUE, before=before, after="\n\nThe end."))
    assert result.start == result.end == len(before)
    assert result.replacement == " He stayed where he was."
    assert "Write only what follows the passage" in told(session)
    assert told(session).index("Instruction:") < told(session).index("And Sam did not come.")


MARKED = "- Read [the guide](https://example.org/a) and run `make all`.\n- Then stop."
ITEMS = "* Study [our guide](https://example.com/a), run `make  all`.\n* Stop then."


def test_changed_marks_and_code_are_put_back(asked):
    result = asked(ITEMS).run(ask(selection=MARKED, structure=Structure.SAME))
    assert result.replacement == "- Study [our guide](https://example.org/a), run `make all`.\n- Stop then."


@pytest.mark.parametrize(
    ("structure", "answer", "doubt"),
    [
        (Structure.SAME, "- Read the guide.\n- Then stop.", "leaves out “[”"),
        (Structure.SAME, MARKED + "\n- And **rest**.", "changes the marks or blocks of the text"),
        (Structure.KEPT, MARKED + "\n- And **rest**.", ""),
        (Structure.KEPT, "- Read [the guide](https://example.org/a).\n- Then stop.", "leaves out “`make all`”"),
        (Structure.FREE, "Read the guide and run `make all`. Then stop.", ""),
    ],
)
def test_an_answer_that_breaks_the_structure_is_held_back(asked, structure, answer, doubt):
    """Would catch a link or a command that is gone without a word. The writer can have it shown all the same."""
    session = asked(answer)
    request = ask(selection=MARKED, structure=structure, after="\n\nYours, `Anna`\n", checked=True)
    result = session.run(request)
    assert result.replacement == answer
    assert result.doubt == (f"Nothing better was found: the answer {doubt}." if doubt else "")
    assert sum(tokens[0] == 2 for tokens in session.denoiser.prefills) == (4 if doubt else 1)
    if doubt:
        assert not asked(answer).run(replace(request, checked=False)).doubt
        better = asked(answer, MARKED.replace("Then", "Now")).run(request)
        assert (better.replacement, better.doubt) == (MARKED.replace("Then", "Now"), "")


def test_in_a_refinement_the_structure_of_the_original_counts(asked):
    """Would catch a list that came with the first answer and could not be taken back."""
    request = ask(selection=MARKED, checked=True)
    assert "leaves out" in asked("Stop then.").run(request).doubt
    refined = replace(request, instruction=replace(request.instruction, original="Read it.\r\nThen stop."))
    assert not asked("Stop then.").run(refined).doubt


def test_an_answer_that_would_swallow_what_follows_is_refused(asked):
    result = asked("Read this:\n\n~~~\nmake all").run(ask(structure=Structure.FREE, after="\n\nYours, `Anna`\n"))
    assert result.replacement == SELECTION
    assert "structure of the text around it" in result.note


def test_quotation_marks_are_those_of_the_text_but_not_in_code(asked):
    answer = "Don't say \"no\" to `x['a']`."
    result = asked(answer).run(ask(before="“Yes,” she said. It’s late.\n\n", structure=Structure.FREE))
    assert result.replacement == "Don’t say “no” to `x['a']`."


def test_only_tokens_of_the_answer_count(asked):
    """Would catch a speed that is that of the canvas."""
    session = asked("Please come.")
    assert session.run(ask()).tokens == len(session.vocabulary.encode("Please come."))


def test_pinned_words_are_put_back_or_the_answer_is_refused(asked):
    pins = ((8, 17),)
    assert asked("Do see The House.").run(ask(pins=pins)).replacement == "Do see the house."
    refused = asked("Do see our home.").run(ask(pins=pins))
    assert refused.replacement == SELECTION
    assert refused.note.startswith("Every answer left out “the house”, which is pinned")


def test_white_space_and_line_ends_of_the_writer_stay(asked):
    own = "  come to\r\nthe house.  \r\n"
    frames = []
    request = ask(selection=own, before="Dear Sam,\r\n", after="Yours\r\n")
    result = asked("Do come.\nSoon.").run(request, on_frame=frames.append)
    # The window would not know where to put a range smaller than the selection.
    assert (result.start, result.end) == (request.start, request.end)
    assert frames[-1].draft == result.replacement
    text = "Dear Sam,\r\n" + own + "Yours\r\n"
    whole = text[: result.start] + result.replacement + text[result.end :]
    assert whole == "Dear Sam,\r\n  Do come.\r\nSoon.  \r\nYours\r\n"


def test_a_run_can_be_stopped_between_two_steps(asked):
    passes = iter(range(100))
    with pytest.raises(RunCancelledError):
        asked("Please come.").run(ask(), cancelled=lambda: next(passes) > 1)


def test_who_follows_no_instructions_is_not_asked(asked, session, tmp_path):
    with pytest.raises(RequestError, match="The checkpoint embedded follows no instructions"):
        session.run(ask())
    without = asked("Come.")
    without.checkpoint = replace(without.checkpoint, folder=tmp_path)
    with pytest.raises(CheckpointError, match="writes a message 0 times"):
        without.run(ask())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"action": Action.FILL}, "goes with a rewrite or a continuation"),
        ({"action": Action.CONTINUE, "decoder": Decoder.AUTOREGRESSIVE}, "by the diffusion decoder"),
        ({"length": Length.SHORTER}, "says itself how long"),
        ({"selection": " \n"}, "no words in the selection"),
        ({"instruction": " "}, "The instruction is empty"),
        ({"instruction": "x" * 5000}, "5000 characters. Use at most 4000"),
    ],
)
def test_an_impossible_request_is_refused(fields, reason):
    with pytest.raises(RequestError, match=reason):
        ask(**fields)
