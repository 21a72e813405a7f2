"""Counts of students that cannot be: day numbers of a spreadsheet, outliers, more tested than enrolled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.numeric import serial_advice
from cbe_lib.ingest.sheetdates import SERIALS

COLUMNS = ("n_tested", "enrollment")
TIMES_OWN, TIMES_LARGEST = 10, 30
FEWEST_OTHERS = 5
UNIT = ["district_id", "level", "grade", "subject", "subgroup", "metric"]


def refuse_serials(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Take out counts far beyond the place's own other years, its enrollment, or every other count.

    A count is refused if it exceeds 10 times the median of the same place, grade, subject and group over the years,
    or if it could be a spreadsheet's day number (29,221 to 55,153) and exceeds the enrollment in its row, or, where the
    place has one count only, 30 times the largest other count of the column.
    """
    for name in COLUMNS:
        if name not in frame or not (bad := _impossible(frame, name)).any():
            continue
        rows = np.flatnonzero(bad)
        advice = [_advice(float(count)) for count in frame.loc[rows, name]]
        cells = [str(count) for count in frame.loc[rows, name]]
        findings.append(Finding("count far out of line", "rejected", name, advice, rows, cells))
        frame = frame.assign(**{name: frame[name].mask(bad)})
    return frame


def _advice(count: float) -> str:
    return serial_advice(count) or "Far above the other years of the same place: correct the cell, or leave it blank"


def _impossible(frame: pd.DataFrame, name: str) -> np.ndarray:
    count = frame[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    usual = _usual(frame, count)
    serial = (count >= SERIALS[0]) & (count <= SERIALS[1])
    with np.errstate(invalid="ignore"):
        bad = (count > TIMES_OWN * np.maximum(usual, 10)) & (count > 1000)
        if name != "enrollment" and "enrollment" in frame:
            bad |= serial & (count > frame["enrollment"].astype("Float64").to_numpy(dtype=float, na_value=np.nan))
    others = count[~serial & ~np.isnan(count)]
    if len(others) >= FEWEST_OTHERS:
        state = (
            frame["level"].eq("state").to_numpy(dtype=bool) if "level" in frame else np.zeros(len(frame), dtype=bool)
        )
        bad |= serial & ~state & np.isnan(usual) & (count > TIMES_LARGEST * others.max())
    return bad


def _usual(frame: pd.DataFrame, count: np.ndarray) -> np.ndarray:
    """Return the lower median of the counts of each place over the years; NaN where it stands alone."""
    unit = [name for name in UNIT if name in frame]
    if not unit or frame.empty:
        return np.full(len(frame), np.nan)
    codes = frame.groupby(unit, dropna=False, sort=False).ngroup().to_numpy()
    order = np.lexsort((count, codes))  # within a place ascending, missing counts last
    size = np.bincount(codes[~np.isnan(count)], minlength=codes.max() + 1)
    start = np.searchsorted(codes[order], np.arange(len(size)))
    median = count[order[start + np.maximum(size - 1, 0) // 2]]
    return np.where(size >= 2, median, np.nan)[codes]


def warn(frame: pd.DataFrame) -> list[Finding]:
    """Warn of more tested than enrolled."""
    if not set(COLUMNS) <= set(frame):
        return []
    over = (frame["n_tested"] > frame["enrollment"]).fillna(False).to_numpy(dtype=bool)
    if not over.any():
        return []
    rows = frame.index[over].to_numpy()
    advice = "Check whether both columns count the same grades and the same year"
    return [
        Finding("more tested than enrolled", "warned", "n_tested", advice, rows, [str(frame.loc[rows[0], "n_tested"])])
    ]
