"""Places over time: names that are not ids, one name for many places, many names for one, mergers and splits."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cbe_lib.errors import some
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.texts import folded

BARE = "name of places in several states"
_NAME = re.compile(r"name|^(district|school|lea|sau)$", re.IGNORECASE)
_STATE = re.compile(r"^(state|st|state_?(abbr|name|code)|stabr)$", re.IGNORECASE)
MERGED_WITHIN = 0.25
FEW_IDS = 5


def refuse_bare_names(frame: pd.DataFrame, raw: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Take out ids that are bare names of places in several states of the same file."""
    state = next((heading for heading in raw.columns if _STATE.match(str(heading).strip())), None)
    if state is None or "district_id" not in frame:
        return frame
    ids = frame["district_id"]
    bare = ids.notna() & ~ids.fillna("").str.contains(r"\d", regex=True)
    spread = raw[state].groupby(ids).transform("nunique") > 1
    bad = (bare & spread).to_numpy(dtype=bool)
    if not bad.any():
        return frame
    rows = np.flatnonzero(bad)
    advice = "One name, several states: use the ids that the states give, or put the state before the name"
    findings.append(Finding(BARE, "rejected", "district_id", advice, rows, ids.iloc[rows].tolist()))
    return frame.assign(district_id=ids.mask(bad))


def warn(frame: pd.DataFrame, raw: pd.DataFrame) -> list[Finding]:
    """Warn of names in place of ids, of names and ids that do not match one to one, and of likely mergers."""
    if "district_id" not in frame:
        return []
    return [*_bare(frame), *_names(frame, raw), *_mergers(frame)]


def _bare(frame: pd.DataFrame) -> list[Finding]:
    ids = frame["district_id"].dropna()
    bare = ids[~ids.str.contains(r"\d", regex=True)]
    if bare.nunique() * 2 <= ids.nunique():
        return []
    advice = "Names repeat between states and change over time: join on the ids that the state gives"
    return [Finding("names in place of ids", "warned", "district_id", advice, bare.index.to_numpy(), [bare.iloc[0]])]


def _names(frame: pd.DataFrame, raw: pd.DataFrame) -> list[Finding]:
    found = []
    for heading in raw.columns:
        if not _NAME.search(str(heading).strip()) or str(heading).casefold().endswith("id"):
            continue
        pairs = pd.DataFrame({"id": frame["district_id"], "name": raw.loc[frame.index, heading].astype("str")}).dropna()
        first = pairs.drop_duplicates()
        names = first["name"].map(folded)
        ids = first["id"].map(folded)
        if names.nunique() > 2 * ids.nunique() or (names == ids).all():
            continue  # schools of a district, or the ids themselves
        spelled = first["name"].groupby(names).first()
        pairs["name"] = pairs["name"].map(dict(zip(first["name"], names.map(spelled), strict=True)))
        found += _mismatch(pairs, str(heading), "name", "id", "one name, several ids", "They may be different places")
        found += _mismatch(
            pairs, str(heading), "id", "name", "one id, several names", "The place may have been renamed"
        )
    return found


def _mismatch(pairs: pd.DataFrame, heading: str, one: str, many: str, rule: str, meaning: str) -> list[Finding]:
    several = pairs.groupby(one)[many].transform("nunique") > 1
    if not several.any():
        return []
    rows = pairs.index[several].to_numpy()
    first = pairs.loc[rows[0], one]
    listed = pairs.loc[pairs[one] == first, many].unique()
    return [
        Finding(rule, "warned", heading, f"{first!r}: {some(listed)}. {meaning}: join on ids, never on names", rows)
    ]


def _mergers(frame: pd.DataFrame) -> list[Finding]:
    """Find years in which some ids end and others begin with about as many students."""
    size = next((name for name in ("enrollment", "n_tested") if name in frame), None)
    if size is None or "year" not in frame:
        return []
    rows = frame[frame["level"].ne("state")] if "level" in frame else frame
    total = rows.groupby(["district_id", "year"])[size].sum(min_count=1).astype("float64").rename("size").reset_index()
    span = total.groupby("district_id")["year"].agg(["min", "max"])
    found = []
    for year in sorted(set(span["min"]) - {span["min"].min()}):
        new, gone = span.index[span["min"] == year], span.index[span["max"] == year - 1]
        before = total[(total["year"] == year - 1) & total["district_id"].isin(gone)]["size"].sum()
        after = total[(total["year"] == year) & total["district_id"].isin(new)]["size"].sum()
        if 0 < len(new) <= FEW_IDS and 0 < len(gone) <= FEW_IDS and abs(after - before) <= MERGED_WITHIN * before:
            found.append(_merger(rows, int(year), list(gone), list(new), before, after))
    return found


def _merger(rows: pd.DataFrame, year: int, gone: list[str], new: list[str], before: float, after: float) -> Finding:
    where = rows.index[rows["district_id"].isin(new)].to_numpy()
    advice = (
        f"{some(gone)} end in {year - 1} with {before:.0f} students and {some(new)} begin in {year} with {after:.0f}: "
        "after a merger or split the series breaks; record it in a table of entity history"
    )
    return Finding("places may have merged or split", "warned", "district_id", advice, where, [new[0]])
