"""What is said of a model before it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine import devices, outlook
from engine.models import fit, hub

LARGE = "google/diffusiongemma-26B-A4B-it"
GB = 10**9


@pytest.fixture
def free(monkeypatch):
    """Sets the free memory of a GPU and of the computer, in gigabytes; any device can be computed on."""

    def has(gpu: float, host: float) -> None:
        sizes = {"cuda": gpu, "cpu": host}
        monkeypatch.setattr(fit, "free_memory", lambda device: int(sizes[device] * GB))
        monkeypatch.setattr(fit, "check_device", lambda device: None)

    return has


def test_the_embedded_checkpoint_is_here():
    found = outlook("")
    assert (found.name, found.trouble, found.to_fetch) == ("embedded", "", 0)
    assert found.about == "44.7 MB on disk."


def test_what_is_no_checkpoint_is_one_line(tmp_path):
    found = outlook(str(tmp_path))
    assert "has no config.json" in found.trouble
    assert len(found.trouble.splitlines()) == 1


def test_a_device_that_is_not_there_is_one_line():
    assert "Try --device cpu" in outlook("", "cuda:77").trouble


def test_nobody_is_asked_for_a_name_unless_a_person_asks(monkeypatch):
    monkeypatch.setattr(hub, "to_fetch", lambda model: pytest.fail("the network was used"))
    assert outlook("someone/unknown").to_fetch is None


@pytest.mark.parametrize(("gpu", "host", "fits"), [(24, 8, True), (12, 32, True), (12, 2, False)])
def test_the_large_model_is_offered_where_it_fits_in_part_at_least(free, gpu, host, fits):
    """Would catch a download of 51.6 GB that cannot be used, and one refused that could."""
    free(gpu, host)
    found = outlook(LARGE, "cuda")
    assert found.to_fetch == 51_600_000_000
    assert found.about == "51.6 GB to download from huggingface.co, takes 17.6 GB as nf4."
    assert (found.trouble == "") == fits


def test_the_cpu_is_always_among_the_devices():
    assert devices()[-1] == "cpu"


def test_the_front_door_does_not_import_torch():
    code = "import sys, engine; engine.outlook; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
