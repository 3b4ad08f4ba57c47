import json

import pytest
import yaml
from hydra import compose, initialize_config_dir

from qinr_lightning.loggers.wandb_workspace import workspace
from qinr_lightning.settings.conf import config_folder

RECORDED = {
    "loss/total", "loss/reconstruction", "loss/kl", "kl/capacity", "kl/above_capacity", "kl/beta",
    "grad_norm/classical", "grad_norm/quantum", "lr/classical", "lr/quantum",
    "circuit/rotations", "circuit/scales", "reconstructions/train", "reconstructions/test", "samples/prior",
    "test/psnr", "test/ssim", "results",
}  # fmt: skip
"""What test_dashboards.py and test_train.py find in the files of a run."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*Pydantic.*", "ignore::UserWarning")


def test_workspace_shows_what_runs_record():
    made = workspace("somebody", "qinr_lightning")
    shown = set()
    for section in made.sections:
        for panel in section.panels:
            lists = [getattr(panel, field, None) for field in ("y", "metrics", "media_keys")]
            shown |= {name for names in lists for name in names or []} | {getattr(panel, "table_name", "results")}
    assert shown == RECORDED
    sent = json.loads(made._to_model().model_dump_json(by_alias=True))
    assert [section["name"] for section in sent["spec"]["section"]["panelBankConfig"]["sections"]][:4] == [
        "Results", "Images", "Training", "Circuit"
    ]  # fmt: skip


def test_sweep_file_makes_commands_that_compose():
    from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

    sweep = yaml.safe_load((config_folder() / "wandb_sweep.yaml").read_text())
    ends = (
        lambda choice: choice.get("value", choice.get("values", [choice.get("min")])[0]),
        lambda choice: choice.get("value", choice.get("values", [choice.get("max")])[-1]),
    )
    for end in ends:
        values = {"args": {name: {"value": end(choice)} for name, choice in sweep["parameters"].items()}}
        arguments = create_sweep_command_args(values)["args_no_hyphens"]
        command = create_sweep_command(sweep["command"])
        settings = [part for part in command if "=" in part]
        assert command[1:4] == ["python", "-m", "qinr_lightning.train"]
        assert command[-1] == "${args_no_hyphens}"
        with initialize_config_dir(str(config_folder()), version_base="1.3"):
            config = compose("train", [*settings, *arguments])
        assert config.model.lr_quantum == end(sweep["parameters"]["model.lr_quantum"])
