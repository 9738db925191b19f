"""Our dropout: torch's in all but the drawing."""

import pytest
import torch
from torch import nn

from lib import students
from lib.dropout import WordDropout
from tests.test_students import adapted


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9])
def test_rate_scale_and_mean(p):
    torch.manual_seed(0)
    out = WordDropout(p)(torch.ones(1000, 997))
    assert (out == 0).float().mean().item() == pytest.approx(p, abs=0.003)
    assert out.max().item() == pytest.approx(1 / (1 - p), rel=1e-3)
    assert out.mean().item() == pytest.approx(1, abs=0.01)
    for part in range(4):  # each of the four elements that share a draw
        assert (out.flatten()[part::4] == 0).float().mean().item() == pytest.approx(p, abs=0.005)


def test_neighbours_are_independent():
    torch.manual_seed(1)
    zero = (WordDropout(0.5)(torch.ones(400_000)) == 0).float()
    for lag in (1, 2, 3, 4, 5):
        assert torch.corrcoef(torch.stack((zero[:-lag], zero[lag:])))[0, 1].abs().item() < 0.01


def test_it_is_seeded_and_off_in_evaluation():
    x, dropout = torch.randn(7, 5), WordDropout(0.3)
    torch.manual_seed(2)
    first = dropout(x)
    torch.manual_seed(2)
    assert torch.equal(dropout(x), first)
    assert not torch.equal(dropout(x), first)
    assert dropout.eval()(x) is x
    assert WordDropout(0.0)(x) is x


def test_gradients_pass_where_elements_were_kept():
    x = torch.ones(50, requires_grad=True)
    out = WordDropout(0.5)(x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_adapters_have_it_in_every_place():
    student = adapted()
    students.add_adapter(plain := students.load("tiny", texts=["a b"]), 4, 8, 0.1, 0)
    assert plain.full  # no adapter, nothing to swap
    names = [name for name, module in student.model.named_modules() if isinstance(module, nn.Dropout)]
    assert not [name for name in names if "lora_dropout" in name]
