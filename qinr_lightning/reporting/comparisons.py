"""What ``compare`` has found, as it stands in the folders of a report."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qinr_lightning.reporting.collect import Problem, Run, Text
from qinr_lightning.reporting.summary import LABELS
from qinr_lightning.reporting.table import Listing, decimals, interval, p_value
from qinr_lightning.runs import read_json

FILE = "comparison.json"

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Sentence = Annotated[str, Field(max_length=2000)]


class Difference(BaseModel):
    """A metric of one side minus that of the other."""

    model_config = ConfigDict(strict=True)

    title: _Sentence = ""
    unit: _Sentence = ""
    digits: Annotated[int, Field(ge=0, le=10)] | None = None
    mean: _Number
    low: _Number | None
    high: _Number | None
    wins: int
    ties: int
    losses: int
    p_holm: _Number | None = None
    sentence: _Sentence
    told_apart: bool


class Pair(BaseModel):
    """Two sides."""

    a: Text
    b: Text
    metrics: dict[Text, Difference]


class SideRun(BaseModel):
    """A run of a side."""

    folder: Annotated[str, Field(max_length=4096)]
    """As seen from that of the comparison."""


class Side(BaseModel):
    """What a side is and what it cost."""

    overrides: list[_Sentence] = []
    parameters: dict[Text, _Number | None] = {}
    epochs: _Number | None = None
    fit_seconds: _Number | None = None
    runs: list[SideRun] = []


class Fairness(BaseModel):
    """Whether both sides have been tuned alike."""

    equal_tuning: bool
    why: Annotated[str, Field(max_length=20_000)] = ""


class Comparison(BaseModel):
    """What comparison.json holds at least."""

    name: Text
    dataset: Text
    model: Text
    labels: list[Text | int]
    seeds: list[int]
    sides: dict[Text, Side]
    pairs: list[Pair]
    beside_principal_components: list[Pair] = []
    fair: Fairness
    place: Path = Path()
    """Its folder."""

    @property
    def all_pairs(self) -> list[Pair]:
        """Those of the sides, then each side and the linear reference."""
        return [*self.pairs, *self.beside_principal_components]


def find_comparisons(folders: Iterable[str | Path]) -> tuple[list[Comparison], list[Problem]]:
    """Read every comparison.json in some folders, at any depth, and say which of them cannot be read."""
    found, problems = [], []
    for path in dict.fromkeys(path for folder in folders for path in sorted(Path(folder).glob(f"**/{FILE}"))):
        try:
            found.append(Comparison.model_validate({**read_json(path), "place": path.parent}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            problems.append(Problem(path, f"cannot be read ({'.'.join(map(str, first['loc']))}: {first['msg']})"))
        except (OSError, ValueError) as error:
            problems.append(Problem(path, f"cannot be read ({error})"))
    return found, problems


def with_sides(runs: Sequence[Run], comparisons: Iterable[Comparison]) -> list[Run]:
    """Runs with the name of the side that they are of; of two comparisons that have one, the last one counts."""
    sides = {
        os.path.abspath(comparison.place / run.folder): name
        for comparison in comparisons
        for name, side in comparison.sides.items()
        for run in side.runs
    }
    return [replace(run, side=sides.get(os.path.abspath(run.folder))) for run in runs]


def comparison_table(comparison: Comparison, number: int) -> Listing:
    """The differences of every pair of sides, and what the sides are and cost.

    Args:
        comparison: As read.
        number: Its position among those of a report, for the name of its files.
    """
    return Listing(
        f"comparison_{number}",
        f"Comparison {comparison.name}: {comparison.dataset}, {comparison.model}",
        ["mean", "95 % interval", "wins", "ties", "losses", "p (Holm)", "told apart"],
        [
            [f"{pair.a} minus {pair.b}, {_title(metric, difference)}", *_cells(metric, difference)]
            for pair in comparison.all_pairs
            for metric, difference in pair.metrics.items()
        ],
        notes=[
            *(f"{what}: {difference.sentence}" for what, difference in sentences(comparison)),
            f"Classes {', '.join(map(str, comparison.labels))}; seeds {', '.join(map(str, comparison.seeds))}.",
            *(f"{name}: {_side(side)}." for name, side in comparison.sides.items()),
            fairness(comparison),
        ],
    )


def sentences(comparison: Comparison) -> list[tuple[str, Difference]]:
    """Which difference it is, and what was found."""
    return [
        (f"{pair.a} and {pair.b}, {_title(metric, difference)}", difference)
        for pair in comparison.all_pairs
        for metric, difference in pair.metrics.items()
    ]


def fairness(comparison: Comparison) -> str:
    """Whether the sides have been tuned alike, and why."""
    return f"{'Equal' if comparison.fair.equal_tuning else 'Unequal'} tuning: {comparison.fair.why}"


def _cells(metric: str, difference: Difference) -> list[str]:
    digits = LABELS.get(metric.rpartition("/")[2], ("", 3))[1] if difference.digits is None else difference.digits
    return [
        decimals(difference.mean, digits, "+"), interval(difference.low, difference.high, digits),
        str(difference.wins), str(difference.ties), str(difference.losses),
        p_value(difference.p_holm), "yes" if difference.told_apart else "no",
    ]  # fmt: skip


def _title(metric: str, difference: Difference) -> str:
    """Such as ``PSNR (dB)``; what comparison.json has no title of gets it from its key, as of earlier versions."""
    if difference.title:
        return f"{difference.title} ({difference.unit})" if difference.unit else difference.title
    *place, name = metric.split("/")
    title = LABELS.get(name, (name, 3))[0]
    return f"{title} ({place[2]})" if len(place) > 2 else title


def _side(side: Side) -> str:
    parameters = [f"{number:,.0f} {kind}" for kind, number in side.parameters.items() if number is not None]
    return "; ".join(
        [
            " ".join(side.overrides) or "as usual",
            *([f"parameters: {', '.join(parameters)}"] if parameters else []),
            *([f"{side.epochs:g} epochs"] if side.epochs is not None else []),
            *([f"training {side.fit_seconds:.3g} s"] if side.fit_seconds is not None else []),
        ]
    )
