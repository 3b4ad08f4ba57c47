"""Fair comparisons: sides that are trained on the same classes with the same seeds, and what their runs tell."""

from qinr_lightning.comparison.metrics import Metric, compared_metrics, metric_named
from qinr_lightning.comparison.runs import Needed, Plan, check_fitting, make_plans, needed_runs, train_missing
from qinr_lightning.comparison.sides import Setup, check_once, overrides_of_sides, set_up
from qinr_lightning.comparison.tuned import TunedOn, with_tuned
from qinr_lightning.comparison.tuning import Tuner, check_apart, make_searches, read_tuning
from qinr_lightning.comparison.written import write_comparison

__all__ = [
    "Metric",
    "Needed",
    "Plan",
    "Setup",
    "TunedOn",
    "Tuner",
    "check_apart",
    "check_fitting",
    "check_once",
    "compared_metrics",
    "make_plans",
    "make_searches",
    "metric_named",
    "needed_runs",
    "overrides_of_sides",
    "read_tuning",
    "set_up",
    "train_missing",
    "with_tuned",
    "write_comparison",
]
