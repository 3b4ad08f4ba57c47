"""Optimizers and learning-rate schedules, as a configuration names them; the rates themselves are the model's."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt
from torch import optim

from qinr_lightning.ranges import MANY, BelowOne, Fraction

AdamBetas = tuple[BelowOne, BelowOne]


class Adam:
    """Adam (Kingma and Ba).

    Args:
        betas: Decay rates of the gradient's running mean and of its square's.
        eps: What is added to the root of the latter.
    """

    def __init__(self, betas: AdamBetas = (0.9, 0.999), eps: Annotated[float, Gt(0), Le(1)] = 1e-8) -> None:
        # torch takes floats alone, and a configuration may say [0, 0.9].
        self.betas = (float(betas[0]), float(betas[1]))
        self.eps = eps

    def build(self, groups: Iterable[dict[str, Any]], fused: bool) -> optim.Optimizer:
        """The optimizer of parameter groups that have a name and a learning rate each."""
        return optim.Adam(groups, betas=self.betas, eps=self.eps, fused=fused)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter), of the classical parameters.

    Quantum parameters are left out: to pull an angle towards 0 makes no circuit simpler, and scales are at rest at 1.

    Args:
        betas: Decay rates of the gradient's running mean and of its square's.
        eps: What is added to the root of the latter.
        weight_decay: Share of its value, times the learning rate, that a parameter loses in a step.
    """

    def __init__(
        self,
        betas: AdamBetas = (0.9, 0.999),
        eps: Annotated[float, Gt(0), Le(1)] = 1e-8,
        weight_decay: Fraction = 1e-2,
    ) -> None:
        super().__init__(betas, eps)
        self.weight_decay = weight_decay

    def build(self, groups: Iterable[dict[str, Any]], fused: bool) -> optim.Optimizer:
        decayed = [
            {**group, "weight_decay": 0.0 if group["name"] == "quantum" else self.weight_decay} for group in groups
        ]
        return optim.AdamW(decayed, betas=self.betas, eps=self.eps, fused=fused)


class LRSchedule(ABC):
    """A factor on all of a model's learning rates, from how far training is and nothing else.

    torch's schedulers keep that as a state, which a resumed run has to restore, and take the number of epochs from the
    checkpoint; a GAN, with two optimizers in turn, would have to step them itself. Their formulas are the same.
    """

    interval: Literal["epoch", "step"]
    """What is counted."""

    @abstractmethod
    def factor(self, n_done: int, n_total: int) -> float:
        """The factor in the epoch (or step) before which ``n_done`` of ``n_total`` have passed."""


class LinearSchedule(LRSchedule):
    """From 1 in the first epoch straight to ``end_factor`` after the last.

    Args:
        end_factor: 0 lets the rates fall to 0.
    """

    interval = "epoch"

    def __init__(self, end_factor: Fraction = 0.0) -> None:
        self.end_factor = end_factor

    def factor(self, n_done: int, n_total: int) -> float:
        return 1 - (1 - self.end_factor) * n_done / n_total


class CosineSchedule(LRSchedule):
    """From 1 in the first epoch to ``end_factor`` after the last, along half a cosine (Loshchilov and Hutter).

    Args:
        end_factor: 0 lets the rates fall to 0.
    """

    interval = "epoch"

    def __init__(self, end_factor: Fraction = 0.0) -> None:
        self.end_factor = end_factor

    def factor(self, n_done: int, n_total: int) -> float:
        return _cosine(1.0, self.end_factor, n_done / n_total)


class OneCycleSchedule(LRSchedule):
    """Step by step up to the model's rates and down again, along half a cosine each (Smith and Topin).

    Args:
        pct_start: Share of the steps on the way up.
        div_factor: The model's rates over the first ones.
        final_div_factor: The first rates over the last ones.
    """

    interval = "step"

    def __init__(
        self,
        pct_start: Annotated[float, Gt(0), Lt(1)] = 0.3,
        div_factor: Annotated[float, Ge(1), Le(MANY)] = 25.0,
        final_div_factor: Annotated[float, Ge(1), Le(MANY)] = 1e4,
    ) -> None:
        self.pct_start = pct_start
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor

    def factor(self, n_done: int, n_total: int) -> float:
        first, last, peak = 1 / self.div_factor, 1 / (self.div_factor * self.final_div_factor), self.pct_start * n_total
        if n_done < peak - 1:
            return _cosine(first, 1.0, n_done / (peak - 1))
        return _cosine(1.0, last, (n_done + 1 - peak) / (n_total - peak))


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2
