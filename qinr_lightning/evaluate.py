"""Measure finished runs from their checkpoints: ``python -m qinr_lightning.evaluate run=FOLDER``."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import torch
from annotated_types import Ge, Le, MinLen
from rich.console import Console
from torch import nn

from qinr_lightning.data import ClassSubsetDataModule, to_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation import (
    Curve,
    Reference,
    beside_earlier,
    check_encoder,
    count_circuits,
    evaluate,
    example_images,
    fitted,
    measure_samples,
    run_on,
)
from qinr_lightning.extractors import FeatureExtractor
from qinr_lightning.metrics import nearest
from qinr_lightning.models import Generative, LatentSampler, Model
from qinr_lightning.quantum import Backend, Noise, PennyLaneBackend, described_circuits
from qinr_lightning.quantum.circuit import under
from qinr_lightning.ranges import Place
from qinr_lightning.reporting import N_COLUMNS, add_curves, curve_table, draw_rows, summary_tables
from qinr_lightning.runs import (
    METRICS,
    NEAREST,
    DeviceResults,
    check_results,
    find_runs,
    locked,
    open_datamodule,
    open_model,
    read_json,
    write_results,
)
from qinr_lightning.seeding import generator
from qinr_lightning.settings import call_target, recorded_identity, run_command

REPEATABLE = ("train/psnr", "test/psnr", "train/samples/psnr")
"""Metrics of the end of training that a checkpoint has to give again."""

REFERENCES = ("real", "mean_image")
"""What samples are compared with; no model makes it."""

log = logging.getLogger(__name__)


def evaluate_runs(
    run: str,
    n_samples: Annotated[int, Ge(2), Le(10_000)] = 500,
    references: Annotated[list[Reference], MinLen(1)] = ["train", "test"],  # noqa: B006  (read, never changed)
    extractor: FeatureExtractor | None = None,
    trust: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    data_dir: str | None = None,
    noise: Noise | None = None,
    sampler: LatentSampler | None = None,
    backend: Backend | None = None,
    curve: Curve | None = None,
    confirm: bool = False,
) -> None:
    """Evaluate a run, or every run in a folder, and write the numbers into its metrics.json.

    A generative model also gets ``nearest.png``: samples above the training images that are nearest to them. A run that
    cannot be evaluated is named at the end and does not stop the others.

    Args:
        run: A run folder, or a folder with runs in it.
        n_samples: Samples from the prior.
        references: Real images to compare samples with: ``train`` (the train subset), ``test`` (the test split),
            ``train_all`` (all training images of the class).
        extractor: What the Frechet distance and its relatives are computed with; None leaves them out.
        trust: Modules, beside this package, whose code runs of somebody else may name.
        data_dir: Where the data is now; None is where each run has had it, if it is still there, else
            ``$QINR_DATA_DIR``.
        noise: What befalls the trained circuit while it is measured; None for what befell it in training.
        backend: What the trained circuit runs on while it is measured, such as ``statevector`` with shots; None for
            that of the training, or, with another noise, the exact simulation. With one of the two their label stands
            in front of the numbers, as ``depolarizing_0.01/shots_1024/test/psnr``, and pictures stay as they are.
        sampler: Measure samples from this distribution, fitted to the latent vectors of the train subset, and nothing
            else; its label stands in front of the numbers, as ``gmm/test/samples/classifier/frechet``.
        curve: Measured in place of all else, under ``noise`` and on ``backend`` where it does not say it:
            reconstructions against the number of shots or the strength of noise. They go into hardware.json and
            hardware.png, of several runs also into those of their folder.
        confirm: That circuits may be sent to a device that is not on this machine, once it has been said how many.

    Raises:
        SettingError: When there is no run, none of them could be evaluated, or it is not confirmed what may cost money.
    """
    if noise is not None and backend is not None:
        under(noise, backend)  # Refused before anything is opened.
    if curve is not None:
        curve.check_given(backend, noise)
        if sampler is not None:
            raise SettingError("sampler", sampler.label, "must be prior: a curve is of reconstructions")
    asked = _Measurement(n_samples, references, extractor, noise, sampler, backend)
    runs = find_runs(run)
    failures, curves = {}, []
    for folder in runs:
        try:
            with locked(folder, "run"):
                if curve is not None:
                    curves.append(_measure_curve(folder, curve, trust, data_dir, noise, backend))
                    continue
                _evaluate_run(folder, asked, trust, data_dir, confirm)
        except (SettingError, OSError) as error:
            if len(runs) == 1:
                raise
            failures[folder] = error
    for folder, reason in failures.items():
        log.warning("%s was left out: %s", folder, reason)
    if len(curves) > 1:
        add_curves(Path(run), curves)
    if len(failures) == len(runs):
        raise SettingError("run", run, "none of its runs could be evaluated")


@dataclass(frozen=True)
class _Measurement:
    """What is asked of each run, see :func:`evaluate_runs`."""

    n_samples: int
    references: list[Reference]
    extractor: FeatureExtractor | None
    noise: Noise | None
    sampler: LatentSampler | None
    backend: Backend | None

    def prepare(self, model: Model) -> list[str]:
        """Let the model's circuit run as it is asked to, and say what stands in front of the numbers.

        Raises:
            SettingError: When this model cannot be measured like this.
        """
        labels = [] if self.noise is None and self.backend is None else [run_on(model, self.backend, self.noise)]
        if self.sampler is not None:
            check_encoder(model, self.sampler)
            labels.append(self.sampler.label)
        model.check_memory(1, "n_samples")
        return labels

    def measure(
        self, model: Model, datamodule: ClassSubsetDataModule, extractor: FeatureExtractor | None
    ) -> dict[str, float]:
        """All numbers, those of features with this extractor."""
        if self.sampler is None:
            return evaluate(model, datamodule, self.references, self.n_samples, extractor)
        drawn = fitted(model, self.sampler, datamodule)
        return measure_samples(drawn, datamodule, self.references, self.n_samples, extractor)


def _evaluate_run(
    folder: Path, asked: _Measurement, trust: str | list[str], data_dir: str | None, confirm: bool
) -> None:
    check_results(folder)
    model = open_model(folder, trust)
    label = "/".join(asked.prepare(model))
    datamodule = open_datamodule(folder, trust, data_dir)
    if asked.backend is not None:
        _keep_results(model, folder, confirm, lambda: asked.measure(model, datamodule, None))
    metrics = asked.measure(model, datamodule, asked.extractor)
    if "seed" in metrics:  # Of a sampler there are samples alone.
        metrics["seed"] = _seed_of(folder, metrics["seed"])
    before, features = _read(folder), asked.extractor.name if asked.extractor else None
    if label:
        chosen = (name for name in metrics if _depends_on_model(name) or name.startswith(f"{features}/"))
        measured = {f"{label}/{name}": metrics[name] for name in chosen}
        write_results(folder, beside_earlier(before, measured, label, features))
        log.info("%s, %s:", folder, label)
        for table in summary_tables(metrics):
            Console().print(table)
        return
    for name in REPEATABLE:
        # Another number of samples or another reference is another metric of the same name.
        same_protocol = "samples" not in name or before.get("train/samples/n") == asked.n_samples
        if name in before and name in metrics and same_protocol and abs(before[name] - metrics[name]) > 1e-3:
            log.warning("%s: %s was %.4f when training ended, the checkpoint gives %.4f",
                        folder, name, before[name], metrics[name])  # fmt: skip
    write_results(folder, beside_earlier(before, metrics, "", features), example_images(model, datamodule))
    if isinstance(model, Generative):
        draw_nearest(model, datamodule, folder / NEAREST)
    log.info("%s: %s %s", folder, datamodule.source.description, datamodule.label_name)
    for table in summary_tables(metrics):
        Console().print(table)


def _measure_curve(
    folder: Path,
    curve: Curve,
    trust: str | list[str],
    data_dir: str | None,
    noise: Noise | None,
    backend: Backend | None,
) -> dict[str, Any]:
    model = open_model(folder, trust)
    curve.check(model)
    measured = curve.measure(model, open_datamodule(folder, trust, data_dir), backend, noise)
    add_curves(folder, [measured])
    Console().print(curve_table(measured))
    return measured


def _keep_results(model: nn.Module, folder: Path, confirm: bool, measure: Callable[[], object]) -> None:
    """Let devices' results be kept in the run folder, and say what is to be measured before it is paid for."""
    devices = [c.backend for c in described_circuits(model) if isinstance(c.backend, PennyLaneBackend)]
    if not devices:
        return
    results = DeviceResults(folder)
    for device in devices:
        device.results = results
    n, name, shots = count_circuits(model, measure) * devices[0].circuits_for_one, devices[0].device, devices[0].n_shots
    cost = f"{n} circuits" + (f" of {shots} shots, {n * shots} shots in all" if shots is not None else "")
    log.info("%s: %s on %s%s", folder, cost, name, ", the others are kept from before" if len(results) else "")
    if n > 0 and not confirm and not all(device.is_local for device in devices):
        raise SettingError("confirm", confirm, f"{name} is not on this machine and may cost money: {cost}; "
                           "confirm=true sends them")  # fmt: skip


