"""A coordinate decoder as the generator of a GAN."""

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.coordinate import CoordinateDecoder
from qinr_lightning.networks.generators import Generator


class CoordinateGenerator(Generator):
    """Renders all pixels of an image, in training too: a critic scores whole images.

    Args:
        field: Maps a latent vector and coordinates to the logits there.

    Raises:
        SettingError: For a field that is to be trained on a part of the pixels.
    """

    def __init__(self, field: CoordinateDecoder) -> None:
        super().__init__(field.latent_dim, field.image_shape)
        if field.pixels_per_step != field.n_pixels:
            said = f"must be null: the critic of a GAN sees all {field.n_pixels} pixels"
            raise SettingError("generator.pixels_per_step", field.pixels_per_step, said)
        self.field = field

    def forward(self, z: Tensor) -> Tensor:
        # 2 sigmoid(x) - 1
        return torch.tanh(self.field(z) / 2)

    def circuit_runs(self, n_images: int) -> int:
        return self.field.circuit_runs(n_images)
