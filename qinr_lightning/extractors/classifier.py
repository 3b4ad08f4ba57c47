"""Features of a small classifier of the data set itself, for where Inception's weights cannot be had or do not fit."""

import hashlib
import json
import logging
import warnings
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import lightning.pytorch as pl
import torch
from annotated_types import Ge, Le, Len
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from qinr_lightning.data import ImageSource, LabelledImages, to_unit
from qinr_lightning.data.checks import load_checked
from qinr_lightning.data.loading import batches
from qinr_lightning.errors import SettingError
from qinr_lightning.extractors.base import FeatureExtractor
from qinr_lightning.ranges import MANY, LearningRate, PositiveInt, Width
from qinr_lightning.seeding import Seed

log = logging.getLogger(__name__)

_FORMAT = 2
"""Of the kept files; those of the first did not say what they are."""


class ClassifierFeatures(FeatureExtractor):
    """Outputs of the last layer but one, before its activation, of a convolutional classifier.

    Trained on the whole train split, every class, when a data set is first asked for; kept in ``cache_dir`` under a
    hash of its settings and of the images, with its accuracy on the test split. The file says itself what it was made
    from and what its weights are, so that one in another's place is not taken for it.

    Values compare exactly only between results that state the same hash and the same weights: the hash is of what goes
    into the training, which comes out otherwise on another processor.

    Args:
        cache_dir: Folder of the trained classifiers.
        channels: Of the convolutions (3x3, stride 2), each with batch normalisation and ReLU.
        n_features: Size of the layer whose outputs are the features.
        steps: Optimizer steps of the training.
        batch_size: Images in a step.
        lr: Highest learning rate of Adam's one-cycle schedule.
        seed: Seed of the initial parameters and of the order of the images.

    Raises:
        SettingError: From ``prepare``, for images of a single class, when the cached file cannot be read or is another
            than its name says, or when the folder cannot be written.
    """

    name = "classifier"

    def __init__(
        self,
        cache_dir: str | Path,
        channels: Annotated[tuple[Width, ...], Len(1, 16)] = (32, 64, 128),
        n_features: Annotated[Width, Ge(2)] = 64,
        steps: PositiveInt = 1000,
        batch_size: Annotated[int, Ge(2), Le(MANY)] = 128,
        lr: LearningRate = 2e-3,
        seed: Seed = 0,
    ) -> None:
        self.cache_dir = Path(cache_dir)
        self.channels = tuple(channels)
        self.n_features = n_features
        self.steps = steps
        self.batch_size = batch_size
        self.lr = lr
        self.seed = seed
        self._network: ImageClassifier | None = None
        self._facts: dict[str, float] = {}

    def check(self, source: ImageSource) -> None:
        if len(source.class_names) < 2:
            raise SettingError("extractor", self.name, f"needs two classes or more; {source.name} has one")

    def prepare(self, source: ImageSource) -> None:
        self.check(source)
        train = load_checked(source, "train")
        if len(train.labels.unique()) < 2:
            raise SettingError("extractor", self.name, f"needs two classes or more; {source.name} has images of one")
        digest = self._digest(train)
        path = self.cache_dir / "classifiers" / f"{source.name}-{digest:012x}.v{_FORMAT}.pt"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = ImageClassifier(train.images.shape[1], self.channels, self.n_features, len(source.class_names))
        if not path.exists():
            self._train(network, train, source, path, digest)
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            network.load_state_dict(saved["state_dict"])
            made_from, weights = saved["made_from"], saved["weights"]
        except Exception as error:
            raise SettingError("paths.cache_dir", path, "cannot be read as a trained classifier; delete it") from error
        if made_from != digest or weights != _digest_of(network):
            raise SettingError("paths.cache_dir", path, "is not the classifier that its name says; delete it")
        self._network = network.eval()
        self._facts = {"hash": digest, "weights": int(weights[:12], 16), "accuracy": saved["accuracy"]}

    def __call__(self, images: Tensor) -> Tensor:
        if self._network is None:
            raise RuntimeError("prepare(source) comes first")
        features: Tensor = self._network.features(images.cpu().float() * 2 - 1)
        return features

    def facts(self) -> dict[str, float]:
        """``hash`` of settings and images and that of the ``weights``, 48 bits each; ``accuracy`` on the test split."""
        return self._facts

    def _digest(self, train: LabelledImages) -> int:
        settings = [self.channels, self.n_features, self.steps, self.batch_size, self.lr, self.seed]
        content = hashlib.blake2b(json.dumps(settings).encode(), digest_size=6)
        content.update(train.labels.numpy().tobytes())
        content.update(train.images.numpy().tobytes())
        return int.from_bytes(content.digest(), "big")

    def _train(
        self, network: "ImageClassifier", train: LabelledImages, source: ImageSource, path: Path, digest: int
    ) -> None:
        log.info("training a classifier of %s for its features (%d steps), once", source.description, self.steps)
        network.fit(batches(train, self.batch_size, self.seed), self.steps, self.lr)
        test = load_checked(source, "test")
        accuracy = network.accuracy(to_unit(test.images), test.labels)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Jobs of a sweep may be training the same classifier: each writes its own file, the last rename stays.
            partial = path.with_suffix(f".{uuid4().hex}.partial")
            torch.save(
                {
                    "state_dict": network.state_dict(),
                    "accuracy": accuracy,
                    "made_from": digest,
                    "weights": _digest_of(network),
                },
                partial,
            )
            partial.replace(path)
        except OSError as error:
            raise SettingError("paths.cache_dir", self.cache_dir, f"cannot be written ({error.strerror})") from error
        log.info("accuracy on the test split %.2f %%, kept as %s", 100 * accuracy, path)


def _digest_of(network: nn.Module) -> str:
    """A hash of names and values of all weights."""
    content = hashlib.blake2b(digest_size=16)
    for name, value in network.state_dict().items():
        content.update(name.encode())
        content.update(value.cpu().numpy().tobytes())
    return content.hexdigest()


class ImageClassifier(pl.LightningModule):
    """Convolutions, mean over positions, a layer of features, a layer of logits; images in [-1, 1]."""

    def __init__(self, n_channels: int, channels: tuple[int, ...], n_features: int, n_classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((n_channels, *channels), channels, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
        self.features = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], n_features)
        )
        self.logits = nn.Sequential(nn.ReLU(), nn.Linear(n_features, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.logits(self.features(images))
        return logits

    def fit(self, loader: Any, steps: int, lr: float) -> None:
        """Train on batches of ``[images, labels]``; the global random numbers stay as they were."""
        self._steps, self._lr = steps, lr
        trainer = pl.Trainer(
            max_steps=steps, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False,
        )  # fmt: skip
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*does not have many workers.*")
            trainer.fit(self, loader)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        return F.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.Adam(self.parameters(), lr=self._lr)
        schedule = OneCycleLR(optimizer, max_lr=self._lr, total_steps=self._steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    @torch.inference_mode()
    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """Fraction of images ``(n, channels, height, width)`` in [0, 1] whose class is found."""
        self.eval()
        found = torch.cat([self(batch * 2 - 1).argmax(1) for batch in images.split(500)])
        return float((found == labels).double().mean())
