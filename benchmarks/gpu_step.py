"""Training step on a GPU against one core of the CPU beside it: the dense and the coordinate decoder.

Run `python -m benchmarks.gpu_step`. Float32, encoder included, forward, backward, clipping and Adam, interleaved.
"""

from collections.abc import Iterator
from copy import deepcopy

import torch

from benchmarks.coordinate_step import SIZE, circuit, prepared
from benchmarks.interleaved import medians
from qinr_lightning.networks import CoordinateCircuit, CoordinateSIREN, Decoder, QINRDecoder
from qinr_lightning.quantum import ReuploadingCircuit


def decoders() -> dict[str, Decoder]:
    """By name, what is compared."""
    return {
        "dense, 6 qubits": QINRDecoder(ReuploadingCircuit()),
        "dense, 12 qubits": QINRDecoder(ReuploadingCircuit(12)),
        "coordinate, 4 qubits, L = 6": CoordinateCircuit(circuit(4, 6), n_parameters=SIZE),
        "coordinate, SIREN": CoordinateSIREN(n_parameters=SIZE),
    }


def rows(rounds: int = 15) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Decoder, batch, seconds of a step on each device."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for batch in (32, 500):
        for name, decoder in decoders().items():
            steps = {device: prepared(deepcopy(decoder), batch, device) for device in ("cpu", "cuda")}
            yield name, batch, medians(steps, rounds=rounds)


def main() -> None:
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    for name, batch, seconds in rows():
        cpu, gpu = seconds["cpu"], seconds["cuda"]
        print(f"{name:<30} {batch:4d} {1e3 * cpu:9.1f} ms {1e3 * gpu:9.1f} ms {cpu / gpu:6.2f} x", flush=True)


if __name__ == "__main__":
    main()
