"""A bank of lessons: what was told, by whom, about whom, and how far it was checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import read_rubric
from cbe_lib.results import Result

SOURCES = ("interview", "document", "observation", "survey", "data")
BANK = {
    "evidence_id": "evidence_id",
    "district_id": "about",
    "school_id": "school_id",
    "criterion_id": "criterion_id",
    "criterion": "criterion",
    "date": "date",
    "kind": "source",
    "role_group": "said_by",
    "rater": "recorded_by",
    "speaks": "speaks",
    "text": "text",
}
COUNTS = ["criterion_id", "criterion", "source", "said_by", "speaks"]


@dataclass(frozen=True, repr=False)
class Lessons(Result):
    """What was told, by whom, about whom: see `lessons`.

    Attributes
    ----------
    bank : DataFrame
        evidence_id, about (district), school_id, criterion_id, criterion, date, source, said_by, recorded_by, speaks
        (for or against the practice), text: a row for each piece.
    one_sided : DataFrame
        about, criterion_id, criterion, pieces, why: where one kind of source or one role group speaks alone.
    """

    bank: pd.DataFrame
    one_sided: pd.DataFrame


def lessons(evidence: pd.DataFrame, *, source: str | None = None, about: str | Sequence[str] | None = None) -> Lessons:
    """What have leaders and others told about what worked and where they stumbled, and about whom?

    Parameters
    ----------
    evidence : DataFrame
        Table `evidence`.
    source : {"interview", "document", "observation", "survey", "data"}, optional
        Only pieces of this kind.
    about : str or sequence of str, optional
        Only pieces about these districts.

    Returns
    -------
    Lessons
        `.table`: criterion_id, criterion, source, said_by, speaks, pieces, undated, districts, first, last. `.bank`:
        the pieces themselves. `.one_sided`: where nobody else was heard.

    Raises
    ------
    CbeError
        For an unknown kind of source or district, no piece left, and what `tables.validate` finds.

    Notes
    -----
    Counts are of pieces of evidence, not of people. Evidence against a practice stays beside evidence for it; nothing
    is averaged.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = lessons(samples.state()["evidence"], source="interview", about="00153")
    >>> found.bank["source"].unique().tolist()
    ['interview']
    """
    if source is not None and source not in SOURCES:
        raise unknown_name("kind of source", source, SOURCES)
    pieces = tables.validate(evidence, "evidence", complete=True)
    wanted = list(dict.fromkeys([about] if isinstance(about, str) else about or []))
    absent = [name for name in wanted if name not in set(pieces["district_id"])]
    if absent:
        raise unknown_name("district in `evidence`", absent[0], pieces["district_id"].unique())
    names = {each.id: each.name for dimension in read_rubric().dimensions for each in dimension.criteria}
    keep = pieces["kind"].eq(source) if source else pieces["kind"].notna()
    keep &= pieces["district_id"].isin(wanted) if wanted else True
    if not keep.any():
        raise CbeError.build("No piece of evidence is left", advice="Ask for another kind of source or district")
    speaks = pieces["supports"].map({"+": "for", "-": "against"})
    bank = pieces.assign(criterion=pieces["criterion_id"].map(names), speaks=speaks)[keep]
    bank = bank.rename(columns=BANK)[list(BANK.values())]
    bank = bank.sort_values(["criterion_id", "about", "date"], kind="stable", ignore_index=True)
    table, one_sided = _counts(bank), _one_sided(bank)
    return Lessons(table, _text(bank, one_sided), _notes(bank), None, bank=bank, one_sided=one_sided)


def _counts(bank: pd.DataFrame) -> pd.DataFrame:
    by = bank.groupby(COUNTS, dropna=False, sort=True)
    return by.agg(
        pieces=("evidence_id", "size"),
        undated=("date", lambda days: int(days.isna().sum())),
        districts=("about", "nunique"),
        first=("date", "min"),
        last=("date", "max"),
    ).reset_index()


def _one_sided(bank: pd.DataFrame) -> pd.DataFrame:
    by = bank.groupby(["about", "criterion_id", "criterion"], dropna=False, sort=True)
    frame = by.agg(pieces=("evidence_id", "size"), kinds=("source", "nunique"), roles=("said_by", "nunique"))
    alone = frame[(frame["kinds"] < 2) | (frame["roles"] < 2)].reset_index()
    kinds, roles = alone["kinds"] < 2, alone["roles"] < 2
    why = pd.Series("one role group", alone.index).mask(kinds, "one kind of source")
    why = why.mask(kinds & roles, "one kind of source and one role group")
    return alone.assign(why=why).drop(columns=["kinds", "roles"])


def _notes(bank: pd.DataFrame) -> tuple[str, ...]:
    unnamed = sorted(bank.loc[bank["criterion"].isna(), "criterion_id"].unique())
    silent, undated = int(bank["said_by"].isna().sum()), int(bank["date"].isna().sum())
    found = {
        f"{silent} pieces do not say who spoke.": silent,
        f"{undated} pieces have no day, so they count for nothing in the rubric.": undated,
        f"Not criteria of the packaged rubric: {', '.join(unnamed[:5])}.": len(unnamed),
    }
    return ("Counts are of pieces of evidence, not of people.", *(note for note, count in found.items() if count))


def _text(bank: pd.DataFrame, one_sided: pd.DataFrame) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in bank["source"].value_counts().items())
    against = int((bank["speaks"] == "against").sum())
    return (
        f"The bank holds {len(bank)} pieces about {bank['about'].nunique()} districts and "
        f"{bank['criterion_id'].nunique()} criteria ({kinds}); {against} tell of a stumble. In {len(one_sided)} cases "
        "one kind of source or one role group speaks alone. What people told is what they saw, not what happened "
        "everywhere."
    )
