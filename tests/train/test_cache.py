"""A cache with room to grow holds what transformers' own holds."""

import random

import pytest
import torch
from transformers import LlamaConfig, MistralConfig
from transformers.cache_utils import DynamicLayer

from lib.train import fast_cpu as caches


@pytest.mark.parametrize("inference", [False, True])
def test_it_holds_what_transformers_holds_however_it_grows_and_rows_leave(inference, monkeypatch):
    monkeypatch.setattr(caches, "_ROOM", 5)  # so that it is often used up
    rng = random.Random(0)
    torch.manual_seed(0)
    with torch.inference_mode(inference):
        ours, theirs, rows = caches.RoomyLayer(), DynamicLayer(), 9
        for step in range(60):
            length = 7 if step == 0 else rng.choice((1, 1, 1, 3))
            new = torch.randn(2, rows, 2, length, 4)
            for got, expected in zip(ours.update(*new), theirs.update(*new), strict=True):
                assert torch.equal(got, expected)
            assert ours.get_seq_length() == theirs.get_seq_length()
            assert ours.get_mask_sizes(1) == theirs.get_mask_sizes(1)
            if rows > 2 and step % 8 == 7:
                rows -= 2
                kept = torch.tensor(sorted(rng.sample(range(rows + 2), rows)))
                ours.batch_select_indices(kept)
                theirs.batch_select_indices(kept)


def test_what_is_held_is_copied_only_when_the_room_is_used_up():
    layer = caches.RoomyLayer()
    layer.update(torch.ones(1, 1, 10, 2), torch.ones(1, 1, 10, 2))
    places = set()
    for _ in range(caches._ROOM + 1):
        layer.update(torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2))
        places.add(layer.keys.data_ptr())
    assert len(places) == 2
    assert layer.keys.shape == (1, 1, 11 + caches._ROOM, 2) and bool((layer.keys == 1).all())


def test_sliding_windows_are_left_to_transformers():
    shape = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    assert {type(layer) for layer in caches.roomy(LlamaConfig(**shape)).layers} == {caches.RoomyLayer}
    assert not any(isinstance(layer, caches.RoomyLayer) for layer in caches.roomy(MistralConfig(**shape)).layers)
