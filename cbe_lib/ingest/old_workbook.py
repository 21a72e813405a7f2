"""Workbooks of the old kind (.xls), read by a process of its own.

A damaged .xls file can keep its reader busy for ever, or make it ask for all memory there is: then the process is
ended, and the notebook goes on.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from cbe_lib.errors import CbeError
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.grid import Grid, gather, text_of

SECONDS = 30
MEMORY = 4 * 2**30
_WARNING = Finding(
    "old workbook format",
    "warned",
    "",
    "Errors such as #DIV/0! look like empty cells in an .xls file, and dates without a year cannot be told from full "
    "ones: save it as .xlsx and read that",
)


def read_old(path: Path) -> tuple[list[str], Iterator[Grid]]:
    """Read an .xls file: the names of its hidden sheets, and a grid for each one that shows."""
    command = [sys.executable, "-m", "cbe_lib.ingest.old_workbook", str(path)]
    try:
        run = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
        sheets = json.loads(run.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        raise CbeError.build(
            f"{path.name} cannot be read as a workbook",
            found="The file is damaged, protected by a password, or of a kind older than Excel 97",
            advice="Open it in the spreadsheet program and save it again as .xlsx",
        ) from None
    hidden = [sheet["name"] for sheet in sheets if sheet["rows"] is None]
    shown = [sheet for sheet in sheets if sheet["rows"] is not None]
    return hidden, (Grid(each["name"], gather(each["rows"], path.name), findings=(_WARNING,)) for each in shown)


def _limit() -> None:
    """Let the system end this process when it asks for too much."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _sheets(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                visible = sheet.visible == SheetVisibleEnum.Visible
                yield {"name": sheet.name, "rows": _rows(book, sheet.name) if visible else None}


def _rows(book: CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = book.get_sheet_by_name(name)
    left = [""] * (sheet.start[1] if sheet.start else 0)
    return [[*left, *map(text_of, row)] for row in sheet.iter_rows()]


if __name__ == "__main__":
    _limit()
    json.dump(list(_sheets(Path(sys.argv[1]))), sys.stdout)
