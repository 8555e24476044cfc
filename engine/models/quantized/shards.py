"""Reads a checkpoint's safetensors files tensor by tensor and large tensors piece by piece, never a file as a whole.

What bitsandbytes packed before it was saved is read too: packed as it is where it was packed as here, else unpacked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import torch
from bitsandbytes.functional import QuantState, dequantize_4bit
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.contracts.errors import CheckpointError
from engine.models.quantized.assembly import Slot
from engine.models.quantized.int8 import STEPS, Int8Weight
from engine.models.quantized.nf4 import BLOCK, NESTED, NF4Weight
from engine.models.quantized.packed import NotFiniteError, PackedWeight

_STATES = (".quant_state.bitsandbytes__nf4", ".quant_state.bitsandbytes__fp4")
_EXTRAS = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", *_STATES)
"""What bitsandbytes writes beside a weight of 4 bits, after its name."""
_LARGEST, _FORMAT = "SCB", "weight_format"
"""What it writes beside a weight of 8 bits, in its place: the largest magnitude of each row, and how rows lie."""


class Shards:
    """The weights of a folder by name. A context manager, which closes the files."""

    def __init__(self, folder: Path) -> None:
        self._opened = ExitStack()
        index = folder / "model.safetensors.index.json"
        if index.exists():
            files = {folder / name for name in json.loads(index.read_text("utf-8"))["weight_map"].values()}
        else:
            files = set(folder.glob("*.safetensors"))
        self.files = sorted(files)
        self._file: dict[str, Any] = {}
        self._at: dict[str, Path] = {}
        for path in self.files:
            opened = self._opened.enter_context(safe_open(path, framework="pt"))
            for name in opened.keys():  # noqa: SIM118  # no mapping, though it has keys
                self._file[name], self._at[name] = opened, path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def names(self, path: Path | None = None) -> list[str]:
        """Of all weights, or of those in one file; what bitsandbytes writes beside a weight is none."""
        states = {name.removesuffix(state) for name in self._at for state in _STATES if name.endswith(state)}
        extras = {name + extra for name in states for extra in _EXTRAS}
        extras |= {name for name in self._at if name.rpartition(".")[2] in (_LARGEST, _FORMAT)}
        return [name for name, at in self._at.items() if name not in extras and path in (None, at)]

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a weight, unpacked."""
        if state := self._state(name):
            return tuple(state.shape or ())
        return tuple(self._file[name].get_slice(name).get_shape())

    def fill(self, slot: Slot, name: str, device: str | torch.device) -> None:
        """Bring a weight to the device and into its place. Raises CheckpointError."""
        try:
            self._fill(slot, name, device)
        except NotFiniteError:
            raise CheckpointError(
                f"{self._at[name]} is damaged: {name} holds values that are no numbers. Download or copy it again."
            ) from None
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{self._at[name]} cannot be read: {error}. Download or copy it again.") from error

    def _fill(self, slot: Slot, name: str, device: str | torch.device) -> None:
        target, state = slot.weight, self._state(name)
        if self._beside(name, _LARGEST) in self._at:
            self._fill_int8(slot, name, device)
        elif state is not None:
            packed = self._file[name].get_tensor(name).view(torch.uint8).view(-1).to(device)
            state.to(device)
            nested = state.state2
            if isinstance(target, NF4Weight) and nested is not None and _is_ours(state):
                assert state.offset is not None
                target.adopt(packed, state.absmax, nested.absmax, state.offset)
            else:
                shape = self.shape(name)
                # As one row, because the kernel for CPUs errs where blocks and rows do not end together.
                state.shape = torch.Size([1, target.shape.numel()])
                slot.fill(dequantize_4bit(packed[:, None], state).view(shape))
        elif isinstance(target, PackedWeight):
            target.quantise_pieces(self._pieces(name, target.at_a_time(), device))
        else:
            dtype = target.dtype
            value = self._file[name].get_tensor(name).to(dtype).to(device)
            if value.is_floating_point() and value.numel() and not torch.isfinite(torch.stack(value.aminmax())).all():
                raise NotFiniteError
            slot.put(nn.Parameter(value, requires_grad=False) if isinstance(target, nn.Parameter) else value)

    def _fill_int8(self, slot: Slot, name: str, device: str | torch.device) -> None:
        """Bring a weight in that bitsandbytes packed to 8 bits."""
        layout = self._beside(name, _FORMAT)
        if layout in self._at and int(self._file[layout].get_tensor(layout)) != 0:
            raise CheckpointError(
                f"{name} in {self._at[name]} is packed for one kind of GPU, which Remelt cannot read. Save the "
                "checkpoint again with a newer bitsandbytes, or use the original."
            )
        largest = self._beside(name, _LARGEST)
        values = self._file[name].get_tensor(name).to(device)
        scales = self._file[largest].get_tensor(largest).to(device, torch.float32) / STEPS
        if isinstance(slot.weight, Int8Weight):
            slot.weight.adopt(values, scales)
        else:
            slot.fill(values * scales[:, None])

    @staticmethod
    def _beside(name: str, other: str) -> str:
        """The name of another tensor of the same module."""
        return f"{name.rpartition('.')[0]}.{other}"

    def _pieces(self, name: str, step: int, device: str | torch.device) -> Iterator[Tensor]:
        """The values of a weight in their order, so many neighbours at a time, on the device."""
        whole = self._file[name].get_slice(name)
        for start in range(0, whole.get_shape()[0], step):
            yield whole[start : start + step].to(device)

    def _state(self, name: str) -> QuantState | None:
        """How bitsandbytes packed a weight; None where it did not."""
        if not any(name + state in self._at for state in _STATES):
            return None
        parts = {extra: name + extra for extra in _EXTRAS if name + extra in self._at}
        return QuantState.from_dict(
            {extra.removeprefix("."): self._file[full].get_tensor(full) for extra, full in parts.items()},
            device=torch.device("cpu"),
        )


def _is_ours(state: QuantState) -> bool:
    """Whether a weight was packed just as it is here."""
    nested = state.state2
    return state.quant_type == "nf4" and state.blocksize == BLOCK and nested is not None and nested.blocksize == NESTED
