"""Pictures, tables and pages made from runs."""

from qinr_lightning.reporting.analysis_pictures import draw_analysis
from qinr_lightning.reporting.collect import Run, collect
from qinr_lightning.reporting.hardware import add_curves, curve_table
from qinr_lightning.reporting.pictures import N_COLUMNS, draw_pictures, draw_rows, draw_samples
from qinr_lightning.reporting.summary import summary_tables

__all__ = [
    "N_COLUMNS",
    "Run",
    "add_curves",
    "collect",
    "curve_table",
    "draw_analysis",
    "draw_pictures",
    "draw_rows",
    "draw_samples",
    "summary_tables",
]
