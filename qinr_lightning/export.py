"""A trained model for use elsewhere: ``python -m qinr_lightning.export run=FOLDER format=safetensors out=FILE``."""

import logging
import os
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Len
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation import training_latents
from qinr_lightning.exporting import (
    check_circuits,
    check_page,
    check_repository,
    image_circuits,
    push_folder,
    write_for_hub,
    write_graphs,
    write_openqasm,
    write_page,
)
from qinr_lightning.ranges import NaturalInt, Place
from qinr_lightning.runs import export_model, open_datamodule, open_model, the_run
from qinr_lightning.settings import call_target, check_folder_to_write, run_command

log = logging.getLogger(__name__)

Format = Literal["safetensors", "hub", "qasm", "onnx", "torch_export", "html"]
FILES: dict[Format, str] = {"safetensors": ".safetensors", "html": ".html"}
"""Formats that are one file, and how its name ends; the others are folders."""
OPTIONS: dict[str, Format] = {"push_to_hub": "hub", "image": "qasm", "pixel": "qasm"}
"""Settings that belong to one format."""


def export_run(
    run: str,
    format: Format = "safetensors",
    out: Place | None = None,
    image: NaturalInt | None = None,
    pixel: Annotated[list[NaturalInt], Len(2, 2)] | None = None,
    push_to_hub: Place | None = None,
    trust: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    data_dir: Place | None = None,
) -> None:
    """Write the model of a finished run in another format.

    Args:
        run: A run folder.
        format: What to write, see docs/export.md.
        out: File or folder to write to.
        image: Position in the train subset of the image whose circuits are written.
        pixel: Row and column of the pixel whose circuits they are; for a coordinate decoder, which has some at each.
        push_to_hub: Where the folder goes on the Hugging Face Hub, ``ORGANISATION/NAME``.
        trust: Modules, beside this package, whose code a run of somebody else may name.
        data_dir: Where the data is now; None is where the run has had it, if it is still there, else
            ``$QINR_DATA_DIR``.

    Raises:
        SettingError: When the run or its model cannot be had in this format.
    """
    place = _place(format, out)
    for name, value in (("image", image), ("pixel", pixel), ("push_to_hub", push_to_hub)):
        if value is not None and format != OPTIONS[name]:
            raise SettingError(name, value, f"goes with format={OPTIONS[name]}")
    if format == "qasm" and image is None:
        raise SettingError("image", image, "must be a position in the train subset, such as 0")
    if push_to_hub is not None:
        check_repository(push_to_hub)
    folder = the_run(run)
    model = open_model(folder, trust)  # What cannot be loaded is not handed on.
    match format, image:
        case "safetensors", _:
            export_model(folder, place)
        case "hub", _:
            write_for_hub(folder, place)
        case "qasm", int():
            at = None if pixel is None else (pixel[0], pixel[1])
            check_circuits(model, at)
            shown = _image(open_datamodule(folder, trust, data_dir), image)
            write_openqasm(image_circuits(model, shown, at), place)
        case "onnx" | "torch_export" as graphs, _:
            write_graphs(model, graphs, place)
        case "html", _:
            check_page(model)
            datamodule = open_datamodule(folder, trust, data_dir)
            title = f"{type(model).__name__}, {datamodule.source.name} {datamodule.label_name}"
            write_page(model, training_latents(model, datamodule), title, place)
    log.info("written: %s", place)
    if push_to_hub is not None:
        log.info("pushed: %s", push_folder(place, push_to_hub))


def _place(format: Format, out: str | None) -> Path:
    if format in FILES:
        if out is None or not out.endswith(FILES[format]) or os.path.isdir(out):
            raise SettingError("out", out, f"must be a file to write, with a name that ends in {FILES[format]}")
    elif out is None or os.path.isfile(out):
        raise SettingError("out", out, "must be a folder to write to")
    check_folder_to_write("out", Path(out).parent if format in FILES else Path(out))
    return Path(out)


def _image(datamodule: ClassSubsetDataModule, image: int) -> Tensor:
    """An image of the train subset in [-1, 1], ``(channels, height, width)``."""
    images = datamodule.train_subset.images
    if image >= len(images):
        raise SettingError("image", image, f"must be a position in the train subset, 0 to {len(images) - 1}")
    return to_signed_unit(images[image])


if __name__ == "__main__":
    run_command(call_target, "export")
