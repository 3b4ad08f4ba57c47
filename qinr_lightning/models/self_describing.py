"""Checkpoints from which a model can be built again."""

from typing import Any

from lightning.pytorch import LightningModule


class SelfDescribing(LightningModule):
    """A LightningModule whose checkpoints say how it was composed."""

    config: dict[str, Any] | None = None
    """How the model was composed, as plain Python; saved in its checkpoints."""

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["config"] = self.config
