"""How many parameters a decoder effectively has: the rank of the derivative of its output by them."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from qinr_lightning.networks import CoordinateDecoder, Decoder

TOLERANCE = 1e-8
"""A singular value that is smaller than this, beside the largest, is 0."""
SMALL = 1e-2
"""One that is smaller than this turns the output little; beside the largest, too."""
_PIXELS = 4
"""Of a coordinate decoder, in a combination of its logits."""


def singular_values(
    decoder: Decoder, parameters: Mapping[str, nn.Parameter], z: Tensor, generator: torch.Generator, n_at_once: int
) -> Tensor:
    """Singular values of random combinations of the rows of a Jacobian, twice as many as parameters and some.

    Each combines the logits of one latent vector, of a coordinate decoder a few of them: with probability 1 their rank
    is that of the derivative of all logits of all latent vectors, where each vector's has a rank above 1.

    Args:
        decoder: In evaluation mode and double precision; it has to work under ``torch.func``.
        parameters: Those by which it is differentiated, with the decoder's names of them.
        z: Latent vectors, ``(n, latent_dim)``.
        generator: Of the combinations.
        n_at_once: Combinations that may be differentiated together.

    Returns:
        Descending, divided by the largest.
    """
    module = _Logits(decoder)
    chosen = {f"decoder.{name}": parameter.detach() for name, parameter in parameters.items()}
    n_rows = 2 * sum(parameter.numel() for parameter in chosen.values()) + 16
    which = torch.arange(n_rows) % len(z)
    if isinstance(decoder, CoordinateDecoder):
        pixels = torch.randint(decoder.n_pixels, (n_rows, _PIXELS), generator=generator)
    else:
        pixels = torch.zeros(n_rows, 0, dtype=torch.long)

    def combination(values: dict[str, Tensor], z: Tensor, pixels: Tensor, weights: Tensor) -> Tensor:
        logits: Tensor = functional_call(module, values, (z[None], pixels))
        return logits.flatten() @ weights

    with torch.no_grad():
        n_logits = module(z[:1], pixels[0]).numel()
    weights = torch.randn(n_rows, n_logits, dtype=z.dtype, generator=generator)
    of_rows = vmap(grad(combination), in_dims=(None, 0, 0, 0), chunk_size=n_at_once)
    gradients = of_rows(chosen, z[which], pixels, weights)
    values: Tensor = torch.linalg.svdvals(torch.cat([gradient.flatten(1) for gradient in gradients.values()], 1))
    return values / values[0] if values[0] > 0 else values


def rank(values: Tensor, tolerance: float = TOLERANCE) -> int:
    """How many singular values, of which the largest is 1, are above a tolerance."""
    return int((values > tolerance).sum())


class _Logits(nn.Module):
    """A decoder's logits, of a coordinate decoder those at some pixels."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor, pixels: Tensor) -> Tensor:
        if isinstance(self.decoder, CoordinateDecoder):
            return self.decoder.at_pixels(z, pixels)
        logits: Tensor = self.decoder(z)
        return logits
