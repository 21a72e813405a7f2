"""District-years at risk of taking up a practice, and whether somebody who knew it had come by then."""

from __future__ import annotations

import numpy as np
import pandas as pd

CELL = ["practice", "year", "contact", "arrived"]


def moves_of(careers: pd.DataFrame) -> pd.DataFrame:
    """Return origin, district_id and from_date: every change of district of a person."""
    spells = careers.sort_values(["person_id", "from_date"], kind="stable")
    origin = spells.groupby("person_id")["district_id"].shift()
    moved = origin.notna() & (origin != spells["district_id"])
    return spells.assign(origin=origin).loc[moved, ["origin", "district_id", "from_date"]].reset_index(drop=True)


def district_years(careers: pd.DataFrame, moves: pd.DataFrame, practices: pd.DataFrame) -> pd.DataFrame:
    """Return practice, year, contact, arrived, n, taken_up: district-years at risk, counted by cell.

    Year is that of the September 1 with which the school year begins; at risk are those with a full year of careers
    before them, and districts that `practices` has a row for.
    """
    since = practices.pivot(index="district_id", columns="practice", values="from_date")
    used = since.to_numpy(dtype="datetime64[D]")
    listed = practices.assign(row=1).pivot(index="district_id", columns="practice", values="row").notna().to_numpy()
    moves = _placed(moves, since.index)
    first, last = _span(careers, practices)
    contact, arrived = np.zeros(used.shape, dtype=bool), np.zeros(len(used), dtype=bool)
    cells = []
    for year in range(int(min([first, *moves["season"]])), last + 1):
        september, next_one = (np.datetime64(f"{each}-09-01") for each in (year, year + 1))
        came = moves[moves["season"] == year]
        arrived[came["target"]] = True
        met = came[came["source"] >= 0]
        np.logical_or.at(contact, met["target"].to_numpy(), used[met["source"]] < september)
        at_risk = listed & ~(used < september)
        if year >= first:
            cells.append(_counted(year, since.columns, at_risk, used < next_one, contact, arrived))
    return pd.concat(cells, ignore_index=True) if cells else pd.DataFrame(columns=[*CELL, "n", "taken_up"])


def _span(careers: pd.DataFrame, practices: pd.DataFrame) -> tuple[int, int]:
    """Return the first and last school year to count: until the last that a move or a practice is known of."""
    began = careers["from_date"].min() + pd.DateOffset(years=1)
    known = pd.concat([_first_september(careers["from_date"]), _school_year(practices["from_date"].dropna())])
    return int(_first_september(pd.Series([began])).iloc[0]), int(known.max())


def _placed(moves: pd.DataFrame, districts: pd.Index) -> pd.DataFrame:
    """Number origin and target; leave out moves to districts whose practices are not known."""
    target, source = (districts.get_indexer(pd.Index(moves[name])) for name in ("district_id", "origin"))
    placed = pd.DataFrame({"season": _first_september(moves["from_date"]), "target": target, "source": source})
    return placed[placed["target"] >= 0]


def _first_september(days: pd.Series) -> pd.Series:
    """Return the year of the first September 1 on or after each day."""
    after = (days.dt.month > 9) | ((days.dt.month == 9) & (days.dt.day > 1))
    return days.dt.year + after


def _school_year(days: pd.Series) -> pd.Series:
    """Return the year of the September 1 with which the school year of each day began."""
    return days.dt.year - (days.dt.month < 9)


def _counted(
    year: int, names: pd.Index, at_risk: np.ndarray, taken: np.ndarray, contact: np.ndarray, arrived: np.ndarray
) -> pd.DataFrame:
    district, practice = np.nonzero(at_risk)
    rows = pd.DataFrame(
        {
            "practice": names.to_numpy()[practice],
            "year": year,
            "contact": contact[district, practice],
            "arrived": arrived[district],
            "taken_up": taken[district, practice],
        }
    )
    return rows.groupby(CELL, as_index=False).agg(n=("taken_up", "size"), taken_up=("taken_up", "sum"))
