"""How well images that were made smaller before training are drawn at their own size."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from qinr_lightning.data import ClassSubsetDataModule, to_signed_unit, to_unit
from qinr_lightning.evaluation.reconstructions import in_batches, named
from qinr_lightning.metrics import image_quality
from qinr_lightning.models import QINRAutoencoder


@torch.inference_mode()
def superresolution_metrics(model: QINRAutoencoder, datamodule: ClassSubsetDataModule) -> dict[str, float]:
    """``superresolution/psnr`` and so on: test images from the small ones, against the images themselves.

    Beside them, bicubic interpolation of the small images (``superresolution/bicubic/psnr``) and of their
    reconstructions (``superresolution/bicubic_of_reconstructions/psnr``): the latter is what the model would give
    without coordinates.

    Args:
        model: In evaluation mode, with a decoder that gives any size.
        datamodule: Set up, of images that were made smaller.
    """
    images, small = datamodule.test_images, datamodule.test_split.images
    height, width = images.shape[-2:]

    def enlarged(smaller: Tensor) -> Tensor:
        return interpolate(smaller, (height, width), mode="bicubic", align_corners=False).clamp(0, 1)

    def drawn(batch: Tensor) -> Tensor:
        return model.decode(model.encode(batch.to(model.dtype)), (height, width))

    batch = to_signed_unit(small).to(model.device)
    found = {
        "superresolution": in_batches(drawn, batch).cpu().float(),
        "superresolution/bicubic": enlarged(to_unit(small)),
        "superresolution/bicubic_of_reconstructions": enlarged(in_batches(model, batch).cpu().float()),
    }
    target, metrics = to_unit(images), dict[str, float]()
    for name, made in found.items():
        metrics |= named(name, image_quality(made, target))
    return metrics
