"""Reads picture files and brings them to the size of the networks."""

import warnings
from pathlib import Path
from typing import Literal

from torch import Tensor

from qinr_lightning.data.sources import PictureShape
from qinr_lightning.errors import SettingError

Crop = Literal["center", "none"]


def check_channels(image_shape: PictureShape) -> None:
    """Raise a SettingError unless images of this shape are grey or RGB."""
    if image_shape[0] not in (1, 3):
        raise SettingError("image_shape", image_shape, "must have one channel (grey) or three (RGB)")


def read_image(path: Path, n_channels: int, setting: str = "paths.data_dir") -> Tensor:
    """The pixels of a picture file, upright, as large as the file has them.

    Args:
        path: Any format that Pillow reads, of 8 bits a channel; the first picture of several. Transparency is left out.
        n_channels: 1 for grey, 3 for RGB.
        setting: The setting that leads to the file, for messages.

    Returns:
        uint8, ``(n_channels, height, width)``.

    Raises:
        SettingError: When the file cannot be read as a picture of 8 bits a channel.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError
    from torchvision.transforms.v2.functional import pil_to_tensor

    try:
        with warnings.catch_warnings():
            # What a warning is about is either not in the pixels or makes reading them fail.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                mode = image.mode
                # Cameras note how the picture was taken and leave turning it to the reader.
                upright = ImageOps.exif_transpose(image)
                pixels: Tensor = pil_to_tensor(upright.convert("L" if n_channels == 1 else "RGB"))
    except Exception as error:  # Pillow has no common class for what broken files raise.
        known = "no known format" if isinstance(error, UnidentifiedImageError) else getattr(error, "strerror", None)
        reason = known or " ".join(str(error).split())
        raise SettingError(setting, path, f"cannot be read as an image ({reason}); replace it") from error
    if mode.startswith(("I", "F")):
        raise SettingError(setting, path, f"has more than 8 bits a pixel (Pillow's mode {mode}); convert it to 8 bits")
    return pixels


def fit(image: Tensor, size: tuple[int, int], crop: Crop = "none", resize: int | None = None) -> Tensor:
    """Bring an image to a size, by torchvision's antialiased bilinear interpolation.

    Args:
        image: uint8, ``(channels, height, width)``.
        size: The wanted ``(height, width)``.
        crop: ``"center"`` keeps the proportions and cuts out the middle, ``"none"`` stretches the whole image.
        resize: Pixels of the shorter side before the middle is cut out; None takes as few as the wanted size needs.

    Returns:
        uint8, ``(channels, *size)``.

    Raises:
        ValueError: Where the image would have to be made larger.
    """
    from torchvision.transforms.v2.functional import center_crop
    from torchvision.transforms.v2.functional import resize as resized

    height, width = image.shape[1:]
    if height < size[0] or width < size[1] or (resize is not None and min(height, width) < resize):
        least = f"at least {size[0]} x {size[1]}" if resize is None else f"a shorter side of {resize} or more"
        raise ValueError(f"has {height} x {width} pixels and {least} are needed")
    if crop == "none":
        before = list(size)
    elif resize is not None:
        before = [resize]
    else:
        scale = max(size[0] / height, size[1] / width)
        before = [max(size[0], round(height * scale)), max(size[1], round(width * scale))]
    image = resized(image, before, antialias=True)
    height, width = image.shape[1:]
    if height < size[0] or width < size[1]:
        raise ValueError(f"has {height} x {width} pixels after resizing and {size[0]} x {size[1]} are needed")
    result: Tensor = center_crop(image, list(size))
    return result
