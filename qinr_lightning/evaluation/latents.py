"""Where the images of a data set are in the latent space of an autoencoder."""

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit
from qinr_lightning.evaluation.reconstructions import in_batches
from qinr_lightning.models import QINRAutoencoder


@torch.inference_mode()
def training_latents(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> Tensor:
    """Latent vectors of the train subset, ``(n, latent_dim)``; of a VAE the means of the posteriors.

    Args:
        model: In evaluation mode.
        datamodule: Set up.
    """
    images = to_signed_unit(datamodule.train_subset.images)
    return in_batches(lambda batch: model.encode(batch.to(model.device).to(model.dtype)), images)
