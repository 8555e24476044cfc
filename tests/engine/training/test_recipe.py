"""The recipe from a folder of text to a checkpoint that fills a gap, with a kill on the way."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from engine.contracts.request import Action, EditRequest, SamplerSettings
from engine.models.checkpoint_folder import read_checkpoint
from engine.runs.session import Session
from engine.training.__main__ import main
from engine.training.card import write_card
from engine.training.export import write_abilities
from engine.training.loop import Trainer


def test_the_export_opens_and_fills_a_gap(finished) -> None:
    checkpoint = read_checkpoint(finished / "export")
    assert (checkpoint.trained_context, checkpoint.trained_canvas) == (16, 32)
    session = Session.open(finished / "export")
    result = session.run(EditRequest("The old gardener ", "carried", " a small boat.", Action.FILL, seed=1))
    assert result.original.strip() == "carried"


def test_the_export_is_complete_and_in_bf16(finished) -> None:
    folder = finished / "export"
    assert {path.name for path in folder.iterdir()} >= {
        "README.md",
        "config.json",
        "generation_config.json",
        "loss.svg",
        "model.safetensors",
        "remelt.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    }
    assert {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()} == {torch.bfloat16}
    text = "Dr. Brown's café\n\nsold it – twice!"
    loaded = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    assert loaded.decode(loaded(text, add_special_tokens=False).input_ids) == text
    card = (folder / "README.md").read_text("utf-8")
    assert "letters" in card
    assert "stories" in card
    assert "from weights" not in card


def test_training_lowers_the_held_out_losses(sizes, finished) -> None:
    curve = json.loads((finished / "export" / "training.json").read_text("utf-8"))["curve"]
    assert curve[-1]["step"] == sizes["steps"]
    assert curve[-1]["causal"] < curve[0]["causal"]
    assert curve[-1]["mixed_noise"] < curve[0]["mixed_noise"]


def test_a_killed_run_goes_on_and_arrives_at_the_same_weights(arguments, finished, tmp_path, monkeypatch) -> None:
    step = Trainer._step
    calls = []

    def killed(self, batch, rate):
        if len(calls) == 3:
            raise MemoryError
        calls.append(rate)
        return step(self, batch, rate)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_step", killed)
        with pytest.raises(MemoryError):
            main(arguments(tmp_path))
    assert main(arguments(tmp_path)) == 0
    whole, resumed = (load_file(folder / "state.safetensors") for folder in (finished, tmp_path))
    for name, tensor in whole.items():
        # The moments of the optimiser pass through bf16 on the way.
        torch.testing.assert_close(resumed[name].float(), tensor.float(), atol=2e-3, rtol=0.1)


def test_a_folder_with_another_model_is_refused(arguments, finished, capsys) -> None:
    assert main(arguments(finished, layers=3)) == 2
    assert "differs in layers" in capsys.readouterr().err


def test_bad_input_is_one_line(arguments, tmp_path, capsys) -> None:
    assert main(["--corpus", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]) == 2
    assert main(arguments(tmp_path / "out", steps=0)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_sampler_settings_can_be_chosen_afterwards(finished) -> None:
    settings = SamplerSettings(steps=9, entropy_bound=2.5, temperature_high=0.7, temperature_low=0.3, confidence=0.1)
    write_abilities(finished / "export", sampler=settings)
    assert read_checkpoint(finished / "export").sampler == settings


def test_a_task_that_measures_badly_is_withheld_and_says_so(finished) -> None:
    write_abilities(finished / "export", offers={"shorter": False, "simpler": True})
    checkpoint = read_checkpoint(finished / "export")
    assert (checkpoint.withheld, "simpler" in checkpoint.tasks) == (("shorter",), True)
    assert "worse than leaving the text" in checkpoint.refusal(Action.SHORTER)
    write_abilities(finished / "export", offers={"shorter": True})
    assert not read_checkpoint(finished / "export").refusal(Action.SHORTER)


def test_several_experts_train_and_open(arguments, tmp_path) -> None:
    assert main(arguments(tmp_path, experts=4, top=2)) == 0
    curve = json.loads((tmp_path / "export" / "training.json").read_text("utf-8"))["curve"]
    assert curve[-1]["causal"] < curve[0]["causal"]
    Session.open(tmp_path / "export")


def test_a_run_goes_on_from_an_earlier_checkpoint(arguments, finished, tmp_path) -> None:
    assert main([*arguments(tmp_path, steps=1, hidden=48), "--start", str(finished / "export")]) == 0
    earlier, later = (
        json.loads((folder / "export" / "training.json").read_text("utf-8")) for folder in (finished, tmp_path)
    )
    assert later["start"] == {"name": "export", "tokens": earlier["tokens"]}
    # The size is that of the earlier one, whatever the flags say.
    assert later["recipe"]["hidden"] == earlier["recipe"]["hidden"]
    assert later["curve"][0]["causal"] == pytest.approx(earlier["curve"][-1]["causal"], abs=0.1)
    assert "from weights" in (tmp_path / "export" / "README.md").read_text("utf-8")


def test_what_a_run_has_so_far_can_be_exported(arguments, finished, tmp_path) -> None:
    before = (finished / "state.safetensors").read_bytes()
    weights = load_file(finished / "export" / "model.safetensors")
    assert main([*arguments(finished, steps=9), "--export"]) == 0
    assert (finished / "state.safetensors").read_bytes() == before
    for name, tensor in load_file(finished / "export" / "model.safetensors").items():
        assert torch.equal(tensor, weights[name])


def test_the_card_tells_the_figures_of_an_evaluation(finished, figures, tmp_path) -> None:
    folder = tmp_path / "export"
    shutil.copytree(finished / "export", folder)
    (folder / "evaluation.json").write_text(json.dumps(figures), "utf-8")
    path = folder / "training.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "notes": "Made in parts."}), "utf-8")
    write_card(folder)
    card = (folder / "README.md").read_text("utf-8")
    assert "| text on both sides |" in card
    assert "resources/evaluation" in card
    assert "Made in parts." in card
