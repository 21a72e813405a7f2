"""Whatever the ratings: no crash, no silent NaN, and nothing but the ratings matters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cbe_lib import CbeError, rubric
from tests.rubric.simulated_visits import COLUMNS, LEVELS, visits

NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
cubes = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: arrays.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 1, 2, 3, 4]))
)


def table(cube):
    """0 is no rating; axes are district, criterion and rater."""
    district, criterion, rater = np.nonzero(cube)
    frame = pd.DataFrame({"district": district, "criterion": criterion, "rater": rater, "rating": cube[cube > 0]})
    return frame.assign(wave=(7 * district + 3 * criterion + rater) % 4)


@settings(deadline=None, max_examples=40)
@given(cube=cubes, time=st.sampled_from([None, "wave"]), anchors=st.sampled_from([None, {0: 2}]), nested=st.booleans())
def test_every_answer_is_a_number_or_has_a_reason(cube, time, anchors, nested):
    try:
        found = rubric.calibrate(table(cube), **COLUMNS, levels=LEVELS, time=time, anchors=anchors, nested=nested)
    except CbeError:
        return
    for part in (found.severity, found.criteria, found.thresholds, found.districts, found.variance, found.drift):
        assert (part[NUMBERS].notna().all(axis=1) | part["reason"].ne("")).all()
        assert not np.isinf(part[NUMBERS].to_numpy(float)).any()
    assert (found.checks["p_adjusted"].notna() | found.checks["reason"].ne("")).all()
    assert "nan" not in repr(found)


@settings(deadline=None, max_examples=20)
@given(cube=cubes)
def test_limits_enclose_the_estimate(cube):
    try:
        found = rubric.calibrate(table(cube), **COLUMNS, levels=LEVELS)
    except CbeError:
        return
    for part in (found.severity, found.criteria, found.thresholds, found.districts, found.variance):
        known = part.dropna(subset=NUMBERS)
        assert (known["conf_low"] <= known["estimate"]).all()
        assert (known["estimate"] <= known["conf_high"]).all()


@pytest.fixture(scope="module")
def frame():
    return visits(13, districts=15, criteria=4).drop(columns="place").sample(frac=0.9, random_state=2)


@pytest.fixture(scope="module")
def known(frame):
    return rubric.calibrate(frame, **COLUMNS, levels=LEVELS)


def test_row_order_does_not_matter(frame, known):
    shuffled = rubric.calibrate(frame.sample(frac=1, random_state=3), **COLUMNS, levels=LEVELS)
    pd.testing.assert_frame_equal(shuffled.severity, known.severity)
    pd.testing.assert_frame_equal(shuffled.districts, known.districts)


@pytest.mark.parametrize("column", ["rater", "criterion", "district"])
def test_names_do_not_matter(frame, known, column):
    renamed = frame.assign(**{column: "name " + (99 - frame[column]).astype(str)})
    found = rubric.calibrate(renamed, **COLUMNS, levels=LEVELS).severity
    found = found[::-1].reset_index(drop=True) if column == "rater" else found
    pd.testing.assert_frame_equal(found[NUMBERS], known.severity[NUMBERS], **CLOSE)


def test_labels_of_levels_do_not_matter(frame, known):
    labels = dict(zip(LEVELS, ["Exploring", "Emerging", "Proficient", "Breakthrough"], strict=True))
    named = frame.assign(rating=frame["rating"].map(labels))
    found = rubric.calibrate(named, **COLUMNS, levels=labels.values())
    pd.testing.assert_frame_equal(found.severity, known.severity)


def test_turning_the_scale_round_turns_severity_round(frame, known):
    found = rubric.calibrate(frame.assign(rating=5 - frame["rating"]), **COLUMNS, levels=LEVELS)
    estimates = [each.severity["estimate"].to_numpy() for each in (found, known)]
    assert -estimates[0] == pytest.approx(estimates[1], abs=1e-5)


def test_the_callers_table_is_not_changed(frame):
    before = frame.copy()
    rubric.calibrate(frame, **COLUMNS, levels=LEVELS)
    pd.testing.assert_frame_equal(frame, before)
