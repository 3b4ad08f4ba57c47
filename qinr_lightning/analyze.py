"""What a trained circuit has learnt, and what it costs: ``python -m qinr_lightning.analyze run=FOLDER``."""

import logging
from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Ge, Le

from qinr_lightning.analysis import OF_TWIN, measure, numbers
from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.quantum import QuantumCircuit
from qinr_lightning.ranges import Place
from qinr_lightning.reporting import draw_analysis
from qinr_lightning.runs import (
    ANALYSIS,
    METRICS,
    check_results,
    locked,
    open_datamodule,
    open_model,
    read_json,
    the_run,
    write_json,
    write_results,
)
from qinr_lightning.seeding import Seed
from qinr_lightning.settings import call_target, run_command

log = logging.getLogger(__name__)


def analyze_run(
    run: str,
    against: Place | None = None,
    n_images: Annotated[int, Ge(2), Le(10_000)] = 100,
    n_random: Annotated[int, Ge(2), Le(100_000)] = 2000,
    seed: Seed = 0,
    trust: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    data_dir: str | None = None,
) -> None:
    """Write ``analysis.json`` and pictures into a run folder, and the single numbers into its metrics.json.

    Args:
        run: A run folder of an autoencoder.
        against: A run folder of a twin that was trained on the same images, to be looked at in the same way; None for
            none.
        n_images: Training images at whose angles the circuit is looked at.
        n_random: Draws of random parameters, and pairs of states whose fidelities make a histogram.
        seed: Of all draws.
        trust: Modules, beside this package, whose code a run of somebody else may name.
        data_dir: Where the data is now; None is where the run has had it, if it is still there, else
            ``$QINR_DATA_DIR``.

    Raises:
        SettingError: For a run that is no autoencoder, has no metrics, or a twin that was trained on other images.
    """
    folder = the_run(run)
    with locked(folder, "run"):
        check_results(folder)
        model, metrics = _open(folder, trust, "run"), _metrics(folder)
        datamodule = open_datamodule(folder, trust, data_dir)
        twin = None if against is None else _open_twin(Path(against), datamodule, trust, data_dir)
        found: dict[str, Any] = {
            "n_images": n_images,
            "n_random": n_random,
            "seed": seed,
            **measure(model, datamodule, n_images, n_random, seed),
        }
        if twin is not None:
            found["against"] = {"run": str(against), **measure(twin, datamodule, n_images, n_random, seed)}
        write_json(folder / ANALYSIS, found)
        drawn = draw_analysis(found, folder, f"{datamodule.source.name} {datamodule.label_name}")
        values = numbers(found)
        # Last, so that what the metrics hold is in the folder; not what an earlier analysis has found of another twin.
        kept = {name: value for name, value in metrics.items() if not name.startswith(OF_TWIN)}
        write_results(folder, kept | values)
    if "circuit" not in found and any(isinstance(module, QuantumCircuit) for module in model.modules()):
        log.info("the circuit is a PennyLane function, not described gate by gate: it is not looked into")
    for name, value in values.items():
        log.info("%s: %.6g", name, value)
    log.info("written to %s: %s", folder, ", ".join([ANALYSIS, *drawn]))


def _open(folder: Path, trust: str | list[str], setting: str) -> QINRAutoencoder:
    model = open_model(folder, trust)
    if not isinstance(model, QINRAutoencoder):
        raise SettingError(setting, folder, f"{type(model).__name__} has no encoder; must be a run of an autoencoder")
    return model


def _metrics(folder: Path) -> dict[str, Any]:
    try:
        return read_json(folder / METRICS)
    except (OSError, ValueError) as error:
        raise SettingError("run", folder, f"has no readable {METRICS}; evaluate run={folder} writes it") from error


def _open_twin(
    place: Path, datamodule: ClassSubsetDataModule, trust: str | list[str], data_dir: str | None
) -> QINRAutoencoder:
    folder = the_run(place, setting="against")
    others = open_datamodule(folder, trust, data_dir).train_subset.images
    images = datamodule.train_subset.images
    if others.shape != images.shape or not torch.equal(others, images):
        raise SettingError("against", place, "was trained on other images than run")
    return _open(folder, trust, "against")


if __name__ == "__main__":
    run_command(call_target, "analyze")
