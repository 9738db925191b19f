"""Matrix products of a student's linear layers on the CPU, by oneDNN instead of MKL.

PyTorch multiplies float32 matrices with MKL, which uses half the vector width of an AMD Zen 5: on two such cores
oneDNN, which PyTorch carries too, is more than twice as fast; on two of Zen 4, whose units are narrower, by a tenth
(make bench; others were not tried). PyTorch offers oneDNN's product to its own compiler, without a gradient; this
module adds the gradient. Where it is not to be had, everything is PyTorch's own.
"""

import ctypes
import sys

import torch
from torch import nn
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

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
    """torch.nn.Linear, the same function; frozen or not."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (…, inputs). (…, outputs)."""
        if not torch.is_grad_enabled():
            return times(x.reshape(-1, x.shape[-1]), self.weight, self.bias).view(*x.shape[:-1], self.out_features)
        return _Linear.apply(x, self.weight, self.bias)


def use_in(model: nn.Module) -> None:
    """Have every plain linear layer of a model compute this way."""
    for module in model.modules():
        if type(module) is nn.Linear:
            module.__class__ = Linear


class _Linear(torch.autograd.Function):
    """A linear layer's product and its gradients."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        rows = x.reshape(-1, x.shape[-1])
        ctx.save_for_backward(rows if weight.requires_grad else None, weight)
        return times(rows, weight, bias).view(*x.shape[:-1], weight.shape[0])

    @staticmethod
    def backward(ctx, grad):
        rows, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        flat = grad.reshape(-1, grad.shape[-1])
        of_x = times(flat, weight.T).view(*grad.shape[:-1], weight.shape[1]) if wants_x else None
        of_weight = times(flat.T, rows.T) if wants_weight else None
        return of_x, of_weight, flat.sum(0) if wants_bias else None


# --- cache ---
# The keys and values of what was read and written, kept with room to grow.
#
# transformers' cache copies all that it holds for every token that is added to it, a sixth of the time that writing took
# on two cores. Here a layer has room for more tokens than it holds, and is copied only when that is used up.

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


# --- memory ---
# Memory that a loop frees is kept for its next turn.
#
# glibc gives large freed blocks back to the system at once. A training loop asks for the same large tensors step after
# step, and having the system clear their pages anew each time took an eighth of a step on two cores (make bench).

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST = 2**30  # bytes: blocks up to here are kept; glibc takes at most a C int


def keep_freed() -> None:
    """Let this process keep what it frees, until it ends. Does nothing where the C library is not glibc."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST - 1)
