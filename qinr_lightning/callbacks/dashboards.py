"""Pictures and histograms for dashboards, every few epochs; without a dashboard nothing is computed."""

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from torchvision.utils import make_grid

from qinr_lightning.callbacks.averaging import averaged_weights
from qinr_lightning.callbacks.checkpoint import is_last_epoch
from qinr_lightning.evaluation import example_images
from qinr_lightning.loggers import dashboards
from qinr_lightning.quantum import QuantumCircuit
from qinr_lightning.ranges import PositiveInt


class _EveryFewEpochs(Checkpoint):
    """Shows something after the first epoch, every few epochs and after the last.

    A Checkpoint to Lightning, which asks these last: another callback may end the training with this epoch.
    """

    def __init__(self, every_n_epochs: PositiveInt = 5) -> None:
        super().__init__()
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        n_done = trainer.current_epoch + 1
        if dashboards(trainer) and (n_done == 1 or n_done % self.every_n_epochs == 0 or is_last_epoch(trainer)):
            self.show(trainer, pl_module, n_done)

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        raise NotImplementedError


class CircuitHistograms(_EveryFewEpochs):
    """Histograms of the circuit's parameters, such as rotation angles (rad) and scales (lambda of eq. 8).

    Args:
        every_n_epochs: Epochs between two histograms; the first and the last epoch have one.
    """

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        circuits = {name: part for name, part in model.named_modules() if isinstance(part, QuantumCircuit)}
        for name, circuit in circuits.items():
            place = "circuit" if len(circuits) == 1 else name
            for parameter, values in circuit.named_parameters():
                for dashboard in dashboards(trainer):
                    dashboard.show_histogram(f"{place}/{parameter}", values.detach().cpu(), epoch)


class ImageGrids(_EveryFewEpochs):
    """Originals above their reconstructions, of train subset and test split, and samples of a generative model.

    They are the same images and draws in every epoch, and drawing them changes nothing about the training.

    Args:
        every_n_epochs: Epochs between two pictures; the first and the last epoch have one.
        n_columns: Images in a row.
    """

    def __init__(self, every_n_epochs: PositiveInt = 5, n_columns: PositiveInt = 10) -> None:
        super().__init__(every_n_epochs)
        self.n_columns = n_columns

    def show(self, trainer: Trainer, model: LightningModule, epoch: int) -> None:
        datamodule = trainer.datamodule  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        model.eval()
        with averaged_weights(trainer, model):
            examples = example_images(model, datamodule, self.n_columns, 5 * self.n_columns)
        model.train()
        pictures = {
            f"reconstructions/{split}": torch.cat([examples[f"{split}_images"], examples[f"{split}_reconstructions"]])
            for split in ("train", "test")
            if f"{split}_images" in examples
        }
        if "samples" in examples:
            pictures["samples/prior"] = examples["samples"]
        for name, images in pictures.items():
            # A class may have fewer images than a row has places.
            n_columns = min(self.n_columns, len(images) // 2)
            picture = make_grid(images, nrow=n_columns, padding=1, pad_value=1.0)
            for dashboard in dashboards(trainer):
                dashboard.show_image(name, picture, epoch)
