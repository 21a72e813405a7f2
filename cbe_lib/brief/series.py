"""Which series of results the brief draws, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.brief.record import Record, is_district, is_everyone
from cbe_lib.brief.words import short

KEY = ["grade", "subject", "metric"]
PERCENT = "percent"


@dataclass(frozen=True)
class Series:
    """One series of all students: the results that may be shown, and the same of districts that never adopted.

    Attributes
    ----------
    rows : DataFrame
        year, value, n_tested, test_regime, participation of this district, in order of time.
    others : DataFrame
        The same columns and district_id, of districts without a rollout.
    words : str
        What was measured, for instance "percent proficient, grade 8 mathematics, all students".
    more : int
        Other series of all students in the tables.
    """

    rows: pd.DataFrame
    others: pd.DataFrame
    words: str
    more: int

    @property
    def tested(self) -> pd.Series:
        """Students tested, where known."""
        return self.rows["n_tested"].dropna()


def chosen(record: Record) -> Series | None:
    """Pick the series with most groups in its last year, then most years, then most students, last the highest grade.

    The rule is fixed before anyone looks at results.
    """
    shown = record.released
    known = shown[is_everyone(shown) & shown["value"].notna()] if len(shown) else shown
    if known.empty:
        return None
    keyed = _keyed(known)
    last = _keyed(shown[(shown["year"] == shown["year"].max()) & ~is_everyone(shown)])
    ranked = keyed.groupby("key").agg(years=("year", "nunique"), students=("n_tested", "sum"))
    ranked["groups"] = last.groupby("key").size().reindex(ranked.index).fillna(0)
    ranked["students"] = ranked["students"].fillna(0).astype(float).round(-3)
    order = ["groups", "years", "students", "key"]
    key = ranked.reset_index().sort_values(order, kind="stable")["key"].iloc[-1]
    rows = keyed[keyed["key"] == key].drop_duplicates("year").sort_values("year").reset_index(drop=True)
    return Series(rows, _others(record, key), _words(rows.iloc[0]), len(ranked) - 1)


def _keyed(rows: pd.DataFrame) -> pd.DataFrame:
    """Add one text for grade, subject and metric; grades sort by number."""
    grade = rows["grade"].fillna("").str.zfill(2)
    return rows.assign(key=grade + "\0" + rows["subject"].fillna("") + "\0" + rows["metric"].fillna(""))


def _others(record: Record, key: str) -> pd.DataFrame:
    adopters = {*record.rollouts.index, record.id}
    rows = record.outcomes
    rows = rows[~rows["district_id"].isin(adopters) & is_district(rows) & is_everyone(rows) & rows["value"].notna()]
    keyed = _keyed(rows)
    return keyed[keyed["key"] == key].drop_duplicates(["district_id", "year"]).reset_index(drop=True)


def _words(row: pd.Series) -> str:
    what = PERCENT if pd.isna(row["metric"]) else short(row["metric"], 30)
    where = " ".join(
        part
        for part in (
            "" if pd.isna(row["grade"]) else f"grade {short(row['grade'], 12)}",
            "" if pd.isna(row["subject"]) else short(row["subject"], 30),
        )
        if part
    )
    return ", ".join(part for part in (what, where, "all students") if part)
