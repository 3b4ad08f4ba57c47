"""What a decoder costs for one image on this machine: multiplications in its layers, and time."""

import time

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from qinr_lightning.quantum import QuantumCircuit

N_REPEATS = 20


@torch.inference_mode()
def layer_flops(decoder: nn.Module, z: Tensor) -> int:
    """Floating-point operations of a decoder's matrix products for some latent vectors, without its circuits'.

    What a simulation of the circuit computes says nothing of the circuit, so it is left out.
    """
    with FlopCounterMode(display=False) as counter:
        decoder(z)
    total: int = counter.get_total_flops()
    circuits = [name for name, module in decoder.named_modules() if isinstance(module, QuantumCircuit)]
    by_module = counter.get_flop_counts()
    return total - sum(sum(by_module.get(f"{type(decoder).__name__}.{name}", {}).values()) for name in circuits)


@torch.inference_mode()
def seconds(decoder: nn.Module, z: Tensor) -> float:
    """The shortest time of some repetitions; for a decoder with a circuit that of its simulation."""
    decoder(z)
    times = []
    for _ in range(N_REPEATS):
        start = time.perf_counter()
        decoder(z)
        times.append(time.perf_counter() - start)
    return min(times)
