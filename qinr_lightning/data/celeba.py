"""CelebA as in appendix A of the paper: the identities with the most images, a class each."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from qinr_lightning.data.images import check_channels, fit, read_image
from qinr_lightning.data.sources import ImageSource, LabelledImages, PictureShape, Split, damaged, unreadable
from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import NaturalInt, PositiveInt
from qinr_lightning.seeding import Seed, generator

IDENTITIES = "identity_CelebA.txt"
IMAGES = "img_align_celeba"


class CelebA(ImageSource):
    """Aligned faces of the identities with the most images, the first of which is class 0.

    The train split has the first ``n_originals`` images of each identity, then ``n_augmented`` variations of these:
    mirrored or not, cut to between 80 and 100 % of the area, brightness and contrast changed by up to 20 %. The paper
    does not say which augmentations it has. The test split has the identity's other images as they are; none of them,
    and no variation of them, is in the train split.

    Args:
        root: Data root. Its folder ``celeba`` has the official layout: ``identity_CelebA.txt`` and
            ``img_align_celeba/*.jpg``; no other file is needed.
        image_shape: ``(channels, height, width)`` of the images: one channel is grey, three are RGB. The paper's 4992
            pixels are one channel of 78 x 64.
        n_identities: Number of classes; among identities with equally many images the smaller number comes first.
        n_originals: Training images of an identity before augmentation.
        n_augmented: Variations of them.
        augmentation_seed: Seed of the variations.

    Raises:
        SettingError: For another number of channels; when the list of identities cannot be read, or an identity has no
            images left to test on; from :meth:`prepare`, when images are missing; from :meth:`load`, when one of the
            images cannot be read.
    """

    name = "celeba"

    def __init__(
        self,
        root: str | Path,
        image_shape: PictureShape = (1, 78, 64),
        n_identities: PositiveInt = 10,
        n_originals: PositiveInt = 20,
        n_augmented: NaturalInt = 480,
        augmentation_seed: Seed = 0,
    ) -> None:
        check_channels(image_shape)
        self.folder = Path(root) / "celeba"
        self.image_shape = tuple(image_shape)
        self.n_originals = n_originals
        self.n_augmented = n_augmented
        self.augmentation_seed = augmentation_seed
        files = _files_by_identity(self.folder / IDENTITIES)
        ranked = sorted(files, key=lambda identity: (-len(files[identity]), identity))[:n_identities]
        if len(ranked) < n_identities:
            raise SettingError("n_identities", n_identities, f"{IDENTITIES} lists {len(ranked)} identities")
        fewest = len(files[ranked[-1]])
        if fewest <= n_originals:
            raise SettingError(
                "n_originals", n_originals, f"identity {ranked[-1]} has {fewest} images and needs some to test on"
            )
        self.files = {identity: sorted(files[identity]) for identity in ranked}
        self.description = f"CelebA, {n_originals} images of each identity and {n_augmented} augmentations"
        self.class_names = tuple(f"identity {identity}" for identity in ranked)

    def prepare(self) -> None:
        try:
            there = {path.name for path in self._images().iterdir()}
        except FileNotFoundError:
            there = set()
        except OSError as error:
            raise unreadable(self._images(), error) from error
        missing = [name for names in self.files.values() for name in names if name not in there]
        if missing:
            raise SettingError(
                "paths.data_dir",
                self.folder.parent,
                f"celeba is not complete; put {missing[0]} ({len(missing)} missing in all) "
                f"into {self._images().absolute()}",
            )

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        images, labels = [], []
        for label, (identity, names) in enumerate(self.files.items()):
            if classes is not None and label not in classes:
                continue
            names = names[: self.n_originals] if split == "train" else names[self.n_originals :]
            originals = [read_image(self._images() / name, self.image_shape[0]) for name in names]
            of_identity = [self._fit(*pair) for pair in zip(names, originals, strict=True)]
            if split == "train":
                of_identity += self._augment(originals, identity)
            images += of_identity
            labels += [label] * len(of_identity)
        return LabelledImages(torch.stack(images), torch.tensor(labels))

    def place(self, split: Split) -> str:
        return str(self._images())

    def _images(self) -> Path:
        return self.folder / IMAGES

    def _fit(self, name: str, image: Tensor) -> Tensor:
        try:
            return fit(image, (self.image_shape[1], self.image_shape[2]))
        except ValueError as error:
            raise SettingError("paths.data_dir", self._images() / name, str(error)) from error

    def _augment(self, originals: list[Tensor], identity: int) -> list[Tensor]:
        """Variations of each original in turn; an identity's depend on the seed and on nothing else."""
        from torchvision.transforms import v2

        _, height, width = originals[0].shape
        vary = v2.Compose(
            [
                v2.RandomHorizontalFlip(),
                v2.RandomResizedCrop(
                    self.image_shape[1:], scale=(0.8, 1.0), ratio=(width / height,) * 2, antialias=True
                ),
                v2.ColorJitter(brightness=0.2, contrast=0.2),
            ]
        )
        # torchvision draws from the global generator, which gets its state back.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator(self.augmentation_seed, "augmentation", identity).initial_seed())
            return [vary(originals[number % len(originals)]) for number in range(self.n_augmented)]


def _files_by_identity(path: Path) -> dict[int, list[str]]:
    """The list of identities: a line ``000001.jpg 2880`` for each image."""
    files = defaultdict(list)
    line_of: dict[str, int] = {}
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError as error:
        raise SettingError(
            "paths.data_dir",
            path.parent.parent,
            f"celeba is not there and has to be fetched by hand; put {IDENTITIES} and {IMAGES}/*.jpg "
            f"into {path.parent.absolute()}",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    for number, line in enumerate(lines, start=1):
        match = re.fullmatch(r"(\S+)\s+(\d+)\s*", line)
        if match is None:
            raise damaged(path, f"line {number} is not the name of an image and the number of an identity")
        name, identity = match.groups()
        if name in line_of:
            raise damaged(path, f"line {number} has the image of line {line_of[name]} again")
        line_of[name] = number
        files[int(identity)].append(name)
    return files
