"""Training step of the default QINR-AE under depolarizing noise: density matrices here, and PennyLane's default.mixed.

Run `python -m benchmarks.noisy_step`. One thread, float32, forward, backward, clipping and Adam. On
default.mixed an image takes about a second: few rounds.
"""

import warnings
from collections.abc import Iterator
from functools import partial

import torch

from benchmarks.interleaved import medians
from benchmarks.training_step import step
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import Encoder, QINRDecoder
from qinr_lightning.quantum import Backend, Depolarizing, PennyLaneBackend, ReuploadingCircuit, StatevectorBackend

NOISE = Depolarizing(0.01)
BACKENDS: dict[str, Backend] = {
    "density matrix": StatevectorBackend(),
    "PennyLane default.mixed, backprop": PennyLaneBackend("default.mixed"),
}


def autoencoder(backend: Backend) -> QINRAutoencoder:
    """The default model with the noise, the same parameters for every backend."""
    torch.manual_seed(0)
    return QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit(backend=backend, noise=NOISE), hidden_dim=256))


def measure(batch: int, rounds: int) -> dict[str, float]:
    """Median seconds of a step for each simulator, once their losses have been seen to be equal."""
    images = torch.rand(batch, 1, 28, 28) * 2 - 1
    models = {name: autoencoder(backend) for name, backend in BACKENDS.items()}
    losses = [model.loss(images).total.item() for model in models.values()]
    if abs(losses[0] - losses[1]) > 1e-4 * abs(losses[0]):
        raise SystemExit(f"the simulators disagree: {losses}")
    steps = {name: partial(step, model, model.configure_optimizers(), images) for name, model in models.items()}
    return medians(steps, rounds=rounds, warmup=1)


def rows() -> Iterator[tuple[int, str, float, float]]:
    """Batch, simulator, milliseconds, and how many times those of the density matrix they are."""
    torch.set_num_threads(1)
    for batch, rounds in ((2, 3), (32, 1)):
        seconds = measure(batch, rounds)
        for name, value in seconds.items():
            yield batch, name, 1e3 * value, value / seconds["density matrix"]


def main() -> None:
    warnings.simplefilter("ignore")
    for batch, name, milliseconds, ratio in rows():
        print(f"batch {batch:>2} {name:<36} {milliseconds:10.2f} ms {ratio:8.1f} x", flush=True)


if __name__ == "__main__":
    main()
