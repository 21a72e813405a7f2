"""Agreement per criterion and per dimension: the numbers of `agreement`, with a status that the interval must earn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cbe_lib import rubric
from cbe_lib.errors import CbeError

LEVELS = [1, 2, 3, 4]
COLUMNS = {"rater": "rater", "rating": "level", "levels": LEVELS}


def rated(rng, noise, districts=40, raters=3):
    """A row for each district, criterion and rater; `noise` holds the raters' error on each criterion."""
    rows = []
    for criterion, error in noise.items():
        seen = rng.normal(size=(districts, 1)) + error * rng.normal(size=(districts, raters))
        for (district, rater), value in np.ndenumerate(np.digitize(seen, [-0.8, 0, 0.8]) + 1):
            rows.append((f"district {district}", criterion, f"rater {rater}", int(value)))
    return pd.DataFrame(rows, columns=["district", "criterion", "rater", "level"])


def by_criterion(frame, **options):
    return rubric.agreement_by(frame, by="criterion", unit="district", **{**COLUMNS, **options})


def alphas(found):
    return found.table.query("coefficient == 'krippendorff_alpha'").set_index(found.by)


def test_each_criterion_has_the_numbers_of_its_own_ratings():
    frame = rated(np.random.default_rng(1), {"D1.1": 0.3, "D1.2": 0.8})
    alone = rubric.agreement(frame.query("criterion == 'D1.2'"), unit="district", **COLUMNS).table
    part = by_criterion(frame).table.query("criterion == 'D1.2'").reset_index(drop=True)
    pd.testing.assert_frame_equal(part[alone.columns], alone)


def test_a_dimension_takes_district_and_criterion_as_its_unit():
    frame = rated(np.random.default_rng(1), {"D1.1": 0.3, "D1.2": 0.8, "D2.1": 0.5})
    frame["dimension"] = frame["criterion"].str[:2]
    found = rubric.agreement_by(frame, by="dimension", unit=["district", "criterion"], **COLUMNS)
    cells = frame.assign(cell=frame["district"] + frame["criterion"]).query("dimension == 'D1'")
    alone = rubric.agreement(cells, unit="cell", **COLUMNS).table
    part = found.table.query("dimension == 'D1'").reset_index(drop=True)
    pd.testing.assert_frame_equal(part[alone.columns], alone)
    assert alphas(found)["units"].to_dict() == {"D1": 80, "D2": 40}


def test_status_must_be_earned_by_the_interval():
    frame = rated(np.random.default_rng(2), {"firm": 0.2, "few": 0.2, "loose": 0.6, "noise": 4.0}, districts=80)
    few = frame[(frame["criterion"] != "few") | frame["district"].isin([f"district {place}" for place in range(6)])]
    table = alphas(by_criterion(few))
    assert table["status"].to_dict() == {
        "few": "tentative",
        "firm": "report",
        "loose": "tentative",
        "noise": "do not report",
    }
    assert table.loc["few", "estimate"] > 0.67


def test_percent_agreement_is_not_judged_and_what_is_undefined_cannot_be_told():
    frame = rated(np.random.default_rng(2), {"D1.1": 0.4}).assign(level=3)
    status = by_criterion(frame).table.set_index("coefficient")["status"]
    assert status["percent_agreement"] == "not judged"
    assert status["krippendorff_alpha"] == "cannot tell"


def test_verbal_bands_come_with_their_probability_in_every_group():
    found = by_criterion(rated(np.random.default_rng(3), {"a": 0.3, "b": 0.9})).benchmark
    total = found.groupby(["criterion", "coefficient"])["probability"].sum()
    assert total.to_numpy() == pytest.approx(1)
    assert set(found["criterion"]) == {"a", "b"}


def test_the_notes_count_the_intervals_that_miss_by_chance():
    frame = rated(np.random.default_rng(3), {f"criterion {place}": 0.5 for place in range(20)}, districts=15)
    assert "of 20, about 1.0 miss their truth" in by_criterion(frame).notes[0]


def test_categories_keep_their_order_and_unused_ones_stay_away():
    frame = rated(np.random.default_rng(3), {"purpose": 0.5, "equity": 0.5})
    frame["criterion"] = pd.Categorical(frame["criterion"], ["purpose", "none", "equity"])
    assert list(alphas(by_criterion(frame)).index) == ["purpose", "equity"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"by": "criterium"}, "no column 'criterium'"),
        ({"tentative_below": 0.3}, "must not exceed"),
        ({"tentative_below": "high"}, "must be numbers"),
        ({"levels": [1, 2, 3]}, "not declared levels"),
        ({"levels": None}, "needs levels="),
        ({"unit": "rater"}, "more than one rating"),
    ],
)
def test_mistakes_are_named(change, message):
    frame = rated(np.random.default_rng(3), {"a": 0.5})
    with pytest.raises(CbeError, match=message):
        rubric.agreement_by(frame, **{"by": "criterion", "unit": "district", **COLUMNS, **change})


def test_rows_without_a_group_are_refused():
    frame = rated(np.random.default_rng(3), {"a": 0.5})
    frame.loc[[2, 5], "criterion"] = None
    with pytest.raises(CbeError, match=r"empty in 2 rows \(index 2, 5\)"):
        by_criterion(frame)


def test_a_group_may_not_bear_the_name_of_a_column_of_the_table():
    with pytest.raises(CbeError, match="column 'units' of its own"):
        rubric.agreement_by(
            rated(np.random.default_rng(3), {"a": 1}).assign(units=1), by="units", unit="district", **COLUMNS
        )


def test_an_empty_table_is_refused():
    with pytest.raises(CbeError, match="holds no rows"):
        by_criterion(rated(np.random.default_rng(3), {"a": 1}).iloc[:0])


def test_order_of_rows_and_names_do_not_matter():
    frame = rated(np.random.default_rng(4), {"a": 0.4, "b": 0.7})
    other = frame.sample(frac=1, random_state=1).replace({"rater": {"rater 0": "Zoe", "rater 2": "Al"}})
    a, b = by_criterion(frame).table, by_criterion(other).table
    pd.testing.assert_frame_equal(a, b)


matrices = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 8), st.integers(1, 4), st.integers(1, 3)), elements=st.integers(0, 4)
)


@settings(deadline=None, max_examples=60)
@given(matrix=matrices)
def test_every_group_has_a_status_and_numbers_or_reasons(matrix):
    rows = [(*place, float(level) if level else np.nan) for place, level in np.ndenumerate(matrix)]
    frame = pd.DataFrame(rows, columns=["district", "rater", "criterion", "level"])
    table = by_criterion(frame).table
    assert len(table) == 7 * matrix.shape[2]
    assert (table[["estimate", "conf_low"]].notna().all(axis=1) | table["reason"].ne("")).all()
    assert table["status"].ne("").all()
