"""Encoder and decoder as graphs of tensor operations: ONNX and torch.export."""

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting.frozen_circuit import frozen
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.runs import whole

SUFFIXES = {"onnx": ".onnx", "torch_export": ".pt2"}
OUTPUTS = {"encoder": ("z", "logvar"), "decoder": ("decoded",), "decoder_of_prior": ("decoded",)}
"""What an ONNX graph's outputs are called; a VAE's z is the posterior mean."""


class ImageDecoder(nn.Module):
    """Latent vectors ``(batch, latent_dim)`` to images in [0, 1], ``(batch, channels, height, width)``."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(z))


class LatentEncoder(nn.Module):
    """Images in [-1, 1] to the latent vector, or to mean and log-variance of the posterior, ``(batch, latent_dim)``."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        found = self.encoder(images)
        return found if isinstance(found, Tensor) else tuple(found)


def write_graphs(model: Any, format: Literal["onnx", "torch_export"], folder: Path) -> None:
    """Write ``encoder`` and ``decoder`` with the format's suffix; the size of a batch is free.

    A model whose decoder normalises draws of the prior by statistics of their own has a ``decoder_of_prior`` as well.

    The circuit of a decoder is written as real arithmetic with its trained parameters, see
    :class:`~qinr_lightning.exporting.frozen_circuit.FrozenCircuit`.

    Args:
        model: An autoencoder, in evaluation mode.
        format: ``"onnx"`` needs the packages onnx and onnxscript.
        folder: Where they go.

    Raises:
        SettingError: For another model, one with operations that cannot be traced, or packages that are not installed.
    """
    if not isinstance(model, QINRAutoencoder):
        raise SettingError("format", format, f"{type(model).__name__} has no encoder and decoder")
    if format == "onnx":
        _check_onnx()
    model = copy.deepcopy(model).requires_grad_(False)
    parts: dict[str, tuple[nn.Module, Tensor]] = {
        "encoder": (LatentEncoder(model.encoder), torch.zeros(2, *model.decoder.image_shape)),
        "decoder": (ImageDecoder(frozen(model.decoder)), torch.zeros(2, model.latent_dim)),
    }
    if isinstance(model, QINRVAE) and (of_prior := model.decoder_of_prior()) is not model.decoder:
        parts["decoder_of_prior"] = ImageDecoder(frozen(of_prior)), parts["decoder"][1]
    programs = {}
    for name, (part, example) in parts.items():
        sizes = ({0: torch.export.Dim("batch", min=1)},)
        try:
            programs[name] = torch.export.export(part.eval(), (example.to(model.dtype),), dynamic_shapes=sizes)
        except Exception as error:  # Of torch's compiler, of many kinds.
            traced = type(model.encoder if name == "encoder" else model.decoder).__name__
            raise SettingError("format", format, f"{traced} has operations that torch.export cannot trace") from error
    for name, program in programs.items():
        with whole(folder / f"{name}{SUFFIXES[format]}") as partial:
            if format == "onnx":
                _save_onnx(program, OUTPUTS[name][: len(program.graph_signature.user_outputs)], partial)
            else:
                with partial.open("wb") as file:
                    torch.export.save(program, file)


def _check_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        said = "onnx and onnxscript are not installed; pip install 'qinr-lightning[onnx]'"
        raise SettingError("format", "onnx", said) from error


def _save_onnx(program: torch.export.ExportedProgram, outputs: Sequence[str], path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of its own parts, to its developers.
        made = torch.onnx.export(program, output_names=outputs, dynamo=True, verbose=False)
    assert made is not None
    made.save(path)
