"""The tables of the paper (arXiv 2603.06755) as numbers with the names of their rows and columns."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Metric = Literal["frechet", "ssim", "psnr", "cosine", "reconstruction", "frechet_difference"]


@dataclass(frozen=True)
class PaperTable:
    """One table: a metric of several systems, class by class."""

    name: str
    """Its number: ``1`` to ``12``, ``B1``, ``B2`` or ``C3``."""
    metric: Metric
    """``reconstruction``: the rows are PSNR, SSIM and cosine similarity of one model."""
    dataset: str
    """As in ``dataset=...``."""
    experiment: str
    """What makes its runs, as in ``experiment=...``."""
    changed: dict[str, Any]
    """What its runs have changed in the settings that data set and model come with; other runs are variants."""
    labels: tuple[str, ...]
    """Names of the columns, which are classes."""
    rows: dict[str, tuple[float, ...]]
    """A number for each column."""


def paper_tables() -> dict[str, PaperTable]:
    """All tables with numbers, by their number."""
    content = tomllib.loads((Path(__file__).parent / "tables.toml").read_text())
    return {
        table["name"]: PaperTable(
            table["name"],
            table["metric"],
            table["dataset"],
            table["experiment"],
            table.get("changed", {}),
            tuple(table["labels"]),
            {row: tuple(values) for row, values in table["rows"].items()},
        )
        for table in content["table"]
    }
