"""Who should talk about what: planted differences are found, chance is left in peace."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import binomtest

from cbe_lib import rubric
from cbe_lib.errors import CbeError

COLUMNS = {"unit": "district", "criterion": "criterion", "rater": "rater", "rating": "level"}
LEVELS = [1, 2, 3, 4]


def rated(rng, districts=60, criteria=4, raters=3, seen_by=3, harsh=None, noisy=()):
    """`harsh`: by how much a rater shifts on a criterion; `noisy`: who guesses on which criterion."""
    rows = []
    for criterion, district in product(range(criteria), range(districts)):
        true = rng.normal()
        for rater in rng.permutation(raters)[:seen_by]:
            error = 1.6 if (rater, criterion) in noisy else 0.5
            seen = true + error * rng.normal() + (harsh or {}).get((rater, criterion), 0)
            rows.append((district, f"C{criterion}", f"R{rater}", int(np.digitize(seen, [-1, 0, 1])) + 1))
    return pd.DataFrame(rows, columns=["district", "criterion", "rater", "level"])


def listed(frame, **options):
    return rubric.talks(frame, **{**COLUMNS, "levels": LEVELS, **options})


def pair(differences, criterion="C0", raters=("a", "b")):
    """Two raters whose levels lie so far apart on one criterion."""
    low = [1 if step >= 0 else 1 - step for step in differences]
    rows = [(place, criterion, raters[1], level) for place, level in enumerate(low)]
    rows += [
        (place, criterion, raters[0], level + step)
        for place, (level, step) in enumerate(zip(low, differences, strict=True))
    ]
    return pd.DataFrame(rows, columns=["district", "criterion", "rater", "level"])


def test_one_step_each_time_has_the_p_value_of_a_sign_test():
    steps = [1] * 9 + [-1] * 3 + [0] * 5
    expected = 2 * binomtest(9, 12).pvalue  # the smaller of two p-values counts twice
    assert listed(pair(steps)).table["p_value"][0] == pytest.approx(expected, rel=1e-9)


def test_unequal_steps_by_counting_all_tosses():
    steps = [2, 2, 1, 1, 1, 3, -1]
    sums = [abs(np.dot(steps, signs)) for signs in product([1, -1], repeat=len(steps))]
    expected = 2 * np.mean(np.array(sums) >= sum(steps))
    assert listed(pair(steps)).table["p_value"][0] == pytest.approx(expected, rel=1e-9)


def test_means_by_hand():
    row = listed(pair([1, 1, -1, 3])).table.iloc[0]
    assert (row["rater_a"], row["rater_b"], row["shared"], row["mean_difference"]) == ("a", "b", 4, 1.0)
    assert row["disagreement"] == pytest.approx((1 + 1 + 1 + 9) / 4 / 9)
    assert row["why"] == "Only 4 shared: too few to tell."


def test_a_harsh_rater_is_sent_to_talk_about_that_criterion_only():
    table = listed(rated(np.random.default_rng(1), harsh={(0, 2): -1.0})).table
    wanted = table[table["talk"]]
    assert set(wanted["criterion"]) == {"C2"}
    assert set(wanted["rater_a"] + wanted["rater_b"]) == {"R0R1", "R0R2"}
    assert all(why.endswith("levels above R0.") for why in wanted["why"])


def test_raters_who_differ_without_direction_are_found_too():
    table = listed(rated(np.random.default_rng(2), districts=100, noisy={(1, 0)})).table
    wanted = table[table["talk"]]
    assert set(wanted["rater_a"] + wanted["rater_b"]) == {"R0R1", "R1R2"}
    assert wanted["why"].str.startswith("They differ far more").all()


@pytest.mark.parametrize(("raters", "seen_by"), [(2, 2), (5, 2), (4, 4)])
def test_chance_alone_sends_hardly_anyone_to_talk(raters, seen_by):
    rng = np.random.default_rng(3)
    alarms = [listed(rated(rng, 30, 3, raters, seen_by)).table["talk"].any() for _ in range(50)]
    assert np.mean(alarms) <= 0.1


def test_nobody_needs_to_talk():
    found = listed(rated(np.random.default_rng(4)))
    assert not found.table["talk"].any()
    assert found.text.startswith("Nobody needs to talk")


def test_raters_who_share_nothing_cannot_be_compared():
    frame = pd.DataFrame({"district": [1, 2], "criterion": "C0", "rater": ["a", "b"], "level": [1, 4]})
    found = listed(frame)
    assert found.table.empty
    assert found.text.startswith("Nobody shares a unit")


def test_the_sentence_names_the_first_conversation():
    text = listed(pair([1] * 15)).text
    assert "First: a and b on C0, over 15 shared units. a rates 1.0 levels above b." in text
    assert "does not say who is right" in text


def test_order_of_rows_and_names_of_levels_do_not_matter():
    frame = rated(np.random.default_rng(5), harsh={(0, 1): 1.0})
    words = frame.sample(frac=1, random_state=1)
    words["level"] = words["level"].map(dict(zip(LEVELS, "abcd", strict=True)))
    a, b = listed(frame).table, listed(words, levels=list("abcd")).table
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fdr": 5}, "between 0 and 1"),
        ({"criterion": "what"}, "no column 'what'"),
        ({"levels": [1, 2]}, "not declared"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(CbeError, match=message):
        listed(pair([1, 2, 3]), **options)


def test_rows_about_nothing_are_refused():
    with pytest.raises(CbeError, match="is empty in 1 row"):
        listed(pair([1, 2]).assign(criterion=["C0", "C0", None, "C0"]))


matrices = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 8), st.integers(1, 4), st.integers(1, 3)), elements=st.integers(0, 4)
)


@settings(deadline=None, max_examples=80)
@given(matrix=matrices)
def test_any_ratings_give_a_list_or_say_why_there_is_none(matrix):
    rows = [(*place, float(level) if level else np.nan) for place, level in np.ndenumerate(matrix)]
    found = listed(pd.DataFrame(rows, columns=["district", "rater", "criterion", "level"]))
    assert found.table.notna().all(axis=None)
    assert found.table["p_value"].between(0, 1).all()
    assert found.table["why"].ne("").all()
    assert found.text
