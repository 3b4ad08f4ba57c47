"""Every shipped comparison can be trained: all of its sides compose and pass the checks."""

import pytest

from qinr_lightning.settings.conf import config_folder

SHIPPED = sorted(path.stem for path in (config_folder() / "comparison").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_it_gets_as_far_as_training(name, run, monkeypatch):
    asked = []
    monkeypatch.setattr("qinr_lightning.compare.train_missing", lambda task, sides, *_: asked.extend(sides))
    monkeypatch.setattr("qinr_lightning.compare.write_comparison", lambda *_: [])
    run("compare", f"comparison={name}", "dataset=digits", "labels=0", "seeds=1", "out=c")
    assert len({" ".join(side.own) for side in asked}) == len(asked) >= 2
