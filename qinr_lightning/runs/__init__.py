"""Run folders: what is in them, written, found and opened again."""

from qinr_lightning.runs.checkpoints import check_resumable, checkpoint_to_resume, load_model
from qinr_lightning.runs.folder import (
    CHECKPOINT,
    EXAMPLES,
    FACTS,
    HISTORY,
    LOSSES,
    METRICS,
    NEAREST,
    OUTPUT,
    RECONSTRUCTIONS,
    SAMPLES,
    find_runs,
    finish_run,
    read_examples,
    read_history,
    read_json,
    write_examples,
    write_history,
    write_json,
)
from qinr_lightning.runs.open import open_datamodule, open_model
from qinr_lightning.runs.slurm import is_requeued
from qinr_lightning.runs.status import Status, SweepProgress, read_status, read_statuses, recording_status
from qinr_lightning.runs.trust import sign

__all__ = [
    "CHECKPOINT",
    "EXAMPLES",
    "FACTS",
    "HISTORY",
    "LOSSES",
    "METRICS",
    "NEAREST",
    "OUTPUT",
    "RECONSTRUCTIONS",
    "SAMPLES",
    "Status",
    "SweepProgress",
    "check_resumable",
    "checkpoint_to_resume",
    "find_runs",
    "finish_run",
    "is_requeued",
    "load_model",
    "open_datamodule",
    "open_model",
    "read_examples",
    "read_history",
    "read_json",
    "read_status",
    "read_statuses",
    "recording_status",
    "sign",
    "write_examples",
    "write_history",
    "write_json",
]
