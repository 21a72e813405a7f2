"""Which files are read, and how those that cannot be are refused."""

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cbe_lib import ingest
from cbe_lib.errors import CbeError
from cbe_lib.ingest import columnar, delimited, grid, old_workbook, sources, workbook_xml
from cbe_lib.ingest import workbook as reader

HEAD = ["District ID", "School Year", "Pct Proficient", "Number Tested"]
ROW = ["030", "2013-14", 61.5, 40]
TEXT = "District ID,School Year,Pct Proficient,Number Tested\n030,2013-14,61.5,40\n"


def refusal(path, **declared):
    with pytest.raises(CbeError) as caught:
        ingest.read(path, **declared)
    return str(caught.value)


def cells(path, sheet=None):
    return next(sources.grids(path, sheet)).cells


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(text_file, mark):
    frame = ingest.read(text_file(TEXT.replace(",", mark))).frame
    assert frame[["district_id", "value", "n_tested"]].to_numpy().tolist() == [["030", 61.5, 40]]


def test_commas_inside_the_cells_of_a_semicolon_file_are_no_delimiters(text_file):
    text = TEXT.replace(",", ";").replace("030", "Alder, the")
    assert cells(text_file(text)).shape == (2, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_gives_the_same_letters(text_file, encoding):
    assert cells(text_file("id;name\n1;Señor Ñandú Peña\n", encoding=encoding)).iloc[1, 1] == "Señor Ñandú Peña"


def test_rows_of_unequal_length_and_blank_lines_keep_their_numbers(text_file):
    path = text_file("Title\n\n" + TEXT + "\n031,2013-14,#DIV/0!\n")
    assert ingest.read(path).report.query("action == 'rejected'")["row"].tolist() == [6]


def test_line_breaks_inside_quotes_do_not_shift_row_numbers(text_file):
    path = text_file(TEXT + '"Note","two\nlines",50,\n031,2013-14,#DIV/0!,1\n')
    assert 4 in ingest.read(path).report.query("cell == '#DIV/0!'")["row"].tolist()


def test_a_quotation_mark_that_never_closes_swallows_no_rows(text_file):
    found = ingest.read(text_file(TEXT + '031,2013-14,50,"12\n032,2013-14,51,13\n033,2013-14,52,14\n'))
    assert found.frame["district_id"].tolist() == ["030", "031", "032", "033"]
    assert found.report.query("rule == 'quotation mark never closed'")["row"].tolist() == [3]


def test_leading_zeros_and_shown_formats_of_a_workbook_survive(workbook):
    def change(book):
        book["S"]["A2"].number_format = "0000000"
        book["S"]["B2"].number_format = "0.0%"
        book["S"]["C2"].number_format = "d-mmm"

    path = workbook({"S": [["id", "share", "range"], [200070, 0.615, pd.Timestamp("2023-10-15")]]}, change=change)
    assert cells(path).iloc[1].tolist() == ["0200070", "61.5%", "15-Oct"]


def test_a_date_without_its_year_is_still_a_whole_date_where_a_date_is_wanted(workbook):
    def change(book):
        book["S"]["C2"].number_format = "d-mmm"

    rows = [["district_id", "rollout_year", "date", "event"], ["030", "2009-10", pd.Timestamp("2009-08-20"), "start"]]
    found = ingest.read(workbook({"S": rows}, change=change), "rollout")
    assert found.frame["date"].tolist() == [pd.Timestamp("2009-08-20")]


def test_numbers_show_no_more_digits_than_the_spreadsheet_does(workbook):
    path = workbook({"S": [["a", "b", "c", "d"], [0.1 + 0.2, 200070.0, 1e-7, 61.5]]})
    assert cells(path).iloc[1].tolist() == ["0.3", "200070", "1e-07", "61.5"]


def test_formulas_are_read_by_their_stored_value(workbook, tmp_path):
    path = workbook({"S": [HEAD, [*ROW[:2], "=60+1", 40]]})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.xlsx", "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b"<f>60+1</f><v></v>", b"<f>60+1</f><v>61</v>"))
    assert ingest.read(tmp_path / "new.xlsx").frame["value"].tolist() == [61]


def test_a_formula_saved_without_its_value_is_reported_and_not_taken_for_blank(workbook):
    found = ingest.read(workbook({"S": [HEAD, [*ROW[:2], "=60+1", 40]]}))
    line = found.report.query("rule == 'formula without its value'").iloc[0]
    assert (line["action"], line["row"], line["column"]) == ("rejected", 2, "Pct Proficient")


def test_a_table_that_does_not_begin_in_the_first_cell_keeps_its_row_numbers(workbook):
    rows = [[], [], [None, None, *HEAD], [None, None, "030", "2013-14", "#REF!", 40]]
    assert ingest.read(workbook({"S": rows})).report.query("action == 'rejected'")["row"].tolist() == [4]


