"""Which parameters are quantum and which are classical."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import nn

from qinr_lightning.quantum import LayeredCircuits, ReuploadingCircuit


class ParameterGroups(NamedTuple):
    """Every trainable parameter of a model, in one of two groups (Theta_cls and Theta_q of section 3.4)."""

    classical: list[nn.Parameter]
    quantum: list[nn.Parameter]


def split_parameters(model: nn.Module) -> ParameterGroups:
    """Circuit angles and scales are quantum, everything else is classical."""
    circuits = [module for module in model.modules() if isinstance(module, ReuploadingCircuit | LayeredCircuits)]
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


def count_parameters(model: nn.Module) -> dict[str, int]:
    """Number of parameters in each group."""
    return {
        name: sum(parameter.numel() for parameter in group) for name, group in split_parameters(model)._asdict().items()
    }
