"""The LightningDataModule: the first images of one class for training, the class's test split for evaluation."""

import logging
from typing import Annotated

from annotated_types import Ge
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from qinr_lightning.data.loading import shared_batches
from qinr_lightning.data.sources import ImageSource, LabelledImages
from qinr_lightning.data.subset import find_label, select
from qinr_lightning.errors import SettingError
from qinr_lightning.seeding import Seed

log = logging.getLogger(__name__)


class ClassSubsetDataModule(LightningDataModule):
    """The first ``samples_per_class`` training images of a class, in data-set order (section 4 of the paper).

    Args:
        source: Where the images come from.
        label: Class index, class name (case and punctuation do not matter) or ``"all"`` for every class.
        samples_per_class: Training images of each class; where the source has fewer it takes what there is and says so.
        batch_size: Images in a training batch, over all processes.
        seed: Seed of the order of the batches.
        image_shape: ``(channels, height, width)`` that the networks are built for.

    Attributes:
        train_subset: After ``setup``, what the model is trained on.
        rest_of_train: After ``setup``, the training images of the same class or classes that are not used.
        test_split: After ``setup``, the test images of the same class or classes.

    Raises:
        SettingError: For a label that no class has; from ``prepare_data`` for data that cannot be had; from ``setup``
            where fewer than two images are left or they have another shape than ``image_shape``.
    """

    train_subset: LabelledImages
    rest_of_train: LabelledImages
    test_split: LabelledImages

    def __init__(
        self,
        source: ImageSource,
        label: int | str = 0,
        samples_per_class: Annotated[int, Ge(1)] = 500,
        batch_size: Annotated[int, Ge(1)] = 32,
        seed: Seed = 0,
        image_shape: tuple[int, int, int] = (1, 28, 28),
    ) -> None:
        super().__init__()
        self.source = source
        self.label = find_label(label, source.class_names)
        self.samples_per_class = samples_per_class
        self.batch_size = batch_size
        self.seed = seed
        self.image_shape = tuple(image_shape)

    @property
    def label_name(self) -> str:
        """Name of the class, or ``all``."""
        return "all" if self.label is None else self.source.class_names[self.label]

    @property
    def classes(self) -> list[int]:
        """Indices of the classes in use."""
        return list(range(len(self.source.class_names))) if self.label is None else [self.label]

    def prepare_data(self) -> None:
        self.source.prepare()

    def setup(self, stage: str | None = None) -> None:
        if hasattr(self, "train_subset"):
            return
        train_split = self.source.load("train")
        self.train_subset = select(train_split, self.classes, slice(self.samples_per_class))
        self.rest_of_train = select(train_split, self.classes, slice(self.samples_per_class, None))
        self.test_split = select(self.source.load("test"), self.classes, slice(None))
        n_taken, n_asked = len(self.train_subset.labels), self.samples_per_class * len(self.classes)
        if n_taken < 2:
            raise SettingError("samples_per_class", self.samples_per_class, "must give at least 2 training images")
        if self.train_subset.images.shape[1:] != self.image_shape:
            raise SettingError(
                "image_shape",
                self.image_shape,
                f"{self.source.name} has images {tuple(self.train_subset.images.shape[1:])}",
            )
        taken = (
            f"{n_taken} training images" if n_taken == n_asked else f"{n_taken} training images ({n_asked} asked for)"
        )
        log.info(
            "%s, class %s: %s, %d test images", self.source.name, self.label_name, taken, len(self.test_split.labels)
        )

    def train_dataloader(self) -> DataLoader[list[Tensor]]:
        return shared_batches(self.train_subset, self.batch_size, self.seed)
