"""Linear layers by oneDNN: torch's own in all but the way they are computed."""

import pytest
import torch
from torch import nn

from lib.train import fast_cpu

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(params=["oneDNN", "PyTorch"], autouse=True)
def way(request, monkeypatch):
    """Every test twice: also as on a machine without oneDNN."""
    if request.param == "oneDNN" and not fast_cpu._HAVE:
        pytest.skip("this PyTorch has no oneDNN")
    monkeypatch.setattr(fast_cpu, "_HAVE", request.param == "oneDNN")


def both(bias: bool) -> tuple[nn.Linear, fast_cpu.Linear]:
    """The same layer twice, torch's and ours."""
    torch.manual_seed(0)
    plain = nn.Linear(24, 40, bias=bias)
    ours = fast_cpu.Linear(24, 40, bias=bias)
    ours.load_state_dict(plain.state_dict())
    return plain, ours


@pytest.mark.parametrize("shape", [(24,), (1, 24), (7, 24), (2, 5, 24), (0, 24)])
@pytest.mark.parametrize("bias", [False, True])
def test_product_and_gradients_are_torchs(shape, bias):
    x, results = torch.randn(shape), []
    for layer in both(bias):
        at = x.clone().requires_grad_()
        y = layer(at)
        results.append((y, *torch.autograd.grad(y.square().sum(), [at, *layer.parameters()])))
    for ours, torchs in zip(*results, strict=True):
        assert ours.shape == torchs.shape
        torch.testing.assert_close(ours, torchs, **TOLERANCE)
    with torch.no_grad():
        torch.testing.assert_close(both(bias)[1](x), results[0][0], **TOLERANCE)


def test_a_frozen_layer_passes_the_gradient_on():
    plain, ours = (layer.requires_grad_(False) for layer in both(True))
    x = torch.randn(3, 24, requires_grad=True)
    (got,), (expected,) = (torch.autograd.grad(layer(x).sum(), x) for layer in (ours, plain))
    torch.testing.assert_close(got, expected, **TOLERANCE)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_number_formats_are_computed_in_themselves(dtype):
    plain, ours = (layer.to(dtype) for layer in both(True))
    x = torch.randn(3, 24, dtype=dtype)
    assert torch.equal(ours(x), plain(x))


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
