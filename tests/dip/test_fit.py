"""The dip of one series: contract, symmetries, honest intervals, and what is refused."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import GLS, RegressionResultsWrapper

from cbe_lib import CbeError, dip, simulate

pytestmark = pytest.mark.usefixtures("small_tables")

YEARS = np.arange(2004, 2018)
EFFECT = np.array([0, 0, 0, 0, 0, 0, 3, 6, 5, 3, 1, 0, 0, 0])
TERMS = ["depth", "trough_year", "recovery_years", "loss", "gain"]
NUMBERS = ["estimate", "conf_low", "conf_high"]


def made(seed, depth=1.0):
    noise = np.random.default_rng(seed).normal(0, 1.2, 14)
    return pd.DataFrame({"year": YEARS, "value": 60 + 0.3 * (YEARS - 2004) + noise - depth * EFFECT})


def fit(frame, rollout=2010, **changes):
    return dip.fit(frame, rollout, **{"scale": None, **changes})


def terms(result):
    return result.table.set_index("term")[NUMBERS].astype(float)


def test_the_table_has_the_promised_rows_and_columns(outcomes):
    result = dip.fit(outcomes, 2010)
    assert result.table.columns.tolist() == ["term", *NUMBERS, "unit", "note"]
    assert result.table["term"].tolist() == TERMS
    assert result.table["unit"].tolist() == ["points", "year", "years", "point-years", "points"]


@pytest.mark.parametrize(("scale", "unit"), [(1, "share"), (None, "units")])
def test_units_follow_the_scale(outcomes, scale, unit):
    result = dip.fit(outcomes.assign(value=outcomes["value"] / 100), 2010, scale=scale)
    assert result.unit == unit
    assert result.table["unit"].tolist() == [unit, "year", "years", f"{unit.rstrip('s')}-years", unit]


def test_the_curve_has_every_calendar_year(outcomes):
    curve = dip.fit(outcomes.query("year != 2006 and year != 2012"), 2010).curve
    assert curve.columns.tolist() == ["year", "observed", "fitted", "conf_low", "conf_high", "baseline", "note"]
    assert curve["year"].tolist() == YEARS.tolist()
    assert curve.loc[curve["observed"].isna(), "year"].tolist() == [2006, 2012]
    assert curve["fitted"].between(curve["conf_low"], curve["conf_high"]).all()


def test_weights_of_the_patterns_add_to_one(outcomes):
    patterns = dip.fit(outcomes, 2010).patterns
    assert patterns.columns.tolist() == ["pattern", "weight", "note"]
    assert patterns["weight"].sum() == pytest.approx(1)


def test_estimates_lie_within_their_intervals(outcomes):
    table = terms(dip.fit(outcomes, 2010))
    assert (table["conf_low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["conf_high"]).all()


def test_a_result_is_frozen(outcomes):
    with pytest.raises(dataclasses.FrozenInstanceError):
        dip.fit(outcomes, 2010).text = "else"


def test_plain_and_html_display_hold_text_table_and_notes(outcomes):
    result = dip.fit(outcomes, 2010)
    for shown in (repr(result), result._repr_html_()):
        assert result.text in shown
        assert "recovery_years" in shown
        assert "rule out rival explanations" in shown


def test_plot_only_delegates(outcomes, monkeypatch):
    result = dip.fit(outcomes, 2010)
    monkeypatch.setattr("cbe_lib.plots.draw", lambda drawn, ax: (drawn, ax))
    assert result.plot(ax="here") == (result, "here")


def test_the_model_is_a_statsmodels_gls_fit_of_these_results(outcomes):
    model = dip.fit(outcomes, 2010).model
    assert isinstance(model, RegressionResultsWrapper)
    assert isinstance(model.model, GLS)
    assert model.model.endog.tolist() == outcomes["value"].tolist()
    assert list(model.params.index[:2]) == ["level", "trend"]


def test_the_model_gives_each_test_its_own_level(outcomes):
    tests = ["a"] * 3 + ["b"] * 11
    model = dip.fit(outcomes.assign(test=tests), 2010, regime="test").model
    assert model.model.exog[:, 2].tolist() == [test == "b" for test in tests]


@settings(max_examples=8)
@given(constant=st.floats(-500, 500), trend=st.floats(-20, 20), seed=st.integers(0, 50))
def test_a_constant_and_a_straight_line_change_nothing_but_the_curve(constant, trend, seed):
    frame = made(seed)
    moved = frame.assign(value=frame["value"] + constant + trend * (frame["year"] - 2000))
    before, after = fit(frame), fit(moved)
    assert terms(after).to_numpy() == pytest.approx(terms(before).to_numpy(), rel=1e-6, abs=1e-6)
    assert after.existence.p_value == pytest.approx(before.existence.p_value, abs=1e-9)
    line = constant + trend * (YEARS - 2000)
    assert (after.curve["fitted"] - before.curve["fitted"]).to_numpy() == pytest.approx(line, rel=1e-6, abs=1e-6)


@settings(max_examples=8)
@given(factor=st.floats(-9, 9).map(lambda power: 10**power), seed=st.integers(0, 50))
def test_another_unit_scales_depth_loss_and_gain_and_nothing_else(factor, seed):
    frame = made(seed)
    before, after = fit(frame), fit(frame.assign(value=frame["value"] * factor))
    expected = terms(before)
    expected.loc[["depth", "loss", "gain"]] *= factor
    assert terms(after).to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)
    assert after.existence.p_value == pytest.approx(before.existence.p_value, abs=1e-9)


@settings(max_examples=5)
@given(shift=st.integers(-200, 200), seed=st.integers(0, 50))
def test_other_calendar_years_shift_the_trough_only(shift, seed):
    frame = made(seed)
    before = fit(frame)
    after = fit(frame.assign(year=frame["year"] + shift), 2010 + shift)
    expected = terms(before)
    expected.loc["trough_year"] += shift
    pd.testing.assert_frame_equal(terms(after), expected)
    assert after.existence == before.existence
    assert after.curve["year"].tolist() == (before.curve["year"] + shift).tolist()


@settings(max_examples=5)
@given(order=st.permutations(range(14)), seed=st.integers(0, 50))
def test_the_order_of_rows_plays_no_part(order, seed):
    frame = made(seed)
    before, after = fit(frame), fit(frame.iloc[order])
    pd.testing.assert_frame_equal(after.table, before.table)
    pd.testing.assert_frame_equal(after.curve, before.curve)
    assert after.text == before.text


def test_percent_and_shares_give_one_answer(outcomes):
    counted = outcomes.assign(n=60)
    percent = dip.fit(counted, 2010, n_tested="n")
    share = dip.fit(counted.assign(value=counted["value"] / 100), 2010, n_tested="n", scale=1)
    expected = terms(percent)
    expected.loc[["depth", "loss", "gain"]] /= 100
    assert terms(share).to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6, abs=1e-9)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_nearly_the_same(outcomes):
    first, again, other = (dip.fit(outcomes, 2010, seed=seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first.table, again.table)
    pd.testing.assert_frame_equal(first.curve, again.curve)
    depth, close = terms(first).loc["depth"], terms(other).loc["depth"]
    assert (depth != close).any()
    assert depth.to_numpy() == pytest.approx(close.to_numpy(), abs=0.3)


def test_the_callers_table_is_left_alone(outcomes):
    frame = outcomes.assign(n=40, test="a")
    before = frame.copy(deep=True)
    dip.fit(frame, 2010, n_tested="n", regime="test")
    pd.testing.assert_frame_equal(frame, before)


def test_columns_that_are_not_asked_for_play_no_part(outcomes):
    wide = pd.concat([outcomes, pd.DataFrame(np.full((14, 500), np.nan)).add_prefix("c")], axis=1)
    pd.testing.assert_frame_equal(dip.fit(wide, 2010).table, dip.fit(outcomes, 2010).table)


def test_a_wider_level_holds_the_narrower_one(outcomes):
    narrow, wide = (terms(dip.fit(outcomes, 2010, level=level)) for level in (0.5, 0.99))
    assert (wide["conf_low"] <= narrow["conf_low"]).all()
    assert (wide["conf_high"] >= narrow["conf_high"]).all()


def test_one_and_the_same_test_in_every_year_changes_nothing(outcomes):
    tested = outcomes.assign(test="a")
    pd.testing.assert_frame_equal(dip.fit(tested, 2010, regime="test").table, dip.fit(outcomes, 2010).table)


def test_a_jump_at_a_change_of_test_is_no_effect(outcomes):
    tested = outcomes.assign(test=["a"] * 3 + ["b"] * 11)
    jumped = tested.assign(value=tested["value"] + 15 * (tested["test"] == "b"))
    before, after = (dip.fit(frame, 2010, regime="test") for frame in (tested, jumped))
    assert terms(after).to_numpy() == pytest.approx(terms(before).to_numpy(), abs=1e-6)


def test_an_uncertain_rollout_is_averaged_and_said_to_be(outcomes):
    sure, unsure = (dip.fit(outcomes, 2010, rollout_uncertain=unsure) for unsure in (False, True))
    assert "The rollout year is averaged over 2009, 2010 and 2011." in unsure.notes
    assert terms(unsure).loc["trough_year", "estimate"] == terms(sure).loc["trough_year", "estimate"] == 2011
    assert terms(unsure).loc["depth", "estimate"] == pytest.approx(terms(sure).loc["depth", "estimate"], abs=2)


def test_known_counts_narrow_the_interval_of_a_small_district_in_the_long_run():
    table, _ = simulate.outcomes(25, years=YEARS, rollout=2010, noise_sd=1, rho=0, n_tested=60, seed=8)
    widths = {"n_tested": [], None: []}
    for _, frame in table.groupby("district_id"):
        for counts, width in widths.items():
            depth = terms(dip.fit(frame, 2010, n_tested=counts)).loc["depth"]
            width.append(depth["conf_high"] - depth["conf_low"])
    assert np.mean(widths["n_tested"]) < 0.95 * np.mean(widths[None])


def test_a_baseline_beyond_100_percent_is_reported():
    frame = pd.DataFrame({"year": YEARS, "value": [70, 74, 79, 83, 88, 92, 90, 88, 90, 93, 94, 95, 94, 96]})
    notes = " ".join(dip.fit(frame, 2010).notes)
    assert "The projected baseline leaves 0 to 100 from 201" in notes
    assert "overstated" in notes


def test_shares_passed_as_percent_are_pointed_out_and_not_rescaled(outcomes):
    result = dip.fit(outcomes.assign(value=outcomes["value"] / 100), 2010)
    assert any("pass scale=1; nothing was rescaled" in note for note in result.notes)
    assert terms(result).loc["depth", "estimate"] < 0.1


@pytest.mark.parametrize("seed", ["a", -1, 1.5])
def test_a_seed_that_is_no_whole_number_is_refused(outcomes, seed):
    with pytest.raises(CbeError, match="`seed` must be a whole number"):
        dip.fit(outcomes, 2010, seed=seed)


HARD = {
    "no result": (pd.DataFrame({"year": YEARS, "value": np.nan}), {}),
    "one row": (made(1).iloc[:1], {}),
    "two before": (made(1)[YEARS >= 2008], {}),
    "rollout before all": (made(1), {"rollout": 1990}),
    "rollout after all": (made(1), {"rollout": 2050}),
    "constant": (made(1).assign(value=50.0), {}),
    "straight line": (made(1).assign(value=0.3 * YEARS), {}),
    "noise of rounding": (made(1).assign(value=50 + 1e-14 * YEARS**2), {}),
    "exact dip": (made(1).assign(value=50.0 - EFFECT), {}),
    "exact step": (made(1).assign(value=50.0 - 6 * (YEARS >= 2010)), {}),
    "one year off": (made(1).assign(value=50.0 - 6 * (YEARS == 2012)), {}),
    "flat before": (made(1).assign(value=np.where(YEARS < 2010, 50, made(1)["value"])), {}),
    "0 and 100": (made(1).assign(value=100.0 * (YEARS % 2)), {"scale": 100}),
    "huge": (made(1).assign(value=1e12 * made(1)["value"]), {}),
    "tiny": (made(1).assign(value=1e-12 * made(1)["value"]), {}),
    "far from zero": (made(1).assign(value=1e10 + made(1)["value"]), {}),
    "one student": (made(1).assign(n=1), {"n_tested": "n", "scale": 100}),
    "a billion students": (made(1).assign(n=1e9), {"n_tested": "n", "scale": 100}),
    "a test a year": (made(1).assign(t=YEARS), {"regime": "t"}),
    "new test at rollout": (made(1).assign(t=YEARS < 2010), {"regime": "t"}),
    "new test soon after": (made(1).assign(t=YEARS < 2012), {"regime": "t"}),
    "years before unsure": (made(1), {"rollout_uncertain": True}),
    "low level": (made(1), {"level": 0.01}),
    "high level": (made(1), {"level": 0.99999}),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_input_gives_numbers_or_reasons_and_no_warning(case, without_reason):
    frame, changes = HARD[case]
    result = fit(frame, **{"rollout": 2010, **changes})
    assert not without_reason(result)
    assert repr(result)
    assert result._repr_html_()
    if result.model is None:
        assert result.table["note"].str.startswith("cannot tell: ").all()
        assert result.patterns["note"].str.startswith("cannot tell: ").all()
        assert result.existence.note.startswith("cannot tell: ")
        assert result.text.startswith("Cannot tell")


def test_sixty_years_are_fitted(without_reason):
    year = np.arange(1960, 2020)  # the longest series that anyone brings
    value = 50 + np.random.default_rng(4).normal(0, 1, 60) - 6 * np.exp(-0.5 * ((year - 1992) / 1.5) ** 2)
    result = fit(pd.DataFrame({"year": year, "value": value}), 1990)
    assert terms(result).loc["trough_year", "estimate"] == pytest.approx(1992, abs=1)
    assert not without_reason(result)


def test_an_exact_step_is_read_off(outcomes):
    table = terms(fit(outcomes.assign(value=50.0 - 6 * (outcomes["year"] >= 2010))))
    assert table.loc["gain", "estimate"] == pytest.approx(-6, abs=0.5)
    assert np.isinf(table.loc["recovery_years", "conf_low"])


def test_two_tests_are_never_compared_in_the_text(outcomes):
    text = dip.fit(outcomes.assign(test=outcomes["year"] < 2010), 2010, regime="test").text
    assert "no single test has at least 3 results" in text
    assert "bare numbers" not in text


STUDY = {"years": YEARS, "rollout": 2010, "n_tested": None, "noise_sd": 1.5, "rho": 0.3}
DISTRICTS = 100


@pytest.fixture(scope="module", params=["v", "gamma", "step", "none"])
def study(request):
    table, truth = simulate.outcomes(DISTRICTS, shape=request.param, seed=21, **STUDY)
    planted = truth.terms.set_index(["district_id", "term"])["value"]
    fits = {name: dip.fit(frame, 2010) for name, frame in table.groupby("district_id")}
    return request.param, fits, planted


def held(fits, planted, term):
    rows = [(terms(result).loc[term], planted[name, term]) for name, result in fits.items()]
    return np.mean([row["conf_low"] <= truth <= row["conf_high"] for row, truth in rows])


@pytest.mark.parametrize("term", ["loss", "gain", "depth"])
def test_intervals_hold_the_truth_as_often_as_they_promise(study, term):
    _, fits, planted = study
    # 0.95 less 3 standard errors of 100 series, 0.065
    assert held(fits, planted, term) >= 0.885


def test_what_is_said_to_exist_does(study):
    shape, fits, _ = study
    share = np.mean([result.existence.p_value < 0.05 for result in fits.values()])
    # of 100 series without a dip 12 or more are called one with a chance of 0.4%
    assert share < 0.12 if shape == "none" else share > 0.3
