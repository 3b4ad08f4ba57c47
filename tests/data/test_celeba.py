"""CelebA from a folder of the official layout, with small random pictures."""

import pytest
import torch

from qinr_lightning.data import CelebA
from qinr_lightning.errors import SettingError

OPTIONS = {"image_shape": (1, 20, 16), "n_identities": 3, "n_originals": 2, "n_augmented": 5}


@pytest.fixture(scope="module")
def faces(tmp_path_factory, write_faces):
    return write_faces(tmp_path_factory.mktemp("data"), {7: 3, 4: 5, 90: 4, 12: 4, 1: 1})


def test_identities_in_order_of_their_number_of_images(faces):
    source = CelebA(faces, **OPTIONS)
    assert source.class_names == ("identity 4", "identity 12", "identity 90")


def test_splits(faces):
    source = CelebA(faces, **OPTIONS)
    source.prepare()
    train, test = source.load("train"), source.load("test")
    assert train.images.shape == (3 * 7, 1, 20, 16)
    assert train.images.dtype is test.images.dtype is torch.uint8
    assert train.labels.bincount().tolist() == [7, 7, 7]
    assert test.labels.bincount().tolist() == [3, 2, 2]


def test_some_classes_are_part_of_all(faces):
    source = CelebA(faces, **OPTIONS)
    everything, some = source.load("train"), source.load("train", [0, 2])
    assert torch.equal(some.images, everything.images[everything.labels != 1])
    assert some.labels.tolist() == [0] * 7 + [2] * 7


def test_no_test_image_is_an_original(faces):
    source = CelebA(faces, **OPTIONS)
    names = source.files[4]
    assert names == sorted(names)
    assert len(names) == 5
    everything = CelebA(faces, **{**OPTIONS, "n_originals": 3, "n_augmented": 0}).load("train").images[:3]
    train, test = source.load("train").images, source.load("test").images
    assert torch.equal(train[:2], everything[:2])
    assert torch.equal(test[0], everything[2])


def test_augmentations_vary_their_original_and_belong_to_the_seed(faces):
    images = CelebA(faces, **OPTIONS).load("train").images[:7].float()
    originals, varied = images[:2], images[2:]
    for number, image in enumerate(varied):
        own, other = originals[number % 2], originals[1 - number % 2]
        assert not torch.equal(image, own)
        like_own, like_other = (
            min((image - face).abs().mean(), (image.flip(-1) - face).abs().mean()) for face in (own, other)
        )
        assert like_own < like_other
    torch.manual_seed(5)
    state = torch.get_rng_state()
    again = CelebA(faces, **OPTIONS).load("train").images
    assert torch.equal(again[:7].float(), images)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(CelebA(faces, **OPTIONS, augmentation_seed=1).load("train").images, again)


def test_colour(faces):
    options = {**OPTIONS, "image_shape": (3, 20, 16)}
    colour = CelebA(faces, **options).load("train").images
    assert colour.shape == (21, 3, 20, 16)
    grey = CelebA(faces, **OPTIONS).load("train").images
    luma = (colour[0].float() * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0)
    torch.testing.assert_close(luma, grey[0, 0].float(), rtol=0, atol=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_identities": 6}, r"n_identities=6: identity_CelebA.txt lists 5 identities"),
        ({"n_originals": 4}, r"n_originals=4: identity 90 has 4 images and needs some to test on"),
        ({"image_shape": (2, 20, 16)}, r"image_shape=\(2, 20, 16\): must have one channel \(grey\) or three \(RGB\)"),
    ],
)
def test_settings(faces, options, message):
    with pytest.raises(SettingError, match=message):
        CelebA(faces, **{**OPTIONS, **options})


def test_missing_and_damaged_files(tmp_path, write_faces):
    with pytest.raises(SettingError, match=r"put identity_CelebA.txt and img_align_celeba/\*.jpg into .*/celeba"):
        CelebA(tmp_path, **OPTIONS)
    write_faces(tmp_path, {1: 3, 2: 3, 3: 3})
    source = CelebA(tmp_path, **OPTIONS)
    first = tmp_path / "celeba/img_align_celeba" / source.files[1][0]
    first.write_bytes(b"no picture")
    with pytest.raises(SettingError, match=f"{first.name}: cannot be read as an image"):
        source.load("train")
    first.unlink()
    with pytest.raises(SettingError, match=rf"put {first.name} \(1 missing in all\) into"):
        source.prepare()
    (tmp_path / "celeba/identity_CelebA.txt").write_text("000001.jpg\n")
    with pytest.raises(SettingError, match=r"identity_CelebA.txt: the file is damaged"):
        CelebA(tmp_path, **OPTIONS)
