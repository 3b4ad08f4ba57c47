"""Training step of the default QINR-VAE with each backend, and with tanh in the circuit's place.

Run `python -m benchmarks.training_step`. One thread, batch 32, forward, backward, clipping and Adam, interleaved.
"""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.interleaved import medians
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.networks import GaussianEncoder, QINRDecoder
from qinr_lightning.objectives import BetaWarmup
from qinr_lightning.quantum import ReuploadingCircuit

BATCH = 32


class Tanh(ReuploadingCircuit):
    """tanh(h) with the circuit's interface: what the rest of the network costs."""

    def forward(self, angles: Tensor) -> Tensor:
        return torch.tanh(angles)


def vae(circuit: nn.Module) -> QINRVAE:
    """The default model around a circuit, the same parameters everywhere else."""
    torch.manual_seed(0)
    return QINRVAE(GaussianEncoder(), QINRDecoder(circuit), BetaWarmup())


def step(model: QINRAutoencoder, optimizer: Optimizer, images: Tensor) -> float:
    """One step as Lightning takes it, without Lightning."""
    optimizer.zero_grad()
    loss = model.loss(images).total
    loss.backward()
    model.configure_gradient_clipping(optimizer, 1.0, "norm")
    optimizer.step()
    return loss.item()


def check_equal(models: dict[str, QINRVAE], images: Tensor) -> None:
    """Both backends must compute the same loss before their speed means anything."""
    losses = {}
    for name, model in models.items():
        torch.manual_seed(1)
        losses[name] = model.loss(images).total.item()
    if abs(losses["statevector"] - losses["pennylane"]) > 1e-4 * losses["pennylane"]:
        raise SystemExit(f"the backends disagree: {losses}")


def measure(rounds: int = 30) -> dict[str, float]:
    """Median seconds of a step for each variant."""
    torch.set_num_threads(1)
    images = torch.rand(BATCH, 1, 28, 28) * 2 - 1
    torch.manual_seed(0)
    angles = ReuploadingCircuit().state_dict()
    circuits = {
        "statevector": ReuploadingCircuit(backend="statevector"),
        "pennylane": ReuploadingCircuit(backend="pennylane"),
        "tanh": Tanh(),
    }
    for circuit in circuits.values():
        circuit.load_state_dict(angles)
    models = {name: vae(circuit) for name, circuit in circuits.items()}
    check_equal(models, images)
    optimizers = {name: model.configure_optimizers() for name, model in models.items()}
    return medians(
        {name: lambda name=name: step(models[name], optimizers[name], images) for name in models}, rounds=rounds
    )


def main() -> None:
    seconds = measure()
    for name, value in seconds.items():
        print(f"{name:<12} {1e3 * value:8.2f} ms   {value / seconds['statevector']:6.2f} x statevector")
    print(f"statevector is {seconds['pennylane'] / seconds['statevector']:.1f} times faster than pennylane")


if __name__ == "__main__":
    main()
