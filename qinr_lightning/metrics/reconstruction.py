"""Reconstruction quality, with one definition for every system: torchmetrics' defaults on images in [0, 1]."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchmetrics import CosineSimilarity, Metric
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure


class ReconstructionMetrics(nn.Module):
    """PSNR, SSIM and cosine similarity of images and their reconstructions.

    - ``psnr``: from the squared error pooled over all images, data range 1, dB.
    - ``ssim``: 11x11 Gaussian window with sigma 1.5, data range 1, averaged over images.
    - ``cosine``: cosine similarity of flattened images, averaged over images.
    """

    def __init__(self) -> None:
        super().__init__()
        # Whoever evaluates sees all images; there is nothing to gather from other processes.
        self.psnr = PeakSignalNoiseRatio(data_range=1.0, sync_on_compute=False)
        self.ssim = StructuralSimilarityIndexMeasure(data_range=1.0, sigma=1.5, kernel_size=11, sync_on_compute=False)
        self.cosine = CosineSimilarity(reduction="mean", sync_on_compute=False)

    def update(self, reconstructions: Tensor, images: Tensor) -> None:
        """Add a batch, both ``(batch, channels, height, width)`` in [0, 1]."""
        self.psnr.update(reconstructions, images)
        self.ssim.update(reconstructions, images)
        self.cosine.update(reconstructions.flatten(1), images.flatten(1))

    def compute(self) -> dict[str, float]:
        """Values over all images added so far."""
        metrics: dict[str, Metric] = {"psnr": self.psnr, "ssim": self.ssim, "cosine": self.cosine}
        return {name: float(metric.compute()) for name, metric in metrics.items()}


@torch.inference_mode()
def reconstruction_quality(
    reconstruct: Callable[[Tensor], Tensor], loader: DataLoader[list[Tensor]], device: torch.device
) -> dict[str, float]:
    """Metrics of a whole set of images.

    Args:
        reconstruct: Maps images in [-1, 1] to reconstructions in [0, 1].
        loader: Batches of ``[images, labels]``, images in [-1, 1].
        device: Where to compute.
    """
    metrics = ReconstructionMetrics().to(device)
    for images, _ in loader:
        images = images.to(device)
        metrics.update(reconstruct(images), (images + 1) / 2)
    return metrics.compute()
