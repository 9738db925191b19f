"""Matrix products of a student's linear layers on the CPU, by oneDNN instead of MKL.

PyTorch multiplies float32 matrices with MKL, which uses half the vector width of an AMD Zen 5: on two such cores
oneDNN, which PyTorch carries too, is more than twice as fast; on two of Zen 4, whose units are narrower, by a tenth
(make bench; others were not tried). PyTorch offers oneDNN's product to its own compiler, without a gradient; this
module adds the gradient. Where it is not to be had, everything is PyTorch's own.
"""

import torch
from torch import nn

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
