"""Features of Inception-V3 trained on ImageNet: what the Frechet inception distance is defined on."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.data import ImageSource
from qinr_lightning.errors import SettingError
from qinr_lightning.extractors.base import FeatureExtractor
from qinr_lightning.ranges import PositiveInt

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""Name of the file in torch's cache."""


class InceptionFeatures(FeatureExtractor):
    """The 2048 outputs of the last pooling layer, as torch-fidelity computes them.

    Images become bytes, grey ones three equal channels, and are brought to 299 x 299 inside the network, all as in the
    original implementation.

    Args:
        weights: File with the weights; without one the file in torch's cache, or else a download.
        batch_size: Images at a time.

    Raises:
        SettingError: From ``prepare``, when torch-fidelity or the weights are missing.
    """

    name = "inception"

    def __init__(self, weights: str | None = None, batch_size: PositiveInt = 50) -> None:
        self.weights = weights
        self.batch_size = batch_size
        self._network: Any = None

    def check(self, source: ImageSource) -> None:
        if find_spec("torch_fidelity") is None:
            raise SettingError("extractor", "inception", "needs pip install qinr-lightning[inception]")
        if self.weights is not None and not Path(self.weights).is_file():
            raise SettingError("extractor.weights", self.weights, "there is no such file")

    def prepare(self, source: ImageSource) -> None:
        if self._network is not None:
            return
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        except ImportError as error:
            raise SettingError("extractor", "inception", "needs pip install qinr-lightning[inception]") from error
        cache = Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS
        given = cache if self.weights is None else Path(self.weights)
        try:
            if self.weights is not None or given.exists():
                # torch-fidelity would unpickle whatever the file holds.
                torch.load(given, map_location="cpu", weights_only=True)
            self._network = FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048"], feature_extractor_weights_path=self.weights, verbose=False
            )
        except OSError as error:
            allowed = (
                f"the weights could not be downloaded; put {WEIGHTS} into {cache.parent} or name the file with "
                "extractor.weights; extractor=classifier needs none"
                if self.weights is None
                else "there is no such file"
            )
            raise SettingError("extractor.weights", self.weights, allowed) from error
        except Exception as error:
            raise SettingError("extractor.weights", self.weights or cache, "does not hold these weights") from error

    def __call__(self, images: Tensor) -> Tensor:
        if self._network is None:
            raise RuntimeError("prepare(source) comes first")
        levels = (images.cpu() * 255).round().to(torch.uint8)
        if levels.shape[1] == 1:
            levels = levels.expand(-1, 3, -1, -1)
        return torch.cat([self._network(batch)[0] for batch in levels.split(self.batch_size)])

    def facts(self) -> dict[str, float]:
        return {}
