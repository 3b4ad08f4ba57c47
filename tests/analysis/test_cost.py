"""What the layers of a decoder compute, whatever simulates its circuit."""

import pennylane as qp
import pytest
import torch

from qinr_lightning.analysis.circuits import find_circuit
from qinr_lightning.analysis.cost import layer_flops, seconds
from qinr_lightning.networks import QINRDecoder
from qinr_lightning.networks.stand_ins import TanhStandIn
from qinr_lightning.quantum import QNodeCircuit, ReuploadingCircuit


def circuit_of_pennylane(inputs, weights):
    qp.AngleEmbedding(inputs, wires=range(3))
    qp.BasicEntanglerLayers(weights, wires=range(3))
    return [qp.expval(qp.Z(wire)) for wire in range(3)]


CIRCUITS = {
    "tanh": lambda: TanhStandIn(3),
    "statevector": lambda: ReuploadingCircuit(3),
    "pennylane": lambda: ReuploadingCircuit(3, backend="pennylane"),
    "qnode": lambda: QNodeCircuit(circuit_of_pennylane, 3, {"weights": [1, 3]}),
}


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_product_of_matrices_is_two_flops_a_weight(name):
    decoder = QINRDecoder(CIRCUITS[name](), latent_dim=4, image_shape=(1, 5, 6), hidden_dim=7, head_dims=(8,)).eval()
    z = torch.randn(2, 4)
    weights = sum(
        value.numel() for name, value in decoder.named_parameters() if value.dim() == 2 and "circuit" not in name
    )
    assert layer_flops(decoder, z) == 2 * 2 * weights
    assert seconds(decoder, z) > 0
    assert (find_circuit(decoder) is None) == (name in ("tanh", "qnode"))
