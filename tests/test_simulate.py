import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbe_lib import simulate, tables
from cbe_lib.errors import CbeError

QUIET = {"noise_sd": 0.0, "trend": 0.0, "n_tested": None}
LONG = range(1900, 2000)


def terms(truth, district="A1"):
    return truth.terms.query("district_id == @district").set_index("term")["value"].to_dict()


def residuals(table, truth, base=60.0):
    merged = table.merge(truth.effects, on=["district_id", "year"])
    return (merged["value"] - base - merged["effect"]).to_numpy().reshape(table["district_id"].nunique(), -1)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("none", [0, 0, 0, 0, 0]),
        ("v", [0, -3, -6, -4.5, -3]),
        ("slow", [0, -7 / 3, -14 / 3, -7, -7 + 7 / 11]),
        ("step", [0, -5, -5, -5, -5]),
        ("permanent", [0, -3, -6, -6, -6]),
    ],
)
def test_a_shape_follows_its_formula(shape, expected):
    assert simulate.effect(shape, range(5)) == pytest.approx(expected)


def test_gamma_is_a_fall_that_fades_plus_a_rise_that_saturates():
    at_trough, much_later = simulate.effect("gamma", [2, 1000])
    assert at_trough == pytest.approx(-9 + 4 * (1 - np.exp(-0.5)))
    assert much_later == pytest.approx(4)


def test_gamma_late_rises_half_way_at_its_recovery_year():
    start = 1 / (1 + np.exp(6))
    expected = -7 * 4 * np.exp(1 - 4) + 5 * (0.5 - start) / (1 - start)
    assert simulate.effect("gamma_late", [6])[0] == pytest.approx(expected)


@given(
    shape=st.sampled_from(simulate.SHAPES),
    depth=st.floats(0, 20),
    gain=st.floats(0, 10),
    trough=st.floats(0.5, 4),
    wait=st.floats(0.5, 10),
)
def test_no_shape_acts_before_the_rollout_or_below_its_depth(shape, depth, gain, trough, wait):
    effect = simulate.effect(
        shape, np.linspace(-5, 20, 101), depth=depth, gain=gain, trough=trough, recovery=trough + wait
    )
    assert (effect[:21] == 0).all()
    assert effect.min() >= -depth - 1e-9
    assert effect.max() <= gain + 1e-9


@given(factor=st.floats(0.1, 5), shape=st.sampled_from(simulate.SHAPES))
def test_scaling_depth_and_gain_scales_the_curve(factor, shape):
    once = simulate.effect(shape, range(12), depth=4, gain=2)
    assert simulate.effect(shape, range(12), depth=4 * factor, gain=2 * factor) == pytest.approx(factor * once)


def test_truth_of_a_v_is_worked_by_hand():
    _, truth = simulate.outcomes(shape="v", rollout=2015, years=range(2008, 2024))
    # 0, -3, -6, -4.5, -3, -1.5, 0, 1.5, 3, 3 in 2014 to 2023
    assert terms(truth) == pytest.approx({"depth": 6, "trough_year": 2016, "recovery_years": 6, "loss": 18, "gain": 3})


def test_recovery_is_interpolated_between_years():
    _, truth = simulate.outcomes(shape="v", depth=6, trough=2, recovery=5.25, gain=3)
    # the curve rises from -0.46 five years after to +1.38 six years after: back at 5 + 0.46/1.85
    slope = 6 / 3.25
    assert terms(truth)["recovery_years"] == pytest.approx(5 + (6 - 3 * slope) / slope)


def test_a_step_never_recovers_and_its_gain_is_negative():
    _, truth = simulate.outcomes(shape="step", depth=5, rollout=2015, years=range(2008, 2024))
    assert terms(truth) == {
        "depth": 5.0,
        "trough_year": 2015.0,
        "recovery_years": np.inf,
        "loss": 45.0,
        "gain": -5.0,
    }


def test_a_dip_not_over_by_the_last_year_has_not_recovered():
    _, truth = simulate.outcomes(shape="v", rollout=2015, years=range(2008, 2020))
    assert terms(truth)["recovery_years"] == np.inf


def test_without_a_dip_there_is_no_trough_and_a_note_says_why():
    _, truth = simulate.outcomes(shape="none")
    row = truth.terms.set_index("term").loc["trough_year"]
    assert np.isnan(row["value"])
    assert row["note"] == "no dip, so no trough"
    assert terms(truth)["depth"] == terms(truth)["recovery_years"] == 0


