"""Cells of rates and counts as they stand in real files: read, kept as an interval, left missing, or refused."""

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cbe_lib.ingest import cells
from cbe_lib.ingest.texts import is_blank


def texts(*raw):
    return pd.Series(list(raw), dtype="str")


def rates(*raw, **declared):
    return cells.parse_rates(texts(*raw), "Pct Proficient", **declared)


def counts(*raw, **declared):
    return cells.parse_counts(texts(*raw), "N Tested", **declared)


def numbers(column):
    return [None if pd.isna(cell) else cell for cell in column]


def found(parsed, action):
    return {each.rule: each for each in parsed.findings if each.action == action}


@pytest.mark.parametrize(
    ("cell", "percent"),
    [
        ("81.6", 81.6),
        (" 81.6 % ", 81.6),
        ("81.6 percent", 81.6),
        ("8.16E+01", 81.6),
        ("0", 0),
        ("100.0", 100),
        ("81.6*", 81.6),
        ("81.6†", 81.6),
        ("81.6¹", 81.6),
        ("81.6 [2]", 81.6),
        ("\ufeff81.6\u00a0", 81.6),
        ("0.7%", 0.7),
    ],
)
def test_a_number_is_read_whatever_is_written_around_it(cell, percent):
    assert rates("45.0", cell).value.tolist() == [45.0, percent]


def test_a_raised_digit_is_a_footnote_and_not_a_decimal():
    assert rates("81.6¹").value.tolist() == [81.6]
    assert list(found(rates("81.6¹"), "handled")) == ["footnote mark removed"]


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        (">=95", 95, 100),
        ("≥ 80", 80, 100),
        ("GE95", 95, 100),
        ("> 95%", 95, 100),
        ("95 or more", 95, 100),
        ("95% or above", 95, 100),
        ("95+", 95, 100),
        ("at least 95", 95, 100),
        ("<5", 0, 5),
        ("LT50", 0, 50),
        ("LE5", 0, 5),
        ("5 or fewer", 0, 5),
        ("45-49", 45, 49),
        ("21–39", 21, 39),
        ("21% to 39%", 21, 39),
        ("21â€“39", 21, 39),
    ],
)
def test_top_codes_and_ranges_are_intervals_and_never_midpoints(cell, low, high):
    parsed = rates(cell)
    assert (numbers(parsed.value), parsed.lo.tolist(), parsed.hi.tolist()) == ([None], [low], [high])
    assert parsed.reason[0].startswith("published as")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("*", "suppressed"),
        ("**", "suppressed"),
        ("LNE", "suppressed"),
        ("tfs", "suppressed: too few students"),
        ("PS", "suppressed for privacy"),
        ("DS", "suppressed"),
        ("n<10", "suppressed: fewer than 10 students"),
        ("N < 5", "suppressed: fewer than 5 students"),
        ("Fewer than 10 students", "suppressed: fewer than 10 students"),
        ("", "blank in the file"),
        ("  ", "blank in the file"),
        ("--", "blank in the file"),
        ("N/A", "blank in the file"),
        ("NULL", "blank in the file"),
        ("Not Available", "blank in the file"),
        (None, "blank in the file"),
    ],
)
def test_a_hidden_or_blank_cell_is_missing_with_its_reason(cell, reason):
    parsed = rates("50.0", cell)
    assert numbers(parsed.value) == [50.0, None]
    assert parsed.reason[1] == reason
    assert not found(parsed, "rejected")


