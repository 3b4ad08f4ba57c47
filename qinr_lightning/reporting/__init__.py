"""Pictures, tables and pages made from runs."""

from qinr_lightning.reporting.collect import CONFIG, Run, collect, find_runs, system_name
from qinr_lightning.reporting.examples import read_examples, write_examples
from qinr_lightning.reporting.pictures import draw_losses, draw_rows, draw_samples
from qinr_lightning.reporting.run_folder import summary_tables, versions, write_json
from qinr_lightning.reporting.status import Status, read_status, read_statuses, recording_status
from qinr_lightning.reporting.sweep_progress import SweepProgress

__all__ = [
    "CONFIG",
    "Run",
    "Status",
    "SweepProgress",
    "collect",
    "draw_losses",
    "draw_rows",
    "draw_samples",
    "find_runs",
    "read_examples",
    "read_status",
    "read_statuses",
    "recording_status",
    "summary_tables",
    "system_name",
    "versions",
    "write_examples",
    "write_json",
]
