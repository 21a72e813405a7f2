"""School years in the spellings of real files, and what each must not be taken for."""

import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from cbe_lib.ingest.years import parse_years


def years(*raw, heading="Year", **declared):
    values, findings = parse_years(pd.Series(list(raw), dtype="str"), heading, **declared)
    return [None if pd.isna(year) else year for year in values], {each.rule: each for each in findings}


@pytest.mark.parametrize(
    "spelling",
    [
        *["2014-15", "2014–15", "2014-2015", "2014/15", "2014_15", "2014 - 2015", "14-15", "'14-'15", "1415"],
        *["SY15", "SY2015", "SY 2014-15", "SY1415", "FY2015", "FY15", "Spring 2015", "May 2015", "2014-15 School Year"],
    ],
)
def test_every_spelling_gives_the_spring_year(spelling):
    values, findings = years(spelling)
    assert values == [2015]
    assert {each.action for each in findings.values()} == {"handled"}


def test_the_turn_of_the_century_is_no_trap():
    assert years("1999-00", "1999-2000", "9900", "98-99")[0] == [2000, 2000, 2000, 1999]


def test_a_bare_year_needs_a_meaning():
    values, findings = years("2015", "2015.0")
    assert values == [None, None]
    assert "year_means='end' for 2014-15, 'start' for 2015-16" in findings["bare year"].advice


def test_a_declared_meaning_settles_bare_years():
    assert years("2015", year_means="end")[0] == [2015]
    assert years("2015", year_means="start")[0] == [2016]


@pytest.mark.parametrize(
    ("heading", "year"), [("School Year Ending", 2015), ("Spring", 2015), ("year_end", 2015), ("Fall of", 2016)]
)
def test_a_heading_can_give_the_meaning(heading, year):
    values, findings = years("2015", heading=heading)
    assert values == [year]
    assert [each.action for each in findings.values()] == ["handled"]


def test_a_declared_meaning_outranks_the_heading():
    assert years("2015", heading="Fall of", year_means="end")[0] == [2015]


def test_four_digits_that_may_be_either_follow_their_column():
    assert years("2021", "1920")[0] == [2021, 2020]
    assert years("2021")[0] == [None]


@pytest.mark.parametrize("cell", ["2014-16", "2015-14", "15", "spring", "20145"])
def test_what_is_no_school_year_is_refused(cell):
    values, findings = years(cell)
    assert (values, findings["not a school year"].action) == ([None], "rejected")


def test_years_far_off_are_refused():
    assert list(years("3015", year_means="end")[1]) == ["year out of range"]


@pytest.mark.parametrize("cell", ["2011-12-01 00:00:00", "Dec-11"])
def test_a_school_year_turned_into_a_date_is_refused_with_the_likely_year(cell):
    values, findings = years(cell)
    assert values == [None]
    assert "Most likely 2011-12" in findings["school year turned into a date"].advice
    assert years(cell, dates_as_ranges=True)[0] == [2012]


def test_another_date_is_no_school_year():
    assert list(years("2015-05-18")[1]) == ["date in a column of years"]


def test_a_fall_year_is_asked_about_and_can_be_shifted():
    values, findings = years("Fall 2014")
    assert (values, findings["tested in the fall"].action) == ([2015], "warned")
    assert years("Fall 2014", year_means="end")[0] == [2014]


def test_blank_cells_stay_blank_without_a_word():
    assert years(None, "N/A", "") == ([None, None, None], {})


def test_an_unknown_meaning_is_refused():
    with pytest.raises(CbeError, match='must be "end" or "start"'):
        years("2015", year_means="middle")
