"""Which parameters are quantum and which are classical, and what is logged of an optimizer's groups."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from qinr_lightning.quantum import QuantumCircuit


class ParameterGroups(NamedTuple):
    """Every trainable parameter of a model, in one of two groups (Theta_cls and Theta_q of section 3.4)."""

    classical: list[nn.Parameter]
    quantum: list[nn.Parameter]


def split_parameters(model: nn.Module) -> ParameterGroups:
    """Circuit angles and scales are quantum, everything else is classical."""
    circuits = [module for module in model.modules() if isinstance(module, QuantumCircuit)]
    quantum = {id(parameter) for circuit in circuits for parameter in circuit.parameters()}
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return ParameterGroups(
        classical=[parameter for parameter in parameters if id(parameter) not in quantum],
        quantum=[parameter for parameter in parameters if id(parameter) in quantum],
    )


def optimizer_groups(model: nn.Module, rates: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """The groups as an optimizer takes them, each with its name and learning rate; empty ones are left out."""
    return [
        {"name": name, "params": params, "lr": rates[name]}
        for name, params in split_parameters(model)._asdict().items()
        if params
    ]


def gradient_norms(optimizer: Optimizer | LightningOptimizer) -> dict[str, Tensor]:
    """``grad_norm/<group>``: the norm of the gradients of each of an optimizer's groups."""
    return {
        f"grad_norm/{group['name']}": get_total_norm(
            [parameter.grad for parameter in group["params"] if parameter.grad is not None]
        )
        for group in optimizer.param_groups
    }


def learning_rates(optimizers: Iterable[Optimizer]) -> dict[str, float]:
    """``lr/<group>``: the present learning rate of each group."""
    return {f"lr/{group['name']}": float(group["lr"]) for optimizer in optimizers for group in optimizer.param_groups}


def count_parameters(model: nn.Module) -> dict[str, int]:
    """Number of parameters in each group."""
    return {
        name: sum(parameter.numel() for parameter in group) for name, group in split_parameters(model)._asdict().items()
    }