def _depends_on_model(name: str) -> bool:
    split, _, rest = name.partition("/")
    kind = rest.partition("/")[0]
    is_of_data = kind in ("n", "n_reference", *REFERENCES) or kind.startswith("pca_")
    return split in get_args(Reference) and not is_of_data


def _seed_of(folder: Path, of_data: float) -> float:
    """The run's own seed, which may be another than that of its data; that of the data where none is written down."""
    try:
        return int(recorded_identity(folder)["seed"])
    except (SettingError, KeyError, TypeError, ValueError):
        return of_data


def _read(folder: Path) -> dict[str, Any]:
    path = folder / METRICS
    try:
        return read_json(path) if path.exists() else {}
    except ValueError as error:
        raise SettingError("run", path, f"is not a readable {METRICS}; delete it to have it written anew") from error


@torch.inference_mode()
def draw_nearest(model: Generative, datamodule: ClassSubsetDataModule, path: Path) -> None:
    """The first samples above the training images that are nearest to them: a memorizing model shows pairs of twins."""
    samples = model.sample(N_COLUMNS, generator(datamodule.seed, "samples")).cpu()
    images = to_unit(datamodule.train_subset.images)
    rows = {"samples": samples, "nearest training images": images[nearest(samples, images)[1]]}
    draw_rows(rows, path, f"{datamodule.source.name} {datamodule.label_name}")


if __name__ == "__main__":
    run_command(call_target, "evaluate")
