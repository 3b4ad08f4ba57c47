"""Run folders: what is in them, written, found and opened again."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qinr_lightning.runs.device_results import DeviceResults
from qinr_lightning.runs.folder import (
    ANALYSIS,
    CHECKPOINT,
    CIRCUIT,
    CONFIG,
    EXAMPLES,
    FACTS,
    FOURIER,
    HARDWARE,
    HARDWARE_PICTURE,
    HISTORY,
    HYDRA,
    LOSSES,
    METRICS,
    MODEL,
    NEAREST,
    OUTPUT,
    OVERRIDES,
    PLACES,
    RECONSTRUCTIONS,
    RUN,
    SAMPLES,
    SHOWN_ONLY,
    SPECTRUM,
    STATUS,
    Images,
    find_runs,
    installed_versions,
    read_examples,
    read_history,
    read_json,
    the_run,
    versions,
    write_history,
    write_json,
)
from qinr_lightning.runs.lock import locked
from qinr_lightning.runs.old_configs import translated, translated_overrides
from qinr_lightning.runs.ownership import (
    check_free,
    check_same_run,
    clear_results,
    clear_run,
    name_of_run,
    new_name,
)
from qinr_lightning.runs.results import check_results, finish_run, has_results, write_results
from qinr_lightning.runs.slurm import is_requeued
from qinr_lightning.runs.status import (
    Status,
    SweepProgress,
    is_queued_again,
    read_status,
    read_statuses,
    recording_status,
)
from qinr_lightning.runs.trust import INSTRUCTIONS, is_signed, sign
from qinr_lightning.runs.whole import whole, write_whole

if TYPE_CHECKING:
    from qinr_lightning.runs.checkpoints import RunCheckpoints, check_data, export_model, load_model
    from qinr_lightning.runs.open import limit_threads, open_datamodule, open_model
    from qinr_lightning.runs.start import Start, check_start, find_start, load_weights, say_start, what_ends_training

__all__ = [
    "ANALYSIS",
    "CHECKPOINT",
    "CIRCUIT",
    "CONFIG",
    "EXAMPLES",
    "FACTS",
    "FOURIER",
    "HARDWARE",
    "HARDWARE_PICTURE",
    "HISTORY",
    "HYDRA",
    "INSTRUCTIONS",
    "LOSSES",
    "METRICS",
    "MODEL",
    "NEAREST",
    "OUTPUT",
    "OVERRIDES",
    "PLACES",
    "RECONSTRUCTIONS",
    "RUN",
    "SAMPLES",
    "SHOWN_ONLY",
    "SPECTRUM",
    "STATUS",
    "DeviceResults",
    "Images",
    "RunCheckpoints",
    "Start",
    "Status",
    "SweepProgress",
    "check_data",
    "check_free",
    "check_results",
    "check_same_run",
    "check_start",
    "clear_results",
    "clear_run",
    "export_model",
    "find_runs",
    "find_start",
    "finish_run",
    "has_results",
    "installed_versions",
    "is_queued_again",
    "is_requeued",
    "is_signed",
    "limit_threads",
    "load_model",
    "load_weights",
    "locked",
    "name_of_run",
    "new_name",
    "open_datamodule",
    "open_model",
    "read_examples",
    "read_history",
    "read_json",
    "read_status",
    "read_statuses",
    "recording_status",
    "say_start",
    "sign",
    "the_run",
    "translated",
    "translated_overrides",
    "versions",
    "what_ends_training",
    "whole",
    "write_history",
    "write_json",
    "write_results",
    "write_whole",
]

_WITH_TORCH = {
    "checkpoints": ("RunCheckpoints", "check_data", "export_model", "load_model"),
    "open": ("limit_threads", "open_datamodule", "open_model"),
    "start": ("Start", "check_start", "find_start", "load_weights", "say_start", "what_ends_training"),
}
"""Modules that import PyTorch and Lightning, seconds and half a gigabyte: only when one of these names is used."""


def __getattr__(name: str) -> Any:
    for module, names in _WITH_TORCH.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
