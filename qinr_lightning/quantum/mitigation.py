"""Zero-noise extrapolation: the same circuit under more noise, and from there to none (Temme et al., PRL 119, 180509).

A folded circuit runs to its end, back, and to the end again: it does the same with 3, 5, ... times the gates, and meets
as many times the noise. PennyLane folds and extrapolates.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.noise import Noise, queue_channels


def check_scale_factors(scale_factors: Sequence[int]) -> None:
    """Look whether circuits can be folded like this.

    Raises:
        SettingError: Unless they are two odd numbers at least, the first of them 1, each larger than the one before.
    """
    rising = all(first < second for first, second in pairwise(scale_factors))
    odd = all(factor % 2 == 1 for factor in scale_factors)
    if len(scale_factors) < 2 or scale_factors[0] != 1 or not rising or not odd:
        raise SettingError("zne", list(scale_factors), "must be odd numbers from 1 on, two at least, such as [1,3,5]")


def noisy_device(device: Any, noise: Noise) -> Any:
    """A PennyLane device on which a noise befalls every gate, those of folded circuits too.

    Args:
        device: It has noise channels.
        noise: What befalls gates; nothing else of it is on the device.

    Raises:
        SettingError: For a noise before the measurement, which folding does not change.
    """
    import pennylane as qp

    if noise.before_measurement():
        raise SettingError("noise", noise.label, "is not of gates: zne, which folds them, leaves it as it is")

    def befall(gate: Any, **_: object) -> None:
        queue_channels(gate.wires, noise.after_gate(len(gate.wires)))

    # A condition of one's own: those of PennyLane know gates by name, and a folded Rot has another.
    return qp.noise.add_noise(device, qp.NoiseModel({qp.BooleanFn(lambda gate: True): befall}))


def extrapolated(qnode: Callable[..., Any], scale_factors: Sequence[int]) -> Callable[..., Any]:
    """A QNode of expectation values, extrapolated to no noise by the polynomial through all scale factors (Richardson).

    Args:
        qnode: Without noise channels of its own.
        scale_factors: How many times the gates of each circuit that is run in its place.
    """
    import pennylane as qp

    mitigated: Callable[..., Any] = qp.noise.mitigate_with_zne(
        qnode,
        scale_factors=list(scale_factors),
        folding=qp.noise.fold_global,
        extrapolate=qp.noise.poly_extrapolate,
        extrapolate_kwargs={"order": len(scale_factors) - 1},
    )
    return mitigated
