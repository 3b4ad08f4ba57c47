"""What all models share: optimizers and schedules, what is logged once an epoch, checkpoints that describe them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol, cast, runtime_checkable

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.optim import Optimizer

from qinr_lightning.errors import SettingError
from qinr_lightning.memory import memory_there_is, too_much
from qinr_lightning.models.parameter_groups import count_parameters, learning_rates
from qinr_lightning.networks import CoordinateDecoder, CoordinateGenerator, Decoder, Generator
from qinr_lightning.optimization import Adam, LRSchedule
from qinr_lightning.quantum import PennyLaneBackend, QuantumCircuit


@runtime_checkable
class Generative(Protocol):
    """A model with a prior, from which images can be drawn."""

    def sample(self, n: int, generator: torch.Generator, size: tuple[int, int] | None = None) -> Tensor:
        """``n`` images in [0, 1], ``(n, channels, height, width)``, from latent draws of ``generator``.

        Args:
            n: Images.
            generator: On the CPU.
            size: Height and width; None for those that the model is trained with.

        Raises:
            SettingError: For a size where the model has but one.
        """
        ...


class EpochMeans:
    """Weighted means over an epoch of named scalars.

    They are gathered as tensors and logged once: logging every step costs more than the circuit.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._weights: dict[str, float] = {}

    def add(self, values: dict[str, Tensor], weight: float = 1.0) -> None:
        """Add the values of a step; ``weight`` is the number of images for means over images."""
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach() * weight
            self._weights[name] = self._weights.get(name, 0.0) + weight

    def take(self) -> dict[str, Tensor]:
        """The means so far; the next epoch starts from nothing."""
        means = {name: torch.as_tensor(total / self._weights[name]) for name, total in self._sums.items()}
        self._sums, self._weights = {}, {}
        return means


