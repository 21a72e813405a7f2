"""What may stand in a table of one series, and what each refusal says."""

import re
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, dip
from cbe_lib.dip.series import check_rollout, numeric, read_series


def read(frame, rollout=2010, **changes):
    settings = {"year": "year", "value": "value", "n_tested": None, "scale": 100, "regime": None}
    return read_series(frame, rollout, **{**settings, **changes})


def test_rows_are_put_in_order_of_years(outcomes):
    shuffled = read(outcomes.sample(frac=1, random_state=3))
    assert shuffled.years.tolist() == list(range(2004, 2018))
    assert shuffled.values.tolist() == outcomes["value"].tolist()


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("value", lambda v: v.astype("Float64")),
        ("value", lambda v: v.astype(pd.SparseDtype(float))),
        ("value", lambda v: v.astype(object)),
        ("value", lambda v: pd.Series([Decimal(repr(cell)) for cell in v.tolist()])),
        ("value", lambda v: v.astype("category")),
        ("year", lambda v: v.astype("Int64")),
        ("year", lambda v: v.astype("int16")),
        ("year", lambda v: v.astype(float)),
        ("year", lambda v: v.astype("category")),
    ],
)
def test_any_kind_of_number_is_read(outcomes, column, cells):
    expected = outcomes[column].tolist()
    series = read(outcomes.assign(**{column: cells(outcomes[column])}))
    assert (series.values if column == "value" else series.years).tolist() == expected


@pytest.mark.parametrize("blank", [np.nan, None, pd.NA, "", "  ", Decimal("NaN")])
def test_a_blank_result_is_left_out_and_reported(outcomes, blank):
    cells = outcomes["value"].astype(object)
    cells[3] = blank
    series = read(outcomes.assign(value=cells))
    assert 2007 not in series.years
    assert series.notes == ("1 row (index 3) without a number in 'value' left out; nothing is filled in.",)


@pytest.mark.parametrize("missing", [pd.NA, np.nan])
def test_a_year_without_a_count_takes_the_median_count_and_says_so(outcomes, missing):
    counts = pd.Series([missing, *range(31, 44)], dtype="Float64")
    series = read(outcomes.assign(n=counts), n_tested="n")
    assert series.tested[0] == 37
    assert series.notes == ("1 year without a number in 'n': the median of the other years stands in.",)


def test_a_column_of_blank_counts_is_reported_and_not_used(outcomes):
    series = read(outcomes.assign(n=np.nan), n_tested="n")
    assert series.tested is None
    assert series.notes == ("No year has a number in 'n': intervals are built without it.",)


def test_binomial_variance_is_worked_by_hand():
    frame = pd.DataFrame({"year": [2009, 2010], "value": [40.0, 60.0], "n": [10, 30]})
    rate = (4 + 18 + 1) / (40 + 2)
    expected = 100**2 * rate * (1 - rate) * (1 / 10 + 1 / 30) / 2
    assert read(frame, n_tested="n").binomial_variance() == pytest.approx(expected)
    shares = frame.assign(value=frame["value"] / 100)
    assert read(shares, n_tested="n", scale=1).binomial_variance() == pytest.approx(expected / 1e4)


@pytest.mark.parametrize("rate", [0.0, 100.0])
def test_0_and_100_percent_never_mean_zero_variance(rate):
    frame = pd.DataFrame({"year": [2009, 2010], "value": rate, "n": 40})
    assert read(frame, n_tested="n").binomial_variance() > 0


def test_what_is_no_rate_has_no_binomial_variance(outcomes):
    assert read(outcomes.assign(n=40), n_tested="n", scale=None).binomial_variance() is None


@pytest.mark.parametrize("rollout", [2010, 2010.0, "2010", np.int64(2010), Decimal(2010)])
def test_a_rollout_is_a_year_however_it_is_written(rollout):
    assert check_rollout(rollout) == 2010


@pytest.mark.parametrize(
    "rollout",
    [
        *["soon", "", 2010.5, np.nan, np.inf, None, pd.NA, pd.NaT, [2010], {}, True, 2010 + 0j, 10**400],
        *[pd.Timestamp("2010-05-01"), pd.Series([2010, 2011]), np.array([2010, 2011])],
    ],
    ids=repr,
)
def test_a_rollout_that_is_no_year_is_refused(outcomes, rollout):
    for verb in (dip.fit, dip.interrupted):
        with pytest.raises(CbeError, match=r"`rollout` must be a whole calendar year. Found"):
            verb(outcomes, rollout)


