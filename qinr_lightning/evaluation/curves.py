"""What a trained autoencoder reconstructs with fewer shots or under more noise than it was trained with."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import torch
from annotated_types import MinLen

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation.other_backends import run_on
from qinr_lightning.evaluation.reconstructions import in_batches, named
from qinr_lightning.metrics import image_quality
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.quantum import (
    AmplitudeDamping,
    Backend,
    Depolarizing,
    Noise,
    PhaseDamping,
    ReadoutError,
    StatevectorBackend,
    described_circuits,
)
from qinr_lightning.ranges import Fraction, PositiveInt
from qinr_lightning.seeding import Seed

NOISES: dict[str, Callable[[float], Noise]] = {
    "depolarizing": Depolarizing,
    "amplitude_damping": AmplitudeDamping,
    "phase_damping": PhaseDamping,
    "readout_error": ReadoutError,
}
"""The models of noise that have one probability."""


class Point(NamedTuple):
    """How the circuits are measured at one point of a curve."""

    x: float
    backend: Backend | None
    noise: Noise | None


class Curve(ABC):
    """Quality of reconstructions against a number that says how the circuits are measured."""

    x_label: str
    """What the number is."""
    n_images: int | None
    """How many images of each split are reconstructed, the first ones; None for all."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the curve is called in hardware.json."""

    @abstractmethod
    def points(self) -> Iterator[Point]:
        """The points, from left to right. What is None at a point is what is given for the whole curve."""

    def check_given(self, backend: Backend | None, noise: Noise | None) -> None:
        """Look whether the whole curve can be measured on a backend and under a noise.

        Raises:
            SettingError: For one of them where the curve has its own.
        """
        first = next(self.points())
        if backend is not None and first.backend is not None:
            raise SettingError("backend", backend.label, f"must be null: the curve of {self.name} has its own")
        if noise is not None and first.noise is not None:
            raise SettingError("noise", noise.label, f"must be none: the curve of {self.name} has its own")

    @staticmethod
    def check(model: object) -> None:
        """Look whether a model can be measured.

        Raises:
            SettingError: For one that reconstructs nothing or has no circuit that is described by gates.
        """
        if not (isinstance(model, QINRAutoencoder) and described_circuits(model)):
            raise SettingError(
                "curve", type(model).__name__, "must be null: a curve needs an autoencoder with a circuit of gates"
            )

    @torch.inference_mode()
    def measure(
        self,
        model: object,
        datamodule: ClassSubsetDataModule,
        backend: Backend | None = None,
        noise: Noise | None = None,
    ) -> dict[str, Any]:
        """Measure a model at every point; it is left as the last one has it.

        Args:
            model: In evaluation mode.
            datamodule: Set up.
            backend: What the circuits run on, where the curve does not say it; None for the exact simulation.
            noise: What befalls them, where the curve does not say it; None for the noise of the training.

        Returns:
            For hardware.json: ``curve``, ``x_label``, ``n_images``, ``data`` and ``seed`` of the training,
            ``trained_under`` (the noise's label, or null), ``as_trained`` with ``train/psnr``, ``test/psnr`` and so on,
            and ``points``, each with the same, ``x`` and what an image costs: ``executions`` of circuits, and with
            shots ``shots`` in all of them.
        """
        self.check_given(backend, noise)
        self.check(model)
        assert isinstance(model, QINRAutoencoder)
        circuits = described_circuits(model)
        trained_under = circuits[0].noise
        executions = sum(circuit.n_measurement_groups for circuit in circuits) * model.circuits_per_image
        conditions = [] if noise is None else [f"under {noise.label}"]
        conditions += [] if backend is None else [f"on {backend.label}"]
        measured: dict[str, Any] = {
            "curve": " ".join([self.name, *conditions]),
            "x_label": self.x_label,
            "data": f"{datamodule.source.name} {datamodule.label_name}",
            "seed": datamodule.seed,
            "trained_under": None if trained_under is None else trained_under.label,
            "n_images": self.n_images,
            "as_trained": _quality(model, datamodule, self.n_images),
        }
        points = []
        for point in self.points():
            run_on(model, point.backend or backend, point.noise or noise)
            runs_on = circuits[0].backend
            cost = {"executions": executions * runs_on.circuits_for_one}
            if runs_on.n_shots is not None:
                cost["shots"] = cost["executions"] * runs_on.n_shots
            points.append({"x": point.x, **cost, **_quality(model, datamodule, self.n_images)})
        return {**measured, "points": points}


class ShotsCurve(Curve):
    """Against the number of shots that each circuit is measured with.

    Args:
        shots: The numbers.
        seed: Of the shots.
        n_images: Images of each split, the first ones; None for all.
    """

    name = "shots"
    x_label = "shots of each circuit"

    def __init__(
        self,
        shots: Annotated[Sequence[PositiveInt], MinLen(1)] = (64, 256, 1024, 4096, 16384, 65536),
        seed: Seed = 0,
        n_images: PositiveInt | None = None,
    ) -> None:
        self.n_images = n_images
        self.shots = sorted(set(shots))
        self.seed = seed

    def points(self) -> Iterator[Point]:
        for number in self.shots:
            yield Point(number, StatevectorBackend(shots=number, seed=self.seed), None)


class NoiseCurve(Curve):
    """Against the probability of a noise.

    Args:
        noise: Which noise.
        probabilities: The probabilities.
        n_images: Images of each split, the first ones; None for all.
    """

    x_label = "probability"

    def __init__(
        self,
        noise: Literal["depolarizing", "amplitude_damping", "phase_damping", "readout_error"] = "depolarizing",
        probabilities: Annotated[Sequence[Fraction], MinLen(1)] = (0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
        n_images: PositiveInt | None = None,
    ) -> None:
        self.n_images = n_images
        self.noise = noise
        self.probabilities = sorted(set(probabilities))

    @property
    def name(self) -> str:
        return self.noise

    def points(self) -> Iterator[Point]:
        for probability in self.probabilities:
            yield Point(probability, None, NOISES[self.noise](probability))


def _quality(model: QINRAutoencoder, datamodule: ClassSubsetDataModule, n_images: int | None) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for split, data in (("train", datamodule.train_subset), ("test", datamodule.test_split)):
        images = data.images[:n_images]
        reconstructions = in_batches(model, to_signed_unit(images).to(model.device))
        metrics |= named(split, image_quality(reconstructions, to_unit(images).to(model.device)))
    return metrics
