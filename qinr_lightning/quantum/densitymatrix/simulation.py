"""A noisy circuit in plain PyTorch operations, which autograd differentiates.

A state is ``(batch, 4**n_qubits)``: samples, and the words of :mod:`~qinr_lightning.quantum.densitymatrix.transfer`.
Before the first input is met it is of a batch of one.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Ansatz, Input, Parameter
from qinr_lightning.quantum.densitymatrix.steps import Fixed, LocalStep, MonomialStep, Turn, TurnStep, steps
from qinr_lightning.quantum.densitymatrix.transfer import Monomial, as_monomial
from qinr_lightning.quantum.noise import Noise
from qinr_lightning.quantum.statevector.matrices import Busy, busy_groups, products_by_step, split_qubits


@dataclass(frozen=True)
class LocalMatrices:
    """The 4x4 matrices of some local steps, ``constant + cosine cos(angle) + sine sin(angle)`` times each other.

    Attributes:
        sources: Where each angle is among inputs, parameters and ``fixed``, ``(n_steps * n_qubits, n_factors)``; every
            wire of every step has the same number of factors, the identity where it has fewer.
        scales: What each angle is multiplied with, of the same shape.
        constant: ``(n_steps * n_qubits, n_factors, 4, 4)``.
        cosine: Of the same shape.
        sine: Of the same shape.
        groups: Sizes of the groups of neighbouring qubits whose matrices become one.
        busy: For each step and group, whether anything happens in it.
    """

    sources: Tensor
    scales: Tensor
    constant: Tensor
    cosine: Tensor
    sine: Tensor
    groups: tuple[int, ...]
    busy: Busy

    def products(self, angles: Tensor) -> list[list[Tensor | None]]:
        """Matrices of each step and group, ``(..., 4**size, 4**size)``, from all angles, ``(..., n)``; None where
        nothing happens."""
        if not self.busy:
            return []
        chosen = (angles[..., self.sources] * self.scales)[..., None, None]
        matrices = self.constant + chosen.cos() * self.cosine + chosen.sin() * self.sine
        return products_by_step(matrices, self.groups, self.busy)


@dataclass(frozen=True)
class PreparedTurn:
    """A turn on two wires: words that commute with its Z Z stay, the others turn into each other in pairs."""

    source: int
    scale: float
    stays: Tensor
    turns: Tensor
    partner: Monomial

    def apply(self, state: Tensor, angles: Tensor) -> Tensor:
        angle = (angles[..., self.source] * self.scale).reshape(-1, 1)
        partners = state[:, self.partner.sources] * self.partner.weights
        return state * (self.stays + self.turns * angle.cos()) + partners * angle.sin()


@dataclass(frozen=True)
class Prepared:
    """A circuit's steps in the dtype and on the device of its parameters.

    Attributes:
        order: For each step its kind and its number among those of its kind.
        shared: Local steps that are the same for all samples.
        of_samples: Those that depend on inputs.
        monomials: Each with its inverse, for the gradient.
        turns: On two wires.
        fixed: Constant angles, rad, ``(n_fixed,)``.
    """

    order: tuple[tuple[str, int], ...]
    shared: LocalMatrices
    of_samples: LocalMatrices
    monomials: tuple[tuple[Monomial, Monomial], ...]
    turns: tuple[PreparedTurn, ...]
    fixed: Tensor


class Renumber(torch.autograd.Function):
    """A monomial matrix; its gradient is the transposed one, which is quicker than adding up by index."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, monomial: Monomial, transposed: Monomial) -> Tensor:
        ctx.monomials = monomial, transposed
        return state[:, monomial.sources] * monomial.weights

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        monomial, transposed = ctx.monomials
        gradient: Tensor = Renumber.apply(gradients[0], transposed, monomial)
        return gradient, None, None


def run(ansatz: Ansatz, noise: Noise, inputs: Tensor, parameters: Tensor, group_size: int) -> Tensor:
    """State after a circuit and its noise.

    Args:
        ansatz: The circuit.
        noise: What befalls it.
        inputs: Angles, rad, ``(batch, n_inputs)``.
        parameters: Angles, rad, ``(n_parameters,)``.
        group_size: Most neighbouring qubits whose matrices become one.

    Returns:
        Expectation values of all Pauli words, ``(batch, 4**n_qubits)``.
    """
    prepared = prepare(ansatz, noise, group_size, parameters.dtype, parameters.device)
    batch, n_qubits = len(inputs), ansatz.n_qubits
    inputs = inputs.to(parameters.dtype)
    known = torch.cat([parameters, prepared.fixed])
    shared = prepared.shared.products(torch.cat([parameters.new_zeros(ansatz.n_inputs), known]))
    angles = torch.cat([inputs[:, : ansatz.n_inputs], known.expand(batch, -1)], dim=1)
    of_samples = prepared.of_samples.products(angles)

    # |0><0| is (I + Z) / 2 on each wire.
    state = parameters.new_tensor([1, 0, 0, 1])
    for _ in range(n_qubits - 1):
        state = torch.cat([state, torch.zeros_like(state), torch.zeros_like(state), state])
    state = state[None]
    for kind, number in prepared.order:
        if kind == "shared":
            state = _apply(shared[number], prepared.shared.groups, state)
        elif kind == "of_samples":
            state = _apply(of_samples[number], prepared.of_samples.groups, state.expand(batch, -1))
        elif kind == "monomials":
            state = Renumber.apply(state, *prepared.monomials[number])
        else:
            state = prepared.turns[number].apply(state, angles)
    return state.expand(batch, -1)


