"""Train and compare QINR autoencoders: quantum decoders in PyTorch Lightning, composed with Hydra."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qinr_lightning.runs.checkpoints import load_model

__all__ = ["load_model"]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    # The commands import this package before they know whether they need PyTorch, which takes seconds.
    if name == "load_model":
        from qinr_lightning.runs.checkpoints import load_model

        return load_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
