"""What is chosen where memory is short, and what is said where nothing fits."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

import pytest

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import MemoryShortageError, RequestError
from engine.contracts.loading import LoadSettings, Quantization
from engine.contracts.request import Decoder
from engine.models import fit
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.quantized import experts

GB = 10**9


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Checkpoint:
    """The configuration of the model with 26 billion parameters, and a file of its size without content."""
    folder = tmp_path_factory.mktemp("real")
    shutil.copy(str(files("resources").joinpath("models/diffusiongemma-26B-A4B.json")), folder / "config.json")
    with (folder / "model.safetensors").open("wb") as stream:
        stream.truncate(2**30)
    return replace(embedded_checkpoint(), folder=folder, name="large", trained_context=262_144, trained_canvas=256)


@pytest.fixture
def free(monkeypatch) -> Callable[..., None]:
    """Sets the free memory of a GPU and of the computer, in gigabytes."""

    def has(gpu: float, host: float = 1000) -> None:
        sizes = {"cuda": gpu, "cpu": host}
        monkeypatch.setattr(fit, "free_memory", lambda device: int(sizes[device] * GB))
        monkeypatch.setattr(experts, "has_triton", lambda: True)

    return has


@pytest.mark.parametrize(
    ("gigabytes", "chosen"),
    [(80, Quantization.BF16), (24, Quantization.NF4)],
)
def test_the_most_precise_that_fits_a_gpu_is_chosen(real, free, gigabytes, chosen):
    free(gigabytes)
    plan = fit.make_plan(real, "cuda", LoadSettings())
    assert (plan.quantization, plan.on_host, plan.note) == (chosen, 0, "")
    assert plan.context == fit.USUAL_CONTEXT


def test_experts_stay_on_the_host_where_a_gpu_is_small(real, free):
    free(12)
    plan = fit.make_plan(real, "cuda", LoadSettings())
    assert plan.quantization is Quantization.NF4
    # Of 17.6 GB with a reserve, what is too much for 12 GB is moved, in layers of 0.39 GB, and one layer is copied.
    assert 14 <= plan.on_host <= 20
    assert "GB of the experts stay in the computer's own memory, because cuda has 12.0 GB free; " in plan.note
    assert " s in each pass." in plan.note


def test_where_nothing_fits_the_figures_are_told(real, free):
    free(12, host=1)
    with pytest.raises(MemoryShortageError) as told:
        fit.make_plan(real, "cuda", LoadSettings())
    line = "large needs 18.1 GB as nf4 with 8,192 tokens of context, and 12.0 GB are free on cuda. "
    assert str(told.value) == line + "Close other programs or choose a smaller checkpoint."


@pytest.mark.parametrize(
    ("settings", "gigabytes", "advice"),
    [
        (LoadSettings(Quantization.BF16), 24, "Try --quantization nf4."),
        (LoadSettings(Quantization.NF4, context=200_000), 18.2, "Try a smaller context, such as --context 1024."),
    ],
)
def test_what_would_help_is_named(real, free, settings, gigabytes, advice):
    # The experts cannot be moved: there is no room on the host either.
    free(gigabytes, host=1)
    with pytest.raises(MemoryShortageError) as told:
        fit.make_plan(real, "cuda", settings)
    assert str(told.value).endswith(advice)
    assert len(str(told.value).splitlines()) == 1


def test_a_small_checkpoint_is_loaded_as_before_whatever_is_free(free):
    free(0, host=0)
    plan = fit.make_plan(embedded_checkpoint(), "cpu", LoadSettings())
    assert plan == fit.Plan(Quantization.AUTO, embedded_checkpoint().trained_context)


def test_a_causal_model_is_never_packed(free):
    causal = replace(embedded_checkpoint(), name="opponent", decoders=(Decoder.AUTOREGRESSIVE,))
    with pytest.raises(RequestError, match="opponent is a causal language model, which Remelt does not pack"):
        fit.make_plan(causal, "cpu", LoadSettings(Quantization.NF4))


def test_a_device_that_is_not_there_says_what_is_missing():
    with pytest.raises(RequestError, match=r"^No GPU that torch can use was found.*\. Try --device cpu\.$"):
        fit.check_device("cuda")
