"""Fair comparisons: sides that are trained on the same classes with the same seeds, and what their runs tell."""

from qinr_lightning.comparison.runs import check_fitting, make_plans, needed_runs, train_missing
from qinr_lightning.comparison.sides import check_once, check_sides, find_classes, make_sides
from qinr_lightning.comparison.written import write_comparison

__all__ = [
    "check_fitting",
    "check_once",
    "check_sides",
    "find_classes",
    "make_plans",
    "make_sides",
    "needed_runs",
    "train_missing",
    "write_comparison",
]
