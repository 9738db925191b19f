"""What is fast on the CPU is torch's, transformers' and peft's own in all but the way it is computed or drawn."""

import collections
import random

import peft.tuners.lora.layer
import pytest
import torch
from peft import LoraConfig
from scipy import stats
from torch import nn
from transformers import LlamaConfig, MistralConfig
from transformers.cache_utils import DynamicLayer

from lib.train import fast_cpu
from tests.train.test_students import adapted

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


# --- products -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["oneDNN", "PyTorch"])
def way(request, monkeypatch):
    """A test twice: also as on a machine without oneDNN."""
    if request.param == "oneDNN" and not fast_cpu._HAVE:
        pytest.skip("this PyTorch has no oneDNN")
    monkeypatch.setattr(fast_cpu, "_HAVE", request.param == "oneDNN")


def both(bias: bool, frozen: bool = False) -> tuple[nn.Linear, fast_cpu.Linear]:
    """The same layer twice, torch's and ours."""
    torch.manual_seed(0)
    plain, ours = nn.Linear(24, 40, bias=bias), fast_cpu.Linear(24, 40, bias=bias)
    ours.load_state_dict(plain.state_dict())
    return plain.requires_grad_(not frozen), ours.requires_grad_(not frozen)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("shape", [(24,), (2, 5, 24), (0, 24)])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_product_and_gradients_are_torchs(shape, bias, frozen):
    x, results = torch.randn(shape), []
    for layer in both(bias, frozen):
        at = x.clone().requires_grad_()
        y = layer(at)
        wanted = [at] if frozen else [at, *layer.parameters()]
        results.append((y, *torch.autograd.grad(y.square().sum(), wanted)))
    for torchs, ours in zip(*results, strict=True):
        assert ours.shape == torchs.shape
        torch.testing.assert_close(ours, torchs, **TOLERANCE)
    with torch.no_grad():
        torch.testing.assert_close(both(bias)[1](x), results[0][0], **TOLERANCE)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_number_formats_are_computed_in_themselves(dtype):
    plain, ours = (layer.to(dtype) for layer in both(True, frozen=True))
    x = torch.randn(3, 24, dtype=dtype)
    assert torch.equal(ours(x), plain(x))


@pytest.mark.usefixtures("way")
def test_added():
    to, x, weight = torch.randn(3, 5), torch.randn(3, 4), torch.randn(5, 4)
    expected = to + x @ weight.T
    torch.testing.assert_close(fast_cpu.times_added(to, x, weight), expected, **TOLERANCE)


def test_in_a_model_only_plain_layers_are_replaced():
    class Other(nn.Linear):
        pass

    model = nn.Sequential(nn.Linear(2, 3), nn.Embedding(4, 2), Other(3, 1))
    fast_cpu.use_in(model)
    assert [type(module) for module in model] == [fast_cpu.Linear, nn.Embedding, Other]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.weight", "2.weight", "2.bias"]


# --- the cache of keys and values ---------------------------------------------------------------------------


@pytest.mark.parametrize("inference", [False, True])
def test_a_cache_holds_what_transformers_holds_however_it_grows_and_rows_leave(inference, monkeypatch):
    monkeypatch.setattr(fast_cpu, "_ROOM", 5)  # so that it is often used up
    rng = random.Random(0)
    torch.manual_seed(0)
    with torch.inference_mode(inference):
        ours, theirs, rows = fast_cpu.RoomyLayer(), DynamicLayer(), 9
        for turn in range(60):
            length = 7 if turn == 0 else rng.choice((1, 1, 1, 3))
            new = torch.randn(2, rows, 2, length, 4)
            for got, expected in zip(ours.update(*new), theirs.update(*new), strict=True):
                assert torch.equal(got, expected)
            assert ours.get_seq_length() == theirs.get_seq_length()
            assert ours.get_mask_sizes(1) == theirs.get_mask_sizes(1)
            if rows > 2 and turn % 8 == 7:
                rows -= 2
                kept = torch.tensor(sorted(rng.sample(range(rows + 2), rows)))
                ours.batch_select_indices(kept)
                theirs.batch_select_indices(kept)


def test_a_cache_is_copied_only_when_its_room_is_used_up():
    layer, places = fast_cpu.RoomyLayer(), set()
    layer.update(torch.ones(1, 1, 10, 2), torch.ones(1, 1, 10, 2))
    for _ in range(fast_cpu._ROOM + 1):
        layer.update(torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2))
        places.add(layer.keys.data_ptr())
    assert len(places) == 2


def test_sliding_windows_are_left_to_transformers():
    shape = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    assert {type(layer) for layer in fast_cpu.roomy(LlamaConfig(**shape)).layers} == {fast_cpu.RoomyLayer}
    assert not any(isinstance(layer, fast_cpu.RoomyLayer) for layer in fast_cpu.roomy(MistralConfig(**shape)).layers)


# --- LoRA ---------------------------------------------------------------------------------------------------


def layer(bias: bool = False, p: float = 0.0) -> fast_cpu.AdaptedLinear:
    """A small adapted layer in training, whose B is not zero."""
    torch.manual_seed(3)
    config = LoraConfig(r=2, lora_alpha=4, lora_dropout=p)
    made = fast_cpu.AdaptedLinear(nn.Linear(6, 5, bias=bias), "default", config, r=2, lora_alpha=4)
    nn.init.normal_(made.lora_B["default"].weight)
    return made.train()


