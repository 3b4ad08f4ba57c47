"""Which metrics a run will have, before it is trained."""

from collections.abc import Sequence

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, ImageSource, to_signed_unit
from qinr_lightning.data.sources import LabelledImages
from qinr_lightning.evaluation.trained_model import evaluate
from qinr_lightning.extractors import FeatureExtractor
from qinr_lightning.models import QINRVAEGAN, QINRAutoencoder, WassersteinGAN

_FEW = 12
"""Images; the metrics of neighbourhoods need more than five."""


class _Pixels(FeatureExtractor):
    """A few pixels in place of the features of an extractor that would have to be trained or downloaded first."""

    def __init__(self, of: FeatureExtractor) -> None:
        self.name = of.name

    def prepare(self, source: ImageSource) -> None: ...

    def __call__(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, ::97].double()

    def facts(self) -> dict[str, float]:
        return {}


@torch.no_grad()
def metric_names(
    model: LightningModule, datamodule: ClassSubsetDataModule, extractor: FeatureExtractor | None
) -> set[str]:
    """Names in the metrics.json of a run of this model, seen by measuring it untrained on a dozen images.

    Args:
        model: Put into evaluation mode.
        datamodule: Set up; keeps a dozen images of each kind.
        extractor: Asked for its name alone.
    """
    for part in ("train_subset", "rest_of_train", "test_split"):
        images, labels = getattr(datamodule, part)
        setattr(datamodule, part, LabelledImages(images[:_FEW], labels[:_FEW]))
    datamodule.test_images = datamodule.test_images[:_FEW]
    names = evaluate(model, datamodule, n_samples=_FEW, extractor=None if extractor is None else _Pixels(extractor))
    return {*names, *_losses(model, datamodule), "epochs", "time/fit_seconds"}


def _losses(model: LightningModule, datamodule: ClassSubsetDataModule) -> Sequence[str]:
    names: list[str] = []
    if isinstance(model, WassersteinGAN | QINRVAEGAN):
        names += ["loss/critic", "loss/generator", "loss/wasserstein"]
    if isinstance(model, QINRAutoencoder):
        names += model.loss(to_signed_unit(datamodule.train_subset.images)).logged()
    return names
