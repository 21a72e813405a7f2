"""Severity against independent answers, and what the tables hold."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from cbe_lib import rubric
from tests.rubric.conftest import CASES
from tests.rubric.simulated_visits import COLUMNS, LEVELS, visits

TRUE = [-1.0, 0.0, 0.0, 1.0]


def calibrate(frame, **options):
    return rubric.calibrate(frame, **COLUMNS, levels=LEVELS, **options)


def severity(result):
    return result.severity.set_index("rater")


@pytest.fixture(scope="module")
def frame():
    return visits(7, severity=TRUE)


@pytest.fixture(scope="module")
def found(frame):
    return calibrate(frame)


@pytest.fixture(scope="module")
def from_mirt():
    return json.loads((CASES / "mfrm_mirt_one_level.json").read_text())


@pytest.fixture(scope="module")
def like_mirt(from_mirt):
    return calibrate(pd.DataFrame(from_mirt["long"]), nested=False)


def test_one_level_severities_agree_with_mirt(from_mirt, like_mirt):
    known = from_mirt["expected"]
    assert like_mirt.severity["estimate"].tolist() == pytest.approx(known["severity"], abs=2e-5)
    assert like_mirt.severity["std_error"].tolist() == pytest.approx(known["severity_std_error"], abs=2e-5)


def test_one_level_spread_of_districts_agrees_with_mirt(from_mirt, like_mirt):
    assert like_mirt.variance["estimate"][0] == pytest.approx(from_mirt["expected"]["sigma"], abs=2e-5)


def test_one_level_criteria_and_thresholds_agree_with_mirt(from_mirt, like_mirt):
    items, steps = (np.array(from_mirt["expected"][name]) for name in ("difficulty", "threshold"))
    assert like_mirt.criteria["estimate"].to_numpy() == pytest.approx(items - items.mean(), abs=2e-5)
    assert like_mirt.thresholds["estimate"].to_numpy() == pytest.approx(steps + items.mean(), abs=2e-5)


def test_districts_agree_with_mirt(from_mirt, like_mirt):
    known = from_mirt["expected"]
    assert like_mirt.districts["estimate"].tolist() == pytest.approx(known["theta"], abs=1e-4)
    assert like_mirt.districts["std_error"].tolist() == pytest.approx(known["theta_std_error"], abs=1e-4)


def test_true_severities_lie_within_their_intervals_stretched_to_four_standard_errors(found):
    rows = found.severity
    assert (np.abs(rows["estimate"] - TRUE) < 4 * rows["std_error"]).all()


def test_both_spreads_are_found(found):
    rows = found.variance.set_index("component")
    assert rows.loc["district", "conf_low"] < 1.2 < rows.loc["district", "conf_high"]
    assert rows.loc["criterion within district", "conf_low"] < 0.8 < rows.loc["criterion within district", "conf_high"]


def test_severities_have_mean_zero(found):
    assert found.severity["estimate"].sum() == pytest.approx(0, abs=1e-9)


def test_harsh_and_lenient_raters_are_named(found):
    assert severity(found)["flag"].to_dict() == {0: "lenient", 1: "", 2: "", 3: "harsh"}


def test_text_names_raters_and_ends_with_a_caution(found):
    assert "harsher" in found.text
    assert found.text.endswith("before levels are used.")


def test_text_says_how_many_levels_two_raters_differ(found, frame):
    mean = frame.groupby("rater")["rating"].mean()
    stated = re.search(r"3 would give about ([0-9.]+) levels less than 0", found.text)
    assert float(stated[1]) == pytest.approx(mean[0] - mean[3], abs=0.15)


def test_ignoring_the_spread_of_criteria_brings_raters_too_near_and_intervals_too_short(found, frame):
    flat = calibrate(frame, nested=False)
    assert np.ptp(flat.severity["estimate"]) < np.ptp(found.severity["estimate"])
    assert (flat.severity["std_error"] < found.severity["std_error"]).all()
    assert any("misleads" in note for note in flat.notes)


def test_the_note_on_the_one_level_model_carries_the_ratio_of_the_intervals(found, frame):
    flat = calibrate(frame, nested=False)
    ratio = flat.severity["std_error"].mean() / found.severity["std_error"].mean()
    assert found.nesting.interval_ratio == pytest.approx(ratio, abs=1e-6)
    assert found.nesting.p_value < 0.001


def test_without_a_spread_of_criteria_the_models_coincide():
    frame = visits(0, spread=(1.2, 0.0))
    deep, flat = calibrate(frame), calibrate(frame, nested=False)
    assert deep.variance["estimate"][1] == 0
    assert "boundary" in deep.variance["reason"][1]
    pd.testing.assert_frame_equal(deep.severity, flat.severity)


def test_ratings_coded_before_give_the_same_answer(frame, found):
    units = frame.assign(unit=list(zip(frame["district"], frame["criterion"], strict=True)))
    coded = rubric.Ratings(units, unit="unit", rater="rater", rating="rating", levels=LEVELS)
    pd.testing.assert_frame_equal(rubric.calibrate(coded).severity, found.severity)


def test_consensus_levels_say_how_lenient_everybody_is():
    frame = visits(5, severity=(-1.5, -1.0, -0.5), each=3, districts=40)
    best = {(d, c): int(np.searchsorted([-1.6, 0.0, 1.6], p)) + 1 for d, c, p in true_places(frame)}
    rows = calibrate(frame, anchors=best).severity
    assert (rows["conf_high"] < 0.2).all()
    assert (rows["flag"] != "").sum() >= 2


def true_places(frame):
    place = frame["place"] + np.array([-1.5, -1.0, -0.5])[frame["rater"]]
    return zip(frame["district"], frame["criterion"], place, strict=True)


def test_anchors_may_be_a_table_or_one_level_for_a_whole_district(frame):
    pairs = {(0, criterion): 2 for criterion in range(6)}
    table = pd.DataFrame([(*key, level) for key, level in pairs.items()], columns=["district", "criterion", "rating"])
    by_pair, by_table, by_district = (calibrate(frame, anchors=each).severity for each in (pairs, table, {0: 2}))
    pd.testing.assert_frame_equal(by_pair, by_table)
    pd.testing.assert_frame_equal(by_pair, by_district)


def test_districts_are_shrunken_towards_their_mean(found, frame):
    rows = found.districts.set_index("district")
    assert rows["ratings"].eq(18).all()
    assert rows["estimate"].corr(frame.groupby("district")["rating"].mean()) > 0.95
    assert rows["estimate"].std() < found.variance["estimate"][0]


def test_rows_without_a_rating_are_counted(frame):
    blank = frame.assign(rating=frame["rating"].where(frame.index > 1))
    assert "2 rows without a rating left out." in calibrate(blank).notes
