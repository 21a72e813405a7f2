"""What kind of file is this, by its content, and which of its sheets can be read?"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from cbe_lib.errors import CbeError, closest, some
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.grid import MOST_BYTES, Grid

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
# How files begin that are no tables, and what to do with them.
_OTHERS = {
    b"%PDF": ("a PDF document", "Ask for the spreadsheet behind it; tables copied out of a PDF lose cells"),
    b"\x89PNG": ("a picture", "Ask for the spreadsheet that it shows"),
    b"\xff\xd8\xff": ("a picture", "Ask for the spreadsheet that it shows"),
    b"GIF8": ("a picture", "Ask for the spreadsheet that it shows"),
    b"\x1f\x8b": ("a compressed file", "Unpack it and read the file inside"),
    b"7z\xbc\xaf": ("a compressed file", "Unpack it and read the file inside"),
    b"Rar!": ("a compressed file", "Unpack it and read the file inside"),
    b"SQLite format 3": ("a SQLite database", "Pass its address: ingest.read('sqlite:///PATH', sheet='TABLE')"),
    b"{\\rtf": ("a text document", "Copy the table into a spreadsheet and save that"),
    b"<": ("a web page or XML", "Open it in the spreadsheet program and save it as .xlsx; the ending of its name lies"),
}
_ZIPPED = {
    "word/": ("a Word document", "Copy the table into a spreadsheet and save that"),
    "ppt/": ("a presentation", "Copy the table into a spreadsheet and save that"),
    "xl/workbook.bin": ("a binary workbook (.xlsb)", "Save it as .xlsx"),
    "content.xml": ("an OpenDocument file", "Save it as .xlsx"),
}


def named(path: str | Path) -> str:
    """Name the source in messages and in the report: the file, or the address without its password."""
    if not _is_url(path):
        return Path(path).name
    from cbe_lib.ingest.database import shown_url

    return shown_url(str(path))


def grids(path: str | Path, sheet: str | None) -> Iterator[Grid]:
    """Read every sheet that shows, or the one that is asked for, one after the other."""
    if _is_url(path):
        # Only where a database is read: importing SQLAlchemy takes a third of a second.
        from cbe_lib.ingest.database import read_database

        yield read_database(str(path), sheet)
        return
    file = Path(path)
    kind = _kind(file)
    if kind == "workbook":
        yield from _sheets(file, sheet)
    elif kind == "old workbook":
        yield from _old_sheets(file, sheet)
    elif kind == "parquet":
        from cbe_lib.ingest.columnar import read_parquet

        yield read_parquet(file)
    else:
        from cbe_lib.ingest.delimited import read_delimited

        yield read_delimited(file)


def _is_url(path: str | Path) -> bool:
    return isinstance(path, str) and bool(re.match(r"[a-z0-9_+]+://", path))


def _sheets(file: Path, sheet: str | None) -> Iterator[Grid]:
    from cbe_lib.ingest.workbook import list_sheets, read_sheet

    visible, hidden = list_sheets(file)
    _refuse_unknown(file, sheet, visible, hidden)
    for name in visible if sheet is None else (sheet,):
        yield _with_hidden(read_sheet(file, name), hidden)


def _old_sheets(file: Path, sheet: str | None) -> Iterator[Grid]:
    from cbe_lib.ingest.old_workbook import read_old

    hidden, found = read_old(file)
    visible = {grid.sheet: grid for grid in found}
    _refuse_unknown(file, sheet, visible, hidden)
    for name in visible if sheet is None else (sheet,):
        yield _with_hidden(visible[name], hidden)


def _with_hidden(grid: Grid, hidden: Iterable[str]) -> Grid:
    advice = "It was not read; unhide it if it belongs to the data"
    unread = [Finding("hidden sheet", "warned", "", advice, sheet=name) for name in hidden]
    return replace(grid, findings=(*unread, *grid.findings))


def _kind(file: Path) -> str:
    start = _start(file)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK"):
        return _zipped(file)
    if start.startswith(_OLD_OFFICE):
        return _old_office(file)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, (what, advice) in _OTHERS.items():
        if text.startswith(sign):
            raise _no_table(file, what, advice)
    return "text"


def _start(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise CbeError.build(
                f"{file.name} is too large to read",
                found=f"It has {size / 2**20:,.0f} MB; at most {MOST_BYTES / 2**20:,.0f} MB are read",
                advice="Split it, or put it into a database and read it from there",
            )
        with file.open("rb") as stream:
            start = stream.read(512)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CbeError.build(f"{file.name or file} cannot be opened", found=why, advice="Check the path") from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise _no_table(file, "an empty file", "Check that it was saved and copied completely")
    return start


def _zipped(file: Path) -> str:
    try:
        with zipfile.ZipFile(file) as book:
            parts = book.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _no_table(
            file, f"a damaged workbook ({error})", "Open it in the spreadsheet program, save it again"
        ) from None
    if "xl/workbook.xml" in parts:
        return "workbook"
    for sign, (what, advice) in _ZIPPED.items():
        if any(part.startswith(sign) for part in parts):
            raise _no_table(file, what, advice)
    raise _no_table(file, "a compressed file", "Unpack it and read the file inside")


def _old_office(file: Path) -> str:
    from cbe_lib.ingest.workbook import locked

    content = file.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise locked(file)
    if "WordDocument".encode("utf-16-le") in content:
        raise _no_table(file, "a Word document", "Copy the table into a spreadsheet and save that")
    return "old workbook"


def _no_table(file: Path, what: str, advice: str) -> CbeError:
    return CbeError.build(f"{file.name} cannot be read as a table", found=f"It is {what}", advice=advice)


def _refuse_unknown(file: Path, sheet: str | None, visible: Collection[str], hidden: Collection[str]) -> None:
    """Raise CbeError for a sheet that is not there, or not shown."""
    if sheet is None or sheet in visible:
        return
    if sheet in hidden:
        raise CbeError.build(
            f"Sheet {sheet!r} of {file.name} is hidden and is not read",
            advice="Unhide it in the spreadsheet program, save, and read again",
        )
    near = closest(sheet, visible)
    raise CbeError.build(
        f"{file.name} has no sheet {sheet!r}",
        found=f"Did you mean {near!r}? " * bool(near) + f"Its sheets: {some(map(repr, visible), 20) or 'none'}",
        advice="Pass one of these names as sheet=",
    )
