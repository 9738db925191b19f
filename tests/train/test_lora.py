"""Our LoRA product: peft's in all but the way it is computed; and its dropout: torch's in all but the drawing."""

import collections

import pytest
import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Linear
from scipy import stats

from lib.train import lora, students
from tests.train.test_students import adapted

TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}


def layer(bias: bool = False, p: float = 0.0) -> lora.AdaptedLinear:
    """A small adapted layer in training, whose B is not zero."""
    torch.manual_seed(3)
    config = LoraConfig(r=2, lora_alpha=4, lora_dropout=p)
    made = lora.AdaptedLinear(torch.nn.Linear(6, 5, bias=bias), "default", config, r=2, lora_alpha=4)
    torch.nn.init.normal_(made.lora_B["default"].weight)
    return made.train()


@pytest.mark.parametrize("bias", [False, True])
def test_product_and_gradients_are_pefts(bias):
    made, x = layer(bias), torch.randn(3, 4, 6, requires_grad=True)
    wanted = [x, made.lora_A["default"].weight, made.lora_B["default"].weight]
    ours = made(x)
    gradients = torch.autograd.grad(ours.square().sum(), wanted)
    peft = Linear.forward(made, x)
    torch.testing.assert_close(ours, peft, **TOLERANCE)
    for got, expected in zip(gradients, torch.autograd.grad(peft.square().sum(), wanted), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("p", [0.0, 0.3])
def test_gradients_by_finite_differences(p, monkeypatch):
    gone = (torch.rand(7 * 6) < 0.3).nonzero()[:, 0]
    monkeypatch.setattr(lora, "dropped", lambda n, _: gone)
    x, a, b = (torch.randn(*shape, dtype=torch.double, requires_grad=True) for shape in ((7, 6), (2, 6), (5, 2)))
    weight = torch.randn(5, 6, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda x, a, b: lora._Product.apply(x, weight, None, a, b, 2.0, p), (x, a, b))


def test_dropout_is_on_the_adapters_input_alone(monkeypatch):
    made, x = layer(p=0.5), torch.randn(4, 6)
    keep = torch.rand(4, 6) >= 0.5
    monkeypatch.setattr(lora, "dropped", lambda n, _: (~keep).flatten().nonzero()[:, 0])
    a, b = made.lora_A["default"].weight, made.lora_B["default"].weight
    expected = made.get_base_layer()(x) + 2.0 * ((x * keep / 0.5) @ a.T @ b.T)
    torch.testing.assert_close(made(x), expected, **TOLERANCE)


def test_evaluation_and_other_uses_are_pefts_own():
    made, x = layer(p=0.9), torch.randn(4, 6)
    made.eval()
    torch.testing.assert_close(made(x), made(x), rtol=0, atol=0)  # no dropout
    merged = layer()
    plain = merged(x).detach()
    merged.merge()
    torch.testing.assert_close(merged(x), plain, **TOLERANCE)
    off = layer()
    off.enable_adapters(False)
    torch.testing.assert_close(off(x), off.get_base_layer()(x), rtol=0, atol=0)


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9])
def test_share_of_elements_dropped(p):
    torch.manual_seed(0)
    gone = lora.dropped(997_000, p)
    assert gone.min() >= 0 and gone.max() < 997_000 and (gone.diff() > 0).all()
    for part in range(10):  # alike at the beginning and at the end
        assert ((gone // 99_700) == part).sum().item() / 99_700 == pytest.approx(p, abs=0.005)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_every_pattern_of_few_elements_comes_as_often_as_it_should(n):
    torch.manual_seed(4)
    p, draws, counts = 0.3, 20_000, collections.Counter()
    for _ in range(draws):
        counts[sum(1 << place for place in lora.dropped(n, p).tolist())] += 1
    expected = [p ** k.bit_count() * (1 - p) ** (n - k.bit_count()) * draws for k in range(2**n)]
    assert stats.chisquare([counts[k] for k in range(2**n)], expected).pvalue > 0.001


def test_the_drawing_goes_on_where_it_fell_short(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "geometric_", lambda gaps, p: gaps.fill_(1))  # the smallest gaps
    assert lora.dropped(50, 0.1).tolist() == list(range(50))


def test_neighbours_are_independent():
    torch.manual_seed(1)
    keep = torch.ones(400_000)
    keep[lora.dropped(400_000, 0.5)] = 0
    for lag in (1, 2, 3, 4, 5):
        assert torch.corrcoef(torch.stack((keep[:-lag], keep[lag:])))[0, 1].abs().item() < 0.01


def test_dropout_is_seeded():
    made, x = layer(p=0.3), torch.randn(7, 6)
    torch.manual_seed(2)
    first = made(x)
    torch.manual_seed(2)
    assert torch.equal(made(x), first)
    assert not torch.equal(made(x), first)


def test_every_adapter_is_ours_and_the_files_are_pefts(tmp_path):
    student = adapted()
    layers = [module for module in student.model.modules() if isinstance(module, Linear)]
    assert layers and all(isinstance(module, lora.AdaptedLinear) for module in layers)
    student.model.save_pretrained(tmp_path)
    assert "AdaptedLinear" not in (tmp_path / "adapter_config.json").read_text()
    students.add_adapter(plain := students.load("tiny", texts=["a b"]), 4, 8, 0.1, 0)
    assert not [module for module in plain.model.modules() if isinstance(module, Linear)]  # trained in full
