"""Learning-rate schedules against torch's, and their closed forms."""

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR

from qinr_lightning.optimization import CosineSchedule, LinearSchedule, OneCycleSchedule


def rates(make, n):
    """Learning rates, 1 at most, that a scheduler of torch gives to ``n`` epochs or steps."""
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


REFERENCES = [
    (LinearSchedule(), lambda optimizer, n: LinearLR(optimizer, 1.0, 0.0, n)),
    (LinearSchedule(0.2), lambda optimizer, n: LinearLR(optimizer, 1.0, 0.2, n)),
    (CosineSchedule(), CosineAnnealingLR),
    (CosineSchedule(0.1), lambda optimizer, n: CosineAnnealingLR(optimizer, n, 0.1)),
]


@pytest.mark.parametrize("n", [1, 2, 7, 50])
@pytest.mark.parametrize(("schedule", "make"), REFERENCES)
def test_torchs_schedules(schedule, make, n):
    found = [schedule.factor(done, n) for done in range(n)]
    assert found == pytest.approx(rates(lambda optimizer: make(optimizer, n), n), abs=1e-12)


@pytest.mark.parametrize("n", [2, 7, 50])
@pytest.mark.parametrize(("pct_start", "div", "final"), [(0.3, 25.0, 1e4), (0.45, 2.0, 10.0)])
def test_torchs_one_cycle(n, pct_start, div, final):
    schedule = OneCycleSchedule(pct_start, div, final)

    def make(optimizer):
        return OneCycleLR(
            optimizer, 1.0, n, pct_start=pct_start, div_factor=div, final_div_factor=final, cycle_momentum=False
        )

    assert [schedule.factor(done, n) for done in range(n)] == pytest.approx(rates(make, n), abs=1e-12)


def test_one_cycle_rises_to_the_rates_and_falls_below_the_first():
    factors = [OneCycleSchedule(0.25, 10, 100).factor(done, 100) for done in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == factors[24] == pytest.approx(1)
    assert factors[-1] == pytest.approx(0.001)
    assert OneCycleSchedule(0.5).factor(1, 2) == pytest.approx(1 / 25e4)


def test_linear_factors_are_those_of_the_published_recipes_digit_for_digit():
    assert [LinearSchedule().factor(epoch, 1250) for epoch in range(1250)] == [
        1 - epoch / 1250 for epoch in range(1250)
    ]
