"""Raters with a planted habit are flagged for it, and others are not."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from cbe_lib import rubric
from cbe_lib.rubric.calibration.answers import holm
from tests.rubric.simulated_visits import COLUMNS, LEVELS, drawn, scores, visits

NEITHER_HARSH_NOR_LENIENT = (0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def frame():
    return visits(31, districts=40, criteria=12, severity=NEITHER_HARSH_NOR_LENIENT, each=4)


def flags(frame):
    found = rubric.calibrate(frame, **COLUMNS, levels=LEVELS)
    return found.severity.set_index("rater")["flag"].to_dict()


def test_holm_matches_statsmodels_and_keeps_missing_values():
    p_values = np.array([0.03, np.nan, 0.01, 0.5, 0.011])
    known = ~np.isnan(p_values)
    assert holm(p_values)[known] == pytest.approx(multipletests(p_values[known], method="holm")[1])
    assert np.isnan(holm(p_values)[1])


def of_rater(frame, ratings):
    """Let rater 1 give these ratings instead."""
    return frame.assign(rating=np.where(frame["rater"] == 1, ratings, frame["rating"]))


def test_raters_who_follow_the_model_are_not_flagged(frame):
    assert set(flags(frame).values()) == {""}


def test_a_rater_who_gives_a_district_one_level_for_nearly_everything_has_halo(frame):
    impression = frame.groupby(["rater", "district"])["place"].transform("mean")
    own = 1 + drawn(np.random.default_rng(1), scores(impression + 0.25 * (frame["place"] - impression)))
    assert "halo" in flags(of_rater(frame, own))[1]


def test_a_rater_who_shuns_the_ends_shows_central_tendency(frame):
    own = 1 + drawn(np.random.default_rng(2), scores(frame["place"], (-3.0, 0.0, 3.0)))
    assert "central tendency" in flags(of_rater(frame, own))[1]


def test_a_rater_who_rates_at_random_is_erratic(frame):
    own = np.random.default_rng(3).choice(LEVELS, len(frame))
    assert "erratic" in flags(of_rater(frame, own))[1]


def test_only_the_rater_with_the_habit_is_flagged(frame):
    own = np.random.default_rng(3).choice(LEVELS, len(frame))
    found = flags(of_rater(frame, own))
    assert {rater for rater, flag in found.items() if "erratic" in flag} == {1}


def drifting(frame, slope):
    """Raters visit each district in one of five years; rater 1 grows harsher."""
    years = np.random.default_rng(4).integers(2020, 2025, 40)[frame["district"]]
    place = frame["place"] - np.where(frame["rater"] == 1, slope * (years - 2022), 0)
    return frame.assign(year=years, rating=1 + drawn(np.random.default_rng(5), scores(place)))


def drift(frame, **options):
    return rubric.calibrate(frame, **COLUMNS, levels=LEVELS, time="year", **options)


def test_a_rater_who_grows_harsher_is_drifting(frame):
    found = drift(drifting(frame, 0.6))
    rows = found.drift.set_index("rater")
    assert rows["flag"].to_dict() == {0: rows["flag"][0], 1: "drifting", 2: rows["flag"][2], 3: rows["flag"][3]}
    assert rows["conf_low"][1] < 0.6 * 0.75 < rows["conf_high"][1]  # slopes have mean zero over the raters
    assert "drifting" in found.severity.set_index("rater")["flag"][1]


def test_raters_who_stay_as_they_are_do_not_drift(frame):
    assert drift(drifting(frame, 0.0)).drift["flag"].eq("").all()


def test_slopes_have_mean_zero(frame):
    assert drift(drifting(frame, 0.6)).drift["estimate"].sum() == pytest.approx(0, abs=1e-9)


def test_dates_are_read_as_years(frame):
    years = drifting(frame, 0.6)
    dates = years.assign(year=pd.to_datetime(years["year"].astype(str) + "-07-01"))
    found = [drift(each).drift["estimate"].to_numpy() for each in (years, dates)]
    assert found[1] == pytest.approx(found[0], rel=0.01)


def test_a_rater_seen_in_one_year_only_has_no_drift(frame):
    years = drifting(frame, 0.0)
    found = drift(years[(years["rater"] != 2) | (years["year"] == 2021)]).drift.set_index("rater")
    assert found["reason"][2] == "Rated at one time only."


def test_drift_against_the_consensus_needs_no_mean_zero(frame):
    years = drifting(frame, 0.6)
    units = years.drop_duplicates(["district", "criterion"])
    agreed = units.assign(rating=1 + drawn(np.random.default_rng(6), scores(units["place"])))
    rows = drift(years, anchors=agreed[["district", "criterion", "rating"]]).drift.set_index("rater")
    assert abs(rows["estimate"][1] - 0.6) < 3 * rows["std_error"][1]
    assert rows["estimate"].sum() > 0.2
