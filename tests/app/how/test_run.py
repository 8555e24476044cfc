"""What the pictures of the help page take from a real run."""

from PySide6.QtCore import Qt

from app.how.run import TRIES, ranks
from engine import SlotState, StoppedBy

KEY = Qt.Key


def test_slots_are_accepted_by_the_bound_that_is_drawn(recording):
    for frame in recording.frames[1:-1]:
        order = ranks(frame)
        assert len(order) == len(frame.states)
        for rank in order:
            assert rank.accepted == (rank.before <= recording.settings.entropy_bound)
    assert 1 <= recording.acceptance <= recording.steps


def test_the_alternatives_are_those_of_the_first_step_of_that_run(recording):
    first = recording.frames[1]
    assert len(recording.alternatives) == len(first.draft_tokens)
    for token, others in zip(first.draft_tokens, recording.alternatives, strict=True):
        assert others[0].token == token
        assert [other.probability for other in others] == sorted((o.probability for o in others), reverse=True)


def test_a_word_melts_or_every_run_was_tried(recording):
    if recording.melt is None:
        assert recording.tried == TRIES
    else:
        before, now = recording.frames[recording.melt.index - 1 : recording.melt.index + 1]
        for slot in recording.melt.slots:
            assert before.states[slot] == SlotState.ACCEPTED
            assert before.pieces[slot].strip()
            assert now.states[slot] == SlotState.RENOISED


def test_the_run_stops_at_the_first_step_that_is_stable_and_sure(recording):
    assert recording.settings.stability_steps == 1
    ends = [
        step
        for step, (changed, mean) in enumerate(zip(recording.changes, recording.means[1:], strict=True), 2)
        if not changed and mean < recording.settings.confidence
    ]
    if recording.result.stopped_by is StoppedBy.CONVERGED:
        assert ends == [recording.steps]
    else:
        assert recording.steps == recording.settings.steps


def test_the_long_text_is_seen_in_the_middle_of_a_later_block(recording):
    moment = recording.block_moment
    assert moment.groups > 2
    assert moment.group == 1
    assert moment.head.strip()
    assert 0 < moment.resolved < len(moment.states)
