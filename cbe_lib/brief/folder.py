"""A folder of tables, one CSV each, as the brief needs them."""

from __future__ import annotations

import csv
from os import PathLike
from pathlib import Path

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, some

NEEDED = ("districts", "outcomes")


def read_folder(folder: str | PathLike[str]) -> dict[str, pd.DataFrame]:
    """Which tables lie in this folder, each in a file <table>.csv?

    Parameters
    ----------
    folder : path
        Holds districts.csv and outcomes.csv at least; files with other names are left alone. `data/samples` is one.

    Returns
    -------
    dict of DataFrame
        Every known table that is there, typed and checked.

    Raises
    ------
    CbeError
        If the folder or one of the two needed files is missing, a file cannot be read as CSV in UTF-8, or a table
        holds what it may not: every problem of that table at once.

    Examples
    --------
    >>> from cbe_lib import brief, samples
    >>> found = brief.read_folder(samples.folder())
    >>> len(found["districts"])
    36
    """
    place = Path(folder)
    if not place.is_dir():
        raise CbeError.build(
            f"There is no folder {str(folder)!r}", advice="Pass a folder that holds districts.csv and outcomes.csv"
        )
    missing = [f"{name}.csv" for name in NEEDED if not (place / f"{name}.csv").is_file()]
    if missing:
        there = sorted(file.name for file in place.glob("*.csv"))
        raise CbeError.build(
            f"The folder {str(folder)!r} lacks {some(missing)}",
            found=f"It holds {some(there, 12) or 'no CSV file'}",
            advice="districts.csv needs district_id and name; outcomes.csv needs district_id, year and value",
        )
    return {name: _read(place / f"{name}.csv", name) for name in tables.names() if (place / f"{name}.csv").is_file()}


def _read(file: Path, table: str) -> pd.DataFrame:
    """Read every cell as text, so that ids keep their zeros, and let the check of the table type them."""
    try:
        frame = pd.read_csv(file, dtype="str", encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL)
    except UnicodeDecodeError:
        raise CbeError.build(f"{file.name} is not text in UTF-8", advice="Save it again as CSV UTF-8") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as problem:
        raise CbeError.build(
            f"{file.name} cannot be read as CSV",
            found=str(problem).strip(),
            advice="One heading line, commas between cells",
        ) from None
    return tables.validate(frame.rename(columns=lambda name: str(name).strip()), table, source=file.name)
