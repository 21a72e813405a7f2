"""The cells that are scored (district, wave, criterion), and which evidence bears on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.rubric.scoring.reading import Problems, words

Moment = Any
DATE_ADVICE = "Give a date such as '2025-06-30', or {wave: date}"


@dataclass(frozen=True)
class Grid:
    """Every criterion for every district and wave that was visited.

    Attributes
    ----------
    sites : DataFrame
        district, wave, as_of: one row a district and wave, in the order of the table.
    criteria : int
        Criteria of the rubric.
    """

    sites: pd.DataFrame
    criteria: int

    @property
    def size(self) -> int:
        """Number of cells: cell = site x criteria + criterion."""
        return len(self.sites) * self.criteria

    def cell(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the cell of each row that names a district, a wave and a criterion."""
        index = pd.MultiIndex.from_frame(self.sites[["district", "wave"]])
        site = index.get_indexer(pd.MultiIndex.from_frame(rows[["district", "wave"]]))
        return site * self.criteria + rows["criterion"].to_numpy()

    def bearing(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Return the evidence with its cell: each piece in every wave of its district that had it, undated ones too."""
        sites = self.sites.assign(site=np.arange(len(self.sites)))
        joined = evidence.merge(sites, on="district", how="inner")
        joined = joined[~(joined["date"] > joined["as_of"])]
        cell = joined["site"] * self.criteria + joined["criterion"]
        joined = joined.assign(cell=cell, dated=joined["date"].notna(), favors=joined["supports"].eq("+"))
        return joined.sort_values(["cell", "date", "evidence_id"], ignore_index=True)


def make_grid(ratings: pd.DataFrame, evidence: pd.DataFrame | None, criteria: int, as_of: Moment) -> Grid:
    """List districts and waves, and say up to when the evidence of each wave counts."""
    sites = ratings[["district", "wave"]].drop_duplicates()
    waves = _in_order(sites["wave"].unique().tolist())
    sites = sites.assign(place=sites["wave"].map({wave: place for place, wave in enumerate(waves)}))
    sites = sites.sort_values(["district", "place"], ignore_index=True).drop(columns="place")
    return Grid(sites.assign(as_of=sites["wave"].map(_ends(ratings, evidence, waves, as_of))), criteria)


def _in_order(waves: list[str]) -> list[str]:
    number = pd.to_numeric(pd.Series(waves, dtype="str"), errors="coerce")
    return sorted(waves) if number.isna().any() else [waves[place] for place in np.argsort(number, kind="stable")]


def _ends(ratings: pd.DataFrame, evidence: pd.DataFrame | None, waves: list[str], as_of: Moment) -> Mapping[Any, Any]:
    """Return the last day of each wave: as asked for, else its last rating, and for the latest wave the last date."""
    if isinstance(as_of, Mapping):
        given = {str(words(pd.Series([wave])).iloc[0]): _moment(date) for wave, date in as_of.items()}
        missing = [wave for wave in waves if wave not in given]
        if missing:
            raise unknown_name("wave in as_of", missing[0], given)
        return given
    last_seen = [ratings["date"].max()] + ([] if evidence is None else [evidence["date"].max()])
    known = [date for date in last_seen if not pd.isna(date)]
    overall = _moment(as_of) if as_of is not None else max(known, default=pd.NaT)
    ends = ratings.groupby("wave")["date"].max().to_dict()
    if any(pd.isna(ends[wave]) for wave in waves):
        return dict.fromkeys(waves, overall)
    latest = max(waves, key=lambda wave: (ends[wave], waves.index(wave)))
    return ends | {latest: overall}


def _moment(date: Moment) -> pd.Timestamp:
    try:
        found = pd.Timestamp(date)
    except (TypeError, ValueError) as error:
        raise CbeError.build("`as_of` is not a date", found=f"Found {date!r}", advice=DATE_ADVICE) from error
    if not isinstance(found, pd.Timestamp) or pd.isna(found):
        raise CbeError.build("`as_of` is not a date", found=f"Found {date!r}", advice=DATE_ADVICE)
    return found.tz_localize(None) if found.tzinfo else found


def check_future(
    table: str, frame: pd.DataFrame, coded: pd.DataFrame, column: str, end: pd.Timestamp, problems: Problems
) -> None:
    """Remember dates after the last day that is scored."""
    late = (coded[column] > end).to_numpy()
    problems.add(f"{table}.{column}", frame, late, f"later than {end:%Y-%m-%d}, the last day scored", "correct as_of=")
