"""Shows how far a multirun has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from qinr_lightning.reporting import SweepProgress
from qinr_lightning.settings.checking import jobs_of_sweep

_shown: ContextVar[SweepProgress | None] = ContextVar("shown", default=None)


class ShowProgress(Callback):
    """Hydra callback that prints a line whenever a job of a multirun has ended, wherever the launcher runs it."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        jobs = jobs_of_sweep(config)
        n_jobs = config.hydra.sweeper.get("n_trials") if jobs is None else len(jobs)
        progress = SweepProgress(Path(config.hydra.sweep.dir).absolute(), n_jobs)
        progress.start()
        _shown.set(progress)


@contextmanager
def ending_progress() -> Iterator[None]:
    """Print at the end of the block what has not been printed yet.

    Not a matter of the callback, as Hydra calls none at the end of a multirun with a failed job.
    """
    try:
        yield
    finally:
        progress = _shown.get()
        if progress is not None:
            progress.stop()
            _shown.set(None)
