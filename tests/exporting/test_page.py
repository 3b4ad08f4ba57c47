"""The page in a real browser: its decoder computes what PyTorch does, and its controls do what they say."""

import json
import re

import numpy as np
import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.exporting import check_page, write_page
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.networks import (
    ClassicalDecoder,
    CoordinateSIREN,
    Encoder,
    GaussianEncoder,
    MLPStandIn,
    QINRDecoder,
    TanhStandIn,
)
from qinr_lightning.objectives import ConstantBeta
from qinr_lightning.quantum import BlockCircuit, QNodeCircuit, ReuploadingCircuit

GREY, RGB = (1, 8, 8), (3, 6, 8)
LATENT_DIM = 4

# The page is in a frame; its script's names are there for those who ask for them there.
LOOK = """
(frame) => {
  const Z = LATENTS;
  const page = frame.contentDocument, inPage = (code) => frame.contentWindow.eval(code);
  const pixels = (id) => {
    const canvas = page.getElementById(id);
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
  };
  const sliders = () => [...page.querySelectorAll("#sliders input")];
  const values = () => [...page.querySelectorAll("#values output")].map((output) => Number(output.textContent));
  const change = (control, value) => {
    control.value = value;
    control.dispatchEvent(new Event("input"));
  };
  const decoded = Z.map(inPage("decode"));
  const seen = { decoded: decoded.map(({ image }) => [...image]), values: decoded.map(({ values }) => [...values]) };
  seen.start = pixels("image");
  seen.first = pixels("first");
  change(page.getElementById("way"), 1);
  seen.end = pixels("image");
  seen.last = pixels("last");
  seen.at_end = values();
  sliders().forEach((slider, dimension) => change(slider, Z[0][dimension]));
  seen.moved = pixels("image");
  page.getElementById("draw").click();
  seen.drawn = pixels("image");
  seen.z = sliders().map((slider) => Number(slider.value));
  seen.hidden = page.getElementById("circuit").hidden;
  seen.width = [frame.clientWidth, page.documentElement.scrollWidth];
  return seen;
}
"""


@pytest.fixture
def look(tmp_path, look_at):
    def run(model, latents, z):
        write_page(model, latents, "A <title> & more", tmp_path / "page.html")
        assert "http" not in (tmp_path / "page.html").read_text().replace("<!DOCTYPE html>", "")
        # That this test reads the canvases is said on the console, too.
        script = LOOK.replace("LATENTS", json.dumps(z.tolist()))
        return look_at(tmp_path / "page.html", script, expected="willReadFrequently")

    return run


def trained(model):
    """With statistics and parameters that a training might leave."""
    torch.manual_seed(1)
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, torch.nn.BatchNorm1d):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
                part.weight.normal_()
                part.bias.normal_()
    return model.eval()


def dense(circuit, shape=GREY, **options):
    decoder = QINRDecoder(circuit, LATENT_DIM, shape, 8, (8, 12), **options)
    is_quantum = isinstance(circuit, ReuploadingCircuit | BlockCircuit)
    return trained(QINRAutoencoder(Encoder(shape, LATENT_DIM, (4,)), decoder, LATENT_DIM,
                                   lr_quantum=1e-3 if is_quantum else None))  # fmt: skip


def classical(shape=GREY):
    decoder = ClassicalDecoder(LATENT_DIM, shape, 3000, 16, activation="leaky_relu")
    return trained(QINRVAE(GaussianEncoder(shape, LATENT_DIM, (4,)), decoder, ConstantBeta(), LATENT_DIM,
                           lr_quantum=None))  # fmt: skip


MODELS = {
    "re-uploading": lambda: dense(ReuploadingCircuit(3, readout="xyz_zz")),
    "colours, normalised": lambda: dense(
        BlockCircuit(3, encoding="alternating"), RGB, head_activation="leaky_relu", readout_batch_norm=True
    ),
    "mlp": lambda: dense(MLPStandIn()),
    "classical VAE": classical,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_page_computes_what_pytorch_does(name, look):
    torch.manual_seed(0)
    model = MODELS[name]()
    latents, z = torch.randn(15, LATENT_DIM), torch.randn(3, LATENT_DIM)
    circuit = getattr(model.decoder, "circuit", None)
    has_circuit = isinstance(circuit, ReuploadingCircuit | BlockCircuit)

    def levels(z):
        """What a canvas has: red, green, blue and opacity of each pixel."""
        with torch.no_grad():
            (image,) = model.decode(z[None])
        image = (255 * image.expand(3, -1, -1)).round()
        return torch.cat([image, torch.full_like(image[:1], 255)]).permute(1, 2, 0).flatten().tolist()

    for seen in look(model, latents, z):
        with torch.no_grad():
            np.testing.assert_allclose(seen["decoded"], model.decode(z).flatten(1), atol=1e-4)
            if has_circuit:
                expected = circuit(model.decoder.angles(z))
                np.testing.assert_allclose(seen["values"], expected, atol=1e-4)
                np.testing.assert_allclose(seen["at_end"], circuit(model.decoder.angles(latents[1:2]))[0], atol=6e-4)
        for what, where in (("start", latents[0]), ("first", latents[0]), ("end", latents[1]), ("last", latents[1])):
            np.testing.assert_allclose(seen[what], levels(where), atol=1)
        # A slider has a thousand steps.
        np.testing.assert_allclose(seen["moved"], levels(z[0]), atol=8)
        assert seen["drawn"] != seen["moved"]
        assert len(seen["z"]) == LATENT_DIM
        assert seen["hidden"] == (not has_circuit)
        assert seen["width"][1] <= seen["width"][0]


def test_what_the_page_does_not_run():
    def quantum_function(inputs):
        import pennylane as qml

        qml.AngleEmbedding(inputs, wires=range(2))
        return [qml.expval(qml.Z(0))]

    coordinate = QINRAutoencoder(Encoder(GREY, 8, (4,)), CoordinateSIREN(8, GREY), lr_quantum=None)
    with pytest.raises(SettingError, match="format=html: CoordinateSIREN is none of the decoders that the page runs"):
        check_page(coordinate)
    with pytest.raises(SettingError, match="format=html: QNodeCircuit is no layer that the page runs"):
        check_page(dense(QNodeCircuit(quantum_function, 2, {})))
    check_page(dense(TanhStandIn()))


def test_the_command(ae, export, capsys):
    assert export(f"run={ae}", "format=html", "out=page.html") == 0
    with open("page.html") as file:
        page = file.read()
    assert "<h1>QINRAutoencoder, digits 0</h1>" in page
    content = json.loads(re.findall('id="content">(.*?)</script>', page)[0])
    assert len(content["latents"]) == 10
    assert [layer["kind"] for layer in content["layers"]] == ["affine", "circuit", "affine"]
    assert content["words"][:2] == ["X0", "X1"]
    assert export(f"run={ae}", "format=html", "out=page") == 2
    assert "out=page: must be a file to write, with a name that ends in .html" in capsys.readouterr().err
