"""Run folders with chosen numbers in them."""

import json
from pathlib import Path

import matplotlib
import pytest

from qinr_lightning.data import MNIST, Digits, FashionMNIST

CLASS_NAMES = {source.name: source.class_names for source in (MNIST, FashionMNIST, Digits)}

HISTORY = "epoch,loss/reconstruction,loss/total\n1,300,300\n2,200,200\n"
HISTORY_OF_VAE = "epoch,loss/reconstruction,loss/total,loss/kl\n1,300,310,10\n2,200,220,20\n"


@pytest.fixture(autouse=True)
def fine_pictures(monkeypatch):
    """As users get them: here their pixels are looked at."""
    monkeypatch.setitem(matplotlib.rcParams, "savefig.dpi", "figure")


@pytest.fixture
def make_run(tmp_path):
    """Writes what a finished run leaves behind; ``metrics`` are added to those that every run has."""

    def make(name, label="T-shirt", model="ae", seed=0, changed=None, choices=None, dataset="fashion", **metrics):
        folder: Path = tmp_path / name
        (folder / ".hydra").mkdir(parents=True)
        (folder / ".hydra/config.yaml").write_text("{}\n")
        names = CLASS_NAMES[dataset]
        index = -1 if label == "all" else names.index(label)
        numbers = {"seed": seed, "train/n": 500, "test/n": 1000, "epochs": 25, "dataset/label": index, **metrics}
        (folder / "metrics.json").write_text(json.dumps(numbers))
        facts = {
            "dataset": dataset, "images": f"images of {dataset}", "label": label, "model": "QINRAutoencoder",
            "choices": {"dataset": dataset, "model": model, "readout": "z", **(choices or {})},
            "changed": changed or {}, "versions": {"torch": "2.15.0", "commit": "0123abc"},
        }  # fmt: skip
        (folder / "run.json").write_text(json.dumps(facts))
        (folder / "metrics.csv").write_text(HISTORY if model == "ae" else HISTORY_OF_VAE)
        return folder

    return make
