"""Shows how far a multirun has come."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from qinr_lightning.reporting import SweepProgress
from qinr_lightning.settings.checking import jobs_of_sweep


class ShowProgress(Callback):
    """Hydra callback that prints a line whenever a job of a multirun has ended, wherever the launcher runs it."""

    def __init__(self) -> None:
        self._progress: SweepProgress | None = None

    def __reduce__(self) -> tuple[type["ShowProgress"], tuple[()]]:
        # Launchers send the callbacks to their jobs, which show nothing.
        return ShowProgress, ()

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        jobs = jobs_of_sweep(config)
        n_jobs = config.hydra.sweeper.get("n_trials") if jobs is None else len(jobs)
        self._progress = SweepProgress(Path(config.hydra.sweep.dir), n_jobs)
        self._progress.start()

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        # Not called when a job has failed; the thread then ends with the last job, and a summary is printed.
        if self._progress is not None:
            self._progress.stop()
