"""Everything that is looked at in a trained autoencoder, as it goes into analysis.json."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from qinr_lightning.analysis.circuits import TrainedCircuit, find_circuit, states, states_at_once, trained_circuit
from qinr_lightning.analysis.cost import layer_flops, seconds
from qinr_lightning.analysis.entanglement import haar_entanglement, meyer_wallach
from qinr_lightning.analysis.expressibility import expressibility, fidelities, haar_states, largest_expressibility
from qinr_lightning.analysis.fourier import affine_share, reachable_frequencies, series
from qinr_lightning.analysis.gradients import gradient_variances, layers_of_parameters, plateau, random_parameters
from qinr_lightning.analysis.image_spectrum import explained_variance, power_spectrum
from qinr_lightning.analysis.jacobian import SMALL, rank, singular_values
from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.metrics import principal_reconstruction
from qinr_lightning.models import QINRAutoencoder, split_parameters
from qinr_lightning.networks import CoordinateDecoder
from qinr_lightning.quantum import StatevectorBackend
from qinr_lightning.quantum.resources import line_resources
from qinr_lightning.seeding import generator

MOST_PARAMETERS = 4000
"""Of a decoder whose whole Jacobian is looked at: as many gradients are kept for each."""
OF_TWIN = "cost/twin/"
"""What stands in metrics.json before what a twin costs."""
_AT_ONCE = 100
"""Images that go through a decoder together."""


def measure(
    model: QINRAutoencoder, datamodule: ClassSubsetDataModule, n_images: int, n_random: int, seed: int
) -> dict[str, Any]:
    """Look at a trained autoencoder: its reconstructions by spatial frequency, its decoder, and the decoder's circuit.

    The circuit and the Jacobian are computed exactly, in double precision, whatever the backend is and without the
    noise that it was trained with.

    Args:
        model: Its backend and precision are others afterwards.
        datamodule: What it was trained on, set up.
        n_images: Training images at whose angles the circuit is looked at.
        n_random: Draws of random parameters, and pairs of states for a histogram of fidelities.
        seed: Of all draws.

    Returns:
        Numbers, texts, lists and dicts of them.

    Raises:
        SettingError: Where the states of so many images do not fit in memory.
    """
    model.eval()
    model.check_memory(n_images, "n_images")
    circuit = find_circuit(model.decoder)
    train = to_signed_unit(datamodule.train_subset.images[:n_images])
    with torch.no_grad():
        one = model.encode(train[:1].to(model.dtype))
    found: dict[str, Any] = {
        "cost": {"flops": layer_flops(model.decoder, one), "seconds": seconds(model.decoder, one)},
        "images": image_spectrum(model, datamodule),
    }
    model.double()
    train = train.double()
    if circuit is not None:
        circuit.backend = StatevectorBackend(gradient="autograd")
    if isinstance(model.decoder, CoordinateDecoder):
        found["features"] = feature_spectrum(model, model.decoder, train[:_AT_ONCE])
    found["jacobian"] = jacobian(model, train, generator(seed, "jacobian"))
    if circuit is not None:
        seen = trained_circuit(model, circuit, train)
        kept = torch.randperm(len(seen.angles), generator=generator(seed, "points"))[: max(n_images, 500)]
        points = replace(seen, angles=seen.angles[kept.sort().values])
        found["circuit"] = circuit_facts(points, n_random, seed) | {"resources": line(points)}
    return found


@torch.no_grad()
def image_spectrum(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> dict[str, Any]:
    """Test images and their reconstructions by radial frequency, beside as many principal components as latent numbers.

    The components and the mean image are those of the train subset.
    """
    train, images = to_unit(datamodule.train_subset.images), to_unit(datamodule.test_split.images)
    shown = {
        "reconstructions": _in_parts(model, to_signed_unit(datamodule.test_split.images)).to(images),
        f"{model.latent_dim} principal components": principal_reconstruction(train, model.latent_dim)(images),
    }
    mean = train.double().mean(0)
    return {
        "n": len(images),
        "power": {"images": _list(power_spectrum(images))}
        | {name: _list(power_spectrum(of)) for name, of in shown.items()},
        "explained": {name: _list(explained_variance(images, of, mean)) for name, of in shown.items()},
    }


@torch.no_grad()
def feature_spectrum(model: QINRAutoencoder, decoder: CoordinateDecoder, images: Tensor) -> list[float]:
    """Power of the features of a coordinate decoder over the pixels, by radial frequency, its sum without 0 being 1.

    Features are what a circuit measures, or what the classical network in its place computes, at every pixel.
    """
    seen: list[Tensor] = []
    with decoder.normalise.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0])):
        _in_parts(model, images)
    height, width = decoder.image_shape[1:]
    features = torch.cat(seen).view(len(images), height, width, -1).movedim(-1, 1)
    power = power_spectrum(features - features.mean((2, 3), keepdim=True))
    return _list(power / power.sum()) if power.sum() > 0 else _list(power)


def jacobian(model: QINRAutoencoder, images: Tensor, draws: torch.Generator) -> dict[str, Any]:
    """Rank of the derivative of the decoder's logits by its quantum parameters, and by all where they are few.

    Nothing of a circuit that PennyLane alone knows: it cannot be differentiated for many images at once.
    """
    decoder = model.decoder
    quantum, circuit = {id(parameter) for parameter in split_parameters(decoder).quantum}, find_circuit(decoder)
    if quantum and circuit is None:
        return {}
    trained = {name: parameter for name, parameter in decoder.named_parameters() if parameter.requires_grad}
    groups = {
        "quantum": {name: parameter for name, parameter in trained.items() if id(parameter) in quantum},
        "decoder": trained if sum(map(torch.numel, trained.values())) <= MOST_PARAMETERS else {},
    }
    n_at_once = 256 if circuit is None else states_at_once(circuit.ansatz)
    with torch.no_grad():
        z = model.encode(images)
    found = {}
    for name, parameters in groups.items():
        if parameters:
            values = singular_values(decoder, parameters, z, draws, n_at_once)
            found[name] = {
                "parameters": sum(map(torch.numel, parameters.values())),
                "rank": rank(values),
                "above_1_percent": rank(values, SMALL),
                "singular_values": _list(values),
            }
    return found


def circuit_facts(circuit: TrainedCircuit, n_random: int, seed: int) -> dict[str, Any]:
    """Angles, Fourier series, entanglement, expressibility and gradients of a circuit."""
    n_qubits = circuit.ansatz.n_qubits
    inputs = circuit.angles.mean(0, keepdim=True) @ circuit.encoding.T

    with torch.no_grad():
        at_images = circuit.states(circuit.angles)
        draws = random_parameters(circuit, 2 * n_random, generator(seed, "expressibility"))
        at_random = torch.cat(
            [states(circuit.ansatz, inputs, part) for part in draws.split(states_at_once(circuit.ansatz))]
        )
    by_image, by_draw = fidelities(_shuffled(at_images, seed)), fidelities(at_random)
    floor = fidelities(haar_states(2 * n_random, n_qubits, generator(seed, "haar")))
    entangled = meyer_wallach(at_images)
    variances = gradient_variances(circuit, n_random, generator(seed, "gradients"))
    layers = torch.tensor(layers_of_parameters(circuit.ansatz), dtype=torch.long)
    return {
        "angles": {"mean": _list(circuit.angles.mean(0)), "sd": _list(circuit.angles.std(0))},
        "affine_share": affine_share(circuit),
        "fourier": [fourier(circuit, angle) for angle in range(circuit.angles.shape[1])],
        "entanglement": {
            "at_images": _list(entangled),
            "mean": float(entangled.mean()),
            "sd": float(entangled.std()),
            "random": float(meyer_wallach(at_random).mean()),
            "haar": haar_entanglement(n_qubits),
        },
        "expressibility": {
            "random": expressibility(by_draw, n_qubits),
            "haar": expressibility(floor, n_qubits),
            "largest": largest_expressibility(n_qubits),
        },
        "fidelities": {"at_images": _list(by_image), "random": _list(by_draw), "haar": _list(floor)},
        "gradients": {
            "layers": [float(variances[layers == layer].mean()) for layer in layers.unique()],
            "mean": float(variances.mean()) if len(layers) else None,
            "plateau": plateau(n_qubits),
        },
    }


def fourier(circuit: TrainedCircuit, angle: int) -> dict[str, Any]:
    """Frequencies that are reachable in an angle, and the amplitudes that the trained circuit has, at its angles.

    Where there are too many for an exact series the lists are missing.
    """
    scales = circuit.encoding[:, angle]
    found: dict[str, Any] = {"scales": _list(scales[scales != 0])}
    try:
        found["reachable"] = _list(reachable_frequencies(circuit, angle))
        with torch.no_grad():
            frequencies, amplitudes = series(circuit, angle, circuit.angles[:_AT_ONCE]).amplitudes()
    except ValueError as error:
        return {**found, "left_out": str(error)}
    return {**found, "frequencies": _list(frequencies), "amplitudes": _list(amplitudes)}


def line(circuit: TrainedCircuit) -> dict[str, float]:
    """What the circuit takes on a line of qubits, under the names of metrics.json."""
    inputs = circuit.angles.mean(0) @ circuit.encoding.T
    return line_resources(circuit.ansatz, inputs, circuit.parameters).named("resources/line")


def numbers(found: dict[str, Any]) -> dict[str, float]:
    """What of an analysis is one number, under its name in metrics.json."""
    named: dict[str, float] = {}
    for place, of in (("cost/", found), (OF_TWIN, found.get("against"))):
        if of is not None:
            named[f"{place}layer_flops"] = of["cost"]["flops"]
            named[f"{place}decoder_seconds"] = of["cost"]["seconds"]
    for group, of_group in found["jacobian"].items():
        named[f"analysis/rank/{group}"] = of_group["rank"]
        named[f"analysis/above_1_percent/{group}"] = of_group["above_1_percent"]
    if "circuit" in found:
        circuit = found["circuit"]
        named |= {
            "analysis/affine_share": circuit["affine_share"],
            "analysis/entanglement": circuit["entanglement"]["mean"],
            "analysis/expressibility": circuit["expressibility"]["random"],
            **circuit["resources"],
        }
        if (variance := circuit["gradients"]["mean"]) is not None:
            named["analysis/gradient_variance"] = variance
    return named


def _shuffled(values: Tensor, seed: int) -> Tensor:
    """An even number of them, in a random order."""
    order = torch.randperm(len(values), generator=generator(seed, "pairs"))
    return values[order[: len(values) // 2 * 2]]


def _in_parts(function: Callable[[Tensor], Tensor] | nn.Module, images: Tensor) -> Tensor:
    return torch.cat([function(part) for part in images.split(_AT_ONCE)])


def _list(values: Tensor) -> list[Any]:
    listed: list[Any] = values.tolist()
    return listed
