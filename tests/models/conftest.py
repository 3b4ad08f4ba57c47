import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Checkpoint

from qinr_lightning.data import LabelledImages
from qinr_lightning.data.loading import batches


@pytest.fixture
def loader():
    """70 variations of one black and white pattern, so that an epoch has batches of 32, 32 and 6."""
    generator = torch.Generator().manual_seed(0)
    pattern, noise = torch.rand(1, 1, 28, 28, generator=generator), torch.rand(70, 1, 28, 28, generator=generator)
    images = 255 * (0.8 * pattern + 0.2 * noise > 0.5)
    return batches(LabelledImages(images.to(torch.uint8), torch.zeros(70, dtype=torch.long)), 32, seed=0)


class SaveAfter(Checkpoint):
    """Saves a checkpoint at the end of one epoch, as an interrupted run has it."""

    def __init__(self, epoch, path):
        self.epoch, self.path = epoch, path

    def on_train_epoch_end(self, trainer, pl_module):
        if trainer.current_epoch + 1 == self.epoch:
            trainer.save_checkpoint(self.path)


@pytest.fixture
def interrupted(loader, trainer, tmp_path):
    """Parameters of a model that is trained in one go, and of one that goes on after two of four epochs."""

    def train(make, callbacks=list):
        path = tmp_path / "half.ckpt"
        whole, resumed = make(), make()
        trainer(4, callbacks=[*callbacks(), SaveAfter(2, path)], enable_checkpointing=True).fit(whole, loader)
        torch.load(path, weights_only=True)  # Tensors and plain Python.
        torch.manual_seed(99)
        trainer(4, callbacks=callbacks()).fit(resumed, loader, ckpt_path=path)
        return [torch.cat([tensor.flatten().double() for tensor in model.state_dict().values()])
                for model in (whole, resumed)]  # fmt: skip

    return train


@pytest.fixture
def trainer(tmp_path):
    """Makes silent trainers that write to an empty folder."""

    def make(max_epochs, gradient_clip_val=1.0, enable_checkpointing=False, **options):
        return Trainer(
            max_epochs=max_epochs,
            accelerator="cpu",
            default_root_dir=tmp_path,
            logger=False,
            enable_checkpointing=enable_checkpointing,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=gradient_clip_val,
            log_every_n_steps=1,
            **options,
        )

    return make
