"""What is written into a run folder about its settings: ``.hydra/``, whole or not at all and by one process.

Hydra would write it before the folder is this process's own, and might be killed in between.
"""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, flag_override

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

    How it was started is no part of a run: ``resume`` and ``overwrite`` are written as if they were not given. Hydra's
    part stays that of the run's beginning, which says what sweep it is of.
    """
    run: Any = config.copy()
    run.update({"resume": None, "overwrite": False})
    contents = {OVERRIDES: OmegaConf.create(typed_for_the_run()), CONFIG: run}
    if config.resume is None or not (folder / HYDRA).exists():
        hydra_config = OmegaConf.create({"hydra": HydraConfig.get()})
        with flag_override(hydra_config.hydra, "readonly", False):
            hydra_config.hydra.sweep.dir = str(
                HydraConfig.get().sweep.dir
            )  # Not the pattern, which has the time in it.
        contents = {HYDRA: hydra_config, **contents}
    for name, content in contents.items():
        write_whole(folder / name, OmegaConf.to_yaml(content).encode())


def recorded_sweep(folder: Path) -> str | None:
    """``hydra.sweep.dir`` of the sweep that a run began in; None for one that began alone, or does not say."""
    try:
        settings: Any = OmegaConf.to_container(OmegaConf.load(folder / HYDRA), resolve=False)
        sweep = settings["hydra"]["sweep"]["dir"] if settings["hydra"]["mode"] == RunMode.MULTIRUN.name else None
    except Exception:
        return None
    return sweep if isinstance(sweep, str) and "${" not in sweep else None
