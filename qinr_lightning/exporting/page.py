"""A page to play with a trained autoencoder: its decoder in JavaScript, in one file that needs no network."""

import base64
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting.frozen_circuit import FrozenCircuit, frozen
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.networks import ClassicalDecoder, MLPStandIn, QINRDecoder, TanhStandIn
from qinr_lightning.quantum import described_circuits
from qinr_lightning.quantum.readout import written
from qinr_lightning.reporting.page import fill_in
from qinr_lightning.runs import write_whole

N_LATENTS = 10
"""Training images whose reconstructions the page goes between."""
SPAN = 3.0
"""Of a slider: standard deviations to both sides of the mean of the training images' latent vectors."""


@torch.inference_mode()
def write_page(model: Any, latents: Tensor, title: str, path: Path) -> None:
    """Write the page.

    Linear layers and batch normalisation that follow each other are one affine map there, computed in double precision.

    Args:
        model: An autoencoder, in evaluation mode, with a dense decoder and a described circuit or a stand-in, or with
            the classical decoder.
        latents: Those of the training images, ``(n, latent_dim)``.
        title: Heading.
        path: Where it goes.

    Raises:
        SettingError: For a decoder that the page cannot run.
    """
    layers = check_page(model)
    circuit = next(iter(described_circuits(model.decoder)), None)
    # A page has one decoder: that of the images where draws of the prior go through another.
    has_prior = isinstance(model, QINRVAE) and model.decoder_of_prior() is model.decoder
    points = latents.double()
    mean, deviation = points.mean(0), points.std(0).clamp(min=1e-6)
    centred = points - mean
    _, values, directions = torch.linalg.svd(centred / len(points) ** 0.5, full_matrices=False)
    content = {
        "layers": layers,
        "words": None if circuit is None else [written(word) for word in circuit.words],
        "shape": list(model.decoder.image_shape),
        "latents": points[:N_LATENTS].tolist(),
        "low": (mean - SPAN * deviation).tolist(),
        "high": (mean + SPAN * deviation).tolist(),
        # A draw is the mean plus the factor times normal numbers.
        "mean": (0 * mean if has_prior else mean).tolist(),
        "factor": (torch.eye(len(mean)) if has_prior else directions.T * values).tolist(),
    }
    text = json.dumps(content).replace("<", "\\u003c")  # Nothing in it ends the script element.
    drawn_from = "its prior, N(0, 1)" if has_prior else "a Gaussian fitted to the training images' latent vectors"
    page = fill_in(Path(__file__).with_name("page.html.j2"), title=title, content=text, drawn_from=drawn_from)
    write_whole(path, page.encode())


@torch.inference_mode()
def check_page(model: Any) -> list[dict[str, Any]]:
    """The layers of a model's decoder as the page has them, once it has been seen that it can run them.

    Raises:
        SettingError: As :func:`write_page` says.
    """
    if not isinstance(model, QINRAutoencoder):
        raise SettingError("format", "html", f"{type(model).__name__} has no encoder and decoder")
    return _described(list(_merged(_layers(copy.deepcopy(model.decoder).double()))))


def _layers(decoder: nn.Module) -> Iterator[nn.Module]:
    """The modules that a latent vector goes through, the circuit frozen."""
    parts: tuple[Any, ...]
    if isinstance(decoder, QINRDecoder):
        frozen(decoder)
        parts = *decoder.expand, decoder.project, decoder.circuit, decoder.normalise, *decoder.head
    elif isinstance(decoder, ClassicalDecoder):
        parts = tuple(decoder.layers)
    else:
        said = f"{type(decoder).__name__} is none of the decoders that the page runs: dense and classical"
        raise SettingError("format", "html", said)
    yield from parts


def _merged(layers: Iterator[nn.Module]) -> Iterator[nn.Module | tuple[Tensor, Tensor]]:
    """The same with affine layers, ``(weight, bias)``, merged as far as they follow each other."""
    affine: tuple[Tensor, Tensor] | None = None
    for layer in layers:
        if isinstance(layer, nn.Identity):
            continue
        found = _affine(layer)
        if found is None:
            if affine is not None:
                yield affine
            affine = None
            yield layer
        elif affine is None:
            affine = found
        else:
            affine = found[0] @ affine[0], found[0] @ affine[1] + found[1]
    if affine is not None:
        yield affine


def _affine(layer: nn.Module) -> tuple[Tensor, Tensor] | None:
    if isinstance(layer, nn.Linear):
        return layer.weight, layer.bias
    if isinstance(layer, nn.BatchNorm1d):
        assert layer.running_mean is not None
        assert layer.running_var is not None
        scale = layer.weight * (layer.running_var + layer.eps).rsqrt()
        return scale.diag(), layer.bias - scale * layer.running_mean
    return None


def _described(layers: list[nn.Module | tuple[Tensor, Tensor]]) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = []
    for layer in layers:
        if isinstance(layer, tuple):
            described.append({"kind": "affine", "weight": _packed(layer[0]), "bias": _packed(layer[1])})
        elif isinstance(layer, FrozenCircuit):
            parts = {name: _packed(value) for name, value in layer.named_buffers()}
            described.append({"kind": "circuit", **parts})
        elif isinstance(layer, nn.LeakyReLU):
            described.append({"kind": "leaky_relu", "slope": layer.negative_slope})
        elif isinstance(layer, TanhStandIn | nn.Tanh):
            described.append({"kind": "tanh"})
        elif isinstance(layer, MLPStandIn):
            described += _described(list(_merged(iter(layer.layers))))
        else:
            said = f"{type(layer).__name__} is no layer that the page runs"
            raise SettingError("format", "html", said)
    return described


def _packed(values: Tensor) -> dict[str, Any]:
    """Shape and single-precision numbers, least significant byte first, in base64."""
    numbers = values.detach().to(torch.float32).contiguous().numpy().astype("<f4")
    return {"shape": list(values.shape), "data": base64.b64encode(numbers.tobytes()).decode()}
