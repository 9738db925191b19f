"""What makes a student fast on a small CPU: products by oneDNN, LoRA and a cache that move little memory, memory kept.

Each is the same function as PyTorch's, peft's or transformers' own and can be taken out; `make bench` measures them.
LoRA has a form for GPUs, too.
"""

import ctypes
import sys

import torch
from peft.tuners import lora
from torch import nn
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

# --- products ---------------------------------------------------------------------------------------------------------
# PyTorch multiplies float32 matrices with MKL, which uses half the vector width of an AMD Zen 5: on two such cores
# oneDNN, which PyTorch carries too, is more than twice as fast, on two of Zen 4 by a tenth. PyTorch offers oneDNN's
# product to its own compiler alone, without a gradient, which is added here.

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
    """A frozen layer's product, and the gradient that it passes on."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(weight)
        return _linear(x, weight, bias)

    @staticmethod
    def backward(ctx, grad):
        (weight,) = ctx.saved_tensors
        return _linear(grad, weight.T, None), None, None


# --- LoRA -------------------------------------------------------------------------------------------------------------
#     y = x W' + s (drop(x) A') B'        W frozen, A and B trained, s = alpha / rank
#
# peft computes the two terms apart, scales and adds them: on two cores a quarter of an update's time went into such
# element-wise work and into dropout's random numbers, one drawn per element. Here the second term is accumulated by the
# matrix product itself, forward and backward, and only what is dropped is drawn.


class AdaptedLinear(lora.Linear):
    """peft's adapted linear layer; in training, with one adapter, its product is the one above."""

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        """x: (…, inputs). (…, outputs)."""
        adapters = [name for name in self.active_adapters if name in self.lora_A]
        plain = self.training and not (self.disable_adapters or self.merged or args or kwargs)
        if not plain or len(adapters) != 1:
            return super().forward(x, *args, **kwargs)
        (name,) = adapters
        base, a, b = self.get_base_layer(), self.lora_A[name].weight, self.lora_B[name].weight
        p = getattr(self.lora_dropout[name], "p", 0.0)  # without dropout, it is an Identity
        adapted = _Adapted if x.device.type == "cpu" else AdaptedInHalf
        return adapted.apply(x, base.weight, base.bias, a, b, self.scaling[name], p)


class _Adapted(torch.autograd.Function):
    """weight: (outputs, inputs), bias: (outputs,) or None, both frozen; a: (rank, inputs), b: (outputs, rank)."""

    @staticmethod
    def forward(ctx, x, weight, bias, a, b, scale, p):
        rows = x.reshape(-1, x.shape[-1])
        gone = dropped(rows.numel(), p) if p else None
        kept = rows.clone().view(-1).index_fill_(0, gone, 0.0).view(rows.shape) if p else rows
        hidden = times(kept, a).mul_(scale / (1 - p))  # what is kept is scaled up, as dropout does
        y = times_added(times(rows, weight, bias), hidden, b)
        ctx.save_for_backward(kept, gone, weight, a, b, hidden)
        ctx.scale = scale / (1 - p)
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, grad):
        kept, gone, weight, a, b, hidden = ctx.saved_tensors
        rows = grad.reshape(-1, grad.shape[-1])
        of_hidden = times(rows, b.T).mul_(ctx.scale)
        of_x = times(of_hidden, a.T)
        if gone is not None:
            of_x.view(-1).index_fill_(0, gone, 0.0)
        of_x = times_added(of_x, rows, weight.T).view(*grad.shape[:-1], -1)
        of_b = times(hidden.T, rows.T).T  # this way round the product is three times as fast
        return of_x, None, None, times(of_hidden.T, kept.T), of_b, None, None


class AdaptedInHalf(torch.autograd.Function):
    """The same where the base may be in 16 bits and the adapter is in 32, as on a GPU: one cast each, no copy of x.

    peft casts x to the adapter's 32 bits and autocast casts it back: hundreds of kernels per update more, which a small
    student waits for.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, a, b, scale, p):
        """As in `_Adapted`; a and b may have another number format than weight."""
        rows, (a, b) = x.reshape(-1, x.shape[-1]).to(weight.dtype), (each.to(weight.dtype) for each in (a, b))
        kept, there = torch.native_dropout(rows, p, True) if p else (rows, None)
        hidden = (kept @ a.T).mul_(scale)
        y = nn.functional.linear(rows, weight, bias).addmm_(hidden, b.T)
        ctx.save_for_backward(kept, there, weight, a, b, hidden)
        ctx.scale, ctx.p = scale, p
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, grad):
        kept, there, weight, a, b, hidden = ctx.saved_tensors
        rows = grad.reshape(-1, grad.shape[-1])
        of_hidden = (rows @ b).mul_(ctx.scale)
        of_x = of_hidden @ a
        if there is not None:
            of_x = torch.ops.aten.native_dropout_backward(of_x, there, 1 / (1 - ctx.p))
        of_x = of_x.addmm_(rows, weight).view(*grad.shape[:-1], -1)
        return of_x, None, None, (of_hidden.T @ kept).float(), (rows.T @ hidden).float(), None, None


def dropped(n: int, p: float) -> torch.Tensor:
    """The places of those of n elements that dropout drops, each with probability p (0 < p < 1); ascending.

    The gaps between them are geometric, so there is one draw (from the global random state) per dropped element.
    """
    places = torch.tensor([-1])
    while places[-1] < n:
        expected = (n - int(places[-1])) * p
        gaps = torch.empty(int(expected + 5 * expected**0.5) + 1, dtype=torch.int64).geometric_(p)
        places = torch.cat([places, places[-1] + gaps.cumsum(0)])
    return places[1 : torch.searchsorted(places, n)]


# --- the cache of keys and values -------------------------------------------------------------------------------------
# transformers' copies all that it holds for every token that is added, a sixth of the time that writing took on two
# cores. Here a layer has room for more tokens than it holds, and is copied only when that is used up.

_ROOM = 128  # tokens: what a layer is given at once, beyond what it must hold


class RoomyLayer(DynamicLayer):
    """transformers' layer of a growing cache, the same function; `keys` and `values` are views of `_rooms`."""

    _rooms: tuple[torch.Tensor, ...] = ()

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs):
        """key_states, value_states: (batch, heads, new tokens, width). Those of all tokens so far."""
        held = self.get_seq_length()
        length = held + key_states.shape[-2]
        if self._rooms and length <= self._rooms[0].shape[-2]:
            for room, new in zip(self._rooms, (key_states, value_states), strict=True):
                room[..., held:length, :] = new
        else:
            grown = super().update(key_states, value_states)
            self._rooms = tuple(nn.functional.pad(states, (0, 0, 0, _ROOM)) for states in grown)
        self.keys, self.values = (room[..., :length, :] for room in self._rooms)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Only keep these rows of the batch."""
        super().batch_select_indices(indices)
        self._rooms = ()


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
