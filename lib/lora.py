"""LoRA's product for the CPU: the same function as peft's, with less moving of memory.

    y = x W' + s (drop(x) A') B'        W frozen, A and B trained, s = alpha / rank

peft computes the two terms apart, scales and adds them: on two cores a quarter of a training step went into such
element-wise work and into dropout's random numbers, drawn one an element (make bench). Here the second term is
accumulated by the matrix product itself, forward and backward, and one draw of 64 bits serves four elements.
"""

import torch
from peft.tuners.lora.layer import Linear
from torch import nn

_LEVELS = 2**16  # a dropout probability is rounded to one of these


class AdaptedLinear(Linear):
    """peft's adapted linear layer; in training on the CPU, with one adapter, its product is the one of this module."""

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        """x: (…, inputs). (…, outputs)."""
        adapters = [name for name in self.active_adapters if name in self.lora_A]
        plain = self.training and not (self.disable_adapters or self.merged or args or kwargs)
        if not plain or len(adapters) != 1 or x.device.type != "cpu":
            return super().forward(x, *args, **kwargs)
        (name,) = adapters
        base, dropout = self.get_base_layer(), self.lora_dropout[name]
        return _Product.apply(
            x,
            base.weight,
            base.bias,
            self.lora_A[name].weight,
            self.lora_B[name].weight,
            self.scaling[name],
            dropout.p if isinstance(dropout, nn.Dropout) else 0.0,
        )


class _Product(torch.autograd.Function):
    """The equation at the top. weight: (outputs, inputs), bias: (outputs,) or None, a: (rank, inputs),
    b: (outputs, rank). Weight and bias get no gradient: they are frozen."""

    @staticmethod
    def forward(ctx, x, weight, bias, a, b, scale, p):
        rows = x.reshape(-1, x.shape[-1])
        keep = mask(rows, p) if p else None
        kept = rows * keep if p else rows
        scale = scale / (1 - p)  # what is kept is scaled up, as dropout does
        hidden = kept @ a.T
        y = nn.functional.linear(rows, weight, bias).addmm_(hidden, b.T, alpha=scale)
        ctx.save_for_backward(kept, keep, weight, a, b, hidden)
        ctx.scale = scale
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, grad):
        kept, keep, weight, a, b, hidden = ctx.saved_tensors
        rows = grad.reshape(-1, grad.shape[-1])
        of_hidden = (rows @ b).mul_(ctx.scale)
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = of_hidden @ a
            if keep is not None:
                of_x.mul_(keep)
            of_x = of_x.addmm_(rows, weight).view(*grad.shape[:-1], -1)
        return of_x, None, None, of_hidden.T @ kept, (rows.T @ hidden).mul_(ctx.scale), None, None


def mask(x: torch.Tensor, p: float) -> torch.Tensor:
    """Which elements of x (any shape) dropout keeps: each with probability 1 - p, p to the nearest 1/65,536; boolean.

    Drawn from the global random state, so a seeded run is repeatable.
    """
    words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.int16)[: x.numel()].view(x.shape) >= round(p * _LEVELS) - _LEVELS // 2
