"""What goes in: the data sets, the class-filtered subset and the LightningDataModule."""

from qinr_lightning.data.celeba import CelebA
from qinr_lightning.data.datamodule import ClassSubsetDataModule
from qinr_lightning.data.sources import Digits, ImageSource, LabelledImages
from qinr_lightning.data.subset import to_signed_unit, to_unit
from qinr_lightning.data.torchvision_sources import MNIST, EMNISTLetters, FashionMNIST

__all__ = [
    "MNIST",
    "CelebA",
    "ClassSubsetDataModule",
    "Digits",
    "EMNISTLetters",
    "FashionMNIST",
    "ImageSource",
    "LabelledImages",
    "to_signed_unit",
    "to_unit",
]
