"""Weights & Biases, offline where it cannot be online."""

import logging
from typing import Any

from lightning.pytorch.loggers import Logger

log = logging.getLogger(__name__)


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
    return WandbLogger(save_dir=save_dir, offline=offline, **options)
