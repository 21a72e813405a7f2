"""Workbooks for visits without network: out, filled, in; once each, and nothing replaced in silence."""

import io
import re
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pandas as pd
import pytest

from cbe_lib import store
from cbe_lib.errors import CbeError
from cbe_lib.store import merging
from cbe_lib.store.merging import merge
from cbe_lib.store.people import join, members, rater_named
from cbe_lib.store.reveals import HiddenError
from cbe_lib.store.votes import Piece, Vote, own_evidence, own_votes, record
from cbe_lib.store.workbooks import write_csv, write_form, write_tables

LEVEL, REASON = 8, 9  # columns of the sheet "ratings"


@pytest.fixture
def session(local):
    return store.open_session(local, "Alder (made up)", lead="Lee").session


@pytest.fixture
def form(local, session):
    """Give the empty workbook of the session."""
    stream = io.BytesIO()
    write_form(local, session, None, stream)
    return stream


def filled(form, name="Ana", levels=None, pieces=(), minutes=0):
    """Fill in a workbook and save it, so many minutes after now."""
    form.seek(0)
    book = openpyxl.load_workbook(form)
    book["start here"]["B2"] = name
    for row, (level, reason) in (levels or {}).items():
        book["ratings"].cell(row, LEVEL, level)
        book["ratings"].cell(row, REASON, reason)
    for row, piece in enumerate(pieces, start=2):
        for column, value in enumerate(piece, start=2):
            book["evidence"].cell(row, column, value)
    return saved(book, datetime(2026, 1, 5) + timedelta(minutes=minutes))


def saved(book, at):
    stream, dated = io.BytesIO(), io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as parts, zipfile.ZipFile(dated, "w") as copy:
        for name in parts.namelist():
            content = parts.read(name).decode()
            if name == "docProps/core.xml":
                content = re.sub(r"(modified[^>]*>)[^<]*", rf"\g<1>{at.isoformat()}Z", content, count=1)
            copy.writestr(name, content)
    return dated


DOCUMENT = ("D1.1", "document", "minutes", "+", date(2024, 3, 4), "board", None, None, None)


def test_a_filled_workbook_brings_votes_and_evidence(local, session, form):
    merged = merge(
        local, session, filled(form, levels={2: ("Emerging", "two schools"), 3: ("NR", "")}, pieces=[DOCUMENT])
    )
    assert (merged.rater, merged.votes, merged.pieces, merged.conflicts) == ("Ana", 2, 1, ())
    store.reveal(local, session, "Lee")
    frame = store.ratings(local, session)
    assert frame[["rater", "criterion_id", "level", "blind"]].to_numpy().tolist() == [
        ["Ana", "D1.1", "Emerging", True],
        ["Ana", "D1.2", "NR", True],
    ]
    assert store.evidence(local, session)["date"].tolist() == [pd.Timestamp("2024-03-04")]


def test_a_workbook_that_comes_twice_adds_nothing(local, session, form):
    book = filled(form, levels={2: ("Emerging", "")}, pieces=[DOCUMENT])
    merge(local, session, book)
    again = merge(local, session, book)
    assert (again.votes, again.pieces, again.same) == (0, 0, 2)


def test_a_later_copy_adds_what_has_changed_and_an_earlier_one_is_reported(local, session, form):
    first = filled(form, levels={2: ("Emerging", "")}, pieces=[DOCUMENT])
    later = filled(
        form, levels={2: ("Proficient", "")}, pieces=[(*DOCUMENT[:2], "minutes of May", *DOCUMENT[3:])], minutes=9
    )
    merge(local, session, first)
    assert merge(local, session, later)[1:4] == (1, 1, 0)
    assert merge(local, session, first).conflicts == ("D1.1: stored is Proficient, the workbook says Emerging",)
    ana = own_votes(local, rater_named(local, session, "Ana"))
    assert ana["D1.1"].level == "Proficient"
    assert [piece.text for piece in own_evidence(local, rater_named(local, session, "Ana"))] == ["minutes of May"]


def test_a_vote_from_the_pages_is_kept_and_the_contradiction_is_reported(local, session, form):
    ana = join(local, session, "Ana").rater
    record(local, session, ana, votes=[Vote("D1.1", "Proficient")])
    merged = merge(local, session, filled(form, levels={2: ("Emerging", ""), 3: ("Emerging", "")}), ana)
    assert merged.votes == 1
    assert merged.conflicts == ("D1.1: stored is Proficient, the workbook says Emerging",)


