import logging

import pytest

from qinr_lightning.loggers import finishing_wandb, wandb_logger


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_records_offline_and_says_how_to_sync_without_a_key(tmp_path, monkeypatch, caplog):
    import wandb

    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr("wandb.api", type("Api", (), {"api_key": None}))
    with caplog.at_level(logging.INFO):
        logger = wandb_logger(str(tmp_path), project="test")
    with finishing_wandb():
        logger.log_metrics({"loss": 1.0}, step=0)
    assert wandb.run is None
    assert f"wandb sync {tmp_path}/wandb/offline-run-*" in caplog.text
    assert len(list((tmp_path / "wandb").glob("offline-run-*/*.wandb"))) == 1
