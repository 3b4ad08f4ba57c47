"""What goes in: the data sets, the class-filtered subset and the LightningDataModule."""

from qinr_lightning.data.celeba import CelebA
from qinr_lightning.data.datamodule import ClassSubsetDataModule
from qinr_lightning.data.digits import Digits
from qinr_lightning.data.folder import ImageFolder, ImageFolderDataModule
from qinr_lightning.data.sources import ImageSource, LabelledImages
from qinr_lightning.data.subset import to_signed_unit, to_unit
from qinr_lightning.data.torchvision_sources import KMNIST, MNIST, QMNIST, USPS, EMNISTLetters, FashionMNIST

__all__ = [
    "KMNIST",
    "MNIST",
    "QMNIST",
    "USPS",
    "CelebA",
    "ClassSubsetDataModule",
    "Digits",
    "EMNISTLetters",
    "FashionMNIST",
    "ImageFolder",
    "ImageFolderDataModule",
    "ImageSource",
    "LabelledImages",
    "to_signed_unit",
    "to_unit",
]