def test_the_sheet_with_the_table_is_found_among_others(workbook):
    path = workbook({"Read me": [["This file holds rates"]], "Rates": [HEAD, ROW]})
    assert set(ingest.read(path).report["sheet"]) == {"Rates"}


def test_two_sheets_with_tables_are_asked_about(workbook):
    path = workbook({"2014": [HEAD, ROW], "2015": [HEAD, ROW]})
    assert "2 sheets of state.xlsx may hold the table 'outcomes'. They are '2014', '2015'" in refusal(path)
    assert len(ingest.read(path, sheet="2015").frame) == 1


def test_a_hidden_sheet_is_named_and_never_read(workbook):
    path = workbook(
        {"Rates": [HEAD, ROW], "Old": [HEAD, ROW]}, change=lambda b: setattr(b["Old"], "sheet_state", "hidden")
    )
    assert ingest.read(path).report.query("sheet == 'Old'")["rule"].tolist() == ["hidden sheet"]
    assert "is hidden and is not read" in refusal(path, sheet="Old")


def test_an_unknown_sheet_names_the_nearest(workbook):
    assert "has no sheet 'Rate'. Did you mean 'Rates'?" in refusal(workbook({"Rates": [HEAD, ROW]}), sheet="Rate")


def test_parquet_gives_the_same_table_as_text(tmp_path, text_file):
    frame = pd.read_csv(io.StringIO(TEXT), dtype={"District ID": str})
    frame.to_parquet(tmp_path / "state.parquet")
    columns = ["district_id", "year", "value", "n_tested"]
    pd.testing.assert_frame_equal(
        ingest.read(tmp_path / "state.parquet").frame[columns], ingest.read(text_file(TEXT)).frame[columns]
    )


def test_an_old_workbook_is_read_with_a_warning():
    found = ingest.read(Path(__file__).with_name("old.xls"))  # written by xlwt 1.3.0
    assert found.frame["value"].tolist() == [61.5]
    assert "old workbook format" in found.report["rule"].tolist()


