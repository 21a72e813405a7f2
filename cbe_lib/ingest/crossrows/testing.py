"""Which test a result comes from: regimes, years without a test, tests in the fall."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from numbers import Integral

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, some
from cbe_lib.ingest.findings import Finding

NO_TEST = "no test"
USUAL_GAP = 2020  # spring in which hardly any state tested
_SEASON = re.compile(r"season|window|administration|term|testing period|test date|test_date", re.IGNORECASE)
_FALL = re.compile(r"\b(fall|autumn|october|november|oct|nov)\b", re.IGNORECASE)
_ASK_SEASON = re.compile(r"\b(fall|autumn|october|necap)\b", re.IGNORECASE)
_FALL_ADVICE = (
    "Was it given in the fall? Then it measures the teaching of the year before: read again with year_means='end' for "
    "Fall 2014 to count as 2013-14, and set the rollout year accordingly"
)


def name_regimes(frame: pd.DataFrame, regimes: Mapping[str, int], findings: list[Finding]) -> pd.DataFrame:
    """Fill `test_regime` from the first spring year of each test."""
    if not regimes or "year" not in frame:
        return frame
    starts = _years(regimes.values(), "regimes")
    order = np.argsort(starts)
    names = np.array([None, *(list(regimes)[place] for place in order)], dtype=object)
    year = frame["year"].astype("Int64")
    place = np.searchsorted(np.sort(starts), year.fillna(-1).to_numpy(dtype=int), side="right")
    declared = pd.Series(names[place], frame.index).astype("str")
    early = np.flatnonzero(((place == 0) & year.notna()).to_numpy())
    if len(early):
        advice = f"No declared test covers these years: add the test before {min(starts)} to regimes="
        findings.append(Finding("year before the first declared test", "warned", "test_regime", advice, early))
    if "test_regime" in frame:
        _compare(frame["test_regime"], declared, findings)
        declared = declared.fillna(frame["test_regime"])
    rows = np.flatnonzero(declared.notna())
    findings.append(Finding("test regime declared", "handled", "test_regime", "Filled in from regimes=", rows))
    return frame.assign(test_regime=declared)


def _compare(given: pd.Series, declared: pd.Series, findings: list[Finding]) -> None:
    other = np.flatnonzero(given.notna() & declared.notna() & (given != declared))
    if len(other):
        advice = "The declared test replaces the one in the file: check the first year of each test"
        findings.append(
            Finding("test differs from regimes=", "warned", "test_regime", advice, other, [given.iloc[other[0]]])
        )


def _years(values: Iterable[object], name: str) -> np.ndarray:
    years = list(values)
    for year in years:
        if isinstance(year, bool) or not isinstance(year, Integral) or not 1950 <= int(year) <= 2100:
            raise CbeError.build(f"`{name}` must hold spring years from 1950 to 2100", found=f"Found {year!r}")
    return np.array(years, dtype=int)


def mark_years_without_test(frame: pd.DataFrame, no_test: Iterable[int], findings: list[Finding]) -> pd.DataFrame:
    """Give blank results of a year without a test that reason; report years without rows; fill in nothing."""
    declared = set(_years(no_test, "no_test").tolist())
    if "year" not in frame or "value" not in frame:
        return frame
    known = frame["value"].notna()
    if "lo" in frame:
        known |= frame["lo"].notna()
    year = frame["year"].astype("Int64")
    silent = declared | ({USUAL_GAP} - set(year[known].dropna().unique()))
    marked = (year.isin(silent) & ~known).to_numpy()
    if marked.any():
        reason = (
            frame["suppressed_reason"] if "suppressed_reason" in frame else pd.Series(None, frame.index, dtype="str")
        )
        frame = frame.assign(suppressed_reason=reason.mask(marked, NO_TEST))
        advice = "Counted as a year without a test; nothing is interpolated"
        findings.append(Finding(NO_TEST, "handled", "year", advice, np.flatnonzero(marked)))
    against = np.flatnonzero(year.isin(declared) & known)
    if len(against):
        advice = "no_test= says that no test was given, yet there are results: they are kept, check which is right"
        findings.append(Finding("result in a year without a test", "warned", "year", advice, against))
    findings += _gaps(year, declared)
    return frame


def _gaps(year: pd.Series, declared: set[int]) -> list[Finding]:
    present = {int(each) for each in year.dropna().unique()}
    gaps = sorted(set(range(min(present), max(present))) - present) if present else []
    found = []
    if calm := [gap for gap in gaps if gap in declared | {USUAL_GAP}]:
        advice = f"No row for {some(calm)}: counted as without a test; nothing is interpolated"
        found.append(Finding("no test: no row", "handled", "year", advice))
    if odd := [gap for gap in gaps if gap not in declared | {USUAL_GAP}]:
        advice = f"No row for {some(odd)}: if no test was given pass no_test={tuple(odd[:3])}; nothing is interpolated"
        found.append(Finding("years without rows", "warned", "year", advice))
    return found


def ask_about_tests(frame: pd.DataFrame) -> list[Finding]:
    """Say that tests are not comparable, and ask when each was given."""
    if "test_regime" not in frame:
        return []
    regime = frame["test_regime"]
    names = list(regime.dropna().unique())
    found = []
    if len(names) > 1:
        advice = (
            f"{some(names)} are not comparable, and no trend may run over them: pass regime='test_regime' to dip.fit, "
            "or keep the rows of one test"
        )
        found.append(Finding("test changes within the table", "warned", "test_regime", advice, frame.index.to_numpy()))
    asked = regime.isin([name for name in names if _ASK_SEASON.search(name)]).to_numpy(dtype=bool)
    if asked.any():
        rows = frame.index[asked].to_numpy()
        found.append(Finding("tested in the fall", "warned", "test_regime", _FALL_ADVICE, rows, [regime.loc[rows[0]]]))
    return found


def ask_about_season(raw: pd.DataFrame) -> list[Finding]:
    """Ask about tests in the fall where a column of the file names the season."""
    found = []
    for heading in raw.columns:
        if not _SEASON.search(str(heading)):
            continue
        cells = raw[heading].fillna("").astype("str")
        fall = {cell for cell in cells.unique() if _FALL.search(cell)}
        rows = raw.index[cells.isin(fall)].to_numpy()
        if len(rows):
            found.append(
                Finding("tested in the fall", "warned", str(heading), _FALL_ADVICE, rows, [cells.loc[rows[0]]])
            )
    return found
