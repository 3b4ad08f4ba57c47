import pytest
import torch
from lightning.pytorch import Trainer

from qinr_lightning.data import LabelledImages
from qinr_lightning.data.loading import batches


@pytest.fixture
def loader():
    """70 variations of one black and white pattern, so that an epoch has batches of 32, 32 and 6."""
    generator = torch.Generator().manual_seed(0)
    pattern, noise = torch.rand(1, 1, 28, 28, generator=generator), torch.rand(70, 1, 28, 28, generator=generator)
    images = 255 * (0.8 * pattern + 0.2 * noise > 0.5)
    return batches(LabelledImages(images.to(torch.uint8), torch.zeros(70, dtype=torch.long)), 32, seed=0)


@pytest.fixture
def trainer(tmp_path):
    """Makes silent trainers that write to an empty folder."""

    def make(max_epochs, gradient_clip_val=1.0, **options):
        return Trainer(
            max_epochs=max_epochs,
            accelerator="cpu",
            default_root_dir=tmp_path,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=gradient_clip_val,
            log_every_n_steps=1,
            **options,
        )

    return make
