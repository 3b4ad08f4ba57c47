"""The LightningDataModule: the first images of one class for training, the class's test split for evaluation."""

import logging
from typing import Annotated

from annotated_types import Ge, Le
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from qinr_lightning.data.checks import check_split, check_training, load_checked
from qinr_lightning.data.loading import shared_batches
from qinr_lightning.data.shrunk import ShrunkSource, shrunk
from qinr_lightning.data.sources import SPLITS, ImageSource, LabelledImages, PictureShape, Split
from qinr_lightning.data.subset import find_label, select
from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import PositiveInt
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
        shrink: Each square of so many pixels a side becomes one, their mean, in every image.

    Attributes:
        train_subset: After ``prepare_data`` or ``setup``, what the model is trained on.
        rest_of_train: The training images of the same class or classes that are not used.
        test_split: The test images of the same class or classes.
        test_images: The same before ``shrink``, uint8, ``(n, channels, height, width)``.

    Raises:
        SettingError: For a label that no class has; from ``prepare_data`` and ``setup`` for data that cannot be had or
            read, and for images of the class or classes that nothing can be learnt or measured with: fewer than two to
            train on, none to test on, of another shape than ``image_shape``, without content, or the same in both
            splits.
    """

    train_subset: LabelledImages
    rest_of_train: LabelledImages
    test_split: LabelledImages
    test_images: Tensor

    def __init__(
        self,
        source: ImageSource,
        label: int | str = 0,
        samples_per_class: PositiveInt = 500,
        batch_size: PositiveInt = 32,
        seed: Seed = 0,
        image_shape: PictureShape = (1, 28, 28),
        shrink: Annotated[int, Ge(1), Le(64)] = 1,
    ) -> None:
        super().__init__()
        self.source = source
        self.label = find_label(label, source.class_names)
        self.samples_per_class = samples_per_class
        self.batch_size = batch_size
        self.seed = seed
        self.image_shape = tuple(image_shape)
        self.shrink = shrink

    @property
    def label_name(self) -> str:
        """Name of the class, or ``all``."""
        return "all" if self.label is None else self.source.class_names[self.label]

    @property
    def whole(self) -> ImageSource:
        """All images of all classes, of the size of those in use."""
        return self.source if self.shrink == 1 else ShrunkSource(self.source, self.shrink)

    @property
    def classes(self) -> list[int]:
        """Indices of the classes in use."""
        return list(range(len(self.source.class_names))) if self.label is None else [self.label]

    def prepare_data(self) -> None:
        """Download what is missing; load the images in use, since some mistakes show in nothing else."""
        self.source.prepare()
        self._load()

    def setup(self, stage: str | None = None) -> None:
        self._load()
        n_taken, n_asked = len(self.train_subset.labels), self.samples_per_class * len(self.classes)
        taken = (
            f"{n_taken} training images" if n_taken == n_asked else f"{n_taken} training images ({n_asked} asked for)"
        )
        log.info(
            "%s, class %s: %s, %d test images", self.source.name, self.label_name, taken, len(self.test_split.labels)
        )

    def train_dataloader(self) -> DataLoader[list[Tensor]]:
        return shared_batches(self.train_subset, self.batch_size, self.seed)

    def _load(self) -> None:
        # Once in each process: in prepare_data where Lightning calls it, otherwise in setup.
        if hasattr(self, "train_subset"):
            return
        splits: dict[Split, LabelledImages] = {}
        for split in SPLITS:
            images, labels = load_checked(self.source, split, self.classes)
            if split == "test":
                test_images = images
            splits[split] = LabelledImages(shrunk(images, self.shrink), labels)
            check_split(self.source, split, splits[split], self.classes, self.image_shape)
        subset = select(splits["train"], self.classes, slice(self.samples_per_class))
        if len(subset.labels) < 2:
            raise SettingError(
                "dataset.samples_per_class",
                self.samples_per_class,
                f"must give at least 2 training images; {self.source.place('train')} has {len(splits['train'].labels)}",
            )
        check_training(self.source, subset, splits["train"], splits["test"], self.classes)
        self.rest_of_train = select(splits["train"], self.classes, slice(self.samples_per_class, None))
        self.test_split = splits["test"]
        self.test_images = test_images
        self.train_subset = subset
