"""Pictures and tables made from runs."""

from qinr_lightning.reporting.pictures import draw_losses, draw_rows, draw_samples
from qinr_lightning.reporting.run_folder import summary_table, versions, write_json

__all__ = ["draw_losses", "draw_rows", "draw_samples", "summary_table", "versions", "write_json"]