@pytest.mark.parametrize(
    ("cell", "rule", "advice"),
    [
        ("15-Oct", "range turned into a date", "Most likely 10-15"),
        ("Oct-15", "range turned into a date", "Most likely 10-15"),
        ("2015-10-15 00:00:00", "range turned into a date", "Most likely 10-15"),
        ("10/15/2019", "range turned into a date", "Most likely 10-15"),
        ("1939-10-01 00:00:00", "range turned into a date", "Most likely 10-39"),
        ("Oct-39", "range turned into a date", "Most likely 10-39"),
        ("43753", "above 100%", "2019-10-15, most likely the range 10-15"),
        ("-9", "negative number", "sentinels=(-9,)"),
        ("−1", "negative number", "sentinels=(-1,)"),
        ("#VALUE!", "spreadsheet error", "correct the cell"),
        ("#DIV/0!", "spreadsheet error", "correct the cell"),
        ("######", "spreadsheet error", "too narrow"),
        ("withhold", "unknown word", "suppressed={'withhold': 'reason'}"),
        ("45 (12)", "unknown word", "correct the cell"),
        ("81,6", "unknown word", "Most likely 81.6"),
        ("45.2\r\n47.1", "two answers in one cell", "own row"),
        ("45.2; 47.1", "two answers in one cell", "own row"),
        ("45 / 47", "two answers in one cell", "own row"),
        ("100.1", "above 100%", "ends at 100"),
        ("49-45", "impossible range", "lower end"),
        ("95-105", "impossible range", "ends at 100"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice_and_left_missing(cell, rule, advice):
    parsed = rates("50.0", cell)
    finding = found(parsed, "rejected")[rule]
    assert advice in finding.advice
    assert (finding.rows.tolist(), list(finding.cells)) == ([1], [cell])
    assert numbers(parsed.value) == [50.0, None]
    assert parsed.reason[1] == f"rejected: {rule}"


def test_each_refused_cell_has_its_own_advice():
    finding = found(rates("15-Oct", "50", "12-Nov"), "rejected")["range turned into a date"]
    assert [line[:17] for line in finding.advice] == ["Most likely 10-15", "Most likely 11-12"]


def test_dates_are_read_as_ranges_on_consent():
    parsed = rates("15-Oct", "1939-10-01 00:00:00", dates_as_ranges=True)
    assert (parsed.lo.tolist(), parsed.hi.tolist()) == ([10, 10], [15, 39])
    assert list(found(parsed, "rejected")) == []


def test_declared_codes_and_sentinels_are_missing_with_the_declared_reason():
    parsed = rates("xy", "-9", "50", suppressed={"XY": "under review"}, sentinels=(-9,))
    assert parsed.reason.tolist()[:2] == ["under review", "declared as missing: -9"]
    assert not found(parsed, "rejected")


def test_a_column_of_shares_becomes_percent_as_a_whole():
    parsed = rates("0.697", ".5", "1.0", "0", ">=.95", "69.7%")
    assert numbers(parsed.value) == [69.7, 50.0, 100.0, 0.0, None, 69.7]
    assert parsed.lo.tolist()[4] == 95
    assert found(parsed, "handled")["share turned into percent"].rows.tolist() == [0, 1, 2]


def test_a_percent_among_shares_is_refused():
    parsed = rates("0.697", "0.55", "0.4", "81.6*")
    assert numbers(parsed.value) == [69.7, 55.0, 40.0, None]
    assert list(found(parsed, "rejected")) == ["percent among shares"]


@pytest.mark.parametrize("column", [("69.7", "0.697", "70.1"), ("69.7%", "0.697"), ("0.697", "69.7", "69.7%")])
def test_a_share_among_percents_is_refused(column):
    parsed = rates(*column)
    assert found(parsed, "rejected")["share among percents"].rows.tolist() == [column.index("0.697")]
    assert set(numbers(parsed.value)) <= {69.7, 70.1, None}


def test_small_percents_beside_other_small_ones_stay_percents():
    assert rates("0.5", "12.3", "2.1", "1.4", "0.8").value.tolist() == [0.5, 12.3, 2.1, 1.4, 0.8]


def test_a_column_of_ones_may_be_1_or_100_percent_and_is_refused():
    parsed = rates("1", "0", "1")
    assert numbers(parsed.value) == [None, 0.0, None]
    assert list(found(parsed, "rejected")) == ["1 may be 1% or 100%"]


@pytest.mark.parametrize(
    ("cell", "count"), [("1,234", 1234), ("1 234", 1234), ("1234.0", 1234), (" 40 ", 40), ("40*", 40), ("0", 0)]
)
def test_a_count_is_read_whatever_is_written_around_it(cell, count):
    assert counts(cell).value.tolist() == [count]


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [("11-20", 11, 20), ("<10", 0, 9), (">500", 501, None), ("10 or fewer", 0, 10)],
)
def test_a_band_of_students_is_an_interval(cell, low, high):
    parsed = counts(cell)
    assert numbers(parsed.value) + numbers(parsed.lo) + numbers(parsed.hi) == [None, low, high]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("12.5", "not a whole number"),
        ("97%", "percent in a column of counts"),
        ("-3", "negative number"),
        ("20-Nov", "range turned into a date"),
        ("1e300", "impossible count"),
        ("20-11", "impossible range"),
        ("many", "unknown word"),
    ],
)
def test_a_count_that_cannot_be_is_refused(cell, rule):
    assert list(found(counts(cell), "rejected")) == [rule]


@pytest.mark.parametrize("cell", ["$1,200", "1200.00", "1 200"])
def test_amounts_are_numbers(cell):
    assert cells.parse_numbers(texts(cell), "cost")[0].tolist() == [1200]


def test_a_range_is_refused_where_one_number_is_needed():
    values, findings = cells.parse_numbers(texts("3-5", "-0.25"), "score")
    assert numbers(values) == [None, -0.25]
    assert [each.rule for each in findings] == ["range where one number is needed"]


@pytest.mark.parametrize("cell", ["2009-09-01", "9/1/2009", "Sep 1, 2009", "1 September 2009", "2009-09-01 00:00:00"])
def test_a_day_is_read_in_usual_spellings(cell):
    assert cells.parse_dates(texts(cell), "start")[0].tolist() == [pd.Timestamp(2009, 9, 1)]


def test_what_is_no_day_is_refused():
    values, findings = cells.parse_dates(texts("next fall", "2/30/2010"), "start")
    assert values.isna().all()
    assert (findings[0].rule, findings[0].rows.tolist()) == ("not a date", [0, 1])


def test_yes_and_no_have_many_spellings_and_all_else_is_refused():
    values, findings = cells.parse_flags(texts("Yes", "n", "TRUE", "0", "N/A", "perhaps"), "hybrid")
    assert numbers(values) == [True, False, True, False, None, None]
    assert [(each.rule, each.rows.tolist()) for each in findings] == [("neither yes nor no", [5])]


