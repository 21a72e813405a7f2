"""An empty workbook for a table: headings, drop-downs, one example row and a data dictionary."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbe_lib.errors import CbeError
from cbe_lib.files import whole
from cbe_lib.tables.spec import Column, describe, known

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# What the first cell of the example row holds. Reading leaves out every row that begins with it.
EXAMPLE = "EXAMPLE"
ROWS = 10_000
LONGEST_LIST = 255
_FORMATS = {"id": "@", "text": "@", "list": "@", "date": "yyyy-mm-dd", "year": "0", "count": "0", "flag": "@"}
_EXAMPLES = {"list": "first; second", "date": date(2014, 9, 2), "year": 2015, "flag": "yes"}


def template(table: str, path: str | Path, *, force: bool = False) -> Path:
    """How must a workbook look in which `table` can be filled in?

    Sheet "data" has a heading for each column, ids and texts as text so that leading zeros stay, drop-downs and checked
    numbers, years and dates for 10,000 rows, and one example row whose first cell is EXAMPLE: reading leaves it out.
    Sheet "dictionary" says what each column means.

    Parameters
    ----------
    table : str
        Name of the table: see `cbe_lib.tables.names`.
    path : str or Path
        File to write, ending in .xlsx.
    force : bool
        Overwrite a file that is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CbeError
        If no table has that name, the ending is not .xlsx, the folder does not exist, or the file does.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.ingest.template import template
    >>> template("rollout", Path(tempfile.mkdtemp()) / "rollout.xlsx").name
    'rollout.xlsx'
    """
    from openpyxl import Workbook

    columns = known(table).columns
    target = _target(Path(path), force)
    book = Workbook()
    sheet = book["Sheet"]
    sheet.title = "data"
    _data(sheet, columns)
    _dictionary(book.create_sheet("dictionary"), table)
    with whole(target) as place:
        book.save(place)
    return target


def _target(path: Path, force: bool) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise CbeError.build(
            "A template is an Excel workbook", found=f"Found the name {path.name!r}", advice="End the name with .xlsx"
        )
    if not path.parent.is_dir():
        raise CbeError.build(f"There is no folder {str(path.parent)!r}", advice="Make it, or name another")
    if path.exists() and not force:
        raise CbeError.build(
            f"{str(path)!r} is already there",
            found="It may hold data that somebody has filled in",
            advice="Choose another name, or overwrite it with --force (force=True)",
        )
    return path


def _data(sheet: Worksheet, columns: tuple[Column, ...]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.append([column.name for column in columns])
    sheet.append([EXAMPLE if place == 0 else example(column) for place, column in enumerate(columns)])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 4)
        # The format of a whole column holds for cells that are typed in later.
        sheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "General")
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet[f"{letter}2"].font = Font(italic=True, color="808080")
        sheet[f"{letter}2"].number_format = _FORMATS.get(column.kind, "General")
        _checked(sheet, column, letter)


def example(column: Column) -> object:
    """Return a legal value for the example row."""
    if column.choices:
        return column.choices[0]
    if column.kind in _EXAMPLES:
        return _EXAMPLES[column.kind]
    if column.kind in ("count", "number"):
        middle = 40 if column.high is None else (column.low or 0) + (column.high - (column.low or 0)) / 2
        return int(middle) if column.kind == "count" else middle
    return "0123" if column.kind == "id" else "text"


def _checked(sheet: Worksheet, column: Column, letter: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = _rule(column)
    if rule:
        check = DataValidation(**rule, allow_blank=not column.required)
        check.showErrorMessage = check.showInputMessage = True
        check.errorTitle, check.error = column.name, f"Legal: {column.legal or _SAID[column.kind]}"
        check.promptTitle, check.prompt = column.name[:32], column.meaning[:255]
        check.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(check)


_SAID = {"flag": "yes or no", "date": "a date, for instance 2014-09-02", "count": "a whole number, 0 or more"}


def _rule(column: Column) -> dict[str, Any] | None:
    """Say which cells Excel is to accept."""
    choices = ("yes", "no") if column.kind == "flag" else column.choices
    listed = ",".join(choices)
    if choices and len(listed) <= LONGEST_LIST and not any("," in choice for choice in choices):
        return {"type": "list", "formula1": f'"{listed}"'}
    if column.kind == "date":
        return {"type": "date", "operator": "between", "formula1": "DATE(1900,1,1)", "formula2": "DATE(2100,12,31)"}
    if column.kind not in ("count", "year", "number") or (column.kind == "number" and column.low is None):
        return None
    kind = "decimal" if column.kind == "number" else "whole"
    low = f"{column.low or 0:g}"
    if column.high is None:
        return {"type": kind, "operator": "greaterThanOrEqual", "formula1": low}
    return {"type": kind, "operator": "between", "formula1": low, "formula2": f"{column.high:g}"}


def _dictionary(sheet: Worksheet, table: str) -> None:
    from openpyxl.styles import Alignment, Font

    spec = known(table)
    sheet.append([f"{table}: {spec.question}"])
    sheet.append(
        [f"Fill in the sheet data, from row 3. Row 2 is an example; rows that begin with {EXAMPLE} are left out."]
    )
    sheet.append([])
    sheet.append(["column", "meaning", "type", "unit", "legal", "required", "example"])
    rows = describe(table).to_dict("records")
    for column, row in zip(spec.columns, rows, strict=True):
        cells = [row[name] for name in ("column", "meaning", "type", "unit", "legal")]
        sheet.append([*cells, "yes" if row["required"] else "no", example(column)])
    for letter, width in zip("ABCDEFG", (22, 70, 10, 14, 34, 10, 18), strict=True):
        sheet.column_dimensions[letter].width = width
        sheet[f"{letter}4"].font = Font(bold=True)
    for (cell,) in sheet.iter_rows(min_row=5, min_col=2, max_col=2):
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.freeze_panes = "A5"
