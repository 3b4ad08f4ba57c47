import numpy as np
import pytest
import torch
from PIL import Image

from qinr_lightning.data.images import fit, read_image
from qinr_lightning.errors import SettingError


def saved(path, pixels, **options):
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path, **options)
    return path


def half_bright(height, width):
    """Dark on the left, bright on the right."""
    return np.tile(np.where(np.arange(width) < width // 2, 0, 200), (height, 1))


@pytest.mark.parametrize("ending", ["png", "bmp", "ppm", "tif", "webp"])
def test_pixels_are_those_of_the_file(ending, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    path = saved(tmp_path / f"a.{ending}", pixels, **({"lossless": True} if ending == "webp" else {}))
    assert np.array_equal(read_image(path, 3).permute(1, 2, 0), pixels)
    grey = read_image(path, 1)
    assert grey.shape == (1, 5, 7)
    np.testing.assert_allclose(grey[0], pixels @ [0.299, 0.587, 0.114], atol=1)


def test_grey_files_as_rgb(tmp_path):
    path = saved(tmp_path / "a.png", half_bright(4, 6))
    assert torch.equal(read_image(path, 3), read_image(path, 1).expand(3, -1, -1))


def test_cameras_note_how_the_picture_was_taken(tmp_path):
    exif = Image.Exif()
    exif[274] = 6  # To be turned by 90 degrees clockwise.
    path = saved(tmp_path / "a.png", half_bright(8, 6), exif=exif)
    image = read_image(path, 1)[0]
    assert image.shape == (6, 8)
    assert image[:3].max() == 0
    assert image[3:].min() == 200


def test_the_first_picture_of_several(tmp_path):
    first, second = (Image.fromarray(np.full((4, 4), level, np.uint8)) for level in (10, 20))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    assert read_image(tmp_path / "a.tif", 1).unique().tolist() == [10]


def test_a_huge_picture_is_refused_without_reading_it(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(
        SettingError, match=r"dataset.root=.*a.png: cannot be read as an image \(Image size \(15 pixels"
    ):
        read_image(saved(tmp_path / "a.png", half_bright(3, 5)), 1, "dataset.root")


@pytest.mark.parametrize("size", [(28, 28), (40, 20), (7, 30)])
@pytest.mark.parametrize("shape", [(40, 60), (90, 41), (40, 30)])
@pytest.mark.parametrize("crop", ["center", "none"])
def test_every_size_is_met(size, shape, crop):
    assert fit(torch.zeros(3, *shape, dtype=torch.uint8), size, crop).shape == (3, *size)


def test_the_middle_is_cut_out_and_the_whole_is_stretched():
    image = torch.zeros(1, 30, 90, dtype=torch.uint8)
    image[..., 25:65] = 255
    assert fit(image, (10, 10), "center").unique().tolist() == [255]
    stretched = fit(image, (10, 10), "none")[0].float()
    assert stretched[:, [0, 9]].max() == 0
    assert stretched.mean() == pytest.approx(255 * 40 / 90, abs=3)


def test_resize_says_how_much_of_the_middle_is_left():
    image = torch.zeros(1, 64, 64, dtype=torch.uint8)
    image[..., 12:52, 12:52] = 255
    assert fit(image, (16, 16), "center", resize=32).min() == 255
    assert fit(image, (16, 16), "center")[0, 0, 0] == 0
    assert torch.equal(fit(image, (64, 64), "center", resize=64), image)


def test_resizing_is_antialiased():
    """A fine chequerboard becomes grey and not one of its two colours."""
    board = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 255
    small = fit(board[None].to(torch.uint8), (16, 16), "center").float()
    assert small[:, 2:-2, 2:-2].sub(127.5).abs().max() < 8


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((20, 40), {}, "has 20 x 40 pixels and at least 28 x 28 are needed"),
        ((40, 20), {"crop": "center"}, "has 40 x 20 pixels and at least 28 x 28 are needed"),
        ((40, 50), {"crop": "center", "resize": 41}, "has 40 x 50 pixels and a shorter side of 41 or more are needed"),
    ],
)
def test_nothing_is_made_larger(shape, options, message):
    with pytest.raises(ValueError, match=message):
        fit(torch.zeros(1, *shape, dtype=torch.uint8), (28, 28), **options)
    with pytest.raises(ValueError, match="has 20 x 20 pixels after resizing and 20 x 30 are needed"):
        fit(torch.zeros(1, 40, 40, dtype=torch.uint8), (20, 30), "center", resize=20)
