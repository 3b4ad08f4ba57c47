"""Which metrics are compared, and what is a difference in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from qinr_lightning.errors import SettingError


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
        return f"{round(value, self.digits) + 0.0:.{self.digits}f}"

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


def compared_metrics(metrics: Mapping[str, float], extractors: list[str]) -> list[Metric]:
    """Those that a run has.

    Args:
        metrics: Its metrics.json.
        extractors: Names of feature extractors.
    """
    known = [*RECONSTRUCTION, *(metric for name in extractors for metric in of_samples(name))]
    return [metric for metric in known if metric.key in metrics]
