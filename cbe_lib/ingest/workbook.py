"""Excel workbooks: the sheets that show, every cell as it is shown; nothing is executed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from cbe_lib.errors import CbeError
from cbe_lib.ingest.grid import Grid, gather, refuse_size
from cbe_lib.ingest.workbook_xml import Marks, parts_of_sheets, sheet_marks, shown

MOST_UNPACKED = 2**30
"""Bytes of all parts together: 25 million cells, the most that are read, have fewer."""
MOST_TEXTS = MOST_UNPACKED // 4
"""Bytes of all that is not a sheet: a reader holds it in memory in one piece."""


class Sheets(NamedTuple):
    """Names of the worksheets that show and of those that are hidden."""

    visible: tuple[str, ...]
    hidden: tuple[str, ...]


def list_sheets(path: Path) -> Sheets:
    """Name the worksheets of a workbook, visible and hidden ones."""
    _refuse_bomb(path)
    with _opened(path) as book:
        sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    visible = tuple(each.name for each in sheets if each.visible == SheetVisibleEnum.Visible)
    return Sheets(visible, tuple(each.name for each in sheets if each.name not in visible))


def read_sheet(path: Path, sheet: str) -> Grid:
    """Read one sheet into a grid."""
    marks = _marks(path, sheet)
    refuse_size(marks.rows, marks.columns, f"Sheet {sheet!r} of {path.name}")
    with _opened(path) as book:
        content = book.get_sheet_by_name(sheet)
        dates: dict[tuple[int, int], str] = {}
        cells = gather(_rows(content, marks, dates), path.name)
        merged = [(top, left, bottom, right) for (top, left), (bottom, right) in content.merged_cell_ranges or ()]
    return Grid(sheet, cells, None, merged, dates, marks.uncalculated)


def _marks(path: Path, sheet: str) -> Marks:
    with _reading(path), zipfile.ZipFile(path) as book:
        part = parts_of_sheets(book).get(sheet, "")
        if part not in book.namelist():
            raise _damaged(path, f"its sheet {sheet!r} is not in the file")
        return sheet_marks(book, part)


def _rows(content: CalamineSheet, marks: Marks, dates: dict[tuple[int, int], str]) -> Iterator[Sequence[Any]]:
    left = [None] * (content.start[1] if content.start else 0)
    special = zip(marks.row, marks.column, marks.code, strict=True)
    place = next(special, None)
    for number, stored in enumerate(content.iter_rows()):
        row = [*left, *stored]
        while place and place[0] <= number:
            if place[0] == number and place[1] < len(row):
                _show(row, place[1], marks.codes[place[2]], number, dates)
            place = next(special, None)
        yield row


def _show(row: list[Any], column: int, code: str, number: int, dates: dict[tuple[int, int], str]) -> None:
    value = row[column]
    text = shown(value, code)
    if text is None:
        return
    if hasattr(value, "isoformat"):
        dates[number, column] = value.isoformat()[:10]
    row[column] = text


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a workbook is read into one sentence."""
    try:
        yield
    except PasswordError:
        raise locked(path) from None
    except (CbeError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic inside the reader is no Exception
        raise _damaged(path, str(error) or type(error).__name__) from None


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    # By content, because endings lie: many an .xls is an .xlsx.
    with _reading(path), path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
        yield book


def refuse_unpacked(path: Path, most: int, *, only: Callable[[zipfile.ZipInfo], bool] = lambda part: True) -> None:
    """Raise CbeError for a workbook that says, in the list of its parts, that it unpacks to more than `most` bytes."""
    with _reading(path), zipfile.ZipFile(path) as book:
        size = sum(part.file_size for part in book.infolist() if only(part))
    if size > most:
        raise CbeError.build(
            f"{path.name} is too large to read",
            found=f"Unpacked it has {size / 2**20:,.0f} MB; at most {most / 2**20:,.0f} MB are read",
            advice="Split the workbook, or save the one sheet as CSV",
        )


def _refuse_bomb(path: Path) -> None:
    """Unpack everything once, in pieces, before a reader does it in memory: sizes that a file states may be false."""
    refuse_unpacked(path, MOST_UNPACKED)
    refuse_unpacked(path, MOST_TEXTS, only=_is_no_sheet)
    with _reading(path), zipfile.ZipFile(path) as book:
        for part in filter(_is_no_sheet, book.infolist()):
            _unpack(book, part)


def _is_no_sheet(part: zipfile.ZipInfo) -> bool:
    """Say whether this is no sheet; sheets are unpacked, in pieces too, when they are read."""
    return not part.filename.startswith("xl/worksheets/")


def _unpack(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with book.open(part) as stream:
        while stream.read(2**20):
            pass


def locked(path: Path) -> CbeError:
    """Build the error for a workbook that only opens with a password."""
    return CbeError.build(
        f"{path.name} is protected by a password",
        advice="Open it in the spreadsheet program, save it without the password, and read it again",
    )


def _damaged(path: Path, why: str) -> CbeError:
    return CbeError.build(
        f"{path.name} cannot be read as a workbook",
        found=f"The file is damaged or no workbook: {' '.join(why.split())[:200]}",
        advice="Open it in the spreadsheet program and save it again as .xlsx",
    )
