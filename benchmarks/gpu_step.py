"""Training step on a GPU against one core of the CPU beside it: the dense and the coordinate decoder.

Run `python -m benchmarks.gpu_step`. Float32, encoder included, forward, backward, clipping and Adam, interleaved.
"""

from collections.abc import Iterator
from functools import partial

import torch

from benchmarks.coordinate_step import SIZE, circuit
from benchmarks.interleaved import medians
from benchmarks.training_step import step
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import CoordinateCircuit, CoordinateSIREN, Decoder, Encoder, QINRDecoder
from qinr_lightning.quantum import ReuploadingCircuit
from qinr_lightning.seeding import generator


def decoders() -> dict[str, Decoder]:
    """By name, what is compared."""
    return {
        "dense, 6 qubits": QINRDecoder(ReuploadingCircuit()),
        "dense, 12 qubits": QINRDecoder(ReuploadingCircuit(12)),
        "coordinate, 4 qubits, L = 6": CoordinateCircuit(circuit(4, 6), n_parameters=SIZE),
        "coordinate, SIREN": CoordinateSIREN(n_parameters=SIZE),
    }


def prepared(decoder: Decoder, batch: int, device: str) -> partial[float]:
    """A step of an AE with this decoder on random images."""
    torch.manual_seed(0)
    quantum = None if isinstance(decoder, CoordinateSIREN) else 1e-3
    model = QINRAutoencoder(Encoder(), decoder, lr_quantum=quantum).to(device)
    images = (torch.rand(batch, 1, 28, 28) * 2 - 1).to(device)
    model._pixel_draws = generator(0, "pixels", 0, device=device)
    return partial(step, model, model.configure_optimizers(), images)


def rows(rounds: int = 15) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Decoder, batch, seconds of a step on each device."""
    torch.set_num_threads(1)
    for batch in (32, 500):
        for name in decoders():
            steps = {device: prepared(decoders()[name], batch, device) for device in ("cpu", "cuda")}
            yield name, batch, medians(steps, rounds=rounds)


def main() -> None:
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    for name, batch, seconds in rows():
        cpu, gpu = seconds["cpu"], seconds["cuda"]
        print(f"{name:<30} {batch:4d} {1e3 * cpu:9.1f} ms {1e3 * gpu:9.1f} ms {cpu / gpu:6.2f} x", flush=True)


if __name__ == "__main__":
    main()
