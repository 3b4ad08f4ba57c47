"""The paper's results as data."""

from qinr_lightning.paper.tables import Metric, PaperTable, paper_tables

__all__ = ["Metric", "PaperTable", "paper_tables"]
