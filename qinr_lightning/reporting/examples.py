"""examples.npz: the images behind a run's pictures, for whoever draws others."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

EXAMPLES = "examples.npz"


def write_examples(folder: Path, examples: Mapping[str, Tensor]) -> None:
    """Write images in [0, 1], ``(n, channels, height, width)``, as grey levels 0..255 under their names."""
    levels = {name: (images * 255).round().to(torch.uint8).numpy() for name, images in examples.items()}
    np.savez_compressed(folder / EXAMPLES, **levels)  # type: ignore[arg-type]


def read_examples(folder: Path) -> dict[str, Tensor]:
    """The images of a run folder in [0, 1]; empty where there are none."""
    if not (folder / EXAMPLES).exists():
        return {}
    with np.load(folder / EXAMPLES) as levels:
        return {name: torch.from_numpy(levels[name]).float() / 255 for name in levels.files}
