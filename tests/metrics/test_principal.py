import pytest
import torch
from sklearn.decomposition import PCA

from qinr_lightning.metrics import principal_reconstruction


def test_images_that_few_numbers_describe_come_back():
    random = torch.Generator().manual_seed(0)
    directions = torch.rand(3, 16, generator=random, dtype=torch.float64)
    images = (torch.rand(40, 3, generator=random, dtype=torch.float64) @ directions / 3).view(40, 1, 4, 4)
    torch.testing.assert_close(principal_reconstruction(images, 3)(images), images, rtol=0, atol=1e-10)


def test_same_as_scikit_learn():
    images, others = torch.rand(2, 30, 1, 4, 4, dtype=torch.float64)
    pca = PCA(5).fit(images.flatten(1).numpy())
    expected = torch.from_numpy(pca.inverse_transform(pca.transform(others.flatten(1).numpy()))).clamp(0, 1)
    assert principal_reconstruction(images, 5)(others).flatten(1).numpy() == pytest.approx(expected.numpy(), abs=1e-10)


def test_one_image_is_its_own_mean():
    image = torch.rand(1, 1, 4, 4)
    assert torch.allclose(principal_reconstruction(image, 6)(image), image)
