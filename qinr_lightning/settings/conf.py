"""The files of the configuration: where they lie, which experiments there are, and which have another name now."""

from pathlib import Path

import qinr_lightning

NEW_EXPERIMENTS = {
    f"experiment=paper/{dataset}_{model}": f"is now experiment=paper/{dataset} model={model}"
    for dataset in ("mnist", "emnist", "fashion", "celeba")
    for model in ("ae", "vae", "pqwgan", "anogan", "qinr_qgan")
} | {"experiment=paper/table_c3_qinr": "is now experiment=paper/table_c3 decoder=dense"}
"""What is said to who types an experiment of an earlier version."""


def config_folder() -> Path:
    """The folder ``conf``: inside the installed package, or beside it in a checkout."""
    package = Path(qinr_lightning.__file__).parent
    return next(folder for folder in (package / "conf", package.parent / "conf") if folder.is_dir())


def experiments() -> list[str]:
    """The shipped experiments, as in ``experiment=...``."""
    folder = config_folder() / "experiment"
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
