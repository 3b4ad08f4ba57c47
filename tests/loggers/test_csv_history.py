from qinr_lightning.loggers import CSVHistory
from qinr_lightning.runs import read_history


def log(folder, *epochs, **values):
    logger = CSVHistory(folder)
    for epoch in epochs:
        logger.log_metrics({"loss/total": 10.0 - epoch, "epoch": epoch, **values}, step=5 * epoch)
    return read_history(folder / "metrics.csv")


def test_one_row_an_epoch_counted_from_one(tmp_path):
    rows = log(tmp_path, 0, 1, 2)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["loss/total"] for row in rows] == [10, 9, 8]
    assert (tmp_path / "metrics.csv").read_text().startswith("epoch,loss/total\n")


def test_resumed_run_keeps_the_epochs_before_the_checkpoint(tmp_path):
    log(tmp_path, 0, 1, 2, 3)
    rows = log(tmp_path, 2, 3, 4, other=1.0)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert "other" not in rows[1]
    assert rows[2]["other"] == 1


def test_new_run_in_an_old_folder_starts_anew(tmp_path):
    log(tmp_path, 0, 1, 2, 3)
    assert len(log(tmp_path, 0)) == 1


def test_values_of_an_epoch_may_come_in_parts(tmp_path):
    logger = CSVHistory(tmp_path)
    logger.log_metrics({"a": 1.0, "epoch": 0})
    logger.log_metrics({"b": 0.1 + 0.2, "epoch": 0})
    assert read_history(tmp_path / "metrics.csv") == [{"epoch": 1, "a": 1, "b": 0.3}]


def test_no_file_no_rows(tmp_path):
    assert read_history(tmp_path / "metrics.csv") == []