@pytest.mark.parametrize("shape", simulate.SHAPES)
def test_terms_agree_with_the_yearly_effects(shape):
    _, truth = simulate.outcomes(shape=shape)
    effect = truth.effects.set_index("year")["effect"]
    assert terms(truth)["depth"] == pytest.approx(max(-effect.min(), 0))
    assert terms(truth)["loss"] == pytest.approx(-effect[effect < 0].sum())
    assert terms(truth)["gain"] == effect.iloc[-1]


def test_years_without_a_test_have_no_row_but_count_in_the_loss():
    table, truth = simulate.outcomes(shape="v", missing_years=[2016, 2020], **QUIET)
    assert not table["year"].isin([2016, 2020]).any()
    assert len(table) == 14
    assert terms(truth) == pytest.approx({"depth": 6, "trough_year": 2016, "recovery_years": 6, "loss": 18, "gain": 3})


def test_each_value_stands_in_its_own_year_around_missing_ones():
    table, truth = simulate.outcomes(2, shape="v", missing_years=[2010, 2016], **QUIET)
    assert residuals(table, truth) == pytest.approx(0)


def test_the_truth_ends_with_the_last_year_observed():
    _, truth = simulate.outcomes(shape="v", missing_years=[2021, 2022, 2023], **QUIET)
    assert truth.effects["year"].max() == 2020
    assert terms(truth)["gain"] == pytest.approx(0)


def test_without_noise_the_table_is_base_trend_and_effect():
    table, truth = simulate.outcomes(shape="v", base=50, trend=0.5, noise_sd=0, n_tested=None, rollout=2015)
    expected = 50 + 0.5 * (table["year"] - 2014) + truth.effects["effect"]
    assert table["value"].to_numpy() == pytest.approx(expected.to_numpy())


@pytest.mark.parametrize(("rho", "tails"), [(0.0, None), (0.6, None), (-0.3, None), (0.6, 5)])
def test_noise_has_its_standard_deviation_and_autocorrelation(rho, tails):
    settings = {"years": LONG, "rollout": 1950, "shape": "none", "trend": 0, "n_tested": None}
    noise = residuals(*simulate.outcomes(400, noise_sd=2, rho=rho, tails=tails, seed=4, **settings))
    assert noise.std() == pytest.approx(2, rel=0.03)
    assert noise[:, 0].std() == pytest.approx(2, rel=0.15)
    assert np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1] == pytest.approx(rho, abs=0.02)


def test_tails_make_outlier_years_more_frequent():
    settings = {"years": LONG, "rollout": 1950, "shape": "none", "rho": 0, "trend": 0, "n_tested": None}
    normal = residuals(*simulate.outcomes(200, noise_sd=1, **settings))
    heavy = residuals(*simulate.outcomes(200, noise_sd=1, tails=4, **settings))
    # beyond 4 standard deviations: 0.00006 of normal years, 0.0048 of years under t with 4 degrees of freedom
    assert (np.abs(normal) > 4).mean() < 0.0005
    assert (np.abs(heavy) > 4).mean() == pytest.approx(0.0048, abs=0.0015)


def test_binomial_noise_has_the_variance_of_a_rate():
    table, truth = simulate.outcomes(200, years=LONG, rollout=1950, shape="none", trend=0, noise_sd=0, n_tested=50)
    assert residuals(table, truth).var() == pytest.approx(60 * 40 / 50, rel=0.03)


def test_a_rate_of_counts_is_a_whole_number_of_students():
    table, _ = simulate.outcomes(20, n_tested=(20, 400))
    students = table["value"] * table["n_tested"].astype(float) / 100
    assert students.to_numpy() == pytest.approx(students.round().to_numpy(), abs=1e-9)


def test_a_range_of_tested_students_is_even_in_the_logarithm():
    table, _ = simulate.outcomes(4000, years=range(2014, 2016), rollout=2015, n_tested=(40, 4000))
    tested = table.groupby("district_id")["n_tested"].first()
    assert tested.min() >= 40
    assert tested.max() <= 4000
    assert np.log(tested.astype(float)).mean() == pytest.approx(np.log(400), rel=0.01)


def test_common_shocks_are_shared_by_all_districts():
    table, truth = simulate.outcomes(3, comparison=2, common_shock_sd=4, **QUIET)
    shocks = residuals(table, truth)
    assert shocks.std(axis=1).min() > 1
    assert np.ptp(shocks, axis=0).max() == pytest.approx(0, abs=1e-9)


def test_spreads_between_districts_are_those_asked_for():
    table, truth = simulate.outcomes(4000, base_sd=3, trend_sd=0.2, **QUIET, shape="none", rollout=2015)
    wide = residuals(table, truth)
    assert wide[:, 6].std() == pytest.approx(3, rel=0.05)
    assert (wide[:, 7] - wide[:, 6]).std() == pytest.approx(0.2, rel=0.05)


