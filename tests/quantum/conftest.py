"""Helpers of the quantum tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from qinr_lightning.quantum import Backend, PennyLaneBackend, ReuploadingCircuit, StatevectorBackend

KEEP, UNDO = 2**40, 0
"""``keep_up_to`` that makes the adjoint keep all states, or none."""

BACKENDS: dict[str, Callable[[], Backend]] = {
    "pennylane": PennyLaneBackend,
    "autograd": lambda: StatevectorBackend("autograd"),
    "keep": lambda: StatevectorBackend(keep_up_to=KEEP),
    "undo": lambda: StatevectorBackend(keep_up_to=UNDO),
    "keep-1": lambda: StatevectorBackend(keep_up_to=KEEP, group_size=1),
    "parts": lambda: StatevectorBackend(keep_up_to=2**7),
    "undo-2": lambda: StatevectorBackend(keep_up_to=UNDO, group_size=2),
    "keep-3": lambda: StatevectorBackend(keep_up_to=KEEP, group_size=3),
    "autograd-8": lambda: StatevectorBackend("autograd", group_size=8),
    "undo-8": lambda: StatevectorBackend(keep_up_to=UNDO, group_size=8),
}

STATEVECTORS = [name for name in BACKENDS if name != "pennylane"]
CORE = ["pennylane", "autograd", "keep", "undo"]
"""One backend for each way that values and gradients are computed."""

MIXED_WORDS = ["Y0 Y1 Y2", "Z1", "X0 Y1 Z2", "Y0", "X2 Y0", "Z0 Z2", "X1", "Y1 Y2", "Z2 X0 Y1"]
"""Up to three Y, words of three letters, words that flip the same bits, wires out of order, one word twice."""


@dataclass(frozen=True)
class Result:
    """Expectation values, and gradients of their weighted sum by name."""

    values: Tensor
    gradients: dict[str, Tensor]


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    return request.param


@pytest.fixture
def tolerance(dtype: torch.dtype) -> float:
    """Largest absolute error of a value or of a gradient of one sample.

    In single precision 8e-7 was the largest over 20 seeds, every backend and the instructions of three processors.
    """
    return {torch.float32: 1e-5, torch.float64: 1e-12}[dtype]


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def make_circuit(
    backend: str | Backend = "keep", dtype: torch.dtype = torch.float64, **options: object
) -> ReuploadingCircuit:
    """A circuit whose parameters, scales included, depend on the options but not on the backend."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        simulator = BACKENDS[backend]() if isinstance(backend, str) else backend
        circuit = ReuploadingCircuit(backend=simulator, **options).double()
        with torch.no_grad():
            circuit.scales.uniform_(0.5, 1.5)
            if circuit.log_global_scale is not None:
                circuit.log_global_scale.fill_(0.3)
    return circuit.to(dtype)


def evaluate(circuit: ReuploadingCircuit, angles: Tensor) -> Result:
    """Values of the circuit and gradients of their sum with weights that differ for every value."""
    angles = angles.detach().requires_grad_()
    values = circuit(angles)
    weights = torch.linspace(-1, 1, values.numel(), dtype=torch.float64).reshape(values.shape).to(values)
    inputs = {"angles": angles, **dict(circuit.named_parameters())}
    gradients = torch.autograd.grad((weights * values).sum() / len(values), list(inputs.values()))
    return Result(values.detach(), dict(zip(inputs, gradients, strict=True)))


def assert_same(actual: Result, expected: Result, tolerance: float) -> None:
    torch.testing.assert_close(actual.values, expected.values, rtol=0, atol=tolerance, check_dtype=False)
    assert actual.gradients.keys() == expected.gradients.keys()
    for name, gradient in actual.gradients.items():
        torch.testing.assert_close(
            gradient,
            expected.gradients[name],
            rtol=0,
            atol=tolerance,
            check_dtype=False,
            msg=lambda text, n=name: f"{n}: {text}",
        )
