"""How well a model reconstructs, beside the linear references that need no training."""

from collections.abc import Callable

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.metrics import image_quality, principal_reconstruction
from qinr_lightning.models import QINRAutoencoder

BATCH = 500
"""Images that a model reconstructs at a time."""
N_COMPONENTS = (6, 8)
"""Of the linear references: as many as the circuit has angles, and as many as latent dimensions."""


@torch.inference_mode()
def reconstruction_metrics(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> dict[str, float]:
    """``train/psnr`` and so on, of one model of every class also for each (``train/psnr/0``), and ``train/pca_6/psnr``.

    The principal components are fitted to the train subset.
    """
    metrics: dict[str, float] = {}
    linear = {n: principal_reconstruction(to_unit(datamodule.train_subset.images), n) for n in N_COMPONENTS}
    for split, data in (("train", datamodule.train_subset), ("test", datamodule.test_split)):
        images = to_unit(data.images).to(model.device)
        reconstructions = in_batches(model, to_signed_unit(data.images).to(model.device))
        metrics |= named(split, image_quality(reconstructions, images))
        for label in datamodule.classes if datamodule.label is None else []:
            chosen = data.labels == label
            if chosen.any():
                quality = image_quality(reconstructions[chosen], images[chosen])
                metrics |= {f"{split}/{name}/{label}": value for name, value in quality.items()}
        for n, reconstruct in linear.items():
            metrics |= named(f"{split}/pca_{n}", image_quality(reconstruct(images.cpu()), images.cpu()))
    return metrics


def in_batches(function: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Apply a function to many images without holding all that it computes on the way."""
    return torch.cat([function(batch) for batch in images.split(BATCH)])


def named(place: str, values: dict[str, float]) -> dict[str, float]:
    """Put a place in front of the names of metrics."""
    return {f"{place}/{name}": value for name, value in values.items()}
