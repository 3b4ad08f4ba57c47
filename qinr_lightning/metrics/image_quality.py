"""How alike images and their targets are, with one definition for every system: torchmetrics' defaults in [0, 1]."""

import torch
from torch import Tensor, nn
from torchmetrics import Metric
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure


class ReconstructionMetrics(nn.Module):
    """PSNR, SSIM and cosine similarity of images and their reconstructions.

    - ``psnr``: from the squared error pooled over all images, data range 1, dB.
    - ``ssim``: 11x11 Gaussian window with sigma 1.5, data range 1, averaged over images.
    - ``cosine``: cosine similarity of flattened images, averaged over images; that of an image that is black in every
      pixel, which has no direction, is 0 with every other.
    """

    def __init__(self) -> None:
        super().__init__()
        # Whoever evaluates sees all images; there is nothing to gather from other processes.
        self.psnr = PeakSignalNoiseRatio(data_range=1.0, sync_on_compute=False)
        self.ssim = StructuralSimilarityIndexMeasure(data_range=1.0, sigma=1.5, kernel_size=11, sync_on_compute=False)
        self._cosines: list[Tensor] = []

    def update(self, reconstructions: Tensor, images: Tensor) -> None:
        """Add a batch, both ``(batch, channels, height, width)`` in [0, 1]."""
        self.psnr.update(reconstructions, images)
        self.ssim.update(reconstructions, images)
        self._cosines.append(_cosine(reconstructions.flatten(1), images.flatten(1)))

    def compute(self) -> dict[str, float]:
        """Values over all images added so far."""
        metrics: dict[str, Metric] = {"psnr": self.psnr, "ssim": self.ssim}
        cosine = torch.cat(self._cosines).mean()
        return {name: float(metric.compute()) for name, metric in metrics.items()} | {"cosine": float(cosine)}


def _cosine(a: Tensor, b: Tensor, eps: float = 1e-8) -> Tensor:
    """Of each row of two tensors ``(n, d)``: ``(n,)``."""
    # As torch.nn.functional.cosine_similarity, and to the last digit as torchmetrics, which divides 0 by 0.
    of_a, of_b = (torch.linalg.vector_norm(vectors, dim=1).clamp(min=eps) for vectors in (a, b))
    similarity: Tensor = (a * b).sum(1) / (of_a * of_b)
    return similarity


@torch.inference_mode()
def image_quality(images: Tensor, targets: Tensor, batch_size: int = 100) -> dict[str, float]:
    """``psnr``, ``ssim`` and ``cosine`` of images and their targets, see :class:`ReconstructionMetrics`.

    Args:
        images: ``(n, channels, height, width)`` in [0, 1].
        targets: Of the same shape.
        batch_size: Images at a time; the values do not depend on it. SSIM's convolution takes twice as long for each
            of 200 and more on a CPU.
    """
    metrics = ReconstructionMetrics().to(images.device)
    for batch in zip(images.split(batch_size), targets.split(batch_size), strict=True):
        metrics.update(*batch)
    return metrics.compute()
