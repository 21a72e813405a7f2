"""What cannot be told, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, rubric
from tests.rubric.simulated_visits import COLUMNS, LEVELS, visits


@pytest.fixture(scope="module")
def frame():
    return visits(17, districts=12, criteria=4)


def calibrate(frame, **options):
    return rubric.calibrate(frame, **COLUMNS, levels=LEVELS, **options)


def test_raters_that_share_no_district_are_refused_and_their_groups_listed(frame):
    with pytest.raises(CbeError, match=r"2 groups.*group 1: 0, 1; group 2: 2, 3.*anchors="):
        calibrate(parted(frame))


def parted(frame):
    """Raters 0 and 1 see the first districts only, raters 2 and 3 the others only."""
    return frame[(frame["rater"] < 2) == (frame["district"] < 6)]


def test_a_consensus_seen_by_both_groups_links_them(frame):
    rows = calibrate(parted(frame), anchors={0: 2, 1: 3, 7: 2, 8: 3}).severity
    assert rows["estimate"].notna().all()


def test_a_consensus_seen_by_one_group_does_not(frame):
    with pytest.raises(CbeError, match=r"group 1: 0, 1, the consensus of `anchors`; group 2: 2, 3"):
        calibrate(parted(frame), anchors={0: 2, 1: 3})


def test_raters_that_each_rate_another_criterion_cannot_be_compared(frame):
    with pytest.raises(CbeError, match="4 groups"):
        calibrate(frame[frame["rater"] == frame["criterion"]])


def test_a_rater_who_only_gave_the_lowest_level_is_harsh_beyond_a_bound(frame):
    row = (
        calibrate(frame.assign(rating=frame["rating"].where(frame["rater"] != 2, 1))).severity.set_index("rater").loc[2]
    )
    assert np.isnan(row["estimate"])
    assert row["conf_low"] > 0
    assert row["flag"] == "harsh"
    assert "only the lowest level" in row["reason"]


def test_the_bound_of_a_rater_off_the_scale_mirrors_when_the_scale_is_turned_round(frame):
    low = frame.assign(rating=frame["rating"].where(frame["rater"] != 2, 1))
    rows = [calibrate(each).severity.set_index("rater").loc[2] for each in (low, low.assign(rating=5 - low["rating"]))]
    assert rows[0]["conf_low"] == pytest.approx(-rows[1]["conf_high"], abs=1e-4)
    assert rows[1]["flag"] == "lenient"


def test_all_ratings_on_one_level_leave_nothing_to_tell(frame):
    found = calibrate(frame.assign(rating=2))
    assert found.severity["estimate"].isna().all()
    assert found.text.startswith("Cannot tell how harsh the raters are.")


def test_one_rater_has_nobody_to_be_compared_with(frame):
    found = calibrate(frame[frame["rater"] == 1])
    assert found.severity["reason"].tolist() == ["There is no other rater to compare with."]
    assert found.criteria["estimate"].notna().all()


def test_one_district_tells_severities_but_no_spread(frame):
    found = calibrate(visits(23, districts=1, criteria=30))
    assert found.severity["estimate"].notna().all()
    assert found.variance["reason"].str.startswith("Cannot be told").all()


def test_one_criterion_tells_severities_but_no_spread_of_criteria(frame):
    found = calibrate(visits(29, districts=40, criteria=1))
    assert found.severity["estimate"].notna().all()
    assert found.variance["estimate"].notna().tolist() == [True, False]
    assert found.nesting.reason.startswith("Cannot be told")


def test_a_level_that_nobody_gave_has_no_threshold(frame):
    rows = calibrate(frame.assign(rating=frame["rating"].clip(upper=3))).thresholds
    assert rows["estimate"].notna().tolist() == [True, True, False]
    assert "do not use" in rows["reason"].iloc[2]


def test_a_criterion_at_one_end_of_the_scale_is_left_out_by_name(frame):
    found = calibrate(frame.assign(rating=frame["rating"].where(frame["criterion"] != 3, 1)))
    assert "only the lowest level" in found.criteria["reason"].iloc[3]
    assert "Criteria at one end of the scale only, left out of the fit: 3." in found.notes


def test_few_districts_are_said_to_be_few(frame):
    assert any(note.startswith("5 district(s) only") for note in calibrate(frame[frame["district"] < 5]).notes)


def test_no_ratings_at_all_are_no_crash():
    assert calibrate(pd.DataFrame(columns=list(COLUMNS.values()))).text.endswith("There are no ratings.")


def test_columns_that_are_missing_are_named(frame):
    with pytest.raises(CbeError, match="has no column 'rater'"):
        calibrate(frame.drop(columns="rater"))


def test_columns_that_are_not_named_are_asked_for(frame):
    with pytest.raises(CbeError, match="needs criterion=, levels="):
        rubric.calibrate(frame, district="district", rater="rater", rating="rating")


def test_an_empty_district_is_named_with_its_row(frame):
    blank = frame.assign(district=frame["district"].astype(float).where(frame.index != 4))
    with pytest.raises(CbeError, match=r"'district' is empty in 1 row \(index 4\)"):
        calibrate(blank)


def test_undeclared_levels_are_refused(frame):
    with pytest.raises(CbeError, match="not declared levels"):
        rubric.calibrate(frame, **COLUMNS, levels=[1, 2, 3])


def test_a_criterion_rated_twice_by_one_rater_is_refused(frame):
    with pytest.raises(CbeError, match="more than one rating in 2 rows"):
        calibrate(pd.concat([frame, frame.head(1)], ignore_index=True))


@pytest.mark.parametrize(
    ("anchors", "message"),
    [
        ({99: 2}, "no district"),
        ({(0, 99): 2}, "no criterion"),
        ({0: 7}, "no declared level"),
        ([2], "must be a mapping or a table"),
        ({}, "No unit of `anchors` was rated"),
    ],
)
def test_anchors_that_name_nothing_are_refused(frame, anchors, message):
    with pytest.raises(CbeError, match=message):
        calibrate(frame, anchors=anchors)


def test_units_that_are_no_pairs_are_refused(frame):
    coded = rubric.Ratings(frame.drop_duplicates(["district", "rater"]), **UNIT, levels=LEVELS)
    with pytest.raises(CbeError, match="pairs of district and criterion"):
        rubric.calibrate(coded)


UNIT = {"unit": "district", "rater": "rater", "rating": "rating"}


def test_times_that_are_no_times_are_named(frame):
    with pytest.raises(CbeError, match=r"neither a number nor a date in 1 row \(index 3\)"):
        calibrate(frame.assign(when=frame["rater"].astype(object).where(frame.index != 3, "spring")), time="when")


@pytest.mark.parametrize("level", [0, 1, "95"])
def test_a_level_that_is_no_coverage_is_refused(frame, level):
    with pytest.raises(CbeError, match="`level` must lie between 0 and 1"):
        calibrate(frame, level=level)


def test_a_consensus_on_criteria_off_the_scale_anchors_nothing(frame):
    low = frame.assign(rating=frame["rating"].where(frame["criterion"] != 3, 1))
    found = calibrate(low, anchors={(0, 3): 1})
    assert not found.anchored
    assert found.severity["estimate"].sum() == pytest.approx(0, abs=1e-9)
