"""Weights & Biases, offline where it cannot be online."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lightning.pytorch.loggers import Logger

log = logging.getLogger(__name__)


@contextmanager
def finishing_wandb() -> Iterator[None]:
    """Finish the W&B run that the block started, if it did, with status 1 if the block fails.

    Otherwise the next job of a sweep would go on writing to it.
    """
    exit_code = 1
    try:
        yield
        exit_code = 0
    finally:
        wandb = sys.modules.get("wandb")
        if wandb is not None and wandb.run is not None:
            wandb.finish(exit_code=exit_code)


def wandb_logger(save_dir: str, offline: bool = False, **options: Any) -> Logger:
    """Lightning's WandbLogger; records offline, and says how to sync, when no API key is configured.

    Args:
        save_dir: The run folder; wandb makes its folder in it.
        offline: Record offline in any case.
        options: Further arguments of WandbLogger and ``wandb.init``: project, entity, group, tags and so on.
    """
    import wandb
    from lightning.pytorch.loggers import WandbLogger

    if not offline and not wandb.api.api_key:
        offline = True
        log.info(
            "W&B: no API key is configured, recording offline; to sync: wandb sync %s/wandb/offline-run-*",
            save_dir,
        )
    if offline:
        # WandbLogger's own way is an environment variable, which is not read again once wandb has been used.
        options["mode"] = "offline"
    return WandbLogger(save_dir=save_dir, offline=offline, **options)
