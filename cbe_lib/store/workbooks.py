"""Workbooks written: an empty one for visits without network, and a session's tables for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from cbe_lib.errors import CbeError
from cbe_lib.files import whole
from cbe_lib.store.codes import new_code
from cbe_lib.store.database import Database
from cbe_lib.store.frames import evidence, ratings
from cbe_lib.store.people import Rater
from cbe_lib.store.sessions import Session
from cbe_lib.store.votes import KINDS, NOT_RATED, own_evidence, own_votes

ABOUT, VOTES, PIECES = "start here", "ratings", "evidence"
CODE, NAME, ROLE, BOOK = "session", "your name", "your role", "workbook"
PIECE_COLUMNS = ("criterion_id", "kind", "text", "supports", "date", "role_group", "school_id", "since", "link")
PIECE_ROWS = 100
TYPED = {"district_id", "wave", "rater", "role", "reason", "role_group", "school_id", "text", "link"}
ADVICE = (
    "1. Write your name and role on this sheet.",
    "2. On the sheet 'evidence', note what you saw, read or heard, one thing a row, with its day.",
    f"3. On the sheet 'ratings', choose a level for each criterion, or {NOT_RATED} for not seen, and say why.",
    "4. Send the file to your lead, or upload it on your own page. It may be sent again after changes.",
    "Rate alone: do not compare with others before all have handed in.",
)
WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_form(db: Database, session: Session, rater: Rater | None, stream: IO[bytes]) -> None:
    """Write the workbook in which one person rates without a network, with what that person has stored so far."""
    book = Workbook()
    about, votes, pieces = book.worksheets[0], book.create_sheet(VOTES), book.create_sheet(PIECES)
    about.title = ABOUT
    facts = {CODE: session.code, NAME: rater.name if rater else "", ROLE: rater.role if rater else "", BOOK: new_code()}
    _fill(about, [*facts.items(), ("district", session.district_id), ("rubric", session.rubric.version)])
    _fill(about, [(), *((line,) for line in ADVICE)])
    _ratings_sheet(votes, session, own_votes(db, rater) if rater else {})
    _evidence_sheet(pieces, session)
    if rater:
        _fill(book.create_sheet("stored evidence"), _stored(db, rater))
    _widths(about, 14, 60)
    book.save(stream)


def _ratings_sheet(sheet: Worksheet, session: Session, mine: dict[str, Any]) -> None:
    levels = session.rubric.levels
    rows: list[tuple[Any, ...]] = [("criterion_id", "criterion", "question", *levels, "level", "reason")]
    for each in session.rubric.criteria:
        vote = mine.get(each.id)
        given = (vote.level, vote.reason) if vote else ("", "")
        rows.append((each.id, each.name, each.question, *each.descriptors, *given))
    _fill(sheet, rows)
    column = get_column_letter(4 + len(levels))
    _choice(sheet, (*levels, NOT_RATED), f"{column}2:{column}{len(rows)}")
    _widths(sheet, 12, 20, 28, *[36] * len(levels), 14, 44)
    sheet.freeze_panes = "C2"


def _evidence_sheet(sheet: Worksheet, session: Session) -> None:
    _fill(sheet, [("number", *PIECE_COLUMNS), *((number,) for number in range(1, PIECE_ROWS + 1))])
    last = PIECE_ROWS + 1
    _choice(sheet, [each.id for each in session.rubric.criteria], f"B2:B{last}")
    _choice(sheet, KINDS, f"C2:C{last}")
    _choice(sheet, ("+", "-"), f"E2:E{last}")
    _widths(sheet, 9, 13, 14, 60, 10, 13, 18, 12, 13, 30)
    sheet.freeze_panes = "B2"


def _stored(db: Database, rater: Rater) -> list[tuple[Any, ...]]:
    rows = [tuple(getattr(piece, name) for name in PIECE_COLUMNS) for piece in own_evidence(db, rater)]
    return [PIECE_COLUMNS, *rows]


def _choice(sheet: Worksheet, words: Sequence[str], cells: str) -> None:
    listed = ",".join(words)
    # A spreadsheet takes 255 letters of choices; a comma or quote inside one would make two of it.
    if len(listed) <= 255 and '"' not in listed and listed.count(",") == len(words) - 1:
        offered = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        sheet.add_data_validation(offered)
        offered.add(cells)


def write_tables(db: Database, session: Session, stream: IO[bytes]) -> None:
    """Write the tables `ratings` and `evidence` of a session as sheets; raise HiddenError before the reveal."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, frame in (("ratings", ratings(db, session)), ("evidence", evidence(db, session))):
        cells = frame.astype(object).where(frame.notna(), None)
        _fill(book.create_sheet(name), [tuple(frame.columns), *cells.itertuples(index=False, name=None)])
    book.save(stream)


def write_csv(db: Database, session: Session, folder: Path) -> None:
    """Write ratings.csv and evidence.csv; raise HiddenError before the reveal.

    Typed texts that a spreadsheet would run as a formula get an apostrophe before them.
    """
    for name, frame in (("ratings", ratings(db, session)), ("evidence", evidence(db, session))):
        typed = {column: frame[column].map(_harmless, na_action="ignore") for column in TYPED & set(frame.columns)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with whole(folder / f"{name}.csv") as place:
                frame.assign(**typed).to_csv(place, index=False)
        except OSError as error:
            raise CbeError.build(
                f"{folder} could not be written", found=str(error), advice="Check the folder"
            ) from None


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _fill(sheet: Worksheet, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows under what is there; text stays text, so that no spreadsheet runs it as a formula."""
    for row in rows:
        sheet.append([_plain(value) for value in row])
        for cell in sheet[sheet.max_row] if row else ():
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.quotePrefix = True
            cell.alignment = WRAPPED
    for cell in sheet[1]:
        cell.font = Font(bold=True)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value if isinstance(value, (str, int, date)) else None


def _widths(sheet: Worksheet, *widths: int) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
