"""Which metrics are compared, and what is a difference in them."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from qinr_lightning.errors import SettingError
from qinr_lightning.reporting.table import decimals


@dataclass(frozen=True)
class Metric:
    """A number of metrics.json on the test split.

    Attributes:
        key: Its name there.
        title: Its name in tables.
        unit: With a space in front; empty where there is none.
        digits: Decimals; classes that differ by less than they show are ties.
        worth_telling: A difference that people ask for.
        lower_is_better: Whether it is a distance.
    """

    key: str
    title: str
    unit: str
    digits: int
    worth_telling: float
    lower_is_better: bool = False

    def text(self, value: float) -> str:
        """A value with its decimals."""
        return decimals(value, self.digits)

    @property
    def tie(self) -> float:
        """What a difference is at least."""
        return 0.5 / 10.0**self.digits


RECONSTRUCTION = (
    Metric("test/psnr", "PSNR", " dB", 2, 0.1),
    Metric("test/ssim", "SSIM", "", 3, 0.01),
    Metric("test/cosine", "cosine similarity", "", 3, 0.01),
)


def of_samples(extractor: str) -> tuple[Metric, ...]:
    """Metrics of samples with the features of an extractor."""
    place = f"test/samples/{extractor}"
    return (
        Metric(f"{place}/frechet", f"Frechet distance ({extractor})", "", 2, 1.0, lower_is_better=True),
        Metric(f"{place}/coverage", f"coverage ({extractor})", "", 3, 0.05),
        Metric(f"{place}/recall", f"recall ({extractor})", "", 3, 0.05),
    )


def metric_named(key: str) -> Metric:
    """A metric by its name in metrics.json.

    Raises:
        SettingError: When it is none that is compared.
    """
    parts = key.split("/")
    known = [*RECONSTRUCTION, *of_samples(parts[2] if len(parts) == 4 else "classifier")]
    for metric in known:
        if metric.key == key:
            return metric
    raise SettingError("metric", key, f"must be one of {', '.join(metric.key for metric in known)}")


def compared_metrics(metrics: Collection[str], extractors: list[str]) -> list[Metric]:
    """Those that runs have, and those that ``evaluate`` has added with a label in front: of a sampler, under noise.

    Args:
        metrics: Names of all that they have in metrics.json.
        extractors: Names of feature extractors.
    """
    known = [*RECONSTRUCTION, *(metric for name in extractors for metric in of_samples(name))]
    ends = tuple(f"/{metric.key}" for metric in known)
    labels = sorted({name.rpartition("/test/")[0] for name in metrics if name.endswith(ends)})
    labelled = [
        replace(metric, key=f"{label}/{metric.key}", title=f"{metric.title}, {label}")
        for label in labels
        for metric in known
    ]
    return [metric for metric in (*known, *labelled) if metric.key in metrics]
