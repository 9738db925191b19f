"""Dropout for the CPU: the same as torch's, but for how its random numbers are drawn.

torch draws one random number an element, on one core, which in LoRA training on two cores took an eighth of the
time (make bench). Here one draw of 64 bits serves four elements.
"""

import torch
from torch import nn

_LEVELS = 2**16  # a probability is rounded to one of these


class WordDropout(nn.Module):
    """Zeroes elements with probability p (to the nearest 1/65,536) and scales the rest, in training; from the global
    random state, so a seeded run is repeatable."""

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: any shape; on any device but the CPU, torch's own dropout."""
        if not self.training or self.p == 0:
            return x
        if x.device.type != "cpu":
            return nn.functional.dropout(x, self.p)
        dropped = round(self.p * _LEVELS)
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        sixteenths = words.view(torch.int16)[: x.numel()].view(x.shape)
        keep = sixteenths >= dropped - _LEVELS // 2
        return x * keep.to(x.dtype).mul_(_LEVELS / (_LEVELS - dropped))


def replace_dropout(model: nn.Module) -> None:
    """Swap every LoRA dropout of a model for ours."""
    for module in model.modules():
        dropouts = getattr(module, "lora_dropout", None)
        if isinstance(dropouts, nn.ModuleDict):
            for name, dropout in dropouts.items():
                if isinstance(dropout, nn.Dropout):
                    dropouts[name] = WordDropout(dropout.p)
