"""Packed weights on disk, so that the next start need not read and pack three times as many bytes.

A pack is a folder: safetensors files of about a gigabyte, and `pack.json`, written last, with the size and the
checksum of each and what they were made of. Without it, or where anything differs, the pack does not count.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.contracts.errors import EngineError
from engine.contracts.loading import Quantization
from engine.models.quantized.assembly import Slot
from engine.models.quantized.packed import PackedWeight

_FORMAT = 1
"""Raised when packs of an earlier program can no longer be read."""
_FILE_BYTES = 2**30
_MARKER = "pack.json"
_SPARE = 2**28
"""Bytes that must stay free beside a pack."""

Watch = Callable[[float, str], None]


class PackError(EngineError):
    """A pack cannot be written. The model it was made of can be used."""


def fingerprint(folder: Path, quantization: Quantization, dtype: torch.dtype) -> str:
    """What a pack is made of: the configuration, and name, size and header of each file of weights."""
    digest = hashlib.sha256(f"{_FORMAT} {quantization} {dtype}".encode())
    digest.update((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = stream.read(length)
        status = path.stat()
        digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}".encode() + header)
    return digest.hexdigest()


class Pack:
    """The pack in a folder, which need not exist. source: the fingerprint of what it must be made of."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self._source = source

    def load(self, slots: list[Slot], device: str, watch: Watch) -> bool:
        """Fill the slots; False where there is no such pack or it is damaged. Then some slots may be filled."""
        files = self._marked()
        if files is None:
            return False
        try:
            return self._fill(files, slots, device, watch)
        # A marker that was changed by hand, or by a fault of the disk.
        except (KeyError, TypeError, AttributeError):
            return False

    def _fill(self, files: dict[str, Any], slots: list[Slot], device: str, watch: Watch) -> bool:
        by_name = {slot.names[0]: slot for slot in slots}
        for number, (name, found) in enumerate(files.items(), 1):
            watch((number - 1) / len(files), f"Loading file {number} of {len(files)}")
            path = self.folder / name
            if not path.is_file() or path.stat().st_size != found["size"] or _checksum(path) != found["crc32"]:
                return False
            try:
                tensors = load_file(path, device=device)
            except (SafetensorError, OSError):
                return False
            for key in found["slots"]:
                watch(0, "")
                if key not in by_name:
                    return False
                _put(by_name.pop(key), key, tensors)
        return not by_name

    def save(self, slots: list[Slot], watch: Watch) -> None:
        """Write the pack in the place of whatever is there. Raises PackError, and whatever `watch` raises."""
        partly = self.folder.with_name(self.folder.name + ".part")
        shutil.rmtree(partly, ignore_errors=True)
        try:
            partly.mkdir(parents=True)
            if sum(slot.weight.nbytes for slot in slots) + _SPARE > shutil.disk_usage(partly).free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._write(partly, slots, watch)
            shutil.rmtree(self.folder, ignore_errors=True)
            os.replace(partly, self.folder)
        except (OSError, SafetensorError) as error:
            raise PackError(
                f"The packed weights cannot be kept in {self.folder}: {getattr(error, 'strerror', '') or error}. "
                "Make room there; until then, each start packs them again."
            ) from error
        finally:
            shutil.rmtree(partly, ignore_errors=True)

    def _write(self, folder: Path, slots: list[Slot], watch: Watch) -> None:
        files: dict[str, Any] = {}
        groups = list(_groups(slots))
        for number, group in enumerate(groups, 1):
            watch((number - 1) / len(groups), f"Keeping the packed weights, file {number} of {len(groups)}")
            name = f"packed-{number:05}.safetensors"
            save_file(
                {key: tensor.cpu().contiguous() for slot in group for key, tensor in _tensors(slot)}, folder / name
            )
            size = (folder / name).stat().st_size
            keys = [slot.names[0] for slot in group]
            files[name] = {"size": size, "crc32": _checksum(folder / name), "slots": keys}
        marker = {"format": _FORMAT, "source": self._source, "files": files}
        (folder / _MARKER).write_text(json.dumps(marker), "utf-8")

    def _marked(self) -> dict[str, Any] | None:
        """The files by the marker; None without a marker for the same source."""
        try:
            marker = json.loads((self.folder / _MARKER).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(marker, dict) or marker.get("format") != _FORMAT or marker.get("source") != self._source:
            return None
        return marker.get("files")


def _tensors(slot: Slot) -> Iterator[tuple[str, Tensor]]:
    """What a slot is on disk."""
    weight, name = slot.weight, slot.names[0]
    if isinstance(weight, PackedWeight):
        yield from ((f"{name}.{part}", getattr(weight, part)) for part in weight.PARTS)
    else:
        yield name, weight.detach()


def _put(slot: Slot, name: str, tensors: dict[str, Tensor]) -> None:
    """The reverse."""
    target = slot.weight
    if isinstance(target, PackedWeight):
        target.adopt(*(tensors[f"{name}.{part}"] for part in target.PARTS))
    else:
        value = tensors[name]
        slot.put(nn.Parameter(value, requires_grad=False) if isinstance(target, nn.Parameter) else value)


def _groups(slots: list[Slot]) -> Iterator[list[Slot]]:
    """Slots that go into one file."""
    group: list[Slot] = []
    size = 0
    for slot in slots:
        if group and size + slot.weight.nbytes > _FILE_BYTES:
            yield group
            group, size = [], 0
        group.append(slot)
        size += slot.weight.nbytes
    if group:
        yield group


def _checksum(path: Path) -> int:
    """CRC-32 of a file."""
    value = 0
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            value = zlib.crc32(block, value)
    return value
