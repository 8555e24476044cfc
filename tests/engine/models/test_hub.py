"""Checkpoints of the hub, from a server on this computer that answers as the hub does."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import huggingface_hub
import pytest
from huggingface_hub import constants

from engine import outlook
from engine.__main__ import main
from engine.contracts.errors import CheckpointError, EngineError, LoadingCancelledError
from engine.models import hub
from engine.models.checkpoint_folder import embedded_checkpoint

MODEL = "someone/small"
COMMIT = "c" * 40
TEXT = "The harbour was quiet in the morning."


class Hub(BaseHTTPRequestHandler):
    """Serves one repository: what the library asks for, and nothing else."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[tuple[str, str, str | None]]] = []
    status = 200
    code = ""

    def log_message(self, *told: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, self.headers.get("Range")))
        if self.status != 200:
            self.answer(self.status, b"", **{"X-Error-Code": self.code})
        elif self.path.startswith(f"/api/models/{MODEL}"):
            siblings = [{"rfilename": name, "size": len(content)} for name, content in self.files.items()]
            content = json.dumps({"id": MODEL, "modelId": MODEL, "sha": COMMIT, "siblings": siblings}).encode()
            self.answer(200, content, **{"Content-Type": "application/json"})
        else:
            self.file(self.path.partition("/resolve/")[2].partition("/")[2])

    def file(self, name: str) -> None:
        content = self.files[name]
        tag = hashlib.sha256(content).hexdigest()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        more = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}
        if start:
            more["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.answer(206 if start else 200, content[start:], **more)

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            # Whoever stops a download breaks the connection.
            with suppress(ConnectionError):
                self.wfile.write(content)


@pytest.fixture
def server(socket_enabled, monkeypatch, tmp_path) -> Iterator[type[Hub]]:
    """A hub with one repository, and an empty cache."""

    class Own(Hub):
        files: ClassVar[dict[str, bytes]] = {}
        asked: ClassVar[list[tuple[str, str, str | None]]] = []

    for path in embedded_checkpoint().folder.iterdir():
        Own.files[path.name] = path.read_bytes()
    Own.files |= {"pytorch_model.bin": b"evil", "modeling_own.py": b"evil", "onnx/model.safetensors": b"other"}
    running = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}"
    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield Own
    running.shutdown()
    running.server_close()
    thread.join()


def told(call: Callable[[], object]) -> str:
    """The one line of an error that was meant for a person."""
    with pytest.raises(EngineError) as caught:
        call()
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    return line


def test_a_checkpoint_is_fetched_once_and_only_what_cannot_run_code(server, tmp_path, capsys):
    # Would catch pickles and code in the cache, a second download, and a name that is a hash.
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    arguments = ["rewrite", str(tmp_path / "text.txt"), "--select", "4:11", "--model", MODEL, "--steps", "1", "--json"]
    assert main([*arguments, "--download"]) == 0
    assert json.loads(capsys.readouterr().out)["range"] == [4, 11]
    fetched = {path.rpartition("/")[2] for command, path, _ in server.asked if command == "GET" and "resolve" in path}
    assert {"config.json", "tokenizer.json", "model.safetensors", "remelt.json"} <= fetched
    assert fetched <= {name for name in server.files if name.endswith((".safetensors", ".json")) and "/" not in name}
    server.asked.clear()
    for options in ([], ["--download"]):
        assert main([*arguments, *options]) == 0
    assert server.asked == []
    checkpoint = hub.find_checkpoint(MODEL)
    assert (checkpoint.name, checkpoint.tasks) == ("small", embedded_checkpoint().tasks)


def test_nobody_is_asked_unless_a_person_asks_for_it(server):
    line = told(lambda: hub.find_checkpoint(MODEL))
    assert line.startswith(f"{MODEL} is neither a folder nor in the cache of the hub. Add --download to fetch it")
    line = told(lambda: hub.find_checkpoint("google/diffusiongemma-26B-A4B-it"))
    assert line.endswith("Add --download to fetch it from huggingface.co (51.6 GB).")
    assert server.asked == []


