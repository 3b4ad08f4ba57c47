"""Measure everything and write `docs/performance.md`: `make bench`, or `python -m benchmarks`.

Takes about a quarter of an hour on a quiet machine. One thread; every table is from one run in which what is compared
takes turns. `pip install .[bench]` adds the peers DeepQuantum and TorQ.
"""

import os
import platform
import warnings
from collections.abc import Iterable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from benchmarks import coordinate_step, noisy_step, patch_generator, quantum_layer, training_step
from benchmarks.quantum_layer import REFERENCE, Row

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PACKAGES = ("torch", "lightning", "pennylane", "pennylane-lightning", "deepquantum", "torq-quantum")
MEMORY_SIZES = ((6, 2), (12, 2), (16, 2), (18, 2), (18, 8), (20, 2))


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    # First, as a new process starts with the peak of the one that starts it.
    memory = [(size, quantum_layer.peak_memory(*size)) for size in MEMORY_SIZES]
    sections = [
        f"# Performance\n\nWritten by `make bench` on {date.today()}. {machine()} One thread, float32.\n\n"
        "Times are medians and differ between machines; the ratios are from runs in which the compared take turns.",
        "## Quantum layer: simulators\n\nForward and backward of the paper's circuit, 6 qubits. All are "
        f"checked to compute the same values and gradients. Ratios are to *{REFERENCE}*.\n\n"
        + layer_table(quantum_layer.peers()),
        "## Quantum layer: batch\n\n" + layer_table(quantum_layer.batches()),
        "## Quantum layer: qubits\n\n" + layer_table(quantum_layer.qubits()),
        other_circuits_section(),
        "## Quantum layer: memory\n\nPeak of forward and backward beyond what the process had before, batch 32.\n\n"
        + table(("qubits", "encodings", "GiB"), [(n, encodings, f"{gib:.2f}") for (n, encodings), gib in memory]),
        patch_section(),
        "## Training step\n\nForward, backward, clipping and Adam of the default QINR-VAE, batch 32. `tanh`: tanh(h) "
        "in the circuit's place.\n\n" + step_table(training_step.measure()),
        coordinate_section(),
        noisy_section(),
    ]
    PAGE.write_text("\n\n".join(sections) + "\n")
    print(f"written to {PAGE}")


def machine() -> str:
    """What the numbers were measured with, in a sentence."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{platform.machine()} with {os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(found)}."


def layer_table(rows: Iterable[Row]) -> str:
    """Rows of :mod:`benchmarks.quantum_layer`, printed as they come."""
    cells = []
    for row in rows:
        print(row, flush=True)
        cells.append((row.n_qubits, row.batch, row.simulator, f"{row.milliseconds:.2f}", f"{row.ratio:.1f}"))
    return table(("qubits", "batch", "simulator", "ms", "ratio"), cells)


def other_circuits_section() -> str:
    """Rows of :func:`benchmarks.quantum_layer.other_circuits`, with their heading."""
    cells = []
    for circuit, row in quantum_layer.other_circuits():
        print(circuit, row, flush=True)
        cells.append((circuit, row.simulator, f"{row.milliseconds:.2f}", f"{row.ratio:.1f}"))
    return (
        "## Quantum layer: other circuits\n\nForward and backward of circuits without a gradient written out, 6 "
        f"qubits, 2 encodings, 2 blocks, batch 32: autograd on the state vector (*{REFERENCE}* takes it), PennyLane."
        "\n\n" + table(("circuit", "simulator", "ms", "ratio"), cells)
    )


def patch_section() -> str:
    """Rows of :mod:`benchmarks.patch_generator`, with their heading."""
    return (
        "## Patch generator\n\nForward and backward of PQWGAN's generator, batch 25: its circuits for MNIST and "
        "E-MNIST, and for Fashion-MNIST. PennyLane runs one QNode a circuit, broadcast over the batch.\n\n"
        + ratio_table(("circuits", "simulator"), patch_generator.measure())
    )


def coordinate_section() -> str:
    """Rows of :mod:`benchmarks.coordinate_step`, with their heading."""
    return (
        "## Training step with coordinate decoders\n\nForward, backward, clipping and Adam of the AE, batch 32, 196 of "
        f"784 pixels, encoder included. Ratios are to *{coordinate_step.REFERENCE}*.\n\n"
        + ratio_table(("decoder", "parameters"), coordinate_step.rows(), digits=2)
    )


def noisy_section() -> str:
    """Rows of :mod:`benchmarks.noisy_step`, with their heading."""
    return (
        "## Training step with noise\n\nForward, backward, clipping and Adam of the default QINR-AE, 6 qubits, "
        f"`noise={noisy_step.NOISE.label}` after every gate.\n\n"
        + ratio_table(("batch", "simulator"), noisy_step.rows())
    )


def ratio_table(head: tuple[str, str], rows: Iterable[tuple[object, object, float, float]], digits: int = 1) -> str:
    """Rows of what was measured, two names, milliseconds and a ratio, printed as they come."""
    cells = []
    for one, other, milliseconds, ratio in rows:
        print(one, other, f"{milliseconds:.2f} ms {ratio:.{digits}f} x", flush=True)
        cells.append((one, other, f"{milliseconds:.2f}", f"{ratio:.{digits}f}"))
    return table((*head, "ms", "ratio"), cells)


def step_table(seconds: dict[str, float]) -> str:
    """Seconds of :mod:`benchmarks.training_step`."""
    own = seconds["statevector"]
    cells = [(name, f"{1e3 * value:.2f}", f"{value / own:.2f}") for name, value in seconds.items()]
    return table(("circuit", "ms", "ratio to statevector"), cells)


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table; all columns but text are right-aligned."""
    text = ("simulator", "circuit", "circuits", "decoder")
    lines = [head, tuple("---" if name in text else "---:" for name in head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
