import pytest
import torch
from torch import nn

from qinr_lightning.networks.blocks import BatchNorm1d, BatchNorm2d


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("own", "torchs", "shape"), [
    (BatchNorm1d, nn.BatchNorm1d, (8, 3)), (BatchNorm2d, nn.BatchNorm2d, (8, 3, 4, 5)),
])  # fmt: skip
def test_statistics_of_several_processes_are_torchs(own, torchs, shape, dtype, monkeypatch):
    """In mixed precision, too, where images are half precision and parameters single."""
    monkeypatch.setattr("qinr_lightning.networks.blocks.n_processes", lambda: 2)
    x = 3 + 5 * torch.randn(shape)
    wide = torch.promote_types(dtype, torch.float32)
    ours, reference = own(3).to(wide), torchs(3).to(wide)
    values, expected = ours(x.to(dtype)), reference(x.to(dtype))
    assert values.dtype == dtype
    tolerance = 1e-6 if dtype == wide else 4 * torch.finfo(dtype).eps
    torch.testing.assert_close(values, expected, rtol=tolerance, atol=tolerance)
    for name, buffer in reference.named_buffers():
        torch.testing.assert_close(ours.get_buffer(name), buffer, rtol=1e-5, atol=1e-6)
