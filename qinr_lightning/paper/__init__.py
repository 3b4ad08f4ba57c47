"""The paper as data: its results, what they are of, and the settings that they need beside the usual ones."""

from qinr_lightning.paper.figures import figure_number
from qinr_lightning.paper.systems import TABLE_ROWS, classical_decoder, system_name
from qinr_lightning.paper.tables import Metric, PaperTable, paper_tables

__all__ = ["TABLE_ROWS", "Metric", "PaperTable", "classical_decoder", "figure_number", "paper_tables", "system_name"]
