"""Which arguments of Lightning's Trainer the train command takes, and what each may be.

Lightning checks few of them, and knows nothing of what this package does itself: an argument that would change nothing,
or break what belongs to a run, has one value that it may have, and says why. docs/trainer.md has the same as a table.
"""

import os
import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator

from qinr_lightning.errors import SettingError, as_typed
from qinr_lightning.ranges import MANY, NaturalInt, NonNegativeFloat, PositiveInt

_OWN_GROUP = "the group of that name sets it"
_NO_VALIDATION = "nothing is validated while a model trains; it is measured when training has ended"


def _time(text: str) -> str:
    if re.fullmatch(r"\d{1,4}(:\d\d){3}", text) is None:
        raise ValueError("must be days:hours:minutes:seconds, such as 00:01:30:00")
    return text


FIXED: dict[str, tuple[Any, str]] = {
    "num_nodes": (1, "a run trains on one machine; a sweep takes as many as its launcher has"),
    "logger": (None, _OWN_GROUP),
    "callbacks": (None, _OWN_GROUP),
    "limit_val_batches": (None, _NO_VALIDATION),
    "limit_test_batches": (None, _NO_VALIDATION),
    "limit_predict_batches": (None, _NO_VALIDATION),
    "overfit_batches": (0.0, "dataset.samples_per_class and trainer.limit_train_batches say how much is trained on"),
    "val_check_interval": (None, _NO_VALIDATION),
    "check_val_every_n_epoch": (1, _NO_VALIDATION),
    "num_sanity_val_steps": (0, _NO_VALIDATION),
    "log_every_n_steps": (1, "everything is logged once an epoch"),
    "enable_checkpointing": (True, "evaluate, sample and resume need the checkpoint"),
    "inference_mode": (True, _NO_VALIDATION),
    "use_distributed_sampler": (False, "the data module spreads each batch over the processes itself"),
    "profiler": (None, "`python -m cProfile -m qinr_lightning.train` profiles a run"),
    "barebones": (False, "a run without logs and checkpoint is none; fast_dev_run=true tries one out"),
    "plugins": (None, "a configuration cannot write them down"),
    "sync_batchnorm": (False, "several processes share the statistics in any case"),
    "reload_dataloaders_every_n_epochs": (0, "the images are the same in every epoch"),
    "enable_autolog_hparams": (True, "loggers get all settings in any case"),
    "model_registry": (None, "there is none"),
}
"""Arguments that stay as they are, and why."""

TAKEN: dict[str, Any] = {
    "accelerator": Literal["auto", "cpu", "gpu", "cuda", "mps"],
    "strategy": Literal["auto", "ddp"],
    "devices": Literal["auto", -1] | PositiveInt | list[NaturalInt],
    "precision": Literal["32-true", "64-true", "bf16-mixed", "16-mixed", 64, 32, 16, "64", "32", "16", "bf16"],
    "fast_dev_run": bool | NaturalInt,
    "max_epochs": Annotated[int, Ge(-1), Le(MANY)],
    "min_epochs": NaturalInt | None,
    "max_steps": Annotated[int, Ge(-1), Le(1000 * MANY)],
    "min_steps": Annotated[int, Ge(0), Le(1000 * MANY)] | None,
    "max_time": Annotated[str, AfterValidator(_time)]
    | dict[Literal["days", "hours", "minutes", "seconds"], NaturalInt]
    | None,
    "limit_train_batches": PositiveInt | Annotated[float, Gt(0), Le(1)] | None,
    "enable_progress_bar": bool,
    "enable_model_summary": bool,
    "accumulate_grad_batches": PositiveInt,
    "gradient_clip_val": NonNegativeFloat | None,
    "gradient_clip_algorithm": Literal["norm", "value"] | None,
    "deterministic": bool | Literal["warn"] | None,
    "benchmark": bool | None,
    "detect_anomaly": bool,
    "default_root_dir": str,
}
"""Annotations of the others."""


