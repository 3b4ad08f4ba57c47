"""All metrics of a trained model, under the names of metrics.json."""

from collections.abc import Sequence

from lightning.pytorch import LightningModule

from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.evaluation.reconstruction import reconstruction_metrics
from qinr_lightning.evaluation.references import Reference
from qinr_lightning.evaluation.samples import sample_metrics
from qinr_lightning.extractors import FeatureExtractor
from qinr_lightning.models import Generative, QINRAutoencoder, count_parameters
from qinr_lightning.quantum import ExpectationCircuit

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
    circuits = [module for module in model.modules() if isinstance(module, ExpectationCircuit)]
    if circuits:
        metrics["circuit/measurement_groups"] = sum(circuit.n_measurement_groups for circuit in circuits)
    if isinstance(model, QINRAutoencoder):
        metrics |= reconstruction_metrics(model, datamodule)
    if isinstance(model, Generative):
        if extractor is not None:
            extractor.prepare(datamodule.source)
            metrics |= {f"{extractor.name}/{name}": value for name, value in extractor.facts().items()}
        metrics |= sample_metrics(model, datamodule, references, n_samples, extractor)
    return metrics
