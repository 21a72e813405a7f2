"""Results published as a range, and tables that hold two tests: left out with a count, or refused."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, dip, simulate
from tests.dip.conftest import ROLLOUT

pytestmark = pytest.mark.usefixtures("small_tables")


def as_ranges(frame, years, width=5.0):
    """Hide the results of some years behind the range of `width` points that holds them."""
    hidden = frame["year"].isin(years)
    low = np.floor(frame["value"] / width) * width
    limits = {"lo": low.where(hidden), "hi": (low + width).where(hidden)}
    return frame.assign(value=frame["value"].mask(hidden), **limits)


def test_ranges_are_left_out_and_counted_apart_from_blanks(outcomes):
    frame = as_ranges(outcomes, [2005, 2012])
    frame.loc[frame["year"] == 2006, "value"] = np.nan
    notes = dip.fit(frame, ROLLOUT).notes
    assert notes[0].startswith(
        "2 rows (index 1, 8) published only as a range (lo to hi) left out: no midpoint is made up."
    )
    assert notes[1] == "1 row (index 2) without a number in 'value' left out; nothing is filled in."


def test_a_range_changes_nothing_but_the_notes(outcomes):
    hidden = as_ranges(outcomes, [2005, 2012])
    ranged, blank = (dip.fit(frame, ROLLOUT) for frame in (hidden, hidden.drop(columns=["lo", "hi"])))
    assert ranged.table.equals(blank.table)
    assert ranged.curve.equals(blank.curve)


def test_too_many_ranges_leave_the_answer_open(outcomes):
    table = dip.fit(as_ranges(outcomes, range(2004, 2009)), ROLLOUT).table
    assert table["note"].str.contains("only 1 result before the rollout").all()


def test_a_panel_counts_its_ranges(outcomes):
    frame = as_ranges(outcomes, [2005, 2012]).assign(district_id="a", rollout_year=ROLLOUT)
    assert dip.fit_panel(frame).notes[0].startswith("2 rows (index 1, 8) published only as a range")


def test_a_comparison_counts_its_ranges():
    frame, _ = simulate.outcomes(1, comparison=20, years=range(2006, 2016), rollout=2012, n_tested=None, seed=2)
    notes = dip.compare(as_ranges(frame, [2008])).notes
    assert any(
        note.startswith("21 rows (index 2, 12, 22, 32, 42 and 16 more) published only as a range") for note in notes
    )


def test_intervals_hold_the_truth_as_often_as_they_say_without_the_years_published_as_ranges():
    frame, truth = simulate.outcomes(
        200, years=range(2004, 2018), rollout=2010, shape="v", depth=6, base_sd=5, n_tested=300, seed=11
    )
    table = dip.fit_panel(as_ranges(frame, [2006, 2011, 2014])).table.set_index(["district", "term"])
    planted = truth.terms.set_index(["district_id", "term"])["value"]
    for term in ("depth", "loss"):
        rows = table.xs(term, level="term")
        true = planted.xs(term, level="term").reindex(rows.index)
        held = (rows["conf_low"] <= true) & (true <= rows["conf_high"])
        assert held.mean() >= 0.93


def test_one_trend_over_two_tests_is_refused(outcomes):
    frame = outcomes.assign(test_regime=np.where(outcomes["year"] < 2012, "old", "new"))
    with pytest.raises(CbeError, match="results of 2 tests, which are not comparable: no trend may run over them"):
        dip.fit(frame, ROLLOUT)
    with pytest.raises(CbeError, match="Pass regime='test_regime'"):
        dip.interrupted(frame, ROLLOUT)


def test_two_tests_are_fitted_when_the_column_is_named(outcomes):
    frame = outcomes.assign(test_regime=np.where(outcomes["year"] < 2005, "old", "new"))
    assert dip.fit(frame, ROLLOUT, regime="test_regime").table["estimate"].notna().any()


def test_a_district_of_two_tests_stops_no_other_of_its_panel(outcomes):
    one = outcomes.assign(district_id="one test", rollout_year=ROLLOUT, test_regime="old")
    two = one.assign(district_id="two tests", test_regime=np.where(one["year"] < 2012, "old", "new"))
    table = dip.fit_panel(pd.concat([one, two], ignore_index=True)).table.set_index("district")
    assert table.loc["two tests", "note"].str.contains("results of 2 tests").all()
    assert table.loc["one test", "estimate"].notna().any()