def test_an_old_workbook_that_keeps_its_reader_busy_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(old_workbook, "SECONDS", 0.01)
    (tmp_path / "old.xls").write_bytes(Path(__file__).with_name("old.xls").read_bytes())
    assert "old.xls cannot be read as a workbook" in refusal(tmp_path / "old.xls")


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
WRONG = {
    "empty": (b"", "It is an empty file"),
    "only blanks": (b"\xef\xbb\xbf \r\n\n", "It is an empty file"),
    "a PDF": (b"%PDF-1.7 ...", "It is a PDF document"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "It is a picture"),
    "a web page": (b"\n<html><table><tr><td>1</td></tr></table>", "It is a web page or XML"),
    "a pickle": (b"\x80\x04\x95\x00\x00\x00\x00cos\nsystem\n" + bytes(range(32)) * 9, "its bytes are not letters"),
    "SQLite": (b"SQLite format 3\x00", "sqlite:///PATH"),
    "compressed": (b"\x1f\x8b\x08\x00", "It is a compressed file"),
    "half a workbook": (b"PK\x03\x04rest", "It is a damaged workbook"),
    "a locked workbook": (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    "an old document": (OLD_OFFICE + "WordDocument".encode("utf-16-le"), "It is a Word document"),
    "half an old workbook": (OLD_OFFICE, "cannot be read as a workbook"),
    "half a Parquet file": (b"PAR1rest", "cannot be read as a Parquet file"),
    "one column": (b"milk\nbread\n", "No table 'outcomes' was found"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_table_is_refused_in_plain_words(tmp_path, name):
    content, words = WRONG[name]
    (tmp_path / "state.xls").write_bytes(content)
    message = refusal(tmp_path / "state.xls")
    assert words in message
    assert "state.xls" in message


def zipped(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("word/document.xml", "a Word document"),
        ("xl/workbook.bin", "Save it as .xlsx"),
        ("content.xml", "an OpenDocument file"),
        ("notes.txt", "a compressed file"),
    ],
)
def test_other_zipped_files_are_named(tmp_path, part, words):
    assert words in refusal(zipped(tmp_path / "state.xlsx", {part: b"x"}))


def test_a_missing_file_is_one_sentence(tmp_path):
    assert "none.csv cannot be opened. No such file" in refusal(tmp_path / "none.csv")


def test_a_folder_is_no_file(tmp_path):
    assert "cannot be opened" in refusal(tmp_path)


def rewritten(path, target, **changes):
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for part, (old, new) in changes.items():
        name = next(name for name in parts if name.endswith(f"{part}.xml"))
        parts[name] = parts[name].replace(old, new)
    return zipped(target, parts)


def test_one_far_cell_does_not_fill_the_memory(workbook, tmp_path):
    path = rewritten(workbook({"S": [HEAD, ROW]}), tmp_path / "b.xlsx", sheet1=(b'r="D2"', b'r="XFD1048576"'))
    assert "is too large to read. Found 1,048,576 rows and 16,384 columns" in refusal(path)


def test_a_bomb_is_refused_before_it_is_unpacked(workbook, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MOST_UNPACKED", 2**20)
    path = rewritten(
        workbook({"S": [HEAD, ROW]}), tmp_path / "b.xlsx", sheet1=(b"</sheetData>", b" " * 2**21 + b"</sheetData>")
    )
    assert "Unpacked it has 2 MB; at most 1 MB are read" in refusal(path)


def test_texts_that_fill_the_memory_are_refused_where_sheets_of_that_size_are_read(workbook, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MOST_TEXTS", 2**20)
    path, space = workbook({"S": [HEAD, ROW]}), b" " * 2**21
    assert ingest.read(
        rewritten(path, tmp_path / "b.xlsx", sheet1=(b"</sheetData>", space + b"</sheetData>"))
    ).frame.size
    texts = rewritten(path, tmp_path / "c.xlsx", styles=(b"</styleSheet>", space + b"</styleSheet>"))
    assert "Unpacked it has 2 MB; at most 1 MB are read" in refusal(texts)


def test_a_row_without_end_is_refused(workbook, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_xml, "LARGEST_PART", 2**20)
    sheet = (b"</row></sheetData>", b"<c/>" * 2**19 + b"</row></sheetData>")
    path = rewritten(workbook({"S": [HEAD, ROW]}), tmp_path / "b.xlsx", sheet1=sheet)
    assert "one row has more than 1 MB" in refusal(path)


def test_a_size_that_lies_is_found_out(workbook, tmp_path):
    path = rewritten(
        workbook({"S": [HEAD, ROW]}), tmp_path / "b.xlsx", styles=(b"</styleSheet>", b" " * 5000 + b"</styleSheet>")
    )
    data = path.read_bytes()
    with zipfile.ZipFile(path) as book:
        size = struct.pack("<L", book.getinfo("xl/styles.xml").file_size)
    (tmp_path / "b.xlsx").write_bytes(data.replace(size, struct.pack("<L", 100)))
    assert "cannot be read as a workbook" in refusal(tmp_path / "b.xlsx")


def test_entities_of_xml_are_not_blown_up(workbook, tmp_path):
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'?><!DOCTYPE z [<!ENTITY l0 "ha">' + laughs + b"]>"
    path = rewritten(workbook({"S": [HEAD, ROW]}), tmp_path / "b.xlsx", styles=(b"?>", bomb), workbook=(b"?>", bomb))
    assert ingest.read(path).frame["value"].tolist() == [61.5]


def test_a_file_over_the_limit_is_refused(text_file, monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 10)
    assert "state.csv is too large to read" in refusal(text_file(TEXT))


def test_too_many_cells_are_refused(text_file, monkeypatch):
    monkeypatch.setattr(grid, "MOST_CELLS", 7)
    assert "Found 2 rows and 4 columns" in refusal(text_file(TEXT))


def test_one_long_row_does_not_widen_thousands_of_others(text_file):
    found = refusal(text_file(TEXT + "030,2013-14,61.5,40\n" * 8_000 + "," * 200_000))
    assert "Found 8,003 rows and 200,001 columns" in found


def test_a_first_line_of_too_many_cells_is_refused_before_the_rest_is_read(text_file, monkeypatch):
    monkeypatch.setattr(delimited, "gather", None)
    monkeypatch.setattr(delimited, "_even", None)
    assert "Found 1 rows and 50,001 columns" in refusal(text_file("," * 50_000 + "\n" + TEXT))


@pytest.mark.parametrize("text", ["a" * 200_000, TEXT + "x" * 200_000 + ",2013-14\n", TEXT + '"' * 300_001])
def test_a_cell_without_end_is_refused_in_words(text_file, text):
    assert "is longer than 131,072 letters" in refusal(text_file(text))


def test_a_word_that_a_parquet_file_repeats_a_million_times_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(columnar, "MOST_UNPACKED", 2**24)
    codes = pa.array([0] * 100_000, pa.int32())
    ids = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 1_000]))
    for name, column in (("kept.parquet", ids), ("plain.parquet", ids.cast(pa.string()))):
        pq.write_table(pa.table({"district_id": column}), tmp_path / name)
        assert "Unpacked it has 95 MB; at most 16 MB are read" in refusal(tmp_path / name)


def test_macros_are_not_run_and_the_sheet_is_read(workbook):
    path = workbook({"S": [HEAD, ROW]}, name="state.xlsm")
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\x00macro")
    assert len(ingest.read(path).frame) == 1


def test_a_workbook_of_charts_only_holds_no_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.create_chartsheet("Chart")
    book.active = 1
    book.save(tmp_path / "c.xlsx")
    assert "No table was found in c.xlsx" in refusal(tmp_path / "c.xlsx")


def test_a_declared_heading_decides_between_two_sheets(workbook):
    path = workbook({"2014": [HEAD, ROW], "2015": [[*HEAD, "Kind"], [*ROW, "regular"]]})
    assert set(ingest.read(path, keep={"Kind": "regular"}).report["sheet"]) == {"2015"}
