"""The discrete DDIM posterior: Bayes, parity with diffusers, what strength means, and a run by it from end to end."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.schedulers.scheduling_discrete_ddim import DiscreteDDIMScheduler
from hypothesis import given
from hypothesis import strategies as st

from engine import CheckpointError, EditRequest, Sampler, SamplerSettings, SlotState
from engine.__main__ import main
from engine.bench import strength
from engine.contracts.errors import DenoisingError
from engine.diffusion.blocks import write_blocks
from engine.diffusion.canvas import Canvas, SlotChange
from engine.diffusion.ddim import Posterior, denoise_ddim
from engine.diffusion.layout import Layout, Position
from engine.models.checkpoint_folder import embedded_checkpoint, read_checkpoint
from engine.runs.session import Session

CPU = torch.device("cpu")
SETTINGS = SamplerSettings(steps=8, temperature_high=0.9, temperature_low=0.3, sampler=Sampler.DDIM)
PROMPT = [4, 7, 10, 13, 16, 19, 22, 25]
COUNTED = [*range(28, 48, 3), *range(5, 32, 3)]
"""What the model that counts writes behind the prompt."""


class TableDenoiser:
    """Predicts from a fixed table of logits, one row for each position, whatever stands on the canvas."""

    device = CPU

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table
        self.vocabulary_size = table.shape[1]
        self.passes = 0

    def logits(self, context, canvas, slots, conditioning):
        self.passes += 1
        return self.table[slots].expand(canvas.shape[0], -1, -1).clone()


def make_canvas(tokens, positions, words=None) -> Canvas:
    """A canvas from plain lists."""
    words = words or [-1] * len(tokens)
    layout = Layout((2,), len(tokens), (), (), tuple(tokens), tuple(positions), (None,) * len(tokens), tuple(words))
    return Canvas.from_layout(layout, CPU)


def kept_canvas(tokens) -> Canvas:
    """A canvas of kept words of one token each."""
    return make_canvas(tokens, [Position.KEPT] * len(tokens), list(range(len(tokens))))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


levels = st.floats(0, 1)


@given(t=st.floats(1e-6, 1), share=st.floats(0, 0.99), size=st.integers(2, 6), data=st.data())
def test_the_posterior_is_that_of_bayes(t, share, size, data):
    u = t * share
    clean, noisy = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))

    def survives(alpha: float, token: int) -> torch.Tensor:
        """q(. | token) where a token survives with probability alpha."""
        row = torch.full((size,), (1 - alpha) / size, dtype=torch.float64)
        row[token] += alpha
        return row

    routes = Posterior(t, u, size).routes(torch.tensor([[noisy == clean]]))[0, 0].double()
    assert routes.min() >= 0
    assert float(routes.sum()) == pytest.approx(1, abs=1e-6)
    ours = torch.full((size,), float(routes[2]) / size, dtype=torch.float64)
    ours[clean] += routes[0]
    ours[noisy] += routes[1]
    # q(x_t | x_u) is symmetric: a row of it is a column.
    bayes = survives((1 - t) / (1 - u), noisy) * survives(1 - u, clean)
    if bayes.sum() > 1e-12:
        torch.testing.assert_close(ours, bayes / bayes.sum(), atol=1e-4, rtol=0)


def test_tokens_come_as_often_as_the_posterior_says():
    clean, noisy = torch.full((1, 40_000), 1), torch.full((1, 40_000), 2)
    drawn = Posterior(0.8, 0.5, 4).draw(noisy, clean, generator())
    routes = Posterior(0.8, 0.5, 4).routes(torch.tensor([[False]]))[0, 0]
    shares = torch.bincount(drawn.flatten(), minlength=4) / 40_000
    expected = routes[2] / 4 + torch.tensor([0, routes[0], routes[1], 0])
    torch.testing.assert_close(shares, expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("steps", [1, 7])
def test_the_canvases_are_those_of_diffusers(trained_denoiser, seed, steps):
    chosen = replace(SETTINGS, steps=steps)
    canvas = Canvas.blank(16, CPU)
    context = trained_denoiser.prefill(PROMPT)
    ours = list(denoise_ddim(trained_denoiser, context, canvas, chosen, generator(seed), rows=2))

    theirs = DiscreteDDIMScheduler()
    theirs.set_timesteps(steps)
    stream = generator(seed)
    tokens = torch.randint(0, trained_denoiser.vocabulary_size, (2, 16), generator=stream)
    assert torch.equal(ours[0].canvas, tokens)
    conditioning = None
    for step, timestep in zip(ours[1:], theirs.timesteps, strict=True):
        logits = trained_denoiser.logits(context, tokens, canvas.slots, conditioning)
        found = theirs.step(logits, timestep, tokens, temperature=step.temperature, generator=stream)
        conditioning, tokens = torch.softmax(logits / step.temperature, -1), found.prev_sample
        assert torch.equal(step.draft, found.sampled_tokens)
        assert torch.equal(step.canvas, tokens)


@pytest.mark.parametrize("seed", range(3))
def test_the_model_that_counts_goes_on_counting(trained_denoiser, seed):
    context = trained_denoiser.prefill(PROMPT)
    steps = list(denoise_ddim(trained_denoiser, context, Canvas.blank(16, CPU), SETTINGS, generator(seed)))
    assert [step.number for step in steps] == list(range(9))
    assert [step.last for step in steps] == [False] * 8 + [True]
    assert steps[-1].draft[0].tolist() == steps[-1].canvas[0].tolist() == COUNTED
    assert steps[-1].accepted.all()
    assert steps[-1].finished.all()


def test_the_model_that_counts_mends_a_noised_row(trained_denoiser):
    context = trained_denoiser.prefill(PROMPT)
    start, *_, last = denoise_ddim(
        trained_denoiser, context, kept_canvas(COUNTED), SETTINGS, generator(), level=0.5, rows=4
    )
    assert (start.canvas != torch.tensor(COUNTED)).any(-1).all()
    assert last.canvas.tolist() == [COUNTED] * 4


@pytest.mark.parametrize("seed", range(2))
def test_blocks_can_be_written_by_it(trained_denoiser, seed):
    steps = dict(write_blocks(trained_denoiser, PROMPT, [8, 8], SETTINGS, generator(seed)))
    assert [token for step in steps.values() for token in step.draft[0].tolist()] == COUNTED


@pytest.mark.parametrize("level", [1e-9, 0.3, 0.7, 1.0])
def test_the_level_is_the_share_of_tokens_that_are_noised(level):
    own = torch.randint(0, 50, (3000,), generator=generator(1))
    denoiser = TableDenoiser(torch.zeros(3000, 50))
    start = next(denoise_ddim(denoiser, None, kept_canvas(own), SETTINGS, generator(), level=level))
    changed = (start.canvas[0] != own).float().mean()
    # A random token may be the same again.
    assert float(changed) == pytest.approx(level * 49 / 50, abs=0.03)
    assert torch.equal(start.kept, start.accepted)
    assert float((~start.kept).float().mean()) == pytest.approx(level, abs=0.03)


def test_a_word_is_kept_as_long_as_all_its_tokens_stay():
    words = [number // 3 for number in range(30)]
    table = torch.zeros(30, 10)
    table[:, 7] = 30.0
    canvas = make_canvas([3] * 30, [Position.KEPT] * 30, words)
    steps = list(denoise_ddim(TableDenoiser(table), None, canvas, SETTINGS, generator(3), level=0.3))
    for step in steps:
        for first in range(0, 30, 3):
            word = slice(first, first + 3)
            assert step.kept[0, word].unique().numel() == 1
            if step.kept[0, first]:
                assert step.canvas[0, word].tolist() == step.draft[0, word].tolist() == [3, 3, 3]
                assert step.accepted[0, word].all()
    assert 0 < int(steps[0].kept.sum()) < 30
    assert [int(step.kept.sum()) for step in steps] == sorted((int(step.kept.sum()) for step in steps), reverse=True)
    assert steps[-1].canvas.eq(7).all()


def test_what_no_slot_may_hold_is_never_written_and_never_lost():
    table = torch.zeros(8, 10)
    table[:, 3] = 30.0
    positions = [Position.KEPT] * 6 + [Position.SLOT] * 2
    canvas = make_canvas([3, 4, 5, 5, 5, 5, 0, 0], positions, [0, 0, 1, 2, 3, 4, -1, -1])
    for step in denoise_ddim(TableDenoiser(table), None, canvas, SETTINGS, generator(), banned=torch.tensor([3])):
        # The first word has the token that is banned.
        assert step.canvas[0, :2].tolist() == step.draft[0, :2].tolist() == [3, 4]
        assert step.kept[0, :2].all()
        if step.number:
            assert not step.draft[0, 2:].eq(3).any()
    assert step.last


@given(data=st.data())
def test_pinned_positions_hold_in_every_step(data):
    length = data.draw(st.integers(2, 12))
    kinds = (Position.PINNED, Position.SLOT, Position.KEPT, Position.SEEDED)
    positions = data.draw(st.lists(st.sampled_from(kinds), min_size=length, max_size=length))
    tokens = data.draw(st.lists(st.integers(0, 9), min_size=length, max_size=length))
    words = [index if position is Position.KEPT else -1 for index, position in enumerate(positions)]
    denoiser = TableDenoiser(torch.randn(length, 10, generator=generator(data.draw(st.integers(0, 99)))) * 3)
    level = data.draw(levels)
    steps = list(
        denoise_ddim(denoiser, None, make_canvas(tokens, positions, words), SETTINGS, generator(), level=level, rows=2)
    )
    for step in steps:
        for row in step.canvas.tolist():
            for index, position in enumerate(positions):
                if position is Position.PINNED or (position is Position.SEEDED and step.number == 0):
                    assert row[index] == tokens[index]
    slots = [index for index, position in enumerate(positions) if position is not Position.PINNED]
    assert torch.equal(steps[-1].draft, steps[-1].canvas[:, slots])


def test_a_person_can_fix_and_melt_slots_on_the_way():
    table = torch.zeros(4, 10)
    table[:, 7] = 30.0
    steps = []

    def changes():
        if len(steps) == 4:
            return [SlotChange((1,), (2,)), SlotChange((2,), None)]
        return []

    for step in denoise_ddim(TableDenoiser(table), None, Canvas.blank(4, CPU), SETTINGS, generator(), changes=changes):
        steps.append(step)
    assert steps[3].draft[0].tolist() == [7, 7, 7, 7]
    for step in steps[4:]:
        assert step.canvas[0, 1] == step.draft[0, 1] == 2
        # What was taken away does not come back.
        assert step.draft[0, 2] != 7
    assert steps[-1].canvas[0, [0, 3]].tolist() == [7, 7]


@pytest.mark.parametrize("after", range(3))
def test_cancelling_ends_between_two_steps(after):
    denoiser = TableDenoiser(torch.zeros(4, 10))
    steps = list(
        denoise_ddim(
            denoiser, None, Canvas.blank(4, CPU), SETTINGS, generator(), cancelled=lambda: denoiser.passes >= after
        )
    )
    assert denoiser.passes == after
    assert [step.number for step in steps] == list(range(after + 1))
    assert not any(step.last for step in steps)


def test_values_that_are_not_numbers_are_an_error_and_not_a_result():
    denoiser = TableDenoiser(torch.full((4, 10), math.nan))
    with pytest.raises(DenoisingError, match="not numbers"):
        list(denoise_ddim(denoiser, None, Canvas.blank(4, CPU), SETTINGS, generator()))


BEFORE, AFTER = "The harbour was quiet in the morning. ", " He asked where we were going."
SENTENCE = "An old man sold\tcoffee from a small cart."


def rewrite(session: Session, strength: float, **fields):
    """A rewrite of the sentence, and its frames."""
    frames = []
    request = EditRequest(BEFORE, SENTENCE, AFTER, strength=strength, settings=SETTINGS, **fields)
    return session.run(request, on_frame=frames.append), frames


def test_strength_0_keeps_all_and_strength_1_starts_from_noise(session):
    result, frames = rewrite(session, 0)
    assert (result.replacement, frames) == (SENTENCE, [])
    _, frames = rewrite(session, 1)
    states = [state for state in frames[0].states if state is not SlotState.PINNED]
    assert states.count(SlotState.NOISE) == len(states)
    assert len(frames) == SETTINGS.steps + 1


def test_words_that_are_not_noised_are_shown_as_kept(session):
    _, frames = rewrite(session, 0.3, seed=1)
    states = frames[0].states
    assert 0 < states.count(SlotState.NOISE) < states.count(SlotState.KEPT)
    assert frames[-1].resolved == len(states)


@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_pinned_words_and_what_cannot_be_written_survive(session, strength):
    start = SENTENCE.index("small")
    result, _ = rewrite(session, strength, pins=((start, start + 5),), variants=3)
    for variant in result.variants:
        assert " small " in variant
        assert "\t" in variant


@pytest.fixture
def file(loaded_once, tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(BEFORE + SENTENCE + AFTER, "utf-8")
    return path


def call(capfd, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command line."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    told = capfd.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("rewrite", "--select", "38:79", "--strength", 0.5),
        ("fill", "--select", "38:79"),
        ("continue", "--at", 79, "--tokens", 8),
    ],
)
def test_the_command_line_takes_all_steps(file, capfd, arguments):
    command, *options = arguments
    code, out, _ = call(capfd, command, file, *options, "--sampler", "ddim", "--steps", 5, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["text"].startswith(BEFORE)
    assert found["text"].endswith(AFTER)
    assert found["steps"] % 5 == 0
    assert found["stopped_by"] == "converged"


def test_the_decoder_from_left_to_right_has_no_canvas_to_sample(file, capfd):
    arguments = ("continue", file, "--at", 79, "--tokens", 6, "--decoder", "autoregressive")
    assert call(capfd, *arguments, "--sampler", "ddim")[1] == call(capfd, *arguments)[1]


def test_an_unknown_sampler_is_refused(file, capfd):
    code, out, err = call(capfd, "rewrite", file, "--select", "0:9", "--sampler", "euler")
    assert (code, out) == (2, "")
    assert "--sampler" in err


def test_a_checkpoint_may_name_its_sampler(tmp_path):
    embedded = embedded_checkpoint().folder
    for path in embedded.iterdir():
        if path.name != "remelt.json":
            (tmp_path / path.name).symlink_to(path)
    abilities = json.loads((embedded / "remelt.json").read_text("utf-8"))
    assert embedded_checkpoint().sampler.sampler is Sampler.ENTROPY_BOUND
    for name in Sampler:
        abilities["sampler"]["sampler"] = name
        (tmp_path / "remelt.json").write_text(json.dumps(abilities), "utf-8")
        assert read_checkpoint(tmp_path).sampler.sampler is name
    for wrong in ("euler", 3, None):
        abilities["sampler"]["sampler"] = wrong
        (tmp_path / "remelt.json").write_text(json.dumps(abilities), "utf-8")
        with pytest.raises(CheckpointError, match="sampler"):
            read_checkpoint(tmp_path)


def test_a_stronger_rewrite_changes_more(monkeypatch, capfd):
    monkeypatch.setattr(strength, "_SENTENCES", 3)
    monkeypatch.setattr(strength, "_STRENGTHS", (0.0, 0.1, 1.0))
    code, out, _ = call(capfd, "bench", "--strength", "--sampler", "ddim", "--steps", 16, "--json")
    nothing, little, most = (row["changed"] for row in json.loads(out))
    assert code == 0
    assert nothing == 0 < little < most
