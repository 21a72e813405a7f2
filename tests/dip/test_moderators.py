"""Claims about `dip.moderators` and `dip.districts_needed`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cbe_lib import dip, simulate
from cbe_lib.dip.moderators import between_variance
from cbe_lib.errors import CbeError

COUNT = 60


def panel(slope: float, seed: int) -> tuple[dip.PanelFit, pd.DataFrame]:
    """Districts whose planted depth is 7 points plus `slope` times an index."""
    rng = np.random.default_rng(seed)
    index = rng.standard_normal(COUNT)
    parts = []
    for number, each in enumerate(index):
        depth = max(7 + slope * each, 0.5)
        part, _ = simulate.outcomes(
            years=range(2004, 2020),
            rollout=2011,
            depth=depth,
            gain=0.5 * depth,
            n_tested=600,
            seed=seed * 1000 + number,
        )
        parts.append(part.assign(district_id=f"D{number:02d}"))
    districts = pd.DataFrame({"district_id": [f"D{number:02d}" for number in range(COUNT)], "ramp_up": index})
    return dip.fit_panel(pd.concat(parts, ignore_index=True)), districts


@pytest.fixture(scope="module")
def related() -> tuple[dip.PanelFit, pd.DataFrame]:
    return panel(-2.0, 5)


def test_a_planted_slope_is_found_within_its_interval(related):
    fitted, districts = related
    slope = dip.moderators(fitted, districts, index="ramp_up").table.set_index("term").loc["slope"]
    planted = -2.0 * districts["ramp_up"].std()
    assert slope["p_value"] < 0.01
    assert slope["conf_low"] <= planted <= slope["conf_high"]


def test_no_slope_is_worded_as_cannot_tell():
    fitted, districts = panel(0.0, 6)
    result = dip.moderators(fitted, districts, index="ramp_up")
    assert result.table.set_index("term").loc["slope", "p_value"] > 0.05
    assert result.text.startswith("Cannot tell whether ramp_up goes with depth")


def test_a_slope_is_worded_as_an_association(related):
    text = dip.moderators(*related, index="ramp_up").text
    assert "association" in text
    assert "cause" not in text


def test_the_model_is_weighted_least_squares_of_statsmodels(related):
    result = dip.moderators(*related, index="ramp_up")
    used = result.districts
    standard = (used["index"] - used["index"].mean()) / used["index"].std()
    by_hand = sm.WLS(used["estimate"], sm.add_constant(standard.to_numpy()), weights=used["weight"]).fit()
    assert result.table["estimate"].iloc[1] == pytest.approx(by_hand.params.iloc[1])
    assert result.table["std_error"].iloc[1] == pytest.approx(by_hand.bse.iloc[1])


def test_between_variance_solves_the_paule_mandel_equation():
    rng = np.random.default_rng(1)
    index, error = rng.standard_normal(80), rng.uniform(0.5, 1.5, 80)
    estimate = 3 + index + rng.normal(0, 2, 80) + rng.normal(0, error)
    found = between_variance(estimate, error, index)
    fitted = sm.WLS(estimate, sm.add_constant(index), weights=1 / (error**2 + found)).fit()
    assert fitted.scale == pytest.approx(1.0)
    assert np.sqrt(found) == pytest.approx(2, abs=0.5)


def test_power_agrees_with_simulated_regressions():
    count = dip.districts_needed(2.0, depth_error=3.0, between_sd=2.0)
    rng = np.random.default_rng(2)
    index = rng.standard_normal((4000, count))
    index = (index - index.mean(axis=1, keepdims=True)) / index.std(axis=1, ddof=1, keepdims=True)
    depth = 2.0 * index + rng.normal(0, np.sqrt(13), (4000, count))
    slope = (index * depth).sum(axis=1) / (count - 1)
    left = depth - depth.mean(axis=1, keepdims=True) - slope[:, None] * index
    ratio = slope / np.sqrt((left**2).sum(axis=1) / (count - 2) / (count - 1))
    limit = sm.stats.stattools.stats.t.ppf(0.975, count - 2)
    assert (np.abs(ratio) > limit).mean() == pytest.approx(0.8, abs=0.03)


def test_a_smaller_slope_needs_more_districts():
    few, many = (dip.districts_needed(slope, depth_error=3.0, between_sd=2.0) for slope in (3.0, 1.0))
    assert many > 5 * few


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index": "trust"}, "has no column 'trust'"),
        ({"index": "ramp_up", "term": "recovery"}, "no term named 'recovery'"),
    ],
)
def test_what_is_not_there_is_named(related, change, message):
    with pytest.raises(CbeError, match=message):
        dip.moderators(*related, **change)


def test_text_in_the_index_is_refused(related):
    fitted, districts = related
    bad = districts.astype({"ramp_up": object})
    bad.loc[4, "ramp_up"] = "high"
    with pytest.raises(CbeError, match=r"'ramp_up'.*1 row \(index 4\).*'high'"):
        dip.moderators(fitted, bad, index="ramp_up")


def test_too_few_districts_cannot_tell(related):
    fitted, districts = related
    with pytest.raises(CbeError, match="Cannot tell from 5 districts"):
        dip.moderators(fitted, districts.head(5), index="ramp_up")


def test_a_constant_index_is_refused(related):
    fitted, districts = related
    with pytest.raises(CbeError, match="the same for all districts"):
        dip.moderators(fitted, districts.assign(ramp_up=1), index="ramp_up")


def test_the_gain_of_the_last_year_can_be_regressed_too(related):
    table = dip.moderators(*related, index="ramp_up", term="gain").table
    assert table["estimate"].notna().all()
