"""The experiments make the runs that tables are made from: the paper's classes, with the settings that it expects."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate

from qinr_lightning.paper import TABLE_ROWS, paper_tables
from qinr_lightning.reporting import Run
from qinr_lightning.settings import changed_settings, choices
from qinr_lightning.settings.conf import config_folder

TABLES = paper_tables()
GANS = ("pqwgan", "anogan", "qinr_qgan")


def jobs(experiment: str, **typed: str) -> Iterator[SimpleNamespace]:
    """What an experiment sweeps, one class for each combination of the rest: the run it makes, and its classes."""
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        config = compose("train", [f"experiment={experiment}"], return_hydra_config=True)
        swept = {key: str(values).split(",") for key, values in {**config.hydra.sweeper.params, **typed}.items()}
        labels = swept.pop("dataset.label", [config.dataset.label])
        for values in itertools.product(*swept.values()):
            overrides = [f"{key}={value}" for key, value in zip(swept, values, strict=True)]
            job = compose("train", [f"experiment={experiment}", *overrides], return_hydra_config=True)
            HydraConfig.instance().set_config(job)
            facts = {"choices": choices(), "changed": changed_settings(job)}
            names = [instantiate(job.dataset, label=label, _convert_="all").label_name for label in labels]
            yield SimpleNamespace(run=Run(Path(), {}, {"dataset": job.dataset, **facts}), classes=names)


@pytest.mark.parametrize("experiment", ["paper/mnist", "paper/emnist", "paper/fashion"])
def test_tables_of_classes(experiment):
    tables = [table for table in TABLES.values() if table.experiment == experiment]
    assert len(tables) == 4
    made = [*jobs(experiment), *(job for model in GANS for job in jobs(experiment, model=model))]
    for table in tables:
        assert f"paper/{table.dataset}" == experiment
        assert {TABLE_ROWS[row].system for row in table.rows} <= {job.run.model for job in made}
        for job in made:
            assert tuple(job.classes) == table.labels
            assert job.run.changed == table.changed


def test_tables_of_one_model_of_every_class():
    readout_z, readout_xyz_zz = jobs("paper/tables_b1_b2")
    for name, job in (("B1", readout_z), ("B2", readout_xyz_zz)):
        assert TABLES[name].experiment == "paper/tables_b1_b2"
        assert job.run.facts["choices"]["dataset"] == TABLES[name].dataset
        assert (job.run.model, job.classes) == ("QINR-AE", ["all"])
        assert job.run.changed == TABLES[name].changed


@pytest.mark.parametrize("experiment", ["paper/table_c3", "paper/table_c3_stand_ins"])
def test_table_of_decoders(experiment):
    table = TABLES["C3"]
    made = list(jobs(experiment))
    for job in made:
        kind = job.run.classical_decoder
        chosen = {} if kind is None else {"decoder" if kind == "classical" else "circuit": kind}
        assert job.run.facts["choices"]["dataset"] == table.dataset
        assert job.run.model == ("QINR-VAE" if kind is None else "classical VAE")
        assert tuple(job.classes) == table.labels
        assert job.run.changed == chosen | table.changed
    kinds = {"paper/table_c3": {None, "classical"}, "paper/table_c3_stand_ins": {"tanh", "mlp"}}
    assert table.experiment in kinds
    assert {job.run.classical_decoder for job in made} == kinds[experiment]
