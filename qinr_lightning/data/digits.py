"""The handwritten digits bundled with scikit-learn."""

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.data.subset import of_classes


class Digits(ImageSource):
    """The handwritten digits bundled with scikit-learn: real scans, 8x8, brought to 28x28; needs no network.

    1,797 images (scikit-learn's ``load_digits``) of which the first 80 % in data-set order are the train split and the
    rest is the test split. Bilinear interpolation, 17 grey levels stretched to 0..255.
    """

    name = "digits"
    description = "scikit-learn's digits"
    class_names = tuple(str(digit) for digit in range(10))
    train_fraction = 0.8

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        from sklearn.datasets import load_digits

        digits = load_digits()
        images = torch.from_numpy(digits.images).float()[:, None] * (255 / 16)
        images = F.interpolate(images, size=(28, 28), mode="bilinear", align_corners=False).round().to(torch.uint8)
        labels = torch.from_numpy(digits.target).long()
        n_train = int(self.train_fraction * len(labels))
        part = slice(n_train) if split == "train" else slice(n_train, None)
        images, labels = images[part], labels[part]
        positions = of_classes(labels, classes)
        return LabelledImages(images[positions], labels[positions])

    def place(self, split: Split) -> str:
        return f"the {split} split of {self.description}"
