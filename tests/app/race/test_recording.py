"""Requests, counts and playback of a race, without widgets."""

import math
from dataclasses import replace

import pytest

from app.race.recording import CONTINUED, SPEEDS, Playback, Recording, race_on
from engine import Action, Decoder

FILL = race_on("Once there was ", "a grey house", " by the sea.")
CONTINUE = race_on("Once there was", "", "")


def kind(request):
    return request.action, request.decoder


def test_a_selection_is_filled_by_both_with_as_many_tokens(run_race, runner, ready_bridge):
    first, _ = run_race(FILL, seed=11)
    one, two = ready_bridge.engine.requests
    assert kind(one) == (Action.FILL, Decoder.DIFFUSION)
    assert kind(two) == (Action.FILL, Decoder.AUTOREGRESSIVE)
    assert two.length == first.result.tokens
    assert {(r.before, r.selection, r.after, r.seed, r.recorded) for r in (one, two)} == {
        ("Once there was ", "a grey house", " by the sea.", 11, True)
    }
    assert not runner.running


def test_at_a_caret_both_write_on(run_race, ready_bridge):
    run_race(CONTINUE)
    one, two = ready_bridge.engine.requests
    assert kind(one) == (Action.CONTINUE, Decoder.DIFFUSION)
    assert kind(two) == (Action.CONTINUE, Decoder.AUTOREGRESSIVE)
    assert one.length == CONTINUED


def test_white_space_alone_is_no_selection():
    assert race_on("One", " ", "two.").action is Action.CONTINUE
    assert race_on("One", " ", "two.").before == "One "


def test_the_same_seed_repeats_a_race_and_another_does_not(run_race, ready_bridge):
    pictures = [[side.frames for side in run_race(FILL, seed)] for seed in (3, 3, 4)]
    requests = ready_bridge.engine.requests
    assert requests[:2] == requests[2:4]
    assert requests[2:4] != requests[4:]

    def seen(sides):
        return [[(frame.canvas_tokens, frame.pieces, frame.states) for frame in frames] for frames in sides]

    assert seen(pictures[0]) == seen(pictures[1]) != seen(pictures[2])


@pytest.mark.parametrize("groups", [1, 3])
def test_counters_add_up(run_race, groups):
    text = "Some quite long words that are melted, one after another."
    for side in run_race(race_on("", text, ""), groups=groups, replacement=text, steps=5):
        canvas = side.counts[-1].canvas
        for index, counts in enumerate(side.counts):
            assert counts.resolved + counts.open == counts.canvas == canvas
            assert counts.passes == sum(frame.step > 0 for frame in side.frames[: index + 1])
            assert counts.passes == side.frames[index].forward_passes
            assert counts.tokens <= counts.resolved or counts is side.counts[-1]
        last = side.counts[-1]
        assert last.open == 0
        assert side.counts[0].resolved == 0
        result = side.result
        assert (last.passes, last.melts, last.tokens) == (result.forward_passes, melts(side), result.tokens)
        assert last.tokens_per_pass == result.tokens_per_forward
        assert last.bits == result.causal_bits
        assert all(counts.bits is None for counts in side.counts[:-1])
        first = next(counts for counts in side.counts if counts.tokens)
        assert first.first == first.seconds == last.first


def melts(side: Recording) -> int:
    """Counted from the states alone."""
    return sum(state == state.RENOISED for frame in side.frames for state in frame.states)


def test_from_left_to_right_one_token_comes_with_each_pass_and_none_melts(run_race):
    _, side = run_race(FILL)
    assert [counts.resolved for counts in side.counts] == list(range(len(side.frames)))
    assert [counts.passes for counts in side.counts] == list(range(len(side.frames)))
    assert side.counts[-1].melts == 0


def test_an_empty_canvas_that_is_tried_again_counts_as_passes_but_not_as_slots(run_race):
    first, _ = run_race(FILL)
    again = [replace(frame, forward_passes=frame.forward_passes + first.counts[-1].passes) for frame in first.frames]
    side = Recording(first.request, [*first.frames, *again], first.result)
    assert side.counts[-1].passes == 2 * first.counts[-1].passes
    assert side.counts[-1].canvas == side.counts[-1].resolved == first.counts[-1].canvas
    assert side.counts[-1].melts == 2 * first.counts[-1].melts
    assert side.counts[len(first.frames)].resolved == 0


def test_before_the_first_frame_nothing_is_counted_and_after_the_last_time_stands_still(run_race):
    side, _ = run_race(FILL, pause=0.004)
    late = Recording(side.request, [replace(frame, seconds=frame.seconds + 1) for frame in side.frames], side.result)
    assert late.index_at(0.5) == -1
    counts = late.counts_at(0.5)
    assert (counts.passes, counts.resolved, counts.canvas, counts.seconds) == (0, 0, side.counts[-1].canvas, 0.5)
    assert counts.tokens_per_pass is None
    assert late.counts_at(100.0).seconds == late.seconds
    assert Recording(side.request, [], side.result).counts_at(1.0).tokens_per_second is None


# The clock.


@pytest.fixture
def playback(run_race):
    """Diffusion in 4 steps, the other side in 2 passes; 0.01 seconds each."""
    first, second = run_race(FILL, pause=0.001)
    for side in (first, second):
        side.frames = tuple(replace(frame, seconds=0.01 * frame.step) for frame in side.frames)
        side.times = [frame.seconds for frame in side.frames]
    second.times = [moment + 0.005 for moment in second.times]
    return Playback((first, second))


def shown(playback):
    return [side.index_at(playback.position) for side in playback.sides]


def test_both_sides_follow_one_clock(playback):
    assert shown(playback) == [0, -1]
    playback.advance(0.006)
    assert shown(playback) == [0, 0]
    playback.advance(0.005)
    assert shown(playback) == [1, 0]
    playback.advance(0.005)
    assert shown(playback) == [1, 1]
    playback.advance(1.0)
    assert shown(playback) == [4, len(playback.sides[1].frames) - 1]
    assert playback.finished
    assert not playback.running


@pytest.mark.parametrize("speed", SPEEDS)
def test_slow_motion_only_stretches_time(playback, speed):
    playback.speed = speed
    playback.advance(0.02)
    assert math.isclose(playback.position, 0.02 * speed)


def test_steps_go_from_frame_to_frame_of_either_side_and_stop_the_clock(playback):
    forward = [shown(playback)]
    while not playback.finished:
        playback.step(1)
        forward.append(shown(playback))
    assert forward[:4] == [[0, -1], [0, 0], [1, 0], [1, 1]]
    assert forward[-1] == [4, 2]
    back = [shown(playback)]
    while playback.position > 0:
        playback.step(-1)
        back.append(shown(playback))
    assert back == forward[::-1]
    playback.step(-1)
    assert playback.position == 0.0
    playback.advance(1.0)
    assert playback.position == 0.0
    playback.restart()
    playback.advance(0.01)
    assert shown(playback) == [1, 0]
