"""A few images of what a model does, for pictures."""

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.models import Generative, QINRAutoencoder
from qinr_lightning.seeding import generator


@torch.inference_mode()
def example_images(
    model: object, datamodule: ClassSubsetDataModule, n_images: int = 10, n_samples: int = 50
) -> dict[str, Tensor]:
    """The first images of both splits, their reconstructions and samples from the prior, as far as the model has them.

    Images in [0, 1], ``(n, channels, height, width)``, on the CPU, under ``train_images``, ``train_reconstructions``,
    ``test_images``, ``test_reconstructions`` and ``samples``.

    Args:
        model: In evaluation mode.
        datamodule: Set up.
        n_images: Images of each split; fewer where it has fewer.
        n_samples: Samples from the prior, the same whenever the run's seed is the same.
    """
    examples: dict[str, Tensor] = {}
    if isinstance(model, QINRAutoencoder):
        for split, data in (("train", datamodule.train_subset), ("test", datamodule.test_split)):
            images = data.images[:n_images]
            examples[f"{split}_images"] = to_unit(images)
            examples[f"{split}_reconstructions"] = model(to_signed_unit(images).to(model.device)).float().cpu()
    if isinstance(model, Generative):
        examples["samples"] = model.sample(n_samples, generator(datamodule.seed, "samples")).float().cpu()
    return examples
