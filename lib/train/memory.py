"""How much memory an update and a batch of texts take, and what follows for a GPU: how many tokens go through at once.

On the CPU nothing follows: batches are those of the recipe, whatever the machine, so that the numbers are the same.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch

_KEPT = 34  # numbers per token, layer and unit of width that the backward pass needs (with 16 adapters' hidden states)
_LOGITS = 3  # copies of the logits, in float32: themselves, their softmax, its gradient
_SHARE = 0.8  # of the free memory, at most


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides a student's cost: weights in all, layers, width of the hidden state, of keys, words it knows."""

    weights: float
    layers: int
    width: int
    keys: int
    vocabulary: int

    @classmethod
    def of(cls, model: torch.nn.Module) -> "Shape":
        """The shape of a loaded model."""
        config = model.config
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        keys = head * (getattr(config, "num_key_value_heads", None) or config.num_attention_heads)
        weights = sum(tensor.numel() for tensor in model.parameters())
        return cls(weights, config.num_hidden_layers, config.hidden_size, keys, config.vocab_size)


def weights_gb(shape: Shape, number: float) -> float:
    """GB of the weights; number: bytes of each, 0.6 for nf4 (embeddings stay in 16 bits)."""
    return shape.weights * number / 1e9


def update_gb(shape: Shape, tokens: int, supervised: int, number: int, recompute: bool) -> float:
    """GB beside the weights, at the peak of a forward and backward pass over so many tokens (padding included).

    number: bytes of an activation. recompute: gradient checkpointing keeps the layers' inputs, and one layer whole.
    """
    layers = shape.layers / _KEPT + 1 if recompute else shape.layers
    return (_KEPT * tokens * layers * shape.width * number + _LOGITS * supervised * shape.vocabulary * 4) / 1e9


def too_large(shape: Shape, tokens: int, supervised: int, number: int, free: float, recompute: bool = False) -> bool:
    """Whether a pass over so many tokens does not fit into `free` GB."""
    return update_gb(shape, tokens, supervised, number, recompute) > _SHARE * free


# Names the share of a GPU that a process may count on, where several share it (lib/run/local.py).
SHARE = "TRACE_GPU_SHARE"


def free_gb(device: torch.device) -> float:
    """Memory that is free on a GPU; at most what this process has not used of its share."""
    free, total = torch.cuda.mem_get_info(device)
    share = float(os.environ.get(SHARE, 1)) * total - torch.cuda.memory_allocated(device)
    return min(free, share) / 1e9


def rows_at_once(shape: Shape, longest: int, free: float) -> int:
    """How many texts of `longest` tokens can be written at once: their keys and values fill most of the free memory."""
    per_row = 2 * shape.layers * shape.keys * 2 * longest / 1e9
    return max(1, min(512, int(_SHARE * free / per_row)))


def packed(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Places of the lengths in groups that hold at most `tokens` with their padding, or one alone; longest first."""
    groups: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if groups and lengths[groups[-1][0]] * (len(groups[-1]) + 1) <= tokens:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups
