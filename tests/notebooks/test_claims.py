"""Figures that the prose of the lessons states agree with the numbers that they were read from."""

from pathlib import Path

import pytest

from cbe_lib import dip, samples

TEXT = (Path(__file__).parents[2] / "notebooks" / "01_implementation_dip.ipynb").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("fall", "as_reported", "year_means_removed"), [(3, 0.758, 0.624), (5, 0.604, 0.489), (10, 0.342, 0.260)]
)
def test_false_alarms_in_michigan(fall, as_reported, year_means_removed):
    michigan = samples.load("michigan_math4")
    shares = [dip.naive(michigan, fall=fall, minus_year_mean=removed).share for removed in (False, True)]
    assert [round(share, 3) for share in shares] == [as_reported, year_means_removed]
    assert f"{as_reported:.3f}" in TEXT
    assert f"{year_means_removed:.3f}" in TEXT


@pytest.mark.parametrize(("students", "points"), [(40, 31), (240, 13), (750, 7)])
def test_smallest_change_between_two_years(students, points):
    answer = dip.detectable(6, 9, n_tested=students).table.set_index("term")["estimate"]
    assert round(answer["year_to_year"]) == points


@pytest.mark.parametrize(
    "caveat",
    [
        "**one** district that changed",
        "**two years before**",
        "from 71% to 81%",
        "dates the switch a year earlier",
        "**Rates are not scores**",
        "lowest of 38 in 2010 and in 2011",
        "all 121 districts",
        "only the 12th",
    ],
)
def test_westminster_never_stands_without_its_caveats(caveat):
    assert caveat in TEXT
