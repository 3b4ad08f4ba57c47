"""Pictures, tables and pages made from runs."""

from qinr_lightning.reporting.pictures import draw_losses, draw_rows, draw_samples
from qinr_lightning.reporting.run_folder import summary_tables, versions, write_json
from qinr_lightning.reporting.status import Status, read_status, recording_status

__all__ = [
    "Status",
    "draw_losses",
    "draw_rows",
    "draw_samples",
    "read_status",
    "recording_status",
    "summary_tables",
    "versions",
    "write_json",
]
