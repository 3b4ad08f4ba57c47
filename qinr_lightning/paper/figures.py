"""What the paper's figures show, of those that can be drawn from runs."""

from typing import NamedTuple

from qinr_lightning.paper.systems import SYSTEMS


class PaperFigure(NamedTuple):
    """Images or a loss of some systems on some data sets, class by class."""

    shows: str
    """``samples``, ``reconstructions`` or a column of metrics.csv."""
    systems: tuple[str, ...]
    datasets: tuple[str, ...]
    """As in ``dataset=...``; figures 6 to 9 have a panel for each."""


GENERATIVE = tuple(name for model, name in SYSTEMS.items() if model != "ae")
PANELS = ("mnist", "emnist", "fashion")

FIGURES = {
    "3": PaperFigure("samples", GENERATIVE, ("mnist",)),
    "4": PaperFigure("samples", GENERATIVE, ("emnist",)),
    "5": PaperFigure("samples", GENERATIVE, ("fashion",)),
    "6": PaperFigure("reconstructions", ("QINR-AE",), PANELS),
    "7": PaperFigure("loss/reconstruction", ("QINR-VAE",), PANELS),
    "8": PaperFigure("loss/total", ("QINR-VAE",), PANELS),
    "9": PaperFigure("loss/reconstruction", ("QINR-AE",), PANELS),
    "A1": PaperFigure("samples", ("QINR-VAE",), ("celeba",)),
    "A2": PaperFigure("reconstructions", ("QINR-AE",), ("celeba",)),
}
"""By their numbers."""


def figure_number(shows: str, system: str, dataset: str) -> str | None:
    """Number of the figure that has this in the paper; None where none has."""
    for number, figure in FIGURES.items():
        if shows == figure.shows and system in figure.systems and dataset in figure.datasets:
            return number
    return None
