"""What is written into a run folder about its settings: ``.hydra/``, whole or not at all and by one process.

Hydra would write it before the folder is this process's own, and might be killed in between.
"""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.runs import CONFIG, HYDRA, OVERRIDES, sign, write_whole
from qinr_lightning.settings.places import absolute_overrides
from qinr_lightning.settings.resuming import of_the_run


def typed_for_the_run() -> list[str]:
    """What the present job's command says about what the run is, as it can be typed from any folder."""
    return of_the_run(absolute_overrides([str(item) for item in HydraConfig.get().overrides.task]))


def signature_of_settings() -> str | None:
    """This user's signature of :func:`typed_for_the_run`."""
    return sign({"overrides": typed_for_the_run()})


def record_settings(folder: Path, config: DictConfig) -> None:
    """Write the composed configuration of the present job, what was typed for it and Hydra's part; the first one last.

    How it was started is no part of a run: ``resume`` and ``overwrite`` are written as if they were not given.
    """
    run: Any = config.copy()
    run.update({"resume": None, "overwrite": False})
    hydra_config = OmegaConf.create({"hydra": HydraConfig.get()})
    for name, content in ((OVERRIDES, OmegaConf.create(typed_for_the_run())), (HYDRA, hydra_config), (CONFIG, run)):
        write_whole(folder / name, OmegaConf.to_yaml(content).encode())