def test_two_raters_may_fill_in_copies_of_one_workbook(local, session, form):
    for name in ("Ana", "Ben"):
        assert merge(local, session, filled(form, name, {2: ("Emerging", "")}, [DOCUMENT])).pieces == 1
    assert [member.name for member in members(local, session)] == ["Ana", "Ben"]


def test_a_workbook_after_the_reveal_is_not_blind(local, session, form):
    store.reveal(local, session, "Lee")
    merge(local, session, filled(form, levels={2: ("Emerging", "")}))
    assert store.ratings(local, session)["blind"].tolist() == [False]


def test_ones_own_workbook_shows_what_is_stored(local, session):
    ana = join(local, session, "Ana").rater
    record(local, session, ana, votes=[Vote("D1.2", "Emerging", "why")], pieces=[Piece("D1.1", "data", "counts")])
    stream = io.BytesIO()
    write_form(local, session, ana, stream)
    book = openpyxl.load_workbook(stream)
    assert [book["ratings"].cell(3, column).value for column in (1, LEVEL, REASON)] == ["D1.2", "Emerging", "why"]
    assert book["stored evidence"].cell(2, 3).value == "counts"
    assert merge(local, session, stream, ana).same == 1


def test_every_choice_is_offered_in_the_workbook(form):
    offered = [each.formula1 for each in openpyxl.load_workbook(form)["ratings"].data_validations.dataValidation]
    assert offered == ['"Exploring,Emerging,Proficient,Breakthrough,NR"']


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1"])
def test_no_spreadsheet_runs_what_was_typed(local, session, text, tmp_path):
    ana = join(local, session, text).rater
    record(local, session, ana, votes=[Vote("D1.1", "Emerging", text)], pieces=[Piece("D1.1", "data", text)])
    store.reveal(local, session, "Lee")
    stream = io.BytesIO()
    write_tables(local, session, stream)
    cells = [cell for sheet in openpyxl.load_workbook(stream) for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert text.strip() in {cell.value for cell in cells}
    write_csv(local, session, tmp_path)
    assert pd.read_csv(tmp_path / "ratings.csv")["reason"].tolist() == ["'" + text.strip()]


def test_exported_csv_files_hold_both_tables(local, session, tmp_path):
    ana = join(local, session, "Ana").rater
    record(local, session, ana, pieces=[Piece("D1.1", "data", "counts", supports="-")])
    with pytest.raises(HiddenError):
        write_csv(local, session, tmp_path)
    store.reveal(local, session, "Lee")
    write_csv(local, session, tmp_path)
    assert pd.read_csv(tmp_path / "evidence.csv")["supports"].tolist() == ["-"]
    assert len(pd.read_csv(tmp_path / "ratings.csv")) == 0


@pytest.mark.parametrize("level", ["Emergng", "2"])
def test_an_unknown_level_is_named_and_nothing_is_taken(local, session, form, level):
    with pytest.raises(CbeError, match=f"There is no level named '{level}'"):
        merge(local, session, filled(form, levels={2: ("Emerging", ""), 3: (level, "")}))
    assert own_votes(local, rater_named(local, session, "Ana")) == {}


def test_a_day_that_is_none_is_named_with_its_row(local, session, form):
    with pytest.raises(CbeError, match=r"Row 1 of the sheet 'evidence' has no proper day. Found 'last May'"):
        merge(local, session, filled(form, pieces=[(*DOCUMENT[:4], "last May")]))


def test_a_workbook_of_another_session_is_refused(local, form):
    other = store.open_session(local, "Birch (made up)", lead="Lee").session
    with pytest.raises(CbeError, match="belongs to another session"):
        merge(local, other, filled(form))


def test_a_workbook_of_another_rater_is_refused(local, session, form):
    ben = join(local, session, "Ben").rater
    with pytest.raises(CbeError, match=r"not yours. Its first sheet says 'Ana'"):
        merge(local, session, filled(form), ben)


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04 damaged"])
def test_what_is_no_workbook_is_refused(local, session, content):
    with pytest.raises(CbeError, match="cannot be taken in"):
        merge(local, session, io.BytesIO(content))


def test_a_workbook_that_unpacks_to_too_much_is_refused(local, session, monkeypatch, form):
    monkeypatch.setattr(merging, "MOST_UNPACKED", 1_000)
    with pytest.raises(CbeError, match="too large"):
        merge(local, session, form)


def test_a_workbook_without_its_sheets_is_refused(local, session):
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with pytest.raises(CbeError, match="Fill in the one that was downloaded"):
        merge(local, session, stream)
