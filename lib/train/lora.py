"""LoRA's product for the CPU: the same function as peft's, with less moving of memory.

    y = x W' + s (drop(x) A') B'        W frozen, A and B trained, s = alpha / rank

peft computes the two terms apart, scales and adds them: on two cores a quarter of an update's time went into such
element-wise work and into dropout's random numbers, one drawn per element (make bench). Here the second term is
accumulated by the matrix product itself, forward and backward, and only what is dropped is drawn.
"""

import torch
from peft.tuners.lora.layer import Linear

from lib.train.fast_cpu import times, times_added


class AdaptedLinear(Linear):
    """peft's adapted linear layer; in training on the CPU, with one adapter, its product is the one of this module."""

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        """x: (…, inputs). (…, outputs)."""
        adapters = [name for name in self.active_adapters if name in self.lora_A]
        plain = self.training and not (self.disable_adapters or self.merged or args or kwargs)
        if not plain or len(adapters) != 1 or x.device.type != "cpu":
            return super().forward(x, *args, **kwargs)
        (name,) = adapters
        base, a, b = self.get_base_layer(), self.lora_A[name].weight, self.lora_B[name].weight
        p = getattr(self.lora_dropout[name], "p", 0.0)  # without dropout, it is an Identity
        return _Product.apply(x, base.weight, base.bias, a, b, self.scaling[name], p)


class _Product(torch.autograd.Function):
    """The equation at the top. weight: (outputs, inputs), bias: (outputs,) or None, a: (rank, inputs),
    b: (outputs, rank). Weight and bias get no gradient: they are frozen."""

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
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = times(of_hidden, a.T)
            if gone is not None:
                of_x.view(-1).index_fill_(0, gone, 0.0)
            of_x = times_added(of_x, rows, weight.T).view(*grad.shape[:-1], -1)
        of_b = times(hidden.T, rows.T).T  # this way round the product is three times as fast
        return of_x, None, None, times(of_hidden.T, kept.T), of_b, None, None


def dropped(n: int, p: float) -> torch.Tensor:
    """The places of those of n elements that dropout drops, each with probability p (0 < p < 1); ascending.

    The gaps between them are geometric, so there is one draw per dropped element. Drawn from the global
    random state, so a seeded run is repeatable.
    """
    places = torch.tensor([-1])
    while places[-1] < n:
        expected = (n - int(places[-1])) * p
        gaps = torch.empty(int(expected + 5 * expected**0.5) + 1, dtype=torch.int64).geometric_(p)
        places = torch.cat([places, places[-1] + gaps.cumsum(0)])
    return places[1 : torch.searchsorted(places, n)]
