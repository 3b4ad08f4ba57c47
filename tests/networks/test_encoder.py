import pytest
import torch

from qinr_lightning.networks import Encoder, Gaussian, GaussianEncoder, sample_gaussian


def n_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_feature_maps_follow_the_papers_chain():
    x = torch.zeros(2, 1, 28, 28)
    shapes = []
    for layer in Encoder().features:
        x = layer(x)
        if isinstance(layer, torch.nn.Conv2d):
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(32, 14, 14), (64, 7, 7), (128, 4, 4), (256, 2, 2)]
    assert x.shape == (2, 1024)


def test_parameter_counts():
    assert n_parameters(Encoder().features) == 388_800
    assert n_parameters(Encoder()) - n_parameters(Encoder().features) == 8_200
    assert n_parameters(GaussianEncoder()) - n_parameters(GaussianEncoder().features) == 16_400


@pytest.mark.parametrize(("shape", "latent_dim"), [((1, 28, 28), 8), ((3, 78, 64), 5), ((1, 17, 30), 1)])
def test_shapes(shape, latent_dim):
    images = torch.randn(4, *shape)
    assert Encoder(shape, latent_dim)(images).shape == (4, latent_dim)
    posterior = GaussianEncoder(shape, latent_dim)(images)
    assert posterior.mu.shape == posterior.logvar.shape == (4, latent_dim)


def test_samples_have_the_posteriors_mean_and_spread():
    mu, logvar = torch.tensor([1.0, -2.0]), torch.tensor([0.0, 2.0])
    posterior = Gaussian(mu.expand(200_000, 2), logvar.expand(200_000, 2))
    z = sample_gaussian(posterior, torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), mu, atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.exp(logvar / 2), atol=0.03, rtol=0)


def test_samples_belong_to_their_generator():
    posterior = Gaussian(torch.zeros(3, 4), torch.zeros(3, 4))
    draws = [sample_gaussian(posterior, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
