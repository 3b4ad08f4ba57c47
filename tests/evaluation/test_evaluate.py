import pytest
import torch
from torch import nn

from qinr_lightning.data import ClassSubsetDataModule, Digits, FashionMNIST, ImageFolderDataModule, to_unit
from qinr_lightning.evaluation import evaluate
from qinr_lightning.evaluation.samples import real_images
from qinr_lightning.extractors import FeatureExtractor


class Pixels(FeatureExtractor):
    """Means of the image's four quarters: cheap features with a meaning."""

    name = "pixels"

    def prepare(self, source):
        pass

    def __call__(self, images):
        return nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)

    def facts(self):
        return {"hash": 1.0}


class Sampler(nn.Module):
    """Draws from some images: a generative model whose samples are known."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def sample(self, n, generator):
        return self.images[torch.randint(len(self.images), (n,), generator=generator)]


def ready(source, **options):
    datamodule = ClassSubsetDataModule(source, **options)
    datamodule.setup()
    return datamodule


@pytest.fixture(scope="module")
def digits():
    return ready(Digits(), samples_per_class=70)


def test_real_images_do_not_share_one_with_the_reference(digits):
    for reference in ("train", "test", "train_all"):
        real, held_out = real_images(digits, reference)
        pairs = (real[:, None] - held_out[None]).abs().amax((2, 3, 4))
        assert (pairs > 0).all(), reference
    assert len(real_images(digits, "train_all").reference) == 143
    assert torch.equal(real_images(digits, "train").held_out[:73], to_unit(digits.rest_of_train.images))


def test_a_model_that_samples_real_images_reaches_the_floor_and_a_collapsed_one_the_ceiling(digits):
    rest = to_unit(digits.rest_of_train.images)
    honest = evaluate(Sampler(rest), digits, n_samples=73, extractor=Pixels())
    collapsed = evaluate(Sampler(rest[:1]), digits, n_samples=73, extractor=Pixels())
    floor, ceiling = (honest[f"train/{name}/pixels/frechet"] for name in ("real", "mean_image"))
    # Over 20 seeds 0.6 to 1.7 times the floor, which is 0.3 of the ceiling; the collapsed one at 1.7 times the ceiling.
    assert honest["train/samples/pixels/frechet"] < 2 * floor < ceiling
    assert collapsed["train/samples/pixels/frechet"] > 0.5 * ceiling
    assert collapsed["train/samples/vendi_score"] == pytest.approx(1)
    # Over 20 seeds 0.79 to 0.97, and 0.
    assert honest["train/samples/pixels/recall"] > 0.7 > 0.1 > collapsed["train/samples/pixels/recall"]
    assert honest["pixels/hash"] == 1


@pytest.mark.parametrize("shrink", [1, 2])
def test_features_are_learnt_from_images_as_they_are_compared(shrink):
    given = {}

    class Recorded(Pixels):
        def prepare(self, source):
            given["source"] = source

    side = 28 // shrink
    datamodule = ready(Digits(), samples_per_class=70, shrink=shrink, image_shape=(1, side, side))
    evaluate(Sampler(to_unit(datamodule.train_subset.images)), datamodule, n_samples=9, extractor=Recorded())
    train, test = given["source"].load("train", [0]), given["source"].load("test", [0])
    assert torch.equal(train.images[:70], datamodule.train_subset.images)
    assert torch.equal(test.images, datamodule.test_split.images)
    assert len(given["source"].load("train").labels.unique()) == 10
    assert (given["source"] is datamodule.source) == (shrink == 1)


def test_a_model_that_copies_is_found_out(digits):
    copies = evaluate(Sampler(to_unit(digits.train_subset.images)), digits, n_samples=30)
    assert copies["train/samples/nearest"] == pytest.approx(0, abs=1e-6)
    assert copies["train/real/nearest"] > 0.02
    assert copies["test/samples/nearest"] > 0.02


def test_the_same_draws_for_the_same_seed(digits):
    model = Sampler(to_unit(digits.rest_of_train.images))
    first, again = (evaluate(model, digits, n_samples=20, extractor=Pixels()) for _ in range(2))
    other = evaluate(model, ready(Digits(), samples_per_class=70, seed=1), n_samples=20, extractor=Pixels())
    assert first == again
    assert first["train/samples/psnr"] != other["train/samples/psnr"]


def test_what_needs_more_images_is_left_out(idx_root):
    tiny = ready(FashionMNIST(idx_root), label=3)
    metrics = evaluate(Sampler(torch.rand(9, 1, 28, 28)), tiny, n_samples=9, extractor=Pixels())
    assert metrics["train/real/n"] == 2
    assert "train/samples/pixels/frechet" in metrics
    assert "train/samples/pixels/recall" not in metrics
    assert all(value == value for value in metrics.values())  # nothing is NaN


def test_held_out_images_are_of_all_classes_alike(image_root):
    """Also where those of a class lie together; of one class they are the first."""
    datamodule = ImageFolderDataModule(image_root, label="all", samples_per_class=3)
    datamodule.setup()
    held_out = real_images(datamodule, "train", 6).held_out
    rest = to_unit(datamodule.rest_of_train.images)
    assert [int((rest == image).all((1, 2, 3)).nonzero()) // 3 for image in held_out] == [0, 1, 2, 0, 1, 2]
