"""Pictures and histograms for dashboards, every few epochs; without a dashboard nothing is computed."""

from typing import Annotated

import torch
from annotated_types import Ge
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torchvision.utils import make_grid

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.loggers import dashboards
from qinr_lightning.models import Generative, QINRAutoencoder
from qinr_lightning.quantum import ReuploadingCircuit
from qinr_lightning.seeding import generator


class _EveryFewEpochs(Callback):
    """Shows something after the first epoch, every few epochs and after the last."""

    def __init__(self, every_n_epochs: Annotated[int, Ge(1)] = 5) -> None:
        super().__init__()
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        n_done = trainer.current_epoch + 1
        is_last = n_done == trainer.max_epochs or trainer.should_stop
        if dashboards(trainer) and (n_done == 1 or n_done % self.every_n_epochs == 0 or is_last):
            self.show(trainer, pl_module, n_done)

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        raise NotImplementedError


class CircuitHistograms(_EveryFewEpochs):
    """Histograms of the circuit's rotation angles (rad) and scales (lambda of eq. 8).

    Args:
        every_n_epochs: Epochs between two histograms; the first and the last epoch have one.
    """

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        circuits = {name: part for name, part in model.named_modules() if isinstance(part, ReuploadingCircuit)}
        for name, circuit in circuits.items():
            place = "circuit" if len(circuits) == 1 else name
            for values in ("rotations", "scales"):
                for dashboard in dashboards(trainer):
                    dashboard.show_histogram(f"{place}/{values}", getattr(circuit, values).detach().cpu(), epoch)


class ImageGrids(_EveryFewEpochs):
    """Originals above their reconstructions, of train subset and test split, and samples of a generative model.

    They are the same images and draws in every epoch, and drawing them changes nothing about the training.

    Args:
        every_n_epochs: Epochs between two pictures; the first and the last epoch have one.
        n_columns: Images in a row.
    """

    def __init__(self, every_n_epochs: Annotated[int, Ge(1)] = 5, n_columns: Annotated[int, Ge(1)] = 10) -> None:
        super().__init__(every_n_epochs)
        self.n_columns = n_columns

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        data = trainer.datamodule  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        model.eval()
        # Not inference_mode, whose tensors the circuit could not use again in training.
        with torch.no_grad():
            for name, images in self._pictures(model, data).items():
                picture = make_grid(images.float().cpu(), nrow=self.n_columns, padding=1, pad_value=1.0)
                for dashboard in dashboards(trainer):
                    dashboard.show_image(name, picture, epoch)
        model.train()

    def _pictures(self, model: LightningModule, data: ClassSubsetDataModule) -> dict[str, Tensor]:
        pictures = {}
        if isinstance(model, QINRAutoencoder):
            for split, part in (("train", data.train_subset), ("test", data.test_split)):
                images = part.images[: self.n_columns].to(model.device)
                pictures[f"reconstructions/{split}"] = torch.cat([to_unit(images), model(to_signed_unit(images))])
        if isinstance(model, Generative):
            pictures["samples/prior"] = model.sample(5 * self.n_columns, generator(data.seed, "samples"))
        return pictures