@pytest.mark.parametrize("scale", [10, 0, "100", [100], np.array([1, 100]), np.nan, True], ids=repr)
def test_a_scale_other_than_the_three_is_refused(outcomes, scale):
    for verb in (dip.fit, dip.interrupted):
        with pytest.raises(CbeError, match=r"`scale` must be 100 \(percent\), 1 \(share\) or None"):
            verb(outcomes, 2010, scale=scale)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, "0.95", None, np.nan, True])
def test_a_level_that_is_no_coverage_is_refused(outcomes, level):
    for verb in (dip.fit, dip.interrupted):
        with pytest.raises(CbeError, match="`level` must lie between 0 and 1"):
            verb(outcomes, 2010, level=level)


def cell(frame, row, column, content):
    cells = frame[column].astype(object)
    cells[row] = content
    return frame.assign(**{column: cells})


REFUSALS = {
    "not a table": (lambda f: f.to_dict(), {}, "`outcomes` must be a pandas DataFrame. Found dict"),
    "one column": (lambda f: f["value"], {}, "`outcomes` must be a pandas DataFrame. Found Series"),
    "no rows": (lambda f: f.iloc[:0], {}, "`outcomes` has columns 'year', 'value' but no rows"),
    "no column": (lambda f: f.rename(columns={"value": "Valeu"}), {}, "no column 'value'.*'value' looks like 'Valeu'"),
    "no columns": (lambda f: f[[]], {}, "no column 'year', 'value'. Its columns are none at all"),
    "wide": (
        lambda f: pd.DataFrame(np.zeros((3, 5000))).add_prefix("c"),
        {},
        "no column 'year', 'value'.*'c11' and 4988 more",
    ),
    "no counts": (lambda f: f, {"n_tested": "n"}, "no column 'n'"),
    "list as name": (lambda f: f, {"value": ["value"]}, r"no column \['value'\]"),
    "column twice": (lambda f: pd.concat([f, f["value"]], axis=1), {}, "more than one column named 'value'"),
    "nested": (lambda f: pd.concat({"year": f, "value": f}, axis=1), {}, "more than one column named 'year'"),
    "regime twice": (
        lambda f: pd.concat([f, f[["value", "value"]].set_axis(["t", "t"], axis=1)], axis=1),
        {"regime": "t"},
        "more than one column named 't'",
    ),
    "text": (
        lambda f: cell(f, 5, "value", "*"),
        {},
        r"'value' of .* holds text or dates in 1 row \(index 5\). Found '\*'",
    ),
    "all text": (lambda f: f.astype({"value": str}), {}, r"'value' .* in 14 rows \(index 0, 1, 2, 3, 4 and 9 more\)"),
    "text as category": (lambda f: f.astype({"value": str}).astype("category"), {}, "'year'|'value'.*14 rows"),
    "list": (lambda f: cell(f, 2, "value", [60]), {}, r"'value' .* in 1 row \(index 2\). Found \[60\]"),
    "complex": (lambda f: f.astype({"value": complex}), {}, "'value' .* in 14 rows"),
    "dates": (lambda f: f.assign(value=pd.Timestamp("2010-05-01")), {}, "'value' .* text or dates in 14 rows"),
    "date years": (
        lambda f: f.assign(year=pd.to_datetime(f["year"].astype(str) + "-05-01")),
        {},
        "'year' .* text or dates in 14 rows",
    ),
    "period years": (lambda f: f.assign(year=pd.period_range("2004", periods=14, freq="Y")), {}, "'year' .* 14 rows"),
    "infinity": (lambda f: cell(f, 1, "value", -np.inf), {"scale": None}, r"'value' .* infinity.*1 row \(index 1\)"),
    "huge": (lambda f: cell(f, 1, "value", 10**400), {"scale": None}, r"'value' .* infinity.*1 row \(index 1\)"),
    "above 100": (lambda f: cell(f, 1, "value", 101), {}, r"'value' .* range 0 to 100 in 1 row \(index 1\). Found 101"),
    "below 0": (lambda f: cell(f, 1, "value", -1), {}, r"'value' .* range 0 to 100 in 1 row \(index 1\). Found -1"),
    "percent as share": (lambda f: f, {"scale": 1}, "'value' .* range 0 to 1 in 14 rows.*Pass scale=100 for percent"),
    "blank year": (lambda f: cell(f, 7, "year", None), {}, r"'year' .* whole years; 1 row \(index 7\)"),
    "half year": (lambda f: cell(f, 7, "year", 2011.5), {}, r"'year' .* whole years; 1 row \(index 7\).*Found 2011.5"),
    "mistyped year": (lambda f: cell(f, 7, "year", 20110), {}, r"'year' .* 1 row \(index 7\).*Found 20110"),
    "two-digit year": (lambda f: cell(f, 7, "year", 11), {}, r"'year' .* far from .* 1 row \(index 7\). Found 11"),
    "same year": (lambda f: cell(f, 7, "year", 2010), {}, r"'year' .* same year .* 2 rows \(index 6, 7\). Years 2010"),
    "no students": (lambda f: f.assign(n=0), {"n_tested": "n"}, "'n' .* above zero, 1 or more; 14 rows"),
    "part of a student": (lambda f: f.assign(n=0.5), {"n_tested": "n"}, "'n' .* above zero, 1 or more; 14 rows"),
    "counts as text": (lambda f: f.assign(n="many"), {"n_tested": "n"}, "'n' .* text or dates in 14 rows"),
    "blank test": (lambda f: f.assign(t=["a"] * 13 + [None]), {"regime": "t"}, r"'t' .* blank in 1 row \(index 13\)"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_read_is_refused_by_column_and_row(outcomes, case):
    spoil, settings, message = REFUSALS[case]
    with pytest.raises(CbeError, match=message):
        dip.fit(spoil(outcomes), 2010, **settings)


@pytest.mark.parametrize("labels", [[0] * 14, pd.MultiIndex.from_product([["a"], range(14)]), list("abcdefghijklmn")])
def test_the_index_of_the_table_plays_no_part(outcomes, labels):
    outcomes.loc[2, "value"] = np.nan
    assert read(outcomes.set_axis(labels)).values.tolist() == read(outcomes).values.tolist()


def test_tests_are_told_apart_by_name_whatever_holds_the_names(outcomes):
    names = ["old"] * 4 + ["new"] * 10
    for cells in (names, pd.Categorical(names), pd.array(names, dtype="string"), [[name] for name in names]):
        series = read(outcomes.assign(test=pd.Series(cells)), regime="test")
        assert series.regimes.tolist() == [0] * 4 + [1] * 10


def test_a_million_cells_are_read_within_a_second():
    frame = pd.DataFrame({"value": np.zeros(1_000_000)})
    start = time.process_time()
    numeric(frame, "value")
    assert time.process_time() - start < 1


WHY_NOT = {
    "nothing": ([], [], "no year has a result"),
    "one result": ([2009], [50], "there is no result from the rollout year 2010 on"),
    "none before": (range(2010, 2020), range(10), "there is no result before the rollout year 2010"),
    "none after": (range(2000, 2010), [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], "no result from the rollout year 2010 on"),
    "one before": (
        range(2009, 2015),
        [3, 1, 4, 1, 5, 9],
        "only 1 result before the rollout and 5 from it on; at least 3",
    ),
    "two before": (range(2008, 2015), [3, 1, 4, 1, 5, 9, 2], "only 2 results before the rollout and 5 from it on"),
    "three after": (range(2003, 2013), [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], "only 7 results before the rollout and 3 from"),
    "constant": (range(2000, 2020), [50] * 20, "all 20 results are 50; .* not estimable"),
    "straight line": (range(2000, 2020), np.arange(20) * 0.3, "exactly on a straight line; .* not estimable"),
    "large straight line": (range(2000, 2020), 1e12 + 3e9 * np.arange(20), "exactly on a straight line"),
    "rounding only": (range(2000, 2020), 50 + 1e-14 * np.arange(20) ** 2, "exactly on a straight line|all 20 results"),
    "next to nothing": (range(2000, 2010 + 10), 1e-200 * np.sin(np.arange(20)), "exactly on a straight line"),
}


@pytest.mark.parametrize("case", WHY_NOT)
def test_what_cannot_be_estimated_has_its_reason(case):
    years, values, reason = WHY_NOT[case]
    frame = pd.DataFrame({"year": [1999, *years], "value": [np.nan, *values]})
    assert re.search(reason, read(frame, scale=None).why_not())


@pytest.mark.parametrize(
    ("tests", "estimable"),
    [
        ("a" * 14, True),
        ("a" * 10 + "b" * 4, True),  # four results of test a from the rollout on
        ("a" * 9 + "b" * 5, False),  # three
        ("a" * 3 + "b" * 11, True),  # three results of test b before the rollout
        ("a" * 4 + "b" * 10, False),  # two
        ("a" * 6 + "b" * 8, False),  # changed in the rollout year
        ("ab" * 7, True),
        ("abcdefghijklmn", False),
    ],
)
def test_one_and_the_same_test_must_reach_over_the_rollout(outcomes, tests, estimable):
    reason = read(outcomes.assign(test=list(tests)), regime="test").why_not()
    assert reason == "" if estimable else reason.startswith("the test changed, and no single test has at least 3")
