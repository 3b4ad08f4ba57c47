"""A trained model for use elsewhere: ``python -m qinr_lightning.export run=FOLDER format=safetensors out=FILE``."""

import logging
from pathlib import Path
from typing import Literal

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting import check_repository, push_folder, write_for_hub
from qinr_lightning.ranges import Place
from qinr_lightning.runs import export_model, find_runs, open_model
from qinr_lightning.settings import call_target, run_command

log = logging.getLogger(__name__)

Format = Literal["safetensors", "hub"]
FILES: dict[Format, str] = {"safetensors": ".safetensors"}
"""Formats that are one file, and how its name ends; the others are folders."""
OPTIONS: dict[str, tuple[Format, ...]] = {"push_to_hub": ("hub",)}
"""Settings that belong to some formats alone."""


def export_run(
    run: str,
    format: Format = "safetensors",
    out: Place | None = None,
    push_to_hub: Place | None = None,
    trust: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    data_dir: str | None = None,
) -> None:
    """Write the model of a finished run in another format.

    Args:
        run: A run folder.
        format: What to write, see docs/export.md.
        out: File or folder to write to.
        push_to_hub: Where the folder goes on the Hugging Face Hub, ``ORGANISATION/NAME``.
        trust: Modules, beside this package, whose code a run of somebody else may name.
        data_dir: Where the data is now; None is where the run has had it, if it is still there, else
            ``$QINR_DATA_DIR``.

    Raises:
        SettingError: When the run or its model cannot be had in this format.
    """
    place = _place(format, out)
    for name, value in (("push_to_hub", push_to_hub),):
        if value is not None and format not in OPTIONS[name]:
            raise SettingError(name, value, f"goes with format={' or '.join(OPTIONS[name])}")
    if push_to_hub is not None:
        check_repository(push_to_hub)
    folder = find_runs(run)[0]
    open_model(folder, trust)  # What cannot be loaded is not handed on.
    match format:
        case "safetensors":
            export_model(folder, place)
        case "hub":
            write_for_hub(folder, place)
    log.info("written: %s", place)
    if push_to_hub is not None:
        log.info("pushed: %s", push_folder(place, push_to_hub))


def _place(format: Format, out: str | None) -> Path:
    if format in FILES:
        if out is None or not out.endswith(FILES[format]) or Path(out).is_dir():
            raise SettingError("out", out, f"must be a file to write, with a name that ends in {FILES[format]}")
    elif out is None or Path(out).is_file():
        raise SettingError("out", out, "must be a folder to write to")
    return Path(out)


if __name__ == "__main__":
    run_command(call_target, "export")