def annotations() -> dict[str, Any]:
    """What every argument may be, as the annotations of a constructor."""
    return TAKEN | {name: Annotated[Any, AfterValidator(partial(_stays, name))] for name in FIXED}


def stays_as_it_is(name: str) -> str:
    """What is allowed for an argument of :data:`FIXED`, as the end of a sentence."""
    value, reason = FIXED[name]
    return f"must be {as_typed(value)}: {reason}"


def _stays(name: str, given: Any) -> Any:
    value = FIXED[name][0]
    if type(given) is not type(value) or given != value:
        raise ValueError(stays_as_it_is(name))
    return given


def check_together(arguments: dict[str, Any], output_dir: str) -> Iterator[SettingError]:
    """What no argument shows alone; each fits its annotation.

    Args:
        arguments: The settings ``trainer.*``.
        output_dir: The run folder.
    """
    get = arguments.get

    def mistake(name: str, allowed: str) -> SettingError:
        return SettingError(f"trainer.{name}", arguments[name], allowed)

    max_epochs, max_steps = get("max_epochs", -1), get("max_steps", -1)
    if max_epochs == 0:
        yield mistake("max_epochs", "must be at least 1, or -1 where max_steps or max_time ends training")
    if max_steps == 0:
        yield mistake("max_steps", "must be at least 1, or -1 for as many as trainer.max_epochs takes")
    if get("max_time") is not None and not _seconds(arguments["max_time"]):
        yield mistake("max_time", "must be more than no time")
    if max_epochs == -1 and max_steps == -1 and get("max_time") is None and not get("fast_dev_run"):
        yield mistake("max_epochs", "must be positive where neither max_steps nor max_time ends training")
    for unit, most in (("epochs", max_epochs), ("steps", max_steps)):
        if most > 0 and (get(f"min_{unit}") or 0) > most:
            yield mistake(f"min_{unit}", f"must be at most trainer.max_{unit}={most}")
    if get("gradient_clip_algorithm") == "value" and not get("gradient_clip_val"):
        yield mistake("gradient_clip_algorithm", "must be norm or null where trainer.gradient_clip_val clips nothing")
    if get("benchmark") and get("deterministic"):
        allowed = "goes with trainer.deterministic=false alone: it chooses a GPU's algorithms by the clock, run by run"
        yield mistake("benchmark", allowed)
    if get("default_root_dir") not in (None, output_dir):
        yield mistake("default_root_dir", "must be the run folder, which hydra.run.dir sets")
    yield from _check_devices(arguments)


def _check_devices(arguments: dict[str, Any]) -> Iterator[SettingError]:
    import torch

    devices, accelerator = arguments.get("devices", "auto"), arguments.get("accelerator", "auto")
    on_cpu = accelerator == "cpu" or (
        accelerator == "auto" and not torch.cuda.is_available() and not torch.backends.mps.is_available()
    )
    if not on_cpu:
        n_gpus = torch.cuda.device_count()
        if isinstance(devices, int) and devices > max(n_gpus, 1):
            yield SettingError("trainer.devices", devices, f"must be at most {n_gpus}, the GPUs there are")
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not isinstance(devices, int) or devices < 1:
        if devices != "auto":
            yield SettingError("trainer.devices", devices, f"must be a number of processes, 1 to {cores}, on a CPU")
    elif devices > cores:
        yield SettingError("trainer.devices", devices, f"must be at most {cores}, the CPU cores there are")
    if str(arguments.get("precision")) in ("16", "16-mixed"):
        yield SettingError("trainer.precision", arguments["precision"], "needs a GPU; a CPU takes bf16-mixed")


def _seconds(max_time: str | dict[str, int]) -> int:
    parts = max_time.values() if isinstance(max_time, dict) else map(int, max_time.split(":"))
    return sum(parts)  # In whichever unit: 0 or not.