def _apply(products: list[Tensor | None], groups: tuple[int, ...], state: Tensor) -> Tensor:
    """The matrix of each group of qubits, wire 0's first; one for each sample where it has another dimension."""
    batch, n_words = state.shape
    n_before = 1
    for size, product in zip(groups, products, strict=True):
        n_after = n_words // n_before // 4**size
        if product is not None:
            if n_after == 1 and product.dim() == 2:
                state = state.reshape(-1, 4**size) @ product.T
            elif n_after == 1:
                state = state.reshape(batch, n_before, 4**size) @ product.mT
            elif n_before == 1 or product.dim() == 2:
                state = product @ state.reshape(-1, 4**size, n_after)
            else:
                state = product.unsqueeze(1) @ state.reshape(batch, n_before, 4**size, n_after)
            state = state.reshape(batch, n_words)
        n_before *= 4**size
    return state


@lru_cache(maxsize=32)
def prepare(ansatz: Ansatz, noise: Noise, group_size: int, dtype: torch.dtype, device: torch.device) -> Prepared:
    """Sort gates and channels into steps and put what does not depend on angles into tensors."""
    order: list[tuple[str, int]] = []
    local: dict[str, list[LocalStep]] = {"shared": [], "of_samples": []}
    monomials: list[tuple[Monomial, Monomial]] = []
    turns: list[Turn] = []
    for step in steps(ansatz, noise):
        if isinstance(step, LocalStep):
            kind = "of_samples" if step.has_inputs else "shared"
            order.append((kind, len(local[kind])))
            local[kind].append(step)
        elif isinstance(step, MonomialStep):
            order.append(("monomials", len(monomials)))
            assert step.monomial is not None
            monomials.append((step.monomial, _transposed(step.monomial)))
        else:
            assert isinstance(step, TurnStep)
            order.append(("turns", len(turns)))
            turns.append(step.turn)
    factors = [turn for steps_ in local.values() for step in steps_ for items in step.by_wire.values()
               for turn in items if isinstance(turn, Turn)]  # fmt: skip
    fixed = sorted({0.0, *(float(t.angle) for t in [*factors, *turns] if not isinstance(t.angle, Input | Parameter))})
    # The cache outlives the caller's inference mode; tensors made in it could not take part in training.
    with torch.inference_mode(False):
        return Prepared(
            tuple(order),
            _local_matrices(local["shared"], ansatz, fixed, group_size, dtype, device),
            _local_matrices(local["of_samples"], ansatz, fixed, group_size, dtype, device),
            tuple((_moved(one, dtype, device), _moved(other, dtype, device)) for one, other in monomials),
            tuple(_prepared_turn(turn, ansatz, fixed, dtype, device) for turn in turns),
            torch.tensor(fixed, dtype=torch.float64).to(device, dtype),
        )


def _transposed(monomial: Monomial) -> Monomial:
    inverse = monomial.sources.argsort()
    return Monomial(inverse, monomial.weights[inverse])


def _moved(monomial: Monomial, dtype: torch.dtype, device: torch.device) -> Monomial:
    return Monomial(monomial.sources.to(device), monomial.weights.to(device, dtype))


def _source(turn: Turn, ansatz: Ansatz, fixed: list[float]) -> int:
    """Where its angle is among inputs, parameters and constants."""
    if isinstance(turn.angle, Input):
        return turn.angle.index
    if isinstance(turn.angle, Parameter):
        return ansatz.n_inputs + turn.angle.index
    return ansatz.n_inputs + ansatz.n_parameters + fixed.index(float(turn.angle))


def _local_matrices(
    found: list[LocalStep],
    ansatz: Ansatz,
    fixed: list[float],
    group_size: int,
    dtype: torch.dtype,
    device: torch.device,
) -> LocalMatrices:
    n_qubits = ansatz.n_qubits
    groups = split_qubits(n_qubits, group_size)
    busy = busy_groups([step.wires for step in found], groups)
    n_factors = max((len(items) for step in found for items in step.by_wire.values()), default=1)
    zero = torch.zeros(4, 4, dtype=torch.float64)
    nothing = Turn((0,), 0.0, 1.0, torch.eye(4, dtype=torch.float64), zero, zero)
    slots = []
    for step in found:
        for wire in range(n_qubits):
            items = step.by_wire.get(wire, [])
            turns = [Turn(i.wires, 0.0, 1.0, i.matrix, zero, zero) if isinstance(i, Fixed) else i for i in items]
            slots.append(turns + [nothing] * (n_factors - len(turns)))

    def table(name: str) -> Tensor:
        rows = [torch.stack([getattr(turn, name) for turn in turns]) for turns in slots]
        return torch.stack(rows).to(device, dtype) if rows else torch.zeros(0, n_factors, 4, 4, dtype=dtype)

    sources = [[_source(turn, ansatz, fixed) for turn in turns] for turns in slots]
    scales = [[turn.scale for turn in turns] for turns in slots]
    return LocalMatrices(
        torch.tensor(sources, dtype=torch.long).to(device),
        torch.tensor(scales, dtype=torch.float64).to(device, dtype),
        table("constant"),
        table("cosine"),
        table("sine"),
        groups,
        busy,
    )


def _prepared_turn(
    turn: Turn, ansatz: Ansatz, fixed: list[float], dtype: torch.dtype, device: torch.device
) -> PreparedTurn:
    # At a quarter turn every word has one other or itself; the words that stay are those without a cosine.
    quarter = as_monomial(turn.constant + turn.sine)
    assert quarter is not None
    identity = Monomial(torch.arange(16), turn.cosine.diagonal().clone())
    turns = identity.on(turn.wires, ansatz.n_qubits).weights
    partner = quarter.on(turn.wires, ansatz.n_qubits)
    return PreparedTurn(
        _source(turn, ansatz, fixed),
        turn.scale,
        (1 - turns).to(device, dtype),
        turns.to(device, dtype),
        _moved(Monomial(partner.sources, partner.weights * turns), dtype, device),
    )
