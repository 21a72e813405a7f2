"""Whatever the answers: a result or a CbeError, no silent NaN, and nothing but the answers matters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cbe_lib import survey
from tests.survey.conftest import one_trait

matrices = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 14), st.integers(1, 7)), elements=st.sampled_from([0, 1, 2, 3, 4, 5, 5])
).map(lambda matrix: pd.DataFrame(np.where(matrix == 0, np.nan, matrix.astype(float))).add_prefix("q"))
NUMBERS = ["estimate", "conf_low", "conf_high"]


@settings(deadline=None, max_examples=150)
@given(answers=matrices)
def test_a_missing_number_always_has_a_reason(answers):
    table = survey.reliability(answers, low=1, high=5).table
    assert (table[NUMBERS].notna().all(axis=1) | table["reason"].ne("")).all()
    assert not np.isinf(table[NUMBERS].to_numpy()).any()
    known = table.dropna(subset=["conf_low"])
    assert (known["conf_low"].le(known["estimate"]) & known["estimate"].le(known["conf_high"])).all()


@settings(deadline=None, max_examples=60)
@given(answers=matrices, groups=st.integers(1, 4))
def test_groups_have_a_mean_or_a_reason(answers, groups):
    people = answers.assign(school_id=np.arange(len(answers)) % groups)
    table = survey.scores(people, low=1, high=5, min_n=2).table
    assert (table["mean"].notna() | table["reason"].ne("")).all()
    assert table["mean"].dropna().between(1, 5).all()


@settings(deadline=None, max_examples=60)
@given(answers=matrices)
def test_flags_always_answer(answers):
    table = survey.flags(answers, low=1, high=5, reverse=["q0"]).table
    assert (table["expected"].notna() | table["reason"].ne("")).all()


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(30)))
def test_order_of_respondents_does_not_matter(order):
    answers = one_trait(np.random.default_rng(1), 30, [0.8] * 4)
    a, b = (survey.reliability(each).table[NUMBERS] for each in (answers, answers.iloc[list(order)]))
    assert a.to_numpy() == pytest.approx(b.to_numpy(), abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("move", [lambda x: x + 7, lambda x: -x, lambda x: 3 * x])
def test_coefficients_do_not_depend_on_where_the_scale_begins_or_its_unit(move):
    answers = one_trait(np.random.default_rng(2), 60, [0.8, 0.6, 0.6, 0.5])
    a, b = (survey.reliability(each).table[NUMBERS] for each in (answers, move(answers)))
    assert a.to_numpy() == pytest.approx(b.to_numpy(), abs=1e-5)