class Model(LightningModule):
    """A LightningModule with named parameter groups, each with its learning rate.

    What training steps add to ``epoch_means`` is logged once an epoch, with ``lr/<group>``, and a loss that is not
    finite ends the run.

    Args:
        rates: Learning rate of each parameter group; None where there is no such parameter.
        optimizer: What optimizers are built.
        lr_schedule: What multiplies all rates; None leaves them constant.
    """

    config: dict[str, Any] | None = None
    """How the model was composed, as plain Python; saved in its checkpoints."""
    signatures: dict[str, str | None] | None = None
    """Of that and of the data set's description, by whoever composed them; saved in its checkpoints."""

    def __init__(self, rates: Mapping[str, float | None], optimizer: Adam, lr_schedule: LRSchedule | None) -> None:
        super().__init__()
        self.rates = dict(rates)
        self.optimizer = optimizer
        self.lr_schedule = lr_schedule
        self.epoch_means = EpochMeans()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["config"] = self.config
        checkpoint["signatures"] = self.signatures or {}

    def check_rates(self, part: nn.Module, name: str) -> None:
        """Look whether the groups of ``part``, called ``name``, have rates exactly where they have parameters.

        Raises:
            SettingError: For a rate that would change nothing, or none for parameters that are there.
        """
        for group, count in count_parameters(part).items():
            rate = self.rates[group]
            if (rate is None) != (count == 0):
                allowed = "must be a learning rate" if count else "must be null"
                raise SettingError(f"lr_{group}", rate, f"{allowed}: the {name} has {count} {group} parameters")

    def build_optimizer(self, groups: list[dict[str, Any]]) -> Optimizer:
        """The optimizer of some groups, each with its name, parameters and learning rate."""
        # A fused Adam unscales gradients itself, after they have been clipped, which mixed float16 does not survive.
        mixed_float16 = self._trainer is not None and self.trainer.precision == "16-mixed"
        return self.optimizer.build(groups, fused=not mixed_float16)

    def on_train_start(self) -> None:
        """What optimizers do is up to the model as it is composed, not to the checkpoint that has just been loaded."""
        for optimizer in self.trainer.optimizers:
            built = self.build_optimizer(
                [
                    {key: group[key] for key in ("name", "params")} | {"lr": self.rates[group["name"]]}
                    for group in optimizer.param_groups
                ]
            )
            for group, anew in zip(optimizer.param_groups, built.param_groups, strict=True):
                group.update({key: value for key, value in anew.items() if key != "params"})

    def on_train_epoch_start(self) -> None:
        self._set_rates("epoch", self.current_epoch, self.trainer.max_epochs)

    def on_train_batch_start(self, batch: list[Tensor], batch_idx: int) -> None:
        batches, of_a_step = int(self.trainer.num_training_batches), self.trainer.accumulate_grad_batches
        n_done = self.current_epoch * -(-batches // of_a_step) + batch_idx // of_a_step
        self._set_rates("step", n_done, self.steps_of(self.trainer))

    def steps_of(self, trainer: Trainer) -> float:
        """What a schedule by the step counts, in a whole training: ``accumulate_grad_batches`` batches each."""
        return trainer.estimated_stepping_batches

    def _set_rates(self, interval: str, n_done: int, n_total: float | None) -> None:
        if self.lr_schedule is None or self.lr_schedule.interval != interval:
            return
        factor = self.lr_schedule.factor(n_done, int(cast(float, n_total)))
        for optimizer in self.trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = factor * cast(float, self.rates[group["name"]])

    def on_train_epoch_end(self) -> None:
        means = self.epoch_means.take()
        for name, value in means.items():
            if name.startswith("loss/") and not value.isfinite():
                rates = [f"model.lr_{group}" for group, rate in self.rates.items() if rate is not None]
                raise FloatingPointError(
                    f"{name} of epoch {self.current_epoch + 1} is {value.item()}: training has diverged; "
                    f"lower {' or '.join(rates)}"
                )
        values: dict[str, Any] = {**means, **self.epoch_state(means), **learning_rates(self.trainer.optimizers)}
        for name, value in values.items():
            self.log(name, value, prog_bar=name.startswith("loss/"), sync_dist=True)

    def epoch_state(self, means: dict[str, Tensor]) -> dict[str, float]:
        """What else is logged once an epoch, from the means of what its steps have measured."""
        return {}

    @property
    @abstractmethod
    def image_maker(self) -> Decoder | Generator:
        """The part that makes images of latent vectors."""

    @property
    def coordinate_field(self) -> CoordinateDecoder | None:
        """What maps coordinates to values, of which an image can have as many as one likes; None where nothing does."""
        maker = self.image_maker
        field = maker.field if isinstance(maker, CoordinateGenerator) else maker
        return field if isinstance(field, CoordinateDecoder) else None

    def field_of_any_size(self, resolution: int) -> CoordinateDecoder:
        """The coordinate field, for images with so many rows.

        Raises:
            SettingError: Where the model has images of one size.
        """
        field = self.coordinate_field
        if field is None:
            maker = type(self.image_maker).__name__
            said = f"{maker} has images of one size; decoder=coordinate, generator=coordinate and their twins have any"
            raise SettingError("resolution", resolution, said)
        return field

    @property
    def circuits_per_image(self) -> int:
        """How often a circuit of the model runs for an image in evaluation, be it at once or in parts."""
        field = self.coordinate_field
        return 1 if field is None else field.n_pixels * field.n_circuits

    def circuit_runs(self, n_images: int) -> int:
        """How often a circuit of the model runs at once for a batch of images."""
        return self.image_maker.circuit_runs(n_images)

    def check_memory(self, batch: int, setting: str, device: torch.device | None = None) -> None:
        """Look whether the states of the model's circuits fit in memory, with room for what else there is of a batch.

        Args:
            batch: Images at once.
            setting: What says how many they are.
            device: Where they are.

        Raises:
            SettingError: Naming the setting, or ``n_qubits`` where not even a single image fits.
        """
        there = memory_there_is(device)
        for circuit in self.modules():
            if not isinstance(circuit, QuantumCircuit) or circuit.bytes_needed(self.circuit_runs(batch)) <= there:
                continue
            n_qubits = circuit.n_qubits
            for_one = circuit.bytes_needed(self.circuit_runs(1))
            if for_one > there:
                needed = too_much(for_one, there)
                raise SettingError("n_qubits", n_qubits, f"the states for one image need {needed}")
            needed = too_much(circuit.bytes_needed(self.circuit_runs(batch)), there)
            raise SettingError(setting, batch, f"the states of {n_qubits} qubits need {needed}")

    def check_training(self, trainer: Trainer, batch_size: int) -> None:
        """Refuse what cannot train the model.

        Raises:
            SettingError: For a learning-rate schedule without a last epoch, a device that is not on this machine, or
                values that are extrapolated; subclasses refuse more.
        """
        for module in self.modules():
            backend = getattr(module, "backend", None)
            if isinstance(backend, PennyLaneBackend) and backend.zne is not None:
                raise SettingError(
                    "backend.zne", list(backend.zne), "must be null: it is for `evaluate`, not for training"
                )
            if isinstance(backend, PennyLaneBackend) and not backend.is_local:
                allowed = "is not on this machine: it is for `evaluate`, training takes a simulator"
                raise SettingError("backend.device", backend.device, allowed)
        if self.lr_schedule is not None and (trainer.max_epochs or -1) < 1:
            raise SettingError("trainer.max_epochs", trainer.max_epochs, "must be positive for an lr_schedule")
