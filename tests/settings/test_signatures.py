from typing import Annotated, Literal

import pytest
from annotated_types import Gt
from omegaconf import OmegaConf

from qinr_lightning.settings.references import References
from qinr_lightning.settings.signatures import check_values


class Part:
    def __init__(self, size: Annotated[int, Gt(0)], kind: Literal["a", "b"] = "a", rates: tuple[float, float] = (1, 2)):
        pass


def mistakes(**settings):
    config = {"part": {"_target_": f"{__name__}.Part", **settings}}
    return [str(mistake) for mistake in check_values(config, References(OmegaConf.create(config)))]


@pytest.mark.parametrize("settings", [{"size": 3}, {"size": 3, "kind": "b"}, {"size": 3, "rates": [1, 0.5]}])
def test_values_that_fit(settings):
    assert mistakes(**settings) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "part.size=0: must be greater than 0"),
        ({"size": "3"}, "part.size=3: must be a valid integer"),
        ({"size": 3, "kind": "c"}, "part.kind=c: must be 'a' or 'b'"),
        ({"size": 3, "rates": [1]}, "part.rates=[1]: has too few values"),
        ({"size": 3, "siez": 1}, "part.siez=1: no such setting; did you mean size? Known here: kind, rates, size"),
        ({}, "part.size=???: must be set"),
    ],
)
def test_values_that_do_not_fit(settings, message):
    assert mistakes(**settings) == [message]


def test_every_mistake_is_found():
    assert len(mistakes(size=0, kind="c", colour="red")) == 3


def test_unknown_target():
    config = {"part": {"_target_": "qinr_lightning.models.Nothing"}}
    (mistake,) = check_values(config, References(OmegaConf.create(config)))
    assert str(mistake).startswith("part._target_=qinr_lightning.models.Nothing: cannot be imported")
