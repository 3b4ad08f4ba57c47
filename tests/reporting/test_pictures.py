import numpy as np
import pytest
import torch
from PIL import Image

from qinr_lightning.reporting.pictures import draw_losses, draw_rows, draw_samples


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_losses_show_every_column(tmp_path):
    history = [{"epoch": n, "loss/total": 9 / n, "loss/reconstruction": 8 / n, "loss/kl": 1 / n} for n in range(1, 6)]
    draw_losses(history, tmp_path / "vae.png", "title")
    draw_losses([{**row, "loss/reconstruction": row["loss/total"]} for row in history], tmp_path / "ae.png", "title")
    # matplotlib's first three colours; the autoencoder's two equal curves are one.
    colours = {name: np.array(rgb) for name, rgb in {"first": (31, 119, 180), "second": (255, 127, 14)}.items()}
    for colour in colours.values():
        assert (np.abs(pixels(tmp_path / "vae.png") - colour).sum(-1) < 10).any()


def test_losses_of_pixels_and_scores_of_a_critic_have_axes_of_their_own(tmp_path):
    history = [{"epoch": n, "loss/total": 900 / n, "loss/reconstruction": 800 / n} for n in range(1, 6)]
    scores = [{"epoch": n, "loss/critic": -n, "loss/generator": 2 - n, "loss/wasserstein": n} for n in range(1, 6)]
    both = [of_pixels | of_critic for of_pixels, of_critic in zip(history, scores, strict=True)]
    widths = {}
    for name, rows in (("vae", history), ("gan", scores), ("vae_gan", both)):
        draw_losses(rows, tmp_path / f"{name}.png", "title")
        widths[name] = pixels(tmp_path / f"{name}.png").shape[1]
    assert widths["vae_gan"] == 2 * widths["vae"] == 2 * widths["gan"]


@pytest.mark.parametrize("channels", [1, 3])
def test_grids_show_the_images(tmp_path, channels):
    images = torch.zeros(20, channels, 28, 28)
    images[0] = 1
    draw_samples(images, 10, tmp_path / "samples.png", "title")
    draw_rows({"originals": images[:10], "reconstructions": images[10:]}, tmp_path / "rows.png", "title")
    for name in ("samples.png", "rows.png"):
        black = (pixels(tmp_path / name).sum(-1) == 0).mean()
        # 19 of 20 images are black; titles, gaps and margins are not.
        assert 0.4 < black < 0.95
