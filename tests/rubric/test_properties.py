"""Whatever the matrix: no crash, no silent NaN, and nothing but the ratings matters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cbe_lib import rubric
from cbe_lib.rubric.coefficients import least_values
from cbe_lib.rubric.weights import weight_matrix
from tests.rubric.conftest import agree, long_table, rows

LEVELS = [1, 2, 3, 4]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
matrices = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 12), st.integers(1, 6)), elements=st.sampled_from([0, 1, 1, 2, 3, 4])
).map(lambda matrix: long_table(np.where(matrix == 0, np.nan, matrix.astype(float))))
complete = arrays.arrays(
    np.int64, st.tuples(st.integers(2, 8), st.integers(2, 4)), elements=st.sampled_from([1, 1, 2, 3, 4])
).map(long_table)
weights = st.sampled_from(["identity", "linear", "quadratic", "ordinal"])
intervals = st.sampled_from(["linearized", "jackknife"])


@settings(deadline=None, max_examples=300)
@given(frame=matrices, kind=weights, interval=intervals)
def test_a_missing_number_always_has_a_reason(frame, kind, interval):
    table = agree(frame, LEVELS, weights=kind, interval=interval).table
    assert len(table) == 7
    assert (table[NUMBERS].notna().all(axis=1) | table["reason"].ne("")).all()
    assert not np.isinf(table[NUMBERS].to_numpy()).any()


@settings(deadline=None, max_examples=200)
@given(frame=complete, kind=weights, interval=intervals)
def test_no_coefficient_and_no_limit_lies_below_the_least_that_it_can_be(frame, kind, interval):
    table = rows(agree(frame, LEVELS, weights=kind, interval=interval))
    least = pd.Series(least_values(weight_matrix(kind, tuple(LEVELS), "positions")))
    for column in ("estimate", "conf_low"):
        assert (table[column].fillna(1) >= least[table.index] - 1e-9).all()


@settings(deadline=None, max_examples=300)
@given(frame=matrices, kind=weights, interval=intervals)
def test_limits_enclose_the_estimate(frame, kind, interval):
    table = agree(frame, LEVELS, weights=kind, interval=interval).table.dropna(subset=["conf_low"])
    assert (table["conf_low"] <= table["estimate"] + 1e-9).all()
    assert (table["estimate"] <= table["conf_high"] + 1e-9).all()
    assert (table["conf_high"] <= 1).all()


@settings(deadline=None, max_examples=12)
@given(frame=matrices)
def test_the_bootstrap_answers_or_says_why_not(frame):
    table = agree(frame, LEVELS, interval="bootstrap").table
    assert (table[NUMBERS].notna().all(axis=1) | table["reason"].ne("")).all()


@settings(deadline=None, max_examples=200)
@given(frame=matrices)
def test_icc_answers_or_says_why_not(frame):
    table = rubric.icc(frame, unit="unit", rater="rater", rating="rating").table
    limits = table[["estimate", "conf_low", "conf_high"]]
    assert (limits.notna().all(axis=1) | table["reason"].ne("")).all()
    assert table["coefficient"].tolist() == ["icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"]


@settings(deadline=None, max_examples=100)
@given(frame=matrices, seed=st.integers(0, 99))
def test_row_order_does_not_matter(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    same(agree(frame, LEVELS), agree(shuffled, LEVELS))
    same(*(rubric.icc(each, unit="unit", rater="rater", rating="rating") for each in (frame, shuffled)))


@settings(deadline=None, max_examples=100)
@given(frame=matrices)
def test_names_of_raters_and_units_do_not_matter(frame):
    renamed = frame.assign(rater="rater " + (9 - frame["rater"]).astype(str), unit=frame["unit"].map(hex))
    same(agree(frame, LEVELS), agree(renamed, LEVELS))


@settings(deadline=None, max_examples=100)
@given(frame=matrices)
def test_labels_of_levels_do_not_matter(frame):
    labels = dict(zip(LEVELS, ["Exploring", "Emerging", "Proficient", "Breakthrough"], strict=True))
    relabeled = frame.assign(rating=frame["rating"].map(labels))
    same(agree(frame, LEVELS), agree(relabeled, labels.values()))


@settings(deadline=None, max_examples=100)
@given(frame=matrices)
def test_turning_the_scale_round_does_not_matter(frame):
    same(agree(frame, LEVELS), agree(frame, LEVELS[::-1]))


@pytest.mark.parametrize("raters", [30, 60])
def test_many_raters_give_what_few_give_when_the_others_are_silent(raters):
    few = long_table(np.random.default_rng(4).integers(1, 5, (40, 3)))
    alone = pd.DataFrame({"unit": range(100, 100 + raters), "rater": range(10, 10 + raters), "rating": 1})
    found = rows(agree(pd.concat([few, alone], ignore_index=True), LEVELS))
    expected = rows(agree(few, LEVELS))
    alpha = ["estimate", "std_error", "conf_low", "conf_high"]
    assert found.loc["krippendorff_alpha", alpha].tolist() == pytest.approx(
        expected.loc["krippendorff_alpha", alpha].tolist()
    )


def same(first, second):
    pd.testing.assert_frame_equal(first.table, second.table, rtol=1e-6, atol=1e-9)
