"""Tables written so that no spreadsheet runs what they hold, and so that `read` gives the same table again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from cbe_lib.errors import CbeError, require_frame, unknown_name
from cbe_lib.files import whole
from cbe_lib.privacy.persons import refuse_persons

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # the wide signs, too, begin a formula in some languages
_KINDS = (".csv", ".xlsx", ".parquet")


def neutral(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet program would run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def export(frame: pd.DataFrame, path: str | Path) -> Path:
    """How is a table handed to others, so that it is safe to open and can be read back unchanged?

    Parameters
    ----------
    frame : DataFrame
        A table, for instance `.frame` of what `read` returned.
    path : str or Path
        File to write; its ending says how: .csv, .xlsx or .parquet.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CbeError
        For a table about persons, for another ending, or if the file cannot be written.

    Notes
    -----
    In .csv files, texts that begin with =, +, -, @ (wide ones, too), a tab or a line break get an apostrophe before
    them, which `read` takes off again; .xlsx files hold them as text, never as formulas. A table with a column that
    names persons is refused: `frame.to_csv` writes it where it may stay. Small groups are not hidden here: what is to
    leave the office comes from `cbe_lib.privacy.for_release`.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from cbe_lib import ingest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = ingest.export(pd.DataFrame({"district_id": ["030"], "note": ["=1+1"]}), folder + "/safe.csv")
    ...     print(file.read_text().strip())
    district_id,note
    030,'=1+1
    """
    frame, path = require_frame(frame, "frame"), Path(path)
    refuse_persons(frame)
    if path.suffix not in _KINDS:
        raise unknown_name("kind of file", path.suffix or path.name, _KINDS)
    try:
        with whole(path) as place:
            _write(frame, place)
    except CbeError:
        raise
    except ValueError as error:
        raise CbeError.build(f"{path.name} could not be written", found=str(error), advice="Check the folder") from None
    return path


def _write(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        safe = _texts(frame).map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
        # With this line end a lone carriage return in a cell is quoted too.
        safe.to_csv(path, index=False, lineterminator="\r\n")
    elif path.suffix == ".xlsx":
        _workbook(frame, path)
    else:
        frame.to_parquet(path, index=False)


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "str" for name in frame if pd.api.types.is_datetime64_any_dtype(frame[name])})


def _workbook(frame: pd.DataFrame, path: Path) -> None:
    """Write text cells as text, whatever they look like; numbers stay numbers."""
    # Only where a workbook is written.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return None if pd.isna(value) else value
        written = WriteOnlyCell(sheet, value=value)
        written.data_type = "s"
        return written

    sheet.append([cell(str(name)) for name in frame])
    for row in _texts(frame).astype(object).itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    book.save(path)
