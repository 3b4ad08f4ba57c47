"""How samples from the prior compare with real images, and which real images those are.

Samples, held-out real images and the repeated mean image are measured alike: held-out images show the level that a
perfect model reaches at this number of images, the mean image what a collapsed one does.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, LabelledImages, to_unit
from qinr_lightning.evaluation.reconstructions import in_batches, named
from qinr_lightning.extractors import FeatureExtractor
from qinr_lightning.metrics import (
    NEIGHBOURS,
    frechet_distance,
    image_quality,
    kernel_distance,
    manifold,
    moments,
    nearest,
    pairwise_distance,
    vendi_score,
)
from qinr_lightning.models import Generative
from qinr_lightning.seeding import generator

Reference = Literal["train", "test", "train_all"]
"""The train subset, the test split, or all training images of the class."""


class RealImages(NamedTuple):
    """Images ``(n, channels, height, width)`` in [0, 1]."""

    reference: Tensor
    held_out: Tensor
    """Real images of the same class that the reference does not hold."""


def real_images(datamodule: ClassSubsetDataModule, reference: Reference, n_held_out: int | None = None) -> RealImages:
    """The reference and the first ``n_held_out`` (None for all) images held out from it, of all classes alike.

    Training images come first among the held-out ones, because there are more of them.

    Args:
        datamodule: Set up.
        reference: Which images.
        n_held_out: As many as are wanted; fewer where there are fewer.
    """
    subset, rest, test = datamodule.train_subset, datamodule.rest_of_train, datamodule.test_split
    parts: dict[Reference, tuple[list[LabelledImages], list[LabelledImages]]] = {
        "train": ([subset], [rest, test]),
        "test": ([test], [rest, subset]),
        "train_all": ([subset, rest], [test]),
    }
    chosen, others = parts[reference]
    images, others_of = torch.cat([part.images for part in others]), torch.cat([part.labels for part in others])
    held_out = images[_classes_in_turn(others_of)[:n_held_out]]
    return RealImages(to_unit(torch.cat([part.images for part in chosen])), to_unit(held_out))


def _classes_in_turn(labels: Tensor) -> Tensor:
    """Positions in the order of their number within their class: the first of each class, the second of each."""
    number = torch.empty_like(labels)
    for label in labels.unique():
        of_class = labels == label
        number[of_class] = torch.arange(int(of_class.sum()))
    return number.argsort(stable=True)


def measure_samples(
    model: Generative,
    datamodule: ClassSubsetDataModule,
    references: Sequence[Reference],
    n_samples: int,
    extractor: FeatureExtractor | None,
) -> dict[str, float]:
    """Metrics of ``n_samples`` draws, of as many held-out real images and of the mean image, and the extractor's facts.

    Names are ``<reference>/<samples, real or mean_image>/<metric>``, with the extractor's name before the metric where
    it is of features: ``test/samples/classifier/frechet``. The same draws whenever the run's seed is the same.
    """
    metrics: dict[str, float] = {}
    if extractor is not None:
        extractor.prepare(datamodule.whole)
        metrics |= named(extractor.name, extractor.facts())
    with torch.inference_mode():
        samples = model.sample(n_samples, generator(datamodule.seed, "evaluated samples")).cpu()
        for reference in references:
            real, held_out = real_images(datamodule, reference, n_samples)
            real_features = None if extractor is None else in_batches(extractor, real)
            compared = {
                "samples": samples,
                "real": held_out,
                "mean_image": real.mean(0, keepdim=True).expand(n_samples, -1, -1, -1),
            }
            metrics[f"{reference}/n_reference"] = len(real)
            for name, images in compared.items():
                found = compare(images, real, datamodule.seed, extractor, real_features)
                metrics |= named(f"{reference}/{name}", found)
    return metrics


def compare(
    images: Tensor, real: Tensor, seed: int, extractor: FeatureExtractor | None, real_features: Tensor | None
) -> dict[str, float]:
    """Metrics of some images, ``(n, channels, height, width)`` in [0, 1], against real ones.

    - ``n``: number of images.
    - ``psnr``, ``ssim``, ``cosine``: with a real image drawn for each (the paper's "prior" rows).
    - ``nearest``: mean distance to the nearest real image, pairs at 0 being copies.
    - ``pairwise_distance``, ``vendi_score``: variety of the images alone, in pixels.
    - with an extractor, of its features: ``frechet``, ``kid`` and its ``kid_sd``, ``precision``, ``recall``,
      ``density``, ``coverage``.

    What needs more images than there are is left out.
    """
    metrics: dict[str, float] = {"n": len(images)}
    if min(len(images), len(real)) < 2:
        return metrics
    partners = torch.randint(len(real), (len(images),), generator=generator(seed, "unmatched pairs"))
    metrics |= image_quality(images, real[partners])
    metrics["nearest"] = float(nearest(images, real)[0].mean())
    pixels = images.flatten(1)
    metrics |= {"pairwise_distance": pairwise_distance(pixels), "vendi_score": vendi_score(pixels)}
    if extractor is not None and real_features is not None:
        metrics |= named(extractor.name, _feature_metrics(in_batches(extractor, images), real_features, seed))
    return metrics


def _feature_metrics(features: Tensor, real: Tensor, seed: int) -> dict[str, float]:
    kid = kernel_distance(features, real, generator(seed, "kernel distance"))
    metrics = {"frechet": frechet_distance(moments(features), moments(real)), "kid": kid.mean, "kid_sd": kid.sd}
    if min(len(features), len(real)) > NEIGHBOURS:
        metrics |= manifold(real, features)._asdict()
    return metrics
