"""Circuits as real arithmetic, and encoder and decoder as graphs: the same numbers."""

import sys

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting import FrozenCircuit, write_graphs
from qinr_lightning.models import QINRVAE, QINRVAEGAN, QINRAutoencoder
from qinr_lightning.networks import ClassicalDecoder, Critic, Encoder, GaussianEncoder, QINRDecoder
from qinr_lightning.objectives import ConstantBeta
from qinr_lightning.quantum import AnsatzCircuit, BlockCircuit, Depolarizing, Gate, Input, ReuploadingCircuit
from qinr_lightning.quantum.ansatz import GATES
from qinr_lightning.quantum.readout import READOUTS

IMAGE = (1, 8, 8)


def every_gate(n_qubits):
    """All gates that a description may hold, each angle once an input, some gates sharing wires."""
    for number, (name, shape) in enumerate(GATES.items()):
        wires = tuple((number + k) % n_qubits for k in range(shape.n_wires))
        yield Gate(name, wires, tuple(Input((number + k) % n_qubits) for k in range(shape.n_angles)))
        yield Gate("RY", (number % n_qubits,), (0.1 * number,))


@pytest.mark.parametrize(
    "circuit",
    [
        *(ReuploadingCircuit(3, readout=readout, global_scale=True) for readout in READOUTS),
        ReuploadingCircuit(1, readout=["Y0"]),
        ReuploadingCircuit(4, readout=["X0 Y1 Z2 Y3"], entangler="none"),
        BlockCircuit(3, 4, encoding="alternating", readout="xyz"),
        AnsatzCircuit(every_gate, 3, readout="xyz_zz"),
        AnsatzCircuit(lambda n: [Gate("RY", (0,), (0.3,))], 2),
        ReuploadingCircuit(2, learnable_rotations=False, learnable_scales=False),
    ],
)  # fmt: skip
def test_a_frozen_circuit_computes_what_the_circuit_does(circuit):
    torch.manual_seed(0)
    circuit.reset_parameters()
    angles = 3 * torch.randn(7, circuit.n_qubits, dtype=torch.double)
    with torch.no_grad():
        expected = circuit.double()(angles)
    torch.testing.assert_close(FrozenCircuit(circuit)(angles), expected, atol=1e-10, rtol=0)


def test_angles_in_sets():
    circuit = BlockCircuit(3, 2).double()
    angles = torch.randn(5, 2, 3, dtype=torch.double)
    torch.testing.assert_close(FrozenCircuit(circuit, (2, 3))(angles), circuit(angles).detach(), atol=1e-10, rtol=0)


def test_what_cannot_be_frozen():
    with pytest.raises(SettingError, match=r"circuit=depolarizing_0\.1: must be without noise and shots"):
        FrozenCircuit(ReuploadingCircuit(2, noise=Depolarizing(0.1)))
    with pytest.raises(SettingError, match="n_qubits=11: must be at most 10"):
        FrozenCircuit(ReuploadingCircuit(11))


def autoencoders():
    torch.manual_seed(0)
    ae = QINRAutoencoder(Encoder(IMAGE, 4, (4,)), QINRDecoder(ReuploadingCircuit(3), 4, IMAGE, 8, (8,)), 4)
    decoder = ClassicalDecoder(4, IMAGE, n_parameters=3000, hidden_dim=16)
    vae = QINRVAE(GaussianEncoder(IMAGE, 4, (4,)), decoder, ConstantBeta(), 4, lr_quantum=None)
    return ae.eval(), vae.eval()


@pytest.mark.slow
def test_a_decoder_with_statistics_of_the_prior_has_a_graph_of_its_own(tmp_path):
    torch.manual_seed(0)
    parts = GaussianEncoder(IMAGE, 4, (4,)), QINRDecoder(ReuploadingCircuit(3), 4, IMAGE, 8, (8,)), ConstantBeta()
    model = QINRVAEGAN(*parts, Critic(IMAGE, (8,)), 4).train()
    for images in torch.rand(4, 16, *IMAGE):
        model.count_statistics(3 * images)
    write_graphs(model.eval(), "torch_export", tmp_path)
    of_images, of_prior = (
        torch.export.load(tmp_path / f"{part}.pt2").module() for part in ("decoder", "decoder_of_prior")
    )
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        torch.testing.assert_close(of_images(z), model.decode(z), atol=1e-5, rtol=0)
        drawn = model.sample(5, torch.Generator().manual_seed(2))
        torch.testing.assert_close(of_prior(z), drawn, atol=1e-5, rtol=0)
        assert not torch.allclose(of_images(z), drawn, atol=1e-3)


@pytest.mark.slow
def test_torch_export(tmp_path):
    for model in autoencoders():
        write_graphs(model, "torch_export", tmp_path)
        encoder, decoder = (torch.export.load(tmp_path / f"{part}.pt2").module() for part in ("encoder", "decoder"))
        with torch.no_grad():
            for n in (1, 5):
                images, z = torch.rand(n, *IMAGE) * 2 - 1, torch.randn(n, 4)
                found = encoder(images)
                mean = found if isinstance(found, torch.Tensor) else found[0]
                torch.testing.assert_close(mean, model.encode(images), atol=1e-5, rtol=0)
                torch.testing.assert_close(decoder(z), model.decode(z), atol=1e-5, rtol=0)


@pytest.mark.slow
def test_onnx(tmp_path):
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    from onnxruntime import InferenceSession

    for model in autoencoders():
        write_graphs(model, "onnx", tmp_path)
        encoder, decoder = (InferenceSession(tmp_path / f"{part}.onnx") for part in ("encoder", "decoder"))
        for n in (1, 5):
            images, z = torch.rand(n, *IMAGE) * 2 - 1, torch.randn(n, 4)
            (mean,) = encoder.run(["z"], {"images": images.numpy()})
            (decoded,) = decoder.run(["decoded"], {"z": z.numpy()})
            with torch.no_grad():
                torch.testing.assert_close(torch.from_numpy(mean), model.encode(images), atol=1e-5, rtol=0)
                torch.testing.assert_close(torch.from_numpy(decoded), model.decode(z), atol=1e-5, rtol=0)


def test_without_onnx(ae, export, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert export(f"run={ae}", "format=onnx", "out=graphs") == 2
    said = "error: format=onnx: onnx and onnxscript are not installed; pip install 'qinr-lightning[onnx]'\n"
    assert capsys.readouterr().err == said
    assert list(tmp_path.iterdir()) == []
