from urllib.error import URLError

import pytest
import torch
from torch_fidelity import feature_extractor_inceptionv3

from qinr_lightning.data import Digits
from qinr_lightning.errors import SettingError
from qinr_lightning.extractors import InceptionFeatures


def test_says_where_weights_go_when_they_cannot_be_had(monkeypatch):
    def no_network(*arguments, **options):
        raise URLError("no network")

    monkeypatch.setattr(feature_extractor_inceptionv3, "load_state_dict_from_url", no_network)
    with pytest.raises(SettingError, match=r"weights=null: .* put weights-inception-2015-12-05-6726825d.pth into"):
        InceptionFeatures().prepare(Digits())


def test_a_file_that_is_not_there_or_holds_something_else(tmp_path):
    with pytest.raises(SettingError, match=r"extractor.weights=.*: there is no such file"):
        InceptionFeatures(str(tmp_path / "missing.pth")).prepare(Digits())
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(SettingError, match=r"extractor.weights=.*: does not hold these weights"):
        InceptionFeatures(str(tmp_path / "other.pth")).prepare(Digits())


@pytest.mark.slow
def test_features_of_grey_images_from_a_file_with_weights(tmp_path, monkeypatch):
    """Random weights of the right shapes, made by the network itself before it loads any."""
    shapes = {}

    def keep(self, state_dict):
        shapes.update(self.state_dict())

    with monkeypatch.context() as patched:
        patched.setattr(feature_extractor_inceptionv3.FeatureExtractorInceptionV3, "load_state_dict", keep)
        patched.setattr(feature_extractor_inceptionv3, "load_state_dict_from_url", lambda *a, **k: {})
        InceptionFeatures().prepare(Digits())
    torch.save(shapes, tmp_path / "weights.pth")
    extractor = InceptionFeatures(str(tmp_path / "weights.pth"), batch_size=2)
    extractor.prepare(Digits())
    grey = torch.rand(3, 1, 28, 28)
    features = extractor(grey)
    assert features.shape == (3, 2048)
    assert features.isfinite().all()
    assert torch.equal(features, extractor(grey.expand(-1, 3, -1, -1)))
