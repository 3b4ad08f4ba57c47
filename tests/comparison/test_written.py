"""What stands on the pages of a comparison, of results that are made up."""

from qinr_lightning.comparison.metrics import RECONSTRUCTION, of_samples
from qinr_lightning.comparison.pairs import compare_pairs
from qinr_lightning.comparison.result import samples
from qinr_lightning.comparison.written import _gaps, _head

PSNR, FRECHET = RECONSTRUCTION[0], of_samples("classifier")[0]


def result(**sides):
    """Of sides with numbers for each class and seed."""
    return {
        "model": "vae", "dataset": "mnist", "labels": ["0"], "seeds": [0], "overrides": ["model=vae"],
        "sides": {name: {"overrides": [], "missing": []} for name in sides},
        "samples": samples([numbers for runs in sides.values() for numbers in runs.values()]),
        "pairs": compare_pairs(sides, [PSNR, FRECHET]), "beside_principal_components": [],
    }  # fmt: skip


def test_the_head_says_n_and_features_and_gaps_what_is_left_out():
    own = {"test/samples/n": 500, "classifier/hash": 10, "classifier/accuracy": 0.9, FRECHET.key: 5.0}
    alike = result(a={("0", 0): own}, b={("0", 0): own})
    assert "Samples: N = 500; features of the classifier 00000000000a." in _head(alike)
    assert _gaps(alike) == []
    other = result(a={("0", 0): own}, b={("0", 0): own | {"test/samples/n": 40, "classifier/hash": 11}})
    assert "Samples: N = 40 or 500; features of the classifier 00000000000a and 00000000000b." in _head(other)
    assert _gaps(other) == [
        "left out: a minus b, class 0, seed 0, test/samples/classifier/frechet: 500 and 40 samples, "
        "features of 00000000000a and 00000000000b"
    ]
    assert "Samples" not in " ".join(_head(result(a={("0", 0): {PSNR.key: 1.0}}, b={})))
