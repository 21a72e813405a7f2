"""Ids that a spreadsheet has shortened, turned into numbers, or into dates."""

import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from cbe_lib.ingest.ids import parse_ids


def ids(*raw, heading="LEAID", width=None):
    values, findings = parse_ids(pd.Series(list(raw), dtype="str"), heading, width)
    return [None if pd.isna(cell) else cell for cell in values], {each.rule: each for each in findings}


def test_lost_zeros_are_restored_to_the_declared_width_and_counted():
    values, findings = ids("200070", "0200070", "30", width=7)
    assert values == ["0200070", "0200070", "0000030"]
    assert findings["leading zeros restored"].rows.tolist() == [0, 2]


def test_without_a_width_nothing_is_padded_but_a_warning_names_it():
    values, findings = ids("030", "30", heading="District Code")
    assert values == ["030", "30"]
    assert "id_width=3" in findings["leading zeros may be lost"].advice


def test_the_width_of_a_federal_id_is_known_but_only_warned_of():
    assert "id_width=7" in ids("200070")[1]["leading zeros may be lost"].advice


@pytest.mark.parametrize(
    ("cell", "whole"), [("3305700.0", "3305700"), ("3.305700E+06", "3305700"), ("'0012", "0012"), ('="0012"', "0012")]
)
def test_an_id_whose_digits_are_all_there_is_taken(cell, whole):
    values, findings = ids(cell, heading="id")
    assert values == [whole]
    assert {each.action for each in findings.values()} == {"handled"}


def test_an_id_that_lost_digits_is_refused():
    values, findings = ids("2.31E+06", width=7)
    assert values == [None]
    assert "Only 3 of 7 digits" in findings["digits of an id lost"].advice


@pytest.mark.parametrize("cell", ["12.5", "-4", "#REF!", "12-Oct", "12345678", "1\n2"])
def test_what_cannot_be_an_id_is_refused(cell):
    values, findings = ids(cell, width=7)
    assert values == [None]
    assert [each.action for each in findings.values()] == ["rejected"]


def test_ids_with_letters_stay_as_they_are():
    assert ids("CO-0020", " Alder  Ridge ", width=7)[0] == ["CO-0020", "Alder Ridge"]


@pytest.mark.parametrize("width", [0, 31, "7", True])
def test_an_impossible_width_is_refused(width):
    with pytest.raises(CbeError, match="`id_width` must be a whole number"):
        ids("1", width=width)
