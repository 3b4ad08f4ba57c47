"""A trained model as it is shown: all of its metrics, under the names of metrics.json, and a few images."""

from collections.abc import Sequence

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.evaluation.reconstructions import reconstruction_metrics
from qinr_lightning.evaluation.samples import Reference, measure_samples
from qinr_lightning.evaluation.superresolution import superresolution_metrics
from qinr_lightning.extractors import FeatureExtractor
from qinr_lightning.models import Generative, Model, QINRAutoencoder, count_parameters
from qinr_lightning.quantum import ExpectationCircuit, QuantumCircuit
from qinr_lightning.quantum.resources import circuit_resources
from qinr_lightning.seeding import generator

ALL_CLASSES = -1
"""What ``dataset/label`` is for a model of every class."""


def evaluate(
    model: LightningModule,
    datamodule: ClassSubsetDataModule,
    references: Sequence[Reference] = ("train", "test"),
    n_samples: int = 500,
    extractor: FeatureExtractor | None = None,
) -> dict[str, float]:
    """Measure what the model can do: reconstructions of an autoencoder, samples of a generative model.

    Args:
        model: Evaluated as it is, in evaluation mode.
        datamodule: Set up.
        references: Real images that samples are compared with.
        n_samples: Samples drawn from the prior.
        extractor: What Frechet distance, KID and the neighbourhood metrics are computed with; without one they are
            left out.
    """
    model.eval()
    metrics: dict[str, float] = {
        "train/n": len(datamodule.train_subset.labels),
        "test/n": len(datamodule.test_split.labels),
        "dataset/label": ALL_CLASSES if datamodule.label is None else datamodule.label,
        "dataset/samples_per_class": datamodule.samples_per_class,
        "seed": datamodule.seed,
    }
    metrics |= {f"parameters/{group}": count for group, count in count_parameters(model).items()}
    # What makes the image: the part that systems differ in.
    if isinstance(model, Model):
        metrics["parameters/decoder"] = sum(count_parameters(model.image_maker).values())
    circuits = [module for module in model.modules() if isinstance(module, ExpectationCircuit)]
    if circuits:
        metrics["circuit/measurement_groups"] = sum(circuit.n_measurement_groups for circuit in circuits)
    metrics |= _resources(model)
    if isinstance(model, QINRAutoencoder):
        metrics |= reconstruction_metrics(model, datamodule)
        if datamodule.shrink > 1 and model.coordinate_field is not None:
            metrics |= superresolution_metrics(model, datamodule)
    if isinstance(model, Generative):
        metrics |= measure_samples(model, datamodule, references, n_samples, extractor)
    return metrics


def _resources(model: LightningModule) -> dict[str, float]:
    """What the model's circuit takes, and how many circuits an image does; empty where it is not just one."""
    circuits = [module for module in model.modules() if isinstance(module, QuantumCircuit)]
    if len(circuits) != 1:
        return {}
    found = circuit_resources(circuits[0])
    runs = model.circuits_per_image if isinstance(model, Model) else 1
    return {**found, "resources/circuits_per_image": runs * found["resources/measurement_groups"]} if found else {}


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