@pytest.mark.parametrize("bias", [False, True])
def test_product_and_gradients_are_pefts(bias):
    made, x = layer(bias), torch.randn(3, 4, 6, requires_grad=True)
    wanted = [x, made.lora_A["default"].weight, made.lora_B["default"].weight]
    ours, theirs = made(x), peft.tuners.lora.layer.Linear.forward(made, x)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    gradients = [torch.autograd.grad(y.square().sum(), wanted) for y in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("p", [0.0, 0.3])
def test_gradients_by_finite_differences(p, monkeypatch):
    gone = (torch.rand(7 * 6) < 0.3).nonzero()[:, 0]
    monkeypatch.setattr(fast_cpu, "dropped", lambda n, _: gone)
    x, a, b = (torch.randn(*shape, dtype=torch.double, requires_grad=True) for shape in ((7, 6), (2, 6), (5, 2)))
    weight = torch.randn(5, 6, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda x, a, b: fast_cpu._Adapted.apply(x, weight, None, a, b, 2.0, p), (x, a, b))


def test_dropout_is_on_the_adapters_input_alone_and_seeded(monkeypatch):
    made, x = layer(p=0.5), torch.randn(4, 6)
    torch.manual_seed(2)
    first, second = made(x), made(x)
    torch.manual_seed(2)
    assert torch.equal(made(x), first) and not torch.equal(first, second)
    keep = torch.rand(4, 6) >= 0.5
    monkeypatch.setattr(fast_cpu, "dropped", lambda n, _: (~keep).flatten().nonzero()[:, 0])
    a, b = made.lora_A["default"].weight, made.lora_B["default"].weight
    expected = made.get_base_layer()(x) + 2.0 * ((x * keep / 0.5) @ a.T @ b.T)
    torch.testing.assert_close(made(x), expected, rtol=1e-5, atol=1e-6)


def test_evaluation_and_other_uses_are_pefts_own():
    made, x = layer(p=0.9).eval(), torch.randn(4, 6)
    torch.testing.assert_close(made(x), made(x), rtol=0, atol=0)  # no dropout
    merged = layer()
    plain = merged(x).detach()
    merged.merge()
    torch.testing.assert_close(merged(x), plain, rtol=1e-5, atol=1e-6)
    off = layer()
    off.enable_adapters(False)
    torch.testing.assert_close(off(x), off.get_base_layer()(x), rtol=0, atol=0)


def test_every_adapter_is_ours_and_the_files_are_pefts(tmp_path):
    student = adapted()
    layers = [module for module in student.model.modules() if isinstance(module, peft.tuners.lora.layer.Linear)]
    assert layers and all(isinstance(module, fast_cpu.AdaptedLinear) for module in layers)
    student.model.save_pretrained(tmp_path)
    assert "AdaptedLinear" not in (tmp_path / "adapter_config.json").read_text()


# --- dropout's drawing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
def test_share_of_elements_dropped(p):
    torch.manual_seed(0)
    gone = fast_cpu.dropped(997_000, p)
    assert gone.min() >= 0 and gone.max() < 997_000 and (gone.diff() > 0).all()
    for part in range(10):  # alike at the beginning and at the end
        assert ((gone // 99_700) == part).sum().item() / 99_700 == pytest.approx(p, abs=0.005)


def test_every_pattern_of_few_elements_comes_as_often_as_it_should():
    torch.manual_seed(4)
    n, p, draws, counts = 5, 0.3, 5000, collections.Counter()
    for _ in range(draws):
        counts[sum(1 << place for place in fast_cpu.dropped(n, p).tolist())] += 1
    expected = [p ** k.bit_count() * (1 - p) ** (n - k.bit_count()) * draws for k in range(2**n)]
    assert stats.chisquare([counts[k] for k in range(2**n)], expected).pvalue > 0.001


def test_the_drawing_goes_on_where_it_fell_short(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "geometric_", lambda gaps, p: gaps.fill_(1))  # the smallest gaps
    assert fast_cpu.dropped(50, 0.1).tolist() == list(range(50))


@pytest.mark.parametrize("number", [torch.float32, torch.bfloat16])
def test_on_a_gpu_an_adapted_layer_is_pefts_within_rounding(number):
    """The function itself is the same on any device. What dropout drops is drawn by torch, as there."""
    torch.manual_seed(0)
    base, x = torch.nn.Linear(24, 12, dtype=number).requires_grad_(False), torch.randn(2, 5, 24, dtype=number)
    a, b = torch.randn(4, 24, requires_grad=True), torch.randn(12, 4, requires_grad=True)
    grad, near = torch.randn(2, 5, 12, dtype=number), {"rtol": 0.05, "atol": 0.2} if number != torch.float32 else {}
    for p in (0.0, 0.25):
        mine, theirs = (x.clone().requires_grad_() for _ in range(2))
        torch.manual_seed(1)
        y = fast_cpu.AdaptedInHalf.apply(mine, base.weight, base.bias, a, b, 2.0, p)
        mine_of = torch.autograd.grad(y, (mine, a, b), grad)
        torch.manual_seed(1)
        there = torch.native_dropout(x.view(10, 24), p, True)[1].view_as(x) / (1 - p) if p else 1
        z = base(theirs).float() + 2.0 * ((theirs.float() * there) @ a.T) @ b.T
        theirs_of = torch.autograd.grad(z, (theirs, a, b), grad.float())
        torch.testing.assert_close(y.float(), z, **near)
        for one, other, tensor in zip(mine_of, theirs_of, (x, a, b), strict=True):
            assert one.dtype == tensor.dtype
            torch.testing.assert_close(one.float(), other.float(), **(near and {"rtol": 0.05, "atol": 0.3}))
