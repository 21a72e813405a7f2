"""The textbook regression against least squares written out and against an example with round numbers."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, dip


def by_hand(frame, rollout):
    """Least squares on a design written out; estimates and standard errors."""
    year, value = frame["year"].to_numpy(float), frame["value"].to_numpy()
    design = np.column_stack(
        [np.ones_like(year), year - year[0], year >= rollout, np.where(year >= rollout, year - rollout, 0)]
    )
    beta, rest, *_ = np.linalg.lstsq(design, value)
    variance = rest[0] / (len(year) - 4) * np.linalg.inv(design.T @ design)
    return beta, np.sqrt(np.diag(variance))


def test_estimates_and_errors_are_those_of_least_squares(outcomes):
    table = dip.interrupted(outcomes, 2010).table
    beta, error = by_hand(outcomes, 2010)
    assert table["estimate"].to_numpy() == pytest.approx(beta, abs=1e-9)
    assert table["std_error"].to_numpy() == pytest.approx(error, abs=1e-9)


def test_intervals_use_t_with_ten_degrees_of_freedom(outcomes):
    table = dip.interrupted(outcomes, 2010).table
    half = 2.228139 * table["std_error"]  # t(0.975, 14 - 4)
    assert (table["conf_high"] - table["estimate"]).to_numpy() == pytest.approx(half.to_numpy(), rel=1e-6)
    assert (table["estimate"] - table["conf_low"]).to_numpy() == pytest.approx(half.to_numpy(), rel=1e-6)


def test_an_example_worked_on_paper():
    # before: 10, 12, 11, 13 has slope 0.8 and start 10.3; after: 8, 7, 9, 8 has slope 0.2 and start 7.7;
    # the line before would reach 13.5 in the rollout year, so the jump is 7.7 - 13.5 = -5.8
    frame = pd.DataFrame({"year": range(2001, 2009), "value": [10, 12, 11, 13, 8, 7, 9, 8]})
    table = dip.interrupted(frame, 2005).table.set_index("term")["estimate"]
    assert table.to_dict() == pytest.approx(
        {"start": 10.3, "trend_before": 0.8, "level_change": -5.8, "trend_change": -0.6}
    )


def test_years_without_a_result_keep_their_place(outcomes):
    gaps = outcomes[~outcomes["year"].isin([2006, 2012])]
    assert dip.interrupted(gaps, 2010).table["estimate"].to_numpy() == pytest.approx(by_hand(gaps, 2010)[0])


def test_newey_west_errors_replace_the_plain_ones(outcomes):
    plain, robust = (dip.interrupted(outcomes, 2010, hac_lags=lags) for lags in (None, 2))
    assert robust.table["estimate"].tolist() == pytest.approx(plain.table["estimate"].tolist())
    expected = plain.model.get_robustcov_results("HAC", maxlags=2, use_correction=True, use_t=True)
    assert robust.table["std_error"].tolist() == pytest.approx(list(expected.bse))


def test_the_baseline_is_the_line_before_drawn_on(outcomes):
    curve = dip.interrupted(outcomes, 2010).curve
    line = np.polyfit(outcomes["year"][:6] - 2004, outcomes["value"][:6], 1)
    assert curve["baseline"].to_numpy() == pytest.approx(np.polyval(line, outcomes["year"] - 2004))
    assert curve["fitted"].to_numpy()[:6] == pytest.approx(curve["baseline"].to_numpy()[:6])


def test_noise_free_lines_are_found_exactly_and_the_interval_has_a_reason(without_reason):
    year = np.arange(2004, 2018)
    value = 60 + 0.5 * (year - 2004) - (year >= 2010) * (6 - 1.5 * (year - 2010))
    result = dip.interrupted(pd.DataFrame({"year": year, "value": value}), 2010)
    assert result.table["estimate"].tolist() == pytest.approx([60, 0.5, -6, 1.5])
    assert result.table["std_error"].isna().all()
    assert result.table["note"].str.contains("cannot tell how sure").all()
    assert "cannot tell how sure" in result.text
    assert not without_reason(result)


@pytest.mark.parametrize("value", [50.0, 0.0, 1e-310])
def test_a_constant_series_has_no_jump_and_no_interval(value):
    frame = pd.DataFrame({"year": range(2004, 2018), "value": value})
    table = dip.interrupted(frame, 2010, scale=None).table
    assert table["estimate"].tolist() == pytest.approx([value, 0, 0, 0], abs=1e-12)
    assert table["p_value"].isna().all()


def test_the_text_names_jump_interval_and_caution(outcomes):
    text = dip.interrupted(outcomes, 2010).text
    assert text.startswith("Against the straight line of the years before, results fell by 4.9 points in 2010 (95% ")
    assert "interval of the change: -" in text
    assert "too narrow when results resemble those of the year before" in text


def test_two_results_before_are_called_a_guess(outcomes):
    result = dip.interrupted(outcomes[outcomes["year"] >= 2008], 2010)
    assert result.notes == ("Only 2 results before the rollout: the trend before is close to a guess.",)


@pytest.mark.parametrize(("first", "last"), [(2009, 2017), (2004, 2010), (2010, 2017), (2004, 2009), (2008, 2011)])
def test_lines_that_no_data_hold_up_are_refused(outcomes, first, last):
    with pytest.raises(CbeError, match=r"five results, at least two on each side of the rollout\. Found"):
        dip.interrupted(outcomes[outcomes["year"].between(first, last)], 2010)


@pytest.mark.parametrize("lags", [-1, 14, 1.5, "2"])
def test_lags_outside_the_series_are_refused(outcomes, lags):
    with pytest.raises(CbeError, match=r"`hac_lags` must be a whole number from 0 to 13, or None\. Found"):
        dip.interrupted(outcomes, 2010, hac_lags=lags)


def test_the_result_holds_formula_and_model(outcomes):
    result = dip.interrupted(outcomes, 2010)
    assert result.formula == "value ~ year_from_start + after + years_after"
    assert result.model.model.formula == result.formula
    assert list(result.table.columns) == [
        *["term", "estimate", "std_error", "conf_low", "conf_high", "p_value", "unit", "note"]
    ]


def test_the_callers_table_is_left_alone(outcomes):
    before = outcomes.copy(deep=True)
    dip.interrupted(outcomes, 2010)
    pd.testing.assert_frame_equal(outcomes, before)
