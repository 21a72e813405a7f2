"""Mergers and splits that are on record: the series breaks where the place changes."""

from __future__ import annotations

import pandas as pd

from cbe_lib.errors import ValuesError, require_columns, rows_of

_PART = r",? ?(?:before|from) \d{4}$"


def apply_history(outcomes: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Where does a district's series break because the district itself merged or split?

    Parameters
    ----------
    outcomes : DataFrame
        Table `outcomes`.
    history : DataFrame
        Table `entity_history`: `district_id`, `to_date` and `successor_ids` are used. A change of name alone breaks
        nothing.

    Returns
    -------
    DataFrame
        `outcomes` with `test_regime` parted in two at each change of a successor, so that
        `dip.fit(regime="test_regime")` compares no result from before a merger with one from after it.

    Raises
    ------
    CbeError
        For missing columns, or successors without the day on which their forerunner ended.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"district_id": ["9", "9"], "year": [2009, 2010], "value": [50.0, 55.0]})
    >>> history = pd.DataFrame({"district_id": ["4"], "to_date": ["2009-06-30"], "successor_ids": ["9"]})
    >>> apply_history(outcomes, history)["test_regime"].tolist()
    ['before 2010', 'from 2010']
    """
    frame = require_columns(outcomes, ["district_id", "year"], "outcomes").copy()
    regime = frame["test_regime"].astype("str") if "test_regime" in frame else pd.Series(None, frame.index, dtype="str")
    changes = _changes(require_columns(history, ["district_id", "to_date", "successor_ids"], "history"))
    for district, years in changes.groupby("district_id")["year"]:
        here = frame["district_id"] == district
        regime = regime.mask(here, _parted(regime, f"before {years.min()}"))
        for year in sorted(set(years)):
            regime = regime.mask(here & (frame["year"] >= year), _parted(regime, f"from {year}"))
    return frame.assign(test_regime=regime)


def _changes(history: pd.DataFrame) -> pd.DataFrame:
    """List successors with the first spring year after their forerunner ended."""
    ended = history[history["successor_ids"].notna()]
    days = pd.to_datetime(ended["to_date"], errors="coerce")
    if days.isna().any():
        raise ValuesError.build(
            f"`history` names successors without a day in 'to_date' in {rows_of(ended, days.isna())}",
            advice="Give the last day of the district that ended, as YYYY-MM-DD",
        )
    first = days + pd.Timedelta(days=1)
    spring = first.dt.year + (first.dt.month >= 7)
    successors = ended["successor_ids"].astype("str").str.split(r"\s*[;|,]\s*", regex=True)
    return pd.DataFrame({"district_id": successors, "year": spring.astype(int)}).explode("district_id")


def _parted(regime: pd.Series, part: str) -> pd.Series:
    """Add a part to the name of the test, in place of an earlier one."""
    test = regime.fillna("").str.replace(_PART, "", regex=True)
    return test.where(test == "", test + ", ") + part
