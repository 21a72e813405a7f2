"""Which further districts are near enough to visit, with distances by hand and no ranking."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import brief
from cbe_lib.errors import CbeError
from tests.brief.conftest import LEVELS, ratings


def test_a_host_is_further_where_raters_leave_no_doubt(rated):
    row = brief.hosts(rated, "001").table.iloc[0]
    assert (row["district_id"], row["standing"], row["behind"]) == ("002", "further", 0)


def test_seen_from_the_further_district_the_other_is_not_a_host(rated):
    found = brief.hosts(rated, "002")
    assert found.table["standing"].tolist() == ["not further"]
    assert found.text.startswith("Cannot tell which district has come further")


def test_distance_is_the_root_mean_square_gap_in_standard_deviations(rated):
    size, need = np.log2([800, 1600, 400]), np.array([40.0, 50.0, 20.0])
    gaps = [(values[1] - values[0]) / values.std(ddof=1) for values in (size, need)]
    distance = brief.hosts(rated, "001").table.loc[0, "distance"]
    assert distance == pytest.approx(np.sqrt(np.mean(np.square(gaps))))


def test_there_is_no_rank_and_the_notes_say_so(rated):
    found = brief.hosts(rated, "001")
    assert not {"rank", "score"} & set(found.table.columns)
    assert found.notes[0] == "No ranking: the order is nearness in size and need."


def test_equally_near_hosts_are_called_so(rated):
    rated["districts"] = rated["districts"].assign(enrollment=[800, 1600, 1600], lunch=[40.0, 50.0, 50.0])
    high = dict.fromkeys(LEVELS, "Breakthrough")
    rated["ratings"] = pd.concat([rated["ratings"], ratings("003", high)], ignore_index=True)
    assert "Equally near, as distances differ by less than 0.1: Birch and Cedar." in brief.hosts(rated, "001").notes


def test_a_district_without_rollout_and_ratings_is_held_against_the_lowest_level(rated):
    found = brief.hosts(rated, "003")
    assert "Not rated, no rollout: held against the lowest level." in found.notes
    assert found.table.set_index("district_id").loc["002", "standing"] == "further"


def test_a_district_with_rollout_but_without_ratings_cannot_tell(rated):
    rated["outcomes"].loc[rated["outcomes"]["district_id"] == "003", "rollout_year"] = 2015
    assert set(brief.hosts(rated, "003").table["standing"]) == {"cannot tell"}


def test_one_rater_alone_leaves_every_dimension_open(rated):
    rated["ratings"] = rated["ratings"][rated["ratings"]["rater"] == "rater 0"]
    row = brief.hosts(rated, "001").table.iloc[0]
    assert (row["standing"], row["open"], row["n_rated"]) == ("cannot tell", 4, 4)


def test_without_ratings_nobody_is_a_host(bare):
    found = brief.hosts(bare, "001")
    assert found.table.empty
    assert "No district is rated: who has come further cannot be told." in found.notes


def test_without_size_and_need_the_distance_is_a_reason(rated):
    rated["districts"] = rated["districts"][["district_id", "name"]]
    row = brief.hosts(rated, "001").table.iloc[0]
    assert pd.isna(row["distance"])
    assert row["reason"] == "distance: cannot tell, size and need are not known for both"


@pytest.mark.parametrize("n", [0, 1.5, True])
def test_a_number_of_hosts_that_makes_no_sense_is_refused(rated, n):
    with pytest.raises(CbeError, match="`n` must be a whole number, 1 or more"):
        brief.hosts(rated, "001", n=n)
