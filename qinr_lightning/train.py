"""Train a model: ``python -m qinr_lightning.train dataset=fashion model=vae``."""

from omegaconf import DictConfig

from qinr_lightning.settings import run_command


def train(config: DictConfig) -> float:
    """Train, evaluate and fill the run folder, see :func:`~qinr_lightning.training.train_run`."""
    # PyTorch and Lightning take seconds to be imported; a name that is mistyped is answered before.
    from qinr_lightning.training import train_run

    return train_run(config)


if __name__ == "__main__":
    run_command(train, "train")
