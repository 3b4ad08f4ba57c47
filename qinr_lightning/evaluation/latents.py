"""Where the images of a data set are in the latent space of an autoencoder, and samples from there."""

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation.reconstructions import in_batches
from qinr_lightning.models import LatentSampler, LatentSamples, Model, QINRAutoencoder


@torch.inference_mode()
def training_latents(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> Tensor:
    """Latent vectors of the train subset, ``(n, latent_dim)``; of a VAE the means of the posteriors.

    Args:
        model: In evaluation mode.
        datamodule: Set up.
    """
    images = to_signed_unit(datamodule.train_subset.images)
    return in_batches(lambda batch: model.encode(batch.to(model.device).to(model.dtype)), images)


def check_encoder(model: Model, sampler: LatentSampler) -> QINRAutoencoder:
    """The model, if it has latent vectors that the sampler can be fitted to.

    Raises:
        SettingError: When it has no encoder.
    """
    if not isinstance(model, QINRAutoencoder):
        raise SettingError("sampler", sampler.label, f"{type(model).__name__} has no encoder to fit it with")
    return model


def fitted(model: Model, sampler: LatentSampler, datamodule: ClassSubsetDataModule) -> LatentSamples:
    """An autoencoder as a generative model, the sampler fitted to the latent vectors of the train subset.

    Args:
        model: In evaluation mode.
        sampler: The distribution.
        datamodule: Set up.

    Raises:
        SettingError: When the model has no encoder.
    """
    autoencoder = check_encoder(model, sampler)
    return LatentSamples(autoencoder, sampler, training_latents(autoencoder, datamodule))
