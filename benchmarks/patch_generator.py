"""Forward and backward pass of PQWGAN's generator: all sub-generators at once, and one after the other in PennyLane.

Run `python -m benchmarks.patch_generator`; it takes about two minutes. One thread, float32, batch 25 as published.
PennyLane runs one QNode a sub-generator on default.qubit with backprop, broadcast over the batch.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.interleaved import medians
from benchmarks.quantum_layer import PENNYLANE, REFERENCE
from qinr_lightning.networks import PatchGenerator
from qinr_lightning.quantum import Backend, PennyLaneBackend, StatevectorBackend

BATCH = 25
SIMULATORS: dict[str, Callable[[], Backend]] = {
    REFERENCE: StatevectorBackend,
    "statevector, autograd": lambda: StatevectorBackend("autograd"),
    PENNYLANE: PennyLaneBackend,
}
SHAPES = {"28 x 6 qubits x 4 layers": (28, 6, 4), "4 x 10 qubits x 30 layers": (4, 10, 30)}
"""PQWGAN's in the paper: for MNIST and E-MNIST, and for Fashion-MNIST."""


def step(generator: PatchGenerator, z: Tensor) -> tuple[Tensor, Tensor]:
    """Images, and the gradient of a loss by the angles."""
    images = generator(z)
    (gradient,) = torch.autograd.grad(images.square().mean(), generator.circuits.rotations)
    return images, gradient


def compare(shape: tuple[int, int, int], rounds: int) -> dict[str, float]:
    """Median seconds of each simulator, once they have been seen to compute the same."""
    generators = {name: PatchGenerator(*shape, backend=make()) for name, make in SIMULATORS.items()}
    z = torch.rand(BATCH, shape[1])
    for generator in generators.values():
        generator.load_state_dict(generators[REFERENCE].state_dict())
    images, gradient = step(generators[REFERENCE], z)
    for generator in generators.values():
        other_images, other_gradient = step(generator, z)
        torch.testing.assert_close(other_images, images, rtol=0, atol=1e-3)
        torch.testing.assert_close(other_gradient, gradient, rtol=0, atol=1e-3 * gradient.abs().max().item())
    # The first call after PennyLane's finds cold caches, see benchmarks.quantum_layer.
    calls = {name: 1 if name == PENNYLANE else 5 for name in SIMULATORS}
    steps = {name: partial(repeat, calls[name], generator, z) for name, generator in generators.items()}
    return {name: value / calls[name] for name, value in medians(steps, rounds, warmup=0).items()}


def repeat(calls: int, generator: PatchGenerator, z: Tensor) -> None:
    """Several steps in a row."""
    for _ in range(calls):
        step(generator, z)


def measure() -> Iterator[tuple[str, str, float, float]]:
    """Circuits, simulator, milliseconds, and how many times those of :data:`REFERENCE` they are."""
    torch.manual_seed(0)
    for name, shape in SHAPES.items():
        seconds = compare(shape, rounds=11 if shape[1] == 6 else 3)
        for simulator, value in seconds.items():
            yield name, simulator, 1e3 * value, value / seconds[REFERENCE]


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for circuits, simulator, milliseconds, ratio in measure():
        print(f"{circuits:<26} {simulator:<36} {milliseconds:10.2f} ms {ratio:8.1f} x", flush=True)


if __name__ == "__main__":
    main()
