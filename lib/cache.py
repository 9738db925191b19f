"""The keys and values of what was read and written, kept with room to grow.

transformers' cache copies all that it holds for every token that is added to it, a sixth of the time that writing took
on two cores. Here a layer has room for more tokens than it holds, and is copied only when that is used up.
"""

import torch
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

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
