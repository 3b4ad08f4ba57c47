import pytest
import torch

from qinr_lightning.data import Digits, FashionMNIST, LabelledImages, to_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.extractors import ClassifierFeatures
from qinr_lightning.extractors.classifier import ImageClassifier


def small(folder, **options):
    return ClassifierFeatures(folder, channels=(8, 16), n_features=8, **{"steps": 3, **options})


@pytest.fixture
def images():
    return to_unit(Digits().load("test").images[:20])


def test_learns_the_digits(tmp_path):
    extractor = ClassifierFeatures(tmp_path, channels=(16, 32), n_features=32, steps=100, lr=1e-2)
    extractor.prepare(Digits())
    # 0.73 to 0.83 over 24 seeds; 0.10 at most before it has learnt anything.
    assert extractor.facts()["accuracy"] > 0.5


def test_trained_once_and_the_same_for_everybody(tmp_path, images):
    features = []
    for folder in (tmp_path / "a", tmp_path / "a", tmp_path / "b"):
        extractor = small(folder)
        extractor.prepare(Digits())
        features.append(extractor(images))
        assert len(list(folder.glob("classifiers/digits-*.pt"))) == 1
    assert features[0].shape == (20, 8)
    assert torch.equal(features[0], features[1])
    assert torch.equal(features[0], features[2])


def test_samples_of_a_model_in_double_precision(tmp_path, images):
    extractor = small(tmp_path)
    extractor.prepare(Digits())
    assert torch.equal(extractor(images.double()), extractor(images))


def test_other_settings_or_other_images_make_another_one(tmp_path, idx_root):
    hashes = set()
    for extractor, source in (
        (small(tmp_path), Digits()),
        (small(tmp_path, seed=1), Digits()),
        (small(tmp_path), FashionMNIST(idx_root)),
    ):
        extractor.prepare(source)
        hashes.add(extractor.facts()["hash"])
    assert len(hashes) == 3


def test_states_the_weights_beside_what_they_were_trained_from(tmp_path, monkeypatch):
    """On another processor the training comes out otherwise, and so do all distances."""
    here, again, elsewhere = small(tmp_path / "here"), small(tmp_path / "here"), small(tmp_path / "elsewhere")
    here.prepare(Digits())
    again.prepare(Digits())
    monkeypatch.setattr(ImageClassifier, "fit", lambda *_: None)
    elsewhere.prepare(Digits())
    assert here.facts() == again.facts()
    assert here.facts()["hash"] == elsewhere.facts()["hash"]
    assert here.facts()["weights"] != elsewhere.facts()["weights"]
    assert 0 < here.facts()["weights"] < 2**48


def test_training_leaves_the_global_random_numbers_alone(tmp_path):
    before = torch.random.get_rng_state()
    small(tmp_path).prepare(Digits())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_single_class_is_nothing_to_learn(tmp_path):
    class Ones(Digits):
        name, class_names = "ones", ("one",)

        def load(self, split, classes=None):
            images, labels = super().load(split, [1])
            return LabelledImages(images, labels - 1)

    with pytest.raises(SettingError, match="extractor=classifier: needs two classes or more; ones has one"):
        small(tmp_path).prepare(Ones())
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_named(tmp_path):
    small(tmp_path).prepare(Digits())
    (file,) = tmp_path.glob("classifiers/*.pt")
    file.write_bytes(b"nothing")
    with pytest.raises(SettingError, match=rf"paths.cache_dir={file}: cannot be read as a trained classifier"):
        small(tmp_path).prepare(Digits())


@pytest.mark.parametrize("swapped", ["another classifier", "other weights"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, swapped):
    small(tmp_path).prepare(Digits())
    (file,) = tmp_path.glob("classifiers/*.pt")
    if swapped == "another classifier":
        small(tmp_path / "other", seed=1).prepare(Digits())
        (other,) = (tmp_path / "other").glob("classifiers/*.pt")
        other.replace(file)
    else:
        saved = torch.load(file, weights_only=True)
        saved["state_dict"]["logits.1.bias"] += 1
        torch.save(saved, file)
    with pytest.raises(SettingError, match=rf"paths.cache_dir={file}: is not the classifier that its name says"):
        small(tmp_path).prepare(Digits())


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(SettingError, match="cannot be written"):
        small(tmp_path / "taken").prepare(Digits())
