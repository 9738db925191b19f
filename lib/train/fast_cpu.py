"""What makes a student fast on a small CPU: matrix products by oneDNN, a cache that copies little, memory kept.

Each is the same function as PyTorch's or transformers' own and can be taken out; `make bench` measures them all.
"""

import ctypes
import sys

import torch
from torch import nn
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

# --- products ---------------------------------------------------------------------------------------------------------
# PyTorch multiplies float32 matrices with MKL, which uses half the vector width of an AMD Zen 5: on two such cores
# oneDNN, which PyTorch carries too, is more than twice as fast; on two of Zen 4, whose units are narrower, by a tenth
# (others were not tried). PyTorch offers oneDNN's product to its own compiler alone, without a gradient, which is added
# here. Where it is not to be had, everything is PyTorch's own.

_HAVE = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def times(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x weight' + bias, without a gradient. x: (rows, inputs), weight: (outputs, inputs), bias: (outputs,) or None."""
    if _onednn(x):
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return nn.functional.linear(x, weight, bias)


def times_added(to: torch.Tensor, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """to + x weight', without a gradient; `to`: (rows, outputs) may be overwritten."""
    if _onednn(x):
        return torch.ops.mkldnn._linear_pointwise.binary(x, to, weight, None, "add")
    return to.addmm_(x, weight.T)


def _onednn(x: torch.Tensor) -> bool:
    return _HAVE and x.device.type == "cpu" and x.dtype == torch.float32 and x.numel() > 0


class Linear(nn.Linear):
    """torch.nn.Linear, the same function."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (…, inputs). (…, outputs)."""
        if not torch.is_grad_enabled():
            return _linear(x, self.weight, self.bias)
        if any(tensor.requires_grad for tensor in self.parameters()):  # no student's: what is trained is its adapter
            return super().forward(x)
        return _Frozen.apply(x, self.weight, self.bias)


def use_in(model: nn.Module) -> None:
    """Have every plain linear layer of a model compute this way."""
    for module in model.modules():
        if type(module) is nn.Linear:
            module.__class__ = Linear


def _linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return times(x.reshape(-1, x.shape[-1]), weight, bias).view(*x.shape[:-1], weight.shape[0])


class _Frozen(torch.autograd.Function):
    """A frozen linear layer's product, and the gradient that it passes on."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(weight)
        return _linear(x, weight, bias)

    @staticmethod
    def backward(ctx, grad):
        (weight,) = ctx.saved_tensors
        return _linear(grad, weight.T, None), None, None


# --- the cache of keys and values -------------------------------------------------------------------------------------
# transformers' copies all that it holds for every token that is added, a sixth of the time that writing took on two
# cores. Here a layer has room for more tokens than it holds, and is copied only when that is used up.

_ROOM = 128  # tokens: what a layer is given at once, beyond what it must hold


class RoomyLayer(DynamicLayer):
    """transformers' layer of a growing cache, the same function; `keys` and `values` are views of `_rooms`."""

    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs):
        """key_states, value_states: (batch, heads, new tokens, width). Those of all tokens so far."""
        held = self.get_seq_length()
        length = held + key_states.shape[-2]
        if self._rooms is None or self._rooms[0].shape[-2] < length:
            self._rooms = _room_for(key_states, length), _room_for(value_states, length)
            if held:
                self._rooms[0][..., :held, :] = self.keys
                self._rooms[1][..., :held, :] = self.values
        for room, new in zip(self._rooms, (key_states, value_states), strict=True):
            room[..., held:length, :] = new
        self.keys, self.values = (room[..., :length, :] for room in self._rooms)
        self.is_initialized = True
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Only keep these rows of the batch."""
        super().batch_select_indices(indices)
        self._rooms = None


def _room_for(states: torch.Tensor, length: int) -> torch.Tensor:
    return states.new_empty(*states.shape[:-2], length + _ROOM, states.shape[-1])


def roomy(config: PretrainedConfig) -> DynamicCache:
    """An empty cache for a model; layers of another kind than the common one (sliding windows) are transformers'."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


# --- memory -----------------------------------------------------------------------------------------------------------
# glibc gives large freed blocks back to the system at once. A training loop asks for the same large tensors in every
# update, and having the system clear their pages anew each time took an eighth of its time on two cores.

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST = 2**30  # bytes: blocks up to here are kept; glibc takes at most a C int


def keep_freed() -> None:
    """Let this process keep what it frees, until it ends. Does nothing where the C library is not glibc."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST - 1)
