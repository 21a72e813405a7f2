"""One row for each key: rows without a key, and rows that share one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cbe_lib.errors import some
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.texts import folded
from cbe_lib.tables.spec import Table

TWICE = "more than one row for one key"
FEW_VALUES = 10


def leave_out_blank(frame: pd.DataFrame, spec: Table, findings: list[Finding]) -> pd.DataFrame:
    """Leave out rows without a district, year or other required part of the key."""
    needed = [column.name for column in spec.columns if column.required and column.name in spec.key]
    for name in needed:
        if name in frame and (blank := frame[name].isna()).any():
            rows = frame.index[blank].to_numpy()
            advice = f"Rows without {name} cannot be placed: correct that column, or leave them out on purpose"
            findings.append(Finding(f"row left out: no {name}", "warned", name, advice, rows))
            frame = frame[~blank]
    return frame


def one_row_a_key(
    frame: pd.DataFrame, raw: pd.DataFrame, spec: Table, keep: Mapping[str, object], findings: list[Finding]
) -> pd.DataFrame:
    """Leave out rows that share a key, unless `keep` picks one or they are the same throughout."""
    key = [name for name in spec.key if name in frame]
    if not key:
        return frame
    for heading, wanted in keep.items():
        frame = _picked(frame, raw, key, heading, wanted, findings)
    frame = _once(frame, raw, key, findings)
    twice = frame.duplicated(key, keep=False)
    if not twice.any():
        return frame
    rows = frame.index[twice].to_numpy()
    shown = frame.loc[rows, key].fillna("").astype("str").agg(" ".join, axis=1)
    findings.append(Finding(TWICE, "rejected", ", ".join(key), _which(frame, raw, key, rows), rows, shown.tolist()))
    return frame[~twice]


def _picked(
    frame: pd.DataFrame, raw: pd.DataFrame, key: list[str], heading: str, wanted: object, findings: list[Finding]
) -> pd.DataFrame:
    if heading not in raw:
        advice = f"The headings are {some(map(repr, raw.columns), 12)}"
        findings.append(Finding("keep names no heading of the file", "warned", heading, advice))
        return frame
    twice = frame.duplicated(key, keep=False)
    cells = raw.loc[frame.index, heading]
    right = cells.isin([cell for cell in cells.unique() if folded(str(cell)) == folded(str(wanted))])
    chosen = right.groupby([frame[name] for name in key], dropna=False).transform("any")
    out = twice & chosen & ~right
    if out.any():
        rows = frame.index[out].to_numpy()
        advice = f"Rows with {wanted!r} kept among those with one key, as keep= asks"
        findings.append(Finding("row left out by keep", "handled", heading, advice, rows, [raw.loc[rows[0], heading]]))
    return frame[~out]


def _once(frame: pd.DataFrame, raw: pd.DataFrame, key: list[str], findings: list[Finding]) -> pd.DataFrame:
    """Keep the first of rows that are the same in every column of the file."""
    twice = frame.index[frame.duplicated(key, keep=False)]
    if not len(twice):
        return frame
    again = twice[raw.loc[twice].duplicated().to_numpy() & frame.loc[twice].duplicated().to_numpy()]
    if len(again):
        advice = "The same row stands in the file more than once; the first is kept"
        findings.append(Finding("repeated row left out", "handled", ", ".join(key), advice, again.to_numpy()))
    return frame.drop(index=again)


def _which(frame: pd.DataFrame, raw: pd.DataFrame, key: list[str], rows: np.ndarray) -> str:
    """Name the column of the file that tells the rows apart, with what it says."""
    groups = frame.loc[rows].groupby(key, dropna=False, sort=False).ngroup()
    candidates = []
    for heading in raw.columns:
        cells = raw.loc[rows, heading]
        apart = cells.groupby(groups).nunique(dropna=False).eq(groups.value_counts().sort_index()).all()
        found = cells.dropna().unique()
        if apart and 1 <= len(found) <= FEW_VALUES:
            candidates.append((heading, sorted(map(str, found))))
    words = [each for each in candidates if not all(_numeric(cell) for cell in each[1])]
    if not words:
        return "None of these rows is used: give one row for each key, or add the column that tells them apart"
    heading, found = words[0]
    return (
        f"None of these rows is used. They differ in {heading!r} ({some(map(repr, found))}): "
        f"pass keep={{{heading!r}: {found[0]!r}}} or another of these"
    )


def _numeric(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("%", "").strip().isdigit()
