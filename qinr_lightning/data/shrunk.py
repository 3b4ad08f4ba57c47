"""Images made smaller, each square of pixels one."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import avg_pool2d

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.errors import SettingError


def shrunk(images: Tensor, factor: int) -> Tensor:
    """Images whose pixels are the means of squares of pixels.

    Args:
        images: uint8, ``(n, channels, height, width)``.
        factor: Pixels a side of a square.

    Returns:
        uint8, ``(n, channels, height / factor, width / factor)``.

    Raises:
        SettingError: Where the squares do not tile the images.
    """
    height, width = images.shape[-2:]
    if height % factor or width % factor:
        raise SettingError("dataset.shrink", factor, f"must divide the images' {height} x {width} pixels")
    if factor == 1:
        return images
    return avg_pool2d(images.float(), factor).round().to(images.dtype)


class ShrunkSource(ImageSource):
    """A data set of shrunk images, for whoever reads more of it than a data module has.

    Args:
        source: The images as they are.
        factor: Pixels a side of the squares that become one.
    """

    def __init__(self, source: ImageSource, factor: int) -> None:
        self.source = source
        self.factor = factor
        self.name = source.name
        self.class_names = source.class_names
        self.description = source.description

    def prepare(self) -> None:
        self.source.prepare()

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        images, labels = self.source.load(split, classes)
        return LabelledImages(shrunk(images, self.factor), labels)

    def place(self, split: Split) -> str:
        return self.source.place(split)