def test_effect_sd_is_the_spread_of_depth_in_points():
    _, truth = simulate.outcomes(4000, shape="v", depth=8, effect_sd=1, years=range(2008, 2018), seed=2)
    depth = truth.terms.query("term == 'depth'")["value"]
    assert depth.mean() == pytest.approx(8, abs=0.05)
    assert depth.std() == pytest.approx(1, rel=0.05)


def test_comparison_districts_have_no_rollout_and_no_effect():
    table, truth = simulate.outcomes(1, comparison=3)
    assert table.groupby("district_id")["rollout_year"].first().isna().to_dict() == {
        "A1": False,
        "C1": True,
        "C2": True,
        "C3": True,
    }
    assert (truth.effects.query("district_id != 'A1'")["effect"] == 0).all()


def test_a_state_may_have_comparison_districts_only():
    table, _ = simulate.outcomes(0, comparison=2)
    assert table["district_id"].unique().tolist() == ["C1", "C2"]


def test_rollouts_may_be_staggered():
    table, truth = simulate.outcomes(2, rollout=[2012, 2016], comparison=1)
    assert table.groupby("district_id")["rollout_year"].first().tolist()[:2] == [2012, 2016]
    assert [terms(truth, name)["trough_year"] for name in ("A1", "A2")] == [2013, 2017]
    assert terms(truth, "A1")["recovery_years"] == terms(truth, "A2")["recovery_years"] == 6


def test_a_table_passes_the_schema_of_outcomes_unchanged():
    table, _ = simulate.outcomes(2, comparison=2, missing_years=[2020])
    pd.testing.assert_frame_equal(tables.validate(table, "outcomes"), table)


def test_without_tested_students_the_column_is_there_and_empty():
    table, _ = simulate.outcomes(n_tested=None)
    assert table.columns.tolist() == ["district_id", "year", "value", "n_tested", "rollout_year"]
    assert table["n_tested"].isna().all()


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    first, again, other = (simulate.outcomes(3, seed=seed)[0] for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, again)
    assert not first["value"].equals(other["value"])


def test_moving_the_depth_leaves_the_noise_as_it_was():
    shallow, deep = (residuals(*simulate.outcomes(2, depth=depth, n_tested=None)) for depth in (2, 12))
    assert shallow == pytest.approx(deep)


@settings(max_examples=25)
@given(base=st.floats(0, 100), noise_sd=st.floats(0, 40), seed=st.integers(0, 99))
def test_rates_stay_between_0_and_100(base, noise_sd, seed):
    table, _ = simulate.outcomes(3, base=base, noise_sd=noise_sd, n_tested=15, seed=seed)
    assert table["value"].between(0, 100).all()


def test_rates_held_at_the_edge_are_counted():
    # base 2, falling by 3, 6, 4.5, 3, 1.5 points in five years: four of them end below 0.1
    table, truth = simulate.outcomes(shape="v", base=2, **QUIET)
    assert truth.clipped == 4
    assert table["value"].min() == pytest.approx(0.1)


def test_thirteen_thousand_districts_take_less_than_a_second():
    start = time.process_time()
    simulate.outcomes(13_000, years=range(2008, 2020), rollout=2014, base_sd=9, effect_sd=2, n_tested=(100, 5000))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "w"}, "no shape named 'w'.*Known: none, v"),
        ({"depth": -6}, "cannot be negative. Found depth=-6"),
        ({"trough": 6, "recovery": 4}, "Choose 0 < trough < recovery"),
        ({"rho": 1}, "Found rho=1"),
        ({"noise_sd": -1}, "cannot be negative. Found noise_sd=-1"),
        ({"tails": 2}, "Found tails=2"),
        ({"n_tested": 0}, "Found n_tested=0"),
        ({"n_tested": (50, 40)}, r"Found n_tested=\(50, 40\)"),
        ({"rollout": 2008}, "Found rollout 2008 for results from 2008 to 2023"),
        ({"rollout": 2024}, "Found rollout 2024"),
        ({"rollout": [2012, 2013]}, "Found 2 years for 1 districts"),
        ({"years": []}, "No year is left"),
        ({"districts": 0}, "at least one district"),
        ({"shape": "none", "effect_sd": 1}, "no depth is planted"),
        ({"base": 140}, "Found base=140"),
    ],
)
def test_an_illegal_parameter_is_refused_by_name(wrong, message):
    with pytest.raises(CbeError, match=message):
        simulate.outcomes(**wrong)
