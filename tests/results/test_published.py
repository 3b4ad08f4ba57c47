"""The published numbers are what the commands give: a class of each data set with two of the three seeds, made anew.

Trains 30 models in about 9 minutes on two cores; `make results-quick` runs it.
"""

import csv
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, variance

import pytest
from scipy import stats

pytestmark = pytest.mark.results

PUBLISHED = Path(__file__).parents[2] / "docs/results/runs.csv"
CLASSES = {"mnist": "7", "emnist": "O", "fashion": "Bag"}
COMMANDS = (
    "experiment=paper/{dataset}",
    "experiment=plus/ae,plus/vae,coordinate/vae dataset={dataset}",
)
"""What is typed; the paper's experiment is of both models."""
SYSTEMS = 5
METRICS = (
    "train/psnr", "train/ssim", "train/cosine", "test/psnr", "test/ssim", "test/cosine",
    "test/samples/classifier/frechet", "test/samples/classifier/coverage",
)  # fmt: skip
ERROR_RATE = 0.05
"""How often other seeds would give a false alarm, in all numbers of a data set together."""

Kind = tuple[str, str]
"""System and settings."""
Values = dict[str, list[float]]
"""A number of each seed, by class."""


def read(path: Path, dataset: str, metric: str) -> dict[Kind, Values]:
    found: dict[Kind, Values] = {}
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            if line["dataset"] == dataset and line.get(metric):
                of_kind = found.setdefault((line["system"], line["settings"]), {})
                of_kind.setdefault(line["class"], []).append(float(line[metric]))
    return found


def scale_of(metric: str) -> Callable[[float], float]:
    """Where the spread over seeds is alike from class to class: a distance spreads in proportion to itself."""
    return math.log if metric.endswith("frechet") else lambda value: value


def half_width(groups: Iterable[Sequence[float]], n_new: int, n_published: int, error_rate: float) -> float:
    """Of the interval for the difference of two means over seeds, from the spread within the classes."""
    variances = [(variance(group), len(group) - 1) for group in groups if len(group) > 1]
    freedom = sum(n for _, n in variances)
    pooled = sum(value * n for value, n in variances) / freedom
    return float(stats.t.isf(error_rate / 2, freedom)) * math.sqrt(pooled * (1 / n_new + 1 / n_published))


@pytest.fixture(scope="module", params=CLASSES)
def made(request, real_data, tmp_path_factory):
    """A data set, and the runs.csv of a report on what the commands have made."""
    folder, dataset = tmp_path_factory.mktemp(request.param), request.param
    places = [folder / str(number) for number in range(len(COMMANDS))]
    for command, place in zip(COMMANDS, places, strict=True):
        what = [*command.format(dataset=dataset).split(), f"dataset.label={CLASSES[dataset]}", "seed=0,1"]
        how = ["extractor=classifier", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
        run("train", "-m", *what, *how, f"hydra.sweep.dir={place}")
    run("report", *map(str, places), f"out={folder / 'report'}")
    return dataset, folder / "report/runs.csv"


def run(command: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", f"qinr_lightning.{command}", *arguments], check=True)


def test_numbers_fall_into_the_published_intervals(made):
    dataset, path = made
    label = CLASSES[dataset]
    rows = []
    for metric in METRICS:
        scale = scale_of(metric)
        published = read(PUBLISHED, dataset, metric)
        rows += [
            (metric, kind, [scale(value) for value in of_class[label]],
             {name: [scale(value) for value in values] for name, values in published[kind].items()})
            for kind, of_class in read(path, dataset, metric).items()
        ]  # fmt: skip
    assert len({kind for _, kind, *_ in rows}) == SYSTEMS
    outside = []
    for metric, (system, settings), new, published in rows:
        half = half_width(published.values(), len(new), len(published[label]), ERROR_RATE / len(rows))
        change = mean(new) - mean(published[label])
        line = f"{dataset}, {label}, {system}, {settings or 'usual settings'}, {metric}: {change:+.3g} (± {half:.3g})"
        print(line)
        if abs(change) > half:
            outside.append(line)
    assert not outside, "\n".join(outside)
