"""What a curve says beside the quality of images."""

import pytest

from qinr_lightning.data import ClassSubsetDataModule, Digits
from qinr_lightning.evaluation import evaluate
from qinr_lightning.evaluation.curves import ShotsCurve
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import CoordinateCircuit, Encoder, coordinate
from qinr_lightning.quantum import ReuploadingCircuit


@pytest.mark.parametrize(("n_circuits", "at_once"), [(2, 60), (1, 2**15)])
def test_an_image_costs_a_circuit_at_every_pixel_however_many_fit_at_once(n_circuits, at_once, monkeypatch):
    monkeypatch.setattr(coordinate, "_AT_ONCE", at_once)
    datamodule = ClassSubsetDataModule(Digits(), samples_per_class=2, image_shape=(1, 14, 14), shrink=2)
    datamodule.setup()
    circuit = ReuploadingCircuit(2, 1, 1, "z_zz", learnable_scales=False)
    decoder = CoordinateCircuit(
        circuit, image_shape=(1, 14, 14), n_parameters=None, embedding_dim=4, n_circuits=n_circuits
    )
    model = QINRAutoencoder(Encoder((1, 14, 14), channels=[4, 8]), decoder).eval()
    (point,) = ShotsCurve([8], n_images=2).measure(model, datamodule)["points"]
    assert point["executions"] == 14 * 14 * n_circuits * circuit.n_measurement_groups
    assert point["shots"] == 8 * point["executions"]
    assert evaluate(model, datamodule)["resources/circuits_per_image"] == point["executions"]
