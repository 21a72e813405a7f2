"""The thirty kinds of mess that analysts' files hold, each in a tiny file of its own, read as a user would."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cbe_lib import CbeError, dip, ingest
from cbe_lib.ingest.crossrows import apply_history

HEAD = ["District ID", "School Year", "Percent Proficient", "Number Tested"]


@pytest.fixture
def csv(tmp_path):
    def write(*lines, head=HEAD, encoding="utf-8"):
        rows = [head, *lines] if head else lines
        file = tmp_path / "state.csv"
        text = "\r\n".join(",".join(_quoted(cell) for cell in row) for row in rows) + "\r\n"
        file.write_bytes(text.encode(encoding))
        return file

    return write


def _quoted(cell):
    text = "" if cell is None else str(cell)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


@pytest.fixture
def xlsx(tmp_path):
    def write(*lines, head=HEAD):
        book = openpyxl.Workbook()
        for row in [head, *lines]:
            book.active.append(row)
        file = tmp_path / "state.xlsx"
        book.save(file)
        return file

    return write


def values(found, column="value"):
    return [None if pd.isna(cell) else cell for cell in found.frame[column]]


def lines(found, action):
    report = found.report
    return report[report["action"] == action]


def line(found, rule):
    picked = found.report[found.report["rule"] == rule]
    assert len(picked), f"{rule!r} is not among {found.report['rule'].tolist()}"
    return picked.iloc[0]


def test_01_lost_leading_zeros_are_restored_to_the_declared_width_and_counted(csv):
    found = ingest.read(csv(["200070", "2013-14", 61.5, 40], ["0200070", "2014-15", 62.0, 41]), id_width=7)
    assert values(found, "district_id") == ["0200070", "0200070"]
    assert line(found, "leading zeros restored")["count"] == 1


def test_02_an_id_turned_float_is_taken_and_one_that_lost_digits_refused(csv):
    found = ingest.read(csv(["3305700.0", "2013-14", 61.5, 40], ["2.31E+06", "2013-14", 62.0, 41]))
    assert values(found, "district_id") == ["3305700"]
    refused = line(found, "digits of an id lost")
    assert (refused["action"], refused["row"], refused["cell"]) == ("rejected", 3, "2.31E+06")


def test_03_a_range_turned_into_a_date_is_refused_with_the_likely_range_and_read_on_consent(xlsx, csv):
    book = xlsx(["0001", "2013-14", pd.Timestamp(2014, 10, 15).to_pydatetime(), 40], ["0002", "2013-14", 62.0, 41])
    for file in (book, csv(["0001", "2013-14", "15-Oct", 40], ["0002", "2013-14", 62.0, 41])):
        found = ingest.read(file)
        assert values(found) == [None, 62.0]
        assert "10-15" in line(found, "range turned into a date")["advice"]
        consented = ingest.read(file, dates_as_ranges=True)
        assert (values(consented, "lo"), values(consented, "hi")) == ([10, None], [15, None])


def test_04_a_day_number_among_counts_is_refused(csv):
    found = ingest.read(
        csv(*[["0001", f"{year}-{year % 100 + 1}", 60.0, n] for year, n in ((2012, 300), (2013, 43573), (2014, 310))])
    )
    assert values(found, "n_tested") == [300, None, 310]
    refused = line(found, "count far out of line")
    assert (refused["action"], refused["row"], refused["cell"]) == ("rejected", 3, "43573")


def test_05_stars_are_suppressed_cells_with_a_reason(csv):
    found = ingest.read(csv(["0001", "2013-14", "*", 9], ["0001", "2014-15", "**", 9]))
    assert values(found) == [None, None]
    assert values(found, "suppressed_reason") == ["suppressed", "suppressed"]
    assert line(found, "suppressed")["count"] == 2


def test_06_words_for_suppression_are_known_and_unknown_words_refused(csv):
    words = ["LNE", "TFS", "PS", "n<10", "sealed"]
    file = csv(*[[f"000{number}", "2013-14", word, None] for number, word in enumerate(words)])
    found = ingest.read(file)
    assert lines(found, "rejected")["cell"].tolist() == ["sealed"]
    assert values(ingest.read(file, suppressed={"sealed": "court order"}), "suppressed_reason")[4] == "court order"


def test_07_top_and_bottom_codes_stay_intervals(csv):
    cells = [">=95", "≥ 80", "<5", "GE95", "LT50", "95 or more", "> 95%"]
    found = ingest.read(csv(*[[f"000{number}", "2013-14", cell, 40] for number, cell in enumerate(cells)]))
    assert values(found) == [None] * 7
    assert values(found, "lo") == [95, 80, 0, 95, 0, 95, 95]
    assert values(found, "hi") == [100, 100, 5, 100, 50, 100, 100]


def test_08_ranges_stay_intervals_and_the_engine_leaves_them_out_with_a_count(csv):
    file = csv(*[["0001", f"{year - 1}-{year % 100:02d}", cell, 40] for year, cell in _years_with("45-49", "21–39")])
    found = ingest.read(file)
    assert (values(found, "lo")[:2], values(found, "hi")[:2]) == ([45, 21], [49, 39])
    notes = dip.fit(found.frame, 2008).notes
    assert any(note.startswith("2 rows (index 0, 1) published only as a range") for note in notes)


def _years_with(*first):
    rates = [50.0, 51.2, 49.7, 50.4, 46.0, 44.1, 47.9, 49.5, 51.0, 50.2]
    return list(zip(range(2003, 2015), [*first, *rates], strict=True))


def test_09_negative_numbers_are_missing_only_if_declared(csv):
    file = csv(["0001", "2013-14", -9, 40], ["0001", "2014-15", 60.0, 40])
    assert line(ingest.read(file), "negative number")["action"] == "rejected"
    found = ingest.read(file, sentinels=(-9,))
    assert lines(found, "rejected").empty
    assert values(found, "suppressed_reason")[0] == "declared as missing: -9"


def test_10_zero_in_every_race_row_is_warned_of(csv):
    groups = [("All Students", 61.0), ("White", 0), ("Asian", 0), ("Black", 0)]
    found = ingest.read(
        csv(
            *[["0001", "2013-14", group, rate] for group, rate in groups],
            head=["District ID", "School Year", "Subgroup", "Percent Proficient"],
        )
    )
    assert line(found, "zero in every race group")["count"] == 3


def test_11_spreadsheet_errors_are_refused_cell_by_cell(xlsx):
    found = ingest.read(
        xlsx(["0001", "2013-14", "#VALUE!", 40], ["0002", "2013-14", "#DIV/0!", 41], ["0003", "2013-14", 60.5, 41])
    )
    refused = lines(found, "rejected")
    assert refused[["row", "cell"]].values.tolist() == [[2, "#VALUE!"], [3, "#DIV/0!"]]


def test_12_a_footnoted_percent_among_shares_is_refused(csv):
    shares = ["0.697", "0.55", "81.6*", "0.4"]
    found = ingest.read(csv(*[[f"000{number}", "2013-14", share, 40] for number, share in enumerate(shares)]))
    assert values(found) == [69.7, 55.0, None, 40.0]
    assert line(found, "percent among shares")["cell"] == "81.6*"


def test_13_a_column_of_shares_becomes_percent_and_a_mixed_one_is_refused(csv):
    found = ingest.read(csv(["0001", "2013-14", 0.697, 40], ["0002", "2013-14", 0.55, 41]))
    assert values(found) == [69.7, 55.0]
    assert line(found, "share turned into percent")["count"] == 2
    mixed = ingest.read(
        csv(["0001", "2013-14", "0.697", 40], ["0002", "2013-14", "69.7", 41], ["0003", "2013-14", "69.7%", 42])
    )
    assert values(mixed) == [None, 69.7, 69.7]
    assert line(mixed, "share among percents")["action"] == "rejected"


def test_14_many_words_for_blank_are_blank(csv):
    blanks = ["", "N/A", "NULL", "--", "Not Available"]
    found = ingest.read(csv(*[[f"000{number}", "2013-14", blank, 40] for number, blank in enumerate(blanks)]))
    assert values(found) == [None] * 5
    assert set(values(found, "suppressed_reason")) == {"blank in the file"}
    assert lines(found, "rejected").empty


def test_15_school_years_in_any_spelling_give_the_spring_and_a_bare_year_asks(csv):
    spellings = ["2014-15", "2014-2015", "1415", "SY15", "FY2015", "2014/15"]
    found = ingest.read(csv(*[[f"000{number}", year, 60.0, 40] for number, year in enumerate(spellings)]))
    assert values(found, "year") == [2015] * 6
    bare = csv(["0001", 2015, 60.0, 40])
    assert line(ingest.read(bare), "bare year")["action"] == "rejected"
    assert ingest.read(bare).frame.empty
    assert values(ingest.read(bare, year_means="start"), "year") == [2016]


@pytest.mark.parametrize("row_of_2020", [[["0001", "2019-20", "N/A", None]], []])
def test_16_2020_is_a_year_without_a_test_and_never_filled_in(csv, row_of_2020):
    found = ingest.read(csv(["0001", "2018-19", 60.0, 40], *row_of_2020, ["0001", "2020-21", 55.0, 40]))
    assert found.report["rule"].str.startswith("no test").any()
    assert [rate for rate in values(found) if rate] == [60.0, 55.0]
    if row_of_2020:
        assert values(found, "suppressed_reason")[1] == "no test"


def test_17_a_changed_test_is_named_and_the_engine_refuses_one_trend_over_both(csv):
    file = csv(*[["0001", f"{year - 1}-{year % 100:02d}", rate, 40] for year, rate in _years_with(50.9, 49.3)])
    found = ingest.read(file, regimes={"NECAP": 2003, "SBAC": 2009})
    assert values(found, "test_regime") == ["NECAP"] * 6 + ["SBAC"] * 6
    with pytest.raises(CbeError, match="results of 2 tests"):
        dip.fit(found.frame, 2008)
    dip.fit(found.frame, 2008, regime="test_regime")


def test_18_a_test_in_the_fall_is_asked_about_and_can_be_shifted(csv):
    file = csv(["0001", "Fall 2013", 60.0, 40], ["0001", "Fall 2014", 61.0, 40])
    found = ingest.read(file)
    assert (line(found, "tested in the fall")["action"], values(found, "year")) == ("warned", [2014, 2015])
    assert values(ingest.read(file, year_means="end"), "year") == [2013, 2014]


def test_19_titles_above_a_header_of_two_lines_are_passed_over_and_the_chosen_row_is_shown(csv):
    titles = [["State Department of Education"], ["Run date: 4/18/2019"], ["Grade 8 mathematics"], []]
    file = csv(
        *titles,
        ["", "School", "Percent", "Number"],
        ["District ID", "Year", "Proficient", "Tested"],
        ["0001", "2013-14", "61.5", "40"],
        ["0002", "2013-14", "*", "9"],
        head=None,
    )
    found = ingest.read(file)
    assert (values(found), values(found, "n_tested")) == ([61.5, None], [40, 9])
    header = found.report[found.report["rule"].str.contains("head", case=False)]
    assert header["action"].eq("handled").any()
    assert 6 in header["row"].tolist() or 5 in header["row"].tolist()
    assert line(found, "suppressed")["row"] == 8


def test_20_years_side_by_side_are_turned_into_rows(csv):
    found = ingest.read(
        csv(["0001", 61.5, 62.0], ["0002", 50.0, ">=95"], head=["District ID", "prof_2012", "prof_2013"]),
        columns={"prof_{year}": "value"},
        year_means="end",
    )
    table = found.frame.sort_values(["district_id", "year"])
    assert table[["district_id", "year"]].values.tolist() == [
        ["0001", 2012],
        ["0001", 2013],
        ["0002", 2012],
        ["0002", 2013],
    ]
    assert table["value"].tolist()[:3] == [61.5, 62.0, 50.0]
    assert line(found, "top or bottom code")["row"] == 3


def test_21_state_totals_are_rows_of_their_own_level(csv):
    head = ["District ID", "District Name", "School Year", "Percent Proficient"]
    found = ingest.read(
        csv(
            ["0000", "Colorado", "2013-14", 64.0],
            ["0001", "Alder", "2013-14", 61.5],
            ["0000", "All Schools", "2014-15", 65.0],
            head=head,
        )
    )
    assert values(found, "level") == ["state", "district", "state"]


def test_22_one_name_for_two_places_is_refused_and_two_names_for_one_place_warned_of(csv):
    head = ["State", "District", "School Year", "Percent Proficient"]
    places = [("NH", "Pittsfield"), ("MA", "Pittsfield"), ("NH", "Alder")]
    found = ingest.read(
        csv(*[[*place, "2013-14", 60.0] for place in places], head=head), columns={"District": "district_id"}
    )
    assert values(found, "district_id") == ["Alder"]
    assert line(found, "name of places in several states")["action"] == "rejected"
    head = ["District ID", "District Name", "School Year", "Percent Proficient"]
    renamed = ingest.read(
        csv(["0070", "Adams 50", "2013-14", 60.0], ["0070", "Westminster 50", "2014-15", 61.0], head=head)
    )
    assert "Adams 50" in line(renamed, "one id, several names")["advice"]


def test_23_a_merger_is_noticed_and_on_record_breaks_the_series(csv, tmp_path):
    head = ["District ID", "School Year", "Percent Proficient", "Enrollment"]
    before = [["0001", "2008-09", 60.0, 1000], ["0002", "2008-09", 61.0, 1200], ["0005", "2008-09", 55.0, 400]]
    found = ingest.read(csv(*before, ["0009", "2009-10", 62.0, 2150], ["0005", "2009-10", 56.0, 410], head=head))
    assert line(found, "places may have merged or split")["action"] == "warned"
    record = tmp_path / "history.csv"
    record.write_text("district_id,name,from_date,to_date,successor_ids\n0007,Low Brook,1990-07-01,2009-06-30,0005\n")
    broken = apply_history(found.frame, ingest.read(record, table="entity_history").frame)
    assert broken.loc[broken["district_id"] == "0005", "test_regime"].tolist() == ["before 2010", "from 2010"]


def test_24_two_rows_for_one_key_are_refused_until_the_analyst_says_which(csv):
    head = ["District ID", "School Year", "Denominator Type", "Percent Proficient"]
    file = csv(
        ["0001", "2013-14", "REG", 60.0], ["0001", "2013-14", "95%", 55.0], ["0002", "2013-14", "REG", 50.0], head=head
    )
    found = ingest.read(file)
    assert values(found) == [50.0]
    assert lines(found, "rejected")["row"].tolist() == [2, 3]
    assert "keep={'Denominator Type':" in line(found, "more than one row for one key")["advice"]
    assert values(ingest.read(file, keep={"Denominator Type": "REG"})) == [60.0, 50.0]


def _panel(rates):
    return [
        [f"{place:04d}", f"{year - 1}-{year % 100:02d}", rate]
        for year, column in rates.items()
        for place, rate in enumerate(column)
    ]


def _steady(seed):
    rng = np.random.default_rng(seed)
    level = rng.normal(60, 10, 60)
    return {year: [round(float(rate), 1) for rate in level + rng.normal(0, 3, 60)] for year in range(2010, 2015)}


def test_25_a_year_whose_rows_slipped_by_one_is_warned_of_with_both_correlations(csv):
    rates = _steady(1)
    rates[2012] = [*rates[2012][1:], rates[2012][0]]
    found = ingest.read(csv(*_panel(rates), head=HEAD[:3]))
    warned = line(found, "rows may have slipped")
    assert (warned["action"], warned["count"]) == ("warned", 60)
    assert warned["advice"].startswith("2012: correlation with the years beside it is ")


def test_26_a_block_copied_from_another_year_is_warned_of(csv):
    rates = _steady(2)
    rates[2013][20:45] = rates[2010][20:45]
    found = ingest.read(csv(*_panel(rates), head=HEAD[:3]))
    assert "2013 are the same, in the same order, as those of 2010" in line(found, "results may be copied")["advice"]


def test_27_labels_of_one_student_group_become_one_and_unknown_ones_are_refused(csv):
    labels = ["SES", "Economically Disadvantaged", "FRL", "Band 7"]
    rows = [["0001", f"201{number}-1{number + 1}", label, 50.0 + number] for number, label in enumerate(labels)]
    found = ingest.read(csv(*rows, head=["District ID", "School Year", "Subgroup", "Percent Proficient"]))
    assert values(found, "subgroup")[:3] == ["economically disadvantaged"] * 3
    assert line(found, "unknown label")["cell"] == "Band 7"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_28_any_usual_encoding_is_read(csv, encoding):
    file = csv(
        ["0001", "José", "2013-14", "21–39"],
        head=["District ID", "District Name", "School Year", "Percent Proficient"],
        encoding=encoding,
    )
    found = ingest.read(file)
    assert (values(found, "district_id"), values(found, "hi")) == (["0001"], [39])
    assert "José" in found.raw.to_string()


def test_29_thousands_commas_are_read_and_bands_of_students_stay_bands(csv):
    found = ingest.read(csv(["0001", "2013-14", 61.5, "1,234"], ["0002", "2013-14", 50.0, "11-20"]))
    assert values(found, "n_tested") == [1234, None]
    assert (values(found, "n_lo"), values(found, "n_hi")) == ([None, 11], [None, 20])


def test_30_two_answers_in_one_cell_are_refused(xlsx):
    found = ingest.read(xlsx(["0001", "2013-14", "61.5\r\n62.5", 40], ["0002", "2013-14", 60.5, 41]))
    assert values(found) == [None, 60.5]
    assert line(found, "two answers in one cell")["action"] == "rejected"
    head = ["District ID", "School Year", "Percent Proficient", "Grade"]
    staged = ingest.read(
        xlsx(["0001", "2013-14", 50.5, "Mature\r\nEarly stage"], ["0002", "2013-14", 60.5, "Mature"], head=head)
    )
    assert line(staged, "two answers in one cell")["column"] == "Grade"