def test_a_download_is_stopped_within_a_file_and_keeps_those_that_are_complete(server, tmp_path, monkeypatch):
    # Would catch a download that begins anew, that can only be stopped between files, or a half file that counts.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 2**20)
    seen: list[tuple[float, str]] = []

    def stopped() -> bool:
        return len([stage for _, stage in seen if "model.safetensors" in stage]) >= 3

    with pytest.raises(LoadingCancelledError, match="Files that were complete are kept"):
        hub.find_checkpoint(MODEL, True, lambda fraction, stage: seen.append((fraction, stage)), stopped)
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert 0 < seen[-1][0] < 1
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.stat().st_size > 2**21]
    assert told(lambda: hub.find_checkpoint(MODEL)).startswith(f"{MODEL} is neither")
    server.asked.clear()
    checkpoint = hub.find_checkpoint(MODEL, download=True)
    fetched = [path.rpartition("/")[2] for command, path, _ in server.asked if command == "GET" and "resolve" in path]
    assert fetched == ["model.safetensors"]
    assert (checkpoint.folder / "model.safetensors").read_bytes() == server.files["model.safetensors"]


def test_there_must_be_room_before_anything_large_is_fetched(server, monkeypatch):
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**10, 10**10 - 10**6, 10**6))
    line = told(lambda: hub.find_checkpoint(MODEL, download=True))
    assert "are free on the disk of" in line
    assert not any("model.safetensors" in path for _, path, _ in server.asked)


def test_the_size_of_a_download_is_told_before_it_and_nothing_is_fetched(server):
    wanted = [name for name in server.files if name.endswith((".safetensors", ".json")) and "/" not in name]
    told_size = outlook(MODEL, ask_hub=True).to_fetch
    assert told_size is not None
    assert len(server.files["model.safetensors"]) < told_size <= sum(len(server.files[name]) for name in wanted)
    assert not any("resolve" in path for _, path, _ in server.asked)
    hub.find_checkpoint(MODEL, download=True)
    assert outlook(MODEL).to_fetch == 0


def test_what_remelt_cannot_run_is_refused_before_the_weights_are_fetched(server):
    server.files["config.json"] = json.dumps({"architectures": ["BertModel"]}).encode()
    assert "is a BertModel, which Remelt cannot run" in told(lambda: hub.find_checkpoint(MODEL, download=True))
    assert not any("model.safetensors" in path for _, path, _ in server.asked)


def test_a_repository_with_pickles_only_is_refused(server):
    del server.files["model.safetensors"]
    with pytest.raises(CheckpointError, match="has no weights in safetensors"):
        hub.find_checkpoint(MODEL, download=True)


@pytest.mark.parametrize(
    ("status", "code", "line"),
    [
        (403, "GatedRepo", f"{MODEL} is gated. Accept its terms on https://huggingface.co/{MODEL}, log in"),
        (401, "GatedRepo", f"{MODEL} is gated."),
        (404, "RepoNotFound", f"huggingface.co has no model {MODEL}, or it is private."),
        (403, "", "huggingface.co answered 403 for someone/small. Log in"),
        (500, "", "huggingface.co answered 500 for someone/small. Try again later."),
    ],
)
def test_a_refusal_says_what_to_do(server, status, code, line):
    server.status, server.code = status, code
    assert told(lambda: hub.find_checkpoint(MODEL, download=True)).startswith(line)


def test_without_a_network_that_is_said(server, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert told(lambda: hub.find_checkpoint(MODEL, download=True)).startswith("huggingface.co cannot be reached.")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert told(lambda: hub.find_checkpoint(MODEL, download=True)).startswith("huggingface.co cannot be reached.")


def test_a_disk_that_fills_meanwhile_is_said(server, monkeypatch):
    def full(*arguments: object, **options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", full)
    assert "cannot be downloaded: the disk is full." in told(lambda: hub.find_checkpoint(MODEL, download=True))


def test_a_folder_wins_over_an_id_of_the_same_name(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(embedded_checkpoint().folder, tmp_path / "someone" / "small")
    assert hub.find_checkpoint(MODEL).folder == Path(MODEL)
    assert not hub.is_hub_id("a/b/c")
    assert not hub.is_hub_id("../b")
    assert not hub.is_hub_id("")
