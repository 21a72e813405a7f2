"""What advice says in Python, in the words of `cbe check`."""

from __future__ import annotations

import re
from pathlib import Path

from cbe_lib.tables import names

_TYPED = re.compile(r"\b(year_means|id_width|sheet)=('[^']*'|\"[^\"]*\"|\d+)")
_TOLD = re.compile(
    r"\b(columns|constants|suppressed|sentinels|no_test|regimes|keep)=(?=[\[{(]|$|\W)|\bdates_as_ranges=True"
)
IN_A_FILE = (
    "What reads NAME=... above goes into a file for --mapping, for instance the line no_test = [2020], or "
    '[columns] and below it "Pct" = "value". --save-mapping FILE writes one to begin with.'
)


def as_typed(advice: str) -> str:
    """Name options of the command in the place of arguments of `read`.

    Examples
    --------
    >>> as_typed("Say what 2008 means: year_means='end' for 2007-08, 'start' for 2008-09")
    "Say what 2008 means: --year-means end for 2007-08, 'start' for 2008-09"
    """
    return _TYPED.sub(lambda found: f"--{found[1].replace('_', '-')} {_word(found[2])}", advice)


def needs_file(text: str) -> bool:
    """Say whether advice names an argument that the command takes from a mapping file only.

    Examples
    --------
    >>> needs_file("pass suppressed={'xx': 'reason'}"), needs_file("pass id_width=4")
    (True, False)
    """
    return _TOLD.search(text) is not None


def other_table(file: str, table: str) -> str:
    """Name the table that the file most likely holds, if it is called like one; else nothing.

    Examples
    --------
    >>> other_table("sample/regimes.csv", "outcomes")
    'regimes'
    """
    stem = Path(file).stem.casefold()
    return stem if stem != table and stem in names() else ""


def _word(quoted: str) -> str:
    return quoted if " " in quoted else quoted.strip("'\"")
