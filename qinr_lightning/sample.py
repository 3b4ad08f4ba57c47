"""Images from a finished run: ``python -m qinr_lightning.sample run=FOLDER kind=interpolation``."""

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from annotated_types import Ge, Le
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation import check_encoder, fitted
from qinr_lightning.memory import memory_there_is, too_much
from qinr_lightning.models import Generative, LatentSampler, Model, QINRAutoencoder
from qinr_lightning.ranges import NaturalInt, Pixels, Place, PositiveFloat
from qinr_lightning.reporting import N_COLUMNS, draw_samples
from qinr_lightning.runs import open_datamodule, open_model, the_run, whole
from qinr_lightning.seeding import Seed, generator
from qinr_lightning.settings import call_target, check_folder_to_write, run_command

log = logging.getLogger(__name__)

_SIDE_OF_A_PICTURE = 60_000
"""Matplotlib draws less than 2**16 pixels, title and margins included."""

_COPIES = 4
"""Of the images, at most: in parts and together, as logits and as values."""


@torch.inference_mode()
def sample_run(
    run: str,
    kind: Literal["prior", "interpolation", "traversal"] = "prior",
    n: Annotated[int, Ge(1), Le(1000)] = 100,
    images: list[NaturalInt] = [0, 1],  # noqa: B006  (read, never changed)
    span: PositiveFloat = 3.0,
    resolution: Pixels | None = None,
    sampler: LatentSampler | None = None,
    seed: Seed = 0,
    out: str | None = None,
    trust: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    data_dir: str | None = None,
) -> None:
    """Write ``samples_<kind>.png`` and ``samples_<kind>.npz``, with ``images`` (n, channels, height, width) in [0, 1].

    With a sampler its label is in their names in place of ``prior``.

    Args:
        run: A run folder.
        kind: From the prior, or the sampler in its place; on the line between two encoded images; or along each latent
            dimension.
        n: Images from the prior, steps of an interpolation or of each dimension's traversal.
        images: Positions of the encoded images in the train subset.
        span: Largest distance of a traversal from the encoded image.
        resolution: Rows of the images of a coordinate decoder or generator, and columns in proportion; None is as it
            is trained.
        sampler: What latent vectors are drawn from, fitted to those of the train subset; None is the prior.
        seed: Seed of the draws.
        out: Folder to write to; None is the run's own.
        trust: Modules, beside this package, whose code a run of somebody else may name.
        data_dir: Where the data is now; None is where the run has had it, if it is still there, else
            ``$QINR_DATA_DIR``.

    Raises:
        SettingError: When the run has no such images, its model cannot do it or ``out`` cannot be written to.
    """
    folder = the_run(run)
    place = Path(out) if out else folder
    check_folder_to_write("out", place)
    model = open_model(folder, trust)
    n_images = n * model.latent_dim if kind == "traversal" and isinstance(model, QINRAutoencoder) else n
    model.check_memory(n_images, "n")
    size = None if resolution is None else _size(model, resolution, n_images)
    if sampler is not None and kind != "prior":
        raise SettingError("sampler", sampler.label, f"kind={kind} draws nothing")
    name: str = kind
    if kind == "prior":
        draws, n_columns = generator(seed, "sample command"), min(n, N_COLUMNS)
        if sampler is not None:
            check_encoder(model, sampler)
            drawn = fitted(model, sampler, open_datamodule(folder, trust, data_dir))
            made, name = drawn.sample(n, draws, size), sampler.label
        elif isinstance(model, Generative):
            made = model.sample(n, draws, size)
        else:
            said = f"{type(model).__name__} has no prior to sample from; sampler=gmm and sampler=kde fit one"
            raise SettingError("sampler", "prior", said)
    else:
        if not isinstance(model, QINRAutoencoder):
            raise SettingError("kind", kind, f"{type(model).__name__} has no encoder; must be prior")
        z = _latents(model, open_datamodule(folder, trust, data_dir), kind, images)
        if kind == "interpolation":
            weights = torch.linspace(0, 1, n)[:, None]
            path = z[0] + weights * (z[1] - z[0])
        else:
            offsets = torch.linspace(-span, span, n)
            # (dimension, step, latent): one dimension moves, the others stay.
            path = (z[0] + torch.eye(model.latent_dim)[:, None] * offsets[None, :, None]).flatten(0, 1)
        made, n_columns = model.decode(path.to(model.dtype), size), n
    _check_picture(made, n_columns, n)
    _write(made, n_columns, place, name, f"{type(model).__name__}, {name}")


def _size(model: Model, resolution: int, n: int) -> tuple[int, int]:
    """Height and width of ``n`` images, once they have been seen to be possible."""
    channels, height, width = model.field_of_any_size(resolution).image_shape
    size = resolution, max(1, round(resolution * width / height))
    needed = _COPIES * n * channels * max(size[0] * size[1], height * width) * 4
    if needed > memory_there_is():
        raise SettingError("resolution", resolution, f"{n} images need {too_much(needed, memory_there_is())}")
    return size


def _latents(model: QINRAutoencoder, datamodule: ClassSubsetDataModule, kind: str, images: list[int]) -> Tensor:
    available = datamodule.train_subset.images
    needed = 2 if kind == "interpolation" else 1
    if len(images) < needed or max(images) >= len(available):
        raise SettingError("images", images, f"{kind} needs {needed} of the positions 0 to {len(available) - 1}")
    return model.encode(to_signed_unit(available[images[:needed]]).to(model.dtype))


def _check_picture(images: Tensor, n_columns: int, n: int) -> None:
    height, width = images.shape[-2:]
    side = 3 * max((width + 2) * n_columns, (height + 2) * -(-len(images) // n_columns))  # Pixels are drawn 3 x 3.
    if side > _SIDE_OF_A_PICTURE:
        raise SettingError("n", n, f"makes a picture of {side} pixels a side; {_SIDE_OF_A_PICTURE} can be drawn")


def _write(images: Tensor, n_columns: int, out: Path, name: str, title: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    values: Any = images.float().numpy()
    with whole(out / f"samples_{name}.npz") as partial, partial.open("wb") as file:
        np.savez_compressed(file, images=values)
    draw_samples(images, n_columns, out / f"samples_{name}.png", title)
    log.info("written: %s and .npz", out / f"samples_{name}.png")


if __name__ == "__main__":
    run_command(call_target, "sample")
