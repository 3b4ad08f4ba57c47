"""CelebA as in appendix A of the paper: the identities with the most images, a class each."""

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.errors import SettingError
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
            images left to test on; from :meth:`prepare`, when images are missing.
    """

    name = "celeba"

    def __init__(
        self,
        root: str | Path,
        image_shape: tuple[int, int, int] = (1, 78, 64),
        n_identities: Annotated[int, Ge(1)] = 10,
        n_originals: Annotated[int, Ge(1)] = 20,
        n_augmented: Annotated[int, Ge(0)] = 480,
        augmentation_seed: Seed = 0,
    ) -> None:
        if image_shape[0] not in (1, 3):
            raise SettingError("image_shape", image_shape, "must have one channel (grey) or three (RGB)")
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
        there = {path.name for path in (self.folder / IMAGES).glob("*.jpg")}
        missing = [name for names in self.files.values() for name in names if name not in there]
        if missing:
            raise SettingError(
                "paths.data_dir",
                self.folder.parent,
                f"celeba is not complete; put {missing[0]} ({len(missing)} missing in all) "
                f"into {(self.folder / IMAGES).absolute()}",
            )

    def load(self, split: Split) -> LabelledImages:
        from torchvision.transforms.v2.functional import resize

        images, labels = [], []
        for label, (identity, names) in enumerate(self.files.items()):
            names = names[: self.n_originals] if split == "train" else names[self.n_originals :]
            originals = [self._read(self.folder / IMAGES / name) for name in names]
            of_identity = [resize(image, list(self.image_shape[1:]), antialias=True) for image in originals]
            if split == "train":
                of_identity += self._augment(originals, identity)
            images += of_identity
            labels += [label] * len(of_identity)
        return LabelledImages(torch.stack(images), torch.tensor(labels))

    def _read(self, path: Path) -> Tensor:
        """uint8, ``(channels, height, width)``, as large as the file has it."""
        from PIL import Image
        from torchvision.transforms.v2.functional import pil_to_tensor

        try:
            with Image.open(path) as image:
                pixels: Tensor = pil_to_tensor(image.convert("L" if self.image_shape[0] == 1 else "RGB"))
        except OSError as error:
            raise SettingError("paths.data_dir", path, f"cannot be read as an image ({error})") from error
        return pixels

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
    try:
        for line in path.read_text().splitlines():
            name, identity = line.split()
            files[int(identity)].append(name)
    except OSError as error:
        raise SettingError(
            "paths.data_dir",
            path.parent.parent,
            f"celeba is not there and has to be fetched by hand; put {IDENTITIES} and {IMAGES}/*.jpg "
            f"into {path.parent.absolute()}",
        ) from error
    except ValueError as error:
        raise SettingError("paths.data_dir", path, f"the file is damaged ({error})") from error
    return files
