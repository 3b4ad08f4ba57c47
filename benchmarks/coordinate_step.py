"""Training step of AEs with coordinate decoders of the same size: circuits, and the classical networks.

Run `python -m benchmarks.coordinate_step`. One thread, float32, batch 32, 196 of the 784 pixels, encoder included;
forward, backward, clipping and Adam, interleaved.
"""

from collections.abc import Iterator
from functools import partial

import torch

from benchmarks.interleaved import medians
from benchmarks.training_step import step
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import (
    CoordinateCircuit,
    CoordinateMFN,
    CoordinateMLP,
    CoordinateSIREN,
    Decoder,
    Encoder,
    QINRDecoder,
)
from qinr_lightning.networks.stand_ins import AngleMap, count_trained
from qinr_lightning.quantum import ReuploadingCircuit
from qinr_lightning.seeding import generator

BATCH = 32
SIZE = 1750
REFERENCE = "SIREN"


def circuit(n_qubits: int, n_reuploads: int, entangler: str = "rings") -> AngleMap:
    return ReuploadingCircuit(n_qubits, n_reuploads, 1, "z_zz", entangler=entangler, learnable_scales=False)


def decoders() -> dict[str, Decoder]:
    """By name, what is compared."""
    by_size = {
        f"circuit, {n} qubits, L = {layers}": CoordinateCircuit(circuit(n, layers), n_parameters=SIZE)
        for n, layers in ((4, 6), (6, 4), (6, 6))
    }
    return by_size | {
        "12 circuits, 2 qubits, L = 1": CoordinateCircuit(circuit(2, 1, "chain"), n_circuits=12, n_parameters=SIZE),
        REFERENCE: CoordinateSIREN(n_parameters=SIZE),
        "multiplicative filters": CoordinateMFN(n_parameters=SIZE),
        "MLP": CoordinateMLP(n_parameters=SIZE),
    }


def prepared(decoder: Decoder, batch: int = BATCH, device: str = "cpu") -> partial[float]:
    """A step of an AE with this decoder on random images."""
    is_quantum = isinstance(decoder, CoordinateCircuit | QINRDecoder)
    model = QINRAutoencoder(Encoder(), decoder, lr_quantum=1e-2 if is_quantum else None).to(device)
    # As at the start of an epoch; without it all pixels are decoded.
    model._pixel_draws = generator(0, "pixels", 0, device=device)
    images = (torch.rand(batch, 1, 28, 28) * 2 - 1).to(device)
    return partial(step, model, model.configure_optimizers(), images)


def rows(rounds: int = 30) -> Iterator[tuple[str, int, float, float]]:
    """Decoder, its parameters, milliseconds of a step, and how many times those of :data:`REFERENCE` they are."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    compared = decoders()
    seconds = medians({name: prepared(decoder) for name, decoder in compared.items()}, rounds=rounds)
    for name, value in seconds.items():
        yield name, count_trained(compared[name]), 1e3 * value, value / seconds[REFERENCE]


def main() -> None:
    for name, n_parameters, milliseconds, ratio in rows():
        print(f"{name:<28} {n_parameters:>6} parameters {milliseconds:8.2f} ms {ratio:6.2f} x {REFERENCE}")


if __name__ == "__main__":
    main()
