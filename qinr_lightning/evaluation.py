"""Measure a trained model on the images it was trained on and on the test split."""

from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.metrics import reconstruction_quality
from qinr_lightning.models import QINRAutoencoder, count_parameters

ALL_CLASSES = -1
"""What ``dataset/label`` is for a model of every class."""


def evaluate(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> dict[str, float]:
    """Metrics under the names of metrics.json: ``train/*`` on the train subset, ``test/*`` on the test split.

    Args:
        model: Evaluated as it is, in evaluation mode.
        datamodule: Set up.
    """
    model.eval()
    metrics: dict[str, float] = {}
    for split, loader in datamodule.evaluation_loaders().items():
        quality = reconstruction_quality(model, loader, model.device)
        metrics |= {f"{split}/{name}": value for name, value in quality.items()}
        metrics[f"{split}/n"] = len(loader.dataset)  # type: ignore[arg-type]
    metrics |= {f"parameters/{group}": count for group, count in count_parameters(model).items()}
    metrics["dataset/label"] = ALL_CLASSES if datamodule.label is None else datamodule.label
    metrics["dataset/samples_per_class"] = datamodule.samples_per_class
    metrics["seed"] = datamodule.seed
    return metrics