def test_lists_are_parted_by_semicolons_bars_and_line_breaks():
    assert cells.parse_lists(texts("P1;P2", "P1|P3", "P1\nP2", "N/A"), "cited")[0].fillna("").tolist() == [
        "P1; P2",
        "P1; P3",
        "P1; P2",
        "",
    ]


def test_a_choice_outside_the_list_is_refused():
    values, findings = cells.parse_choices(texts("Day", "week"), "precision", ("day", "month"))
    assert (numbers(values), findings[0].advice) == (["day", None], "Allowed: day, month")


def test_traces_of_a_wrong_encoding_are_warned_of_with_what_was_meant():
    values, findings = cells.parse_texts(texts("JosÃ© High", "José High"), "school")
    assert values.tolist() == ["JosÃ© High", "José High"]
    assert ("'José High'" in findings[0].advice, findings[0].rows.tolist()) == (True, [0])


def test_labels_of_one_group_are_mapped_to_one_and_reported_together():
    values, findings = cells.parse_subgroups(texts("FRL", "SES", "Econ. Disadvantaged", "ELL"), "Group")
    assert values.tolist() == [*["economically disadvantaged"] * 3, "English learners"]
    assert "'FRL' is 'economically disadvantaged'; 'SES' is" in findings[0].advice


def test_an_unknown_group_is_refused_with_the_nearest_known():
    values, findings = cells.parse_subgroups(texts("Hispanc"), "Group")
    assert (numbers(values), findings[0].action) == ([None], "rejected")
    assert "did you mean 'Hispanic or Latino'?" in findings[0].advice


def test_levels_have_many_names():
    assert cells.parse_levels(texts("State", "LEA", "Campus"), "Level")[0].tolist() == ["state", "district", "school"]


def test_total_rows_are_told_from_places():
    names = texts("Alder Ridge HS", "Colorado", "All Schools", "All Schools", "Washington")
    ids = texts("1", None, "1", "0000", "7")
    assert numbers(cells.total_levels(names, ids)[0]) == [None, "state", "district", "state", None]


MESSY = st.one_of(
    st.text(max_size=20),
    st.from_regex(r"[<>≥≤~]?=? ?-?[0-9]{0,5}[.,]?[0-9]{0,3}[%*†¹+]?([-–/ ][0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[-/][0-9A-Za-z]{1,4}([-/ ][0-9:]{1,8})?", fullmatch=True),
    st.sampled_from(["*", "N/A", "#REF!", "1e999", "9" * 400, "0.697", "٣", "½", "Ⅷ", "1\x00", "nan", "inf", "=1+1"]),
)
PARSERS = {
    "rates": lambda raw: (lambda parsed: (parsed.value, parsed.findings, parsed.lo))(cells.parse_rates(raw, "h")),
    "counts": lambda raw: (lambda parsed: (parsed.value, parsed.findings, parsed.lo))(cells.parse_counts(raw, "h")),
    "numbers": lambda raw: cells.parse_numbers(raw, "h"),
    "years": lambda raw: cells.parse_years(raw, "h", "end"),
    "ids": lambda raw: cells.parse_ids(raw, "h", 7),
    "subgroups": lambda raw: cells.parse_subgroups(raw, "h"),
    "levels": lambda raw: cells.parse_levels(raw, "h"),
    "totals": lambda raw: (lambda parsed: (raw, parsed[1]))(cells.total_levels(raw)),
    "texts": lambda raw: cells.parse_texts(raw, "h"),
    "flags": lambda raw: cells.parse_flags(raw, "h"),
    "dates": lambda raw: cells.parse_dates(raw, "h"),
    "lists": lambda raw: cells.parse_lists(raw, "h"),
}


@pytest.mark.parametrize("kind", PARSERS)
@settings(deadline=None, max_examples=40)
@example(column=["0", "1" * 300, "1-" + "2" * 200])
@given(column=st.lists(st.one_of(MESSY, st.none()), max_size=30))
def test_any_cell_is_read_blank_or_refused_and_never_lost_in_silence(kind, column):
    raw = pd.Series(column, dtype="str")
    values, findings, *limits = PARSERS[kind](raw)
    said = {row for each in findings for row in each.rows.tolist()}
    assert len(values) == len(column)
    for row, (cell, value) in enumerate(zip(column, values, strict=True)):
        if pd.isna(value) and not any(limit.notna()[row] for limit in limits):
            assert pd.isna(raw[row]) or row in said or is_blank(cell) or not cell.strip(";|\r\n ")


@settings(deadline=None, max_examples=60)
@given(column=st.lists(MESSY, max_size=30))
def test_percents_and_their_limits_lie_between_0_and_100(column):
    parsed = rates(*column)
    for part in (parsed.value, parsed.lo, parsed.hi):
        assert part.dropna().between(0, 100).all()
    assert (parsed.lo.dropna() <= parsed.hi.dropna()).all()
    assert (parsed.value.isna() == parsed.reason.notna()).all()
