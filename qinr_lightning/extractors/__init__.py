"""What turns images into the features that distances between sets of images are computed from."""

from qinr_lightning.extractors.base import FeatureExtractor
from qinr_lightning.extractors.classifier import ClassifierFeatures
from qinr_lightning.extractors.inception import InceptionFeatures

__all__ = ["ClassifierFeatures", "FeatureExtractor", "InceptionFeatures"]
