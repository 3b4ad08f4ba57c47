"""A W&B workspace with the panels that a reader wants first.

``python -m qinr_lightning.loggers.wandb_workspace ENTITY PROJECT`` makes it in a project; that needs an API key and
``pip install qinr-lightning[workspace]``.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace


def workspace(entity: str, project: str) -> "Workspace":
    """Results first, then pictures, training curves by epoch and the circuit's parameters.

    Args:
        entity: User or team that owns the project.
        project: What ``logger.wandb.project`` was.
    """
    import wandb_workspaces.reports.v2 as wr
    import wandb_workspaces.workspaces as ws

    def curves(title: str, *names: str) -> wr.LinePlot:
        return wr.LinePlot(title=title, x="epoch", y=list(names))

    def media(title: str, *names: str) -> wr.MediaBrowser:
        return wr.MediaBrowser(title=title, media_keys=list(names), num_columns=1)

    results = [
        wr.WeavePanelSummaryTable(table_name="results"),
        wr.BarPlot(title="PSNR on the test split (dB)", metrics=["test/psnr"]),
        wr.BarPlot(title="SSIM on the test split", metrics=["test/ssim"]),
    ]
    images = [
        media("train subset: originals above reconstructions", "reconstructions/train"),
        media("test split: originals above reconstructions", "reconstructions/test"),
        media("samples from the prior", "samples/prior"),
    ]
    training = [
        curves("loss per image (nats)", "loss/total", "loss/reconstruction"),
        curves("KL divergence against its target (nats)", "loss/kl", "kl/capacity"),
        curves("KL divergence above the capacity (nats)", "kl/above_capacity"),
        curves("beta", "kl/beta"),
        curves("gradient norm before clipping", "grad_norm/classical", "grad_norm/quantum"),
        curves("learning rate", "lr/classical", "lr/quantum"),
    ]
    circuit = [media("rotation angles (rad)", "circuit/rotations"), media("angle scales", "circuit/scales")]
    sections = {"Results": results, "Images": images, "Training": training, "Circuit": circuit}
    return ws.Workspace(
        entity=entity,
        project=project,
        name="QINR autoencoders",
        sections=[ws.Section(name=name, panels=panels, is_open=True) for name, panels in sections.items()],
        settings=ws.WorkspaceSettings(x_axis="epoch"),
        runset_settings=ws.RunsetSettings(
            order=[ws.Ordering(ws.Summary("test/psnr"), ascending=False)],
            pinned_columns=["run:displayName", "summary:test/psnr", "summary:test/ssim", "summary:test/cosine"],
        ),
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m qinr_lightning.loggers.wandb_workspace ENTITY PROJECT")
    print(workspace(*sys.argv[1:]).save().url)
