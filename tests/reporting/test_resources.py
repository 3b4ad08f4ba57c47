"""The table of what circuits take."""

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.resources import COLUMNS, resources_table


def test_circuits_beside_a_twin(make_run, tmp_path):
    counted = {"resources/qubits": 6, "resources/gates/CZ": 36, "resources/gates/Rot": 36}
    make_run("0", **counted, **{"cost/decoder_seconds": 2e-4})
    make_run("1", seed=1, **counted, **{"cost/decoder_seconds": 4e-4})
    make_run("2", changed={"circuit": "tanh"}, choices={"circuit": "tanh"}, **{"cost/layer_flops": 1_075_200})
    table = resources_table(collect([tmp_path]).runs)
    circuit, twin = ({"name": name, **dict(zip(COLUMNS, cells, strict=True))} for name, *cells in table.texts())
    assert circuit["name"] == "fashion, QINR-AE"
    assert (circuit["qubits"], circuit["gates"], circuit["ms per image"]) == ("6", "36 CZ, 36 Rot", "0.3")
    assert "tanh" in twin["name"]
    assert (twin["qubits"], twin["gates"], twin["flops of the layers"]) == ("-", "-", "1075200")


def test_runs_of_earlier_versions_have_no_such_table(make_run, tmp_path):
    make_run("0")
    assert resources_table(collect([tmp_path]).runs) is None
