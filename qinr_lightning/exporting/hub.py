"""A model in a folder that the Hugging Face Hub takes: parameters, configuration and model card."""

import json
import re
from pathlib import Path

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting.model_card import model_card
from qinr_lightning.reporting.collect import Problem, run_or_problem
from qinr_lightning.runs import MODEL, export_model, write_whole


def write_for_hub(run: Path, folder: Path) -> None:
    """Write ``model.safetensors``, ``config.json`` (the model's description) and ``README.md`` (the model card).

    Args:
        run: The run folder.
        folder: Where they go.

    Raises:
        SettingError: For a run that is not finished, or whose files cannot be read.
    """
    found = run_or_problem(run)
    if isinstance(found, Problem):
        raise SettingError("run", run, f"a model card needs a finished run ({found.reason})")
    described = export_model(run, folder / MODEL)
    write_whole(folder / "config.json", (json.dumps(described, indent=2) + "\n").encode())
    write_whole(folder / "README.md", model_card(found).encode())


def check_repository(name: str) -> None:
    """Look whether a folder can be pushed to a place on the Hub.

    Args:
        name: ``ORGANISATION/NAME``.

    Raises:
        SettingError: For another name, or where huggingface_hub is not installed.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise SettingError("push_to_hub", name, "must be ORGANISATION/NAME or USER/NAME")
    try:
        import huggingface_hub  # noqa: F401
    except ImportError as error:
        raise SettingError(
            "push_to_hub", name, "huggingface_hub is not installed; pip install 'qinr-lightning[hub]'"
        ) from error


def push_folder(folder: Path, name: str) -> str:
    """Upload a folder as a model of the Hub, which is made if it is not there yet, and return its address.

    Args:
        folder: What :func:`write_for_hub` has written.
        name: ``ORGANISATION/NAME``.

    Raises:
        SettingError: When the Hub does not take it, as without ``hf auth login``.
    """
    from huggingface_hub import HfApi

    hub = HfApi()
    try:
        hub.create_repo(name, exist_ok=True)
        return str(hub.upload_folder(repo_id=name, folder_path=folder))
    except Exception as error:  # The network's, the Hub's or its client's; none of them is ours.
        reason = " ".join(str(error).split())
        raise SettingError("push_to_hub", name, f"the Hub does not take {folder} ({reason})") from error
