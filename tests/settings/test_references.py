from omegaconf import OmegaConf

from qinr_lightning.settings.references import References

CONFIG = OmegaConf.create(
    {
        "seed": 0,
        "backend": {"device": "x"},
        "circuit": {"n_qubits": 6, "backend": "${backend}"},
        "decoder": {"circuit": "${circuit}", "latent_dim": "${model.latent_dim}"},
        "model": {"decoder": "${decoder}", "latent_dim": 8, "seed": "${seed}"},
        "spare": {"circuit": "${circuit}"},
    }
)


def test_a_value_is_named_where_it_is_set():
    references = References(CONFIG)
    assert references.origin(("model", "decoder", "circuit", "backend", "device")) == "backend.device"
    assert references.origin(("model", "decoder", "latent_dim")) == "model.latent_dim"
    assert references.origin(("model", "seed")) == "seed"
    assert references.origin(("circuit", "n_qubits")) == "circuit.n_qubits"


def test_what_nothing_refers_to_is_unused():
    assert References(CONFIG).unused({"model"}) == ["spare"]
    assert References(CONFIG).unused({"decoder", "spare"}) == []
