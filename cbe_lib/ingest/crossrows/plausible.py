"""Results that can hardly be: all-zero groups, percents that no count gives, levels that do not add up."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Finding

FEW_TESTED, ENOUGH_TESTED = 10, 95
MOST_DECIMALS = 4
RACES = frozenset(
    {
        "American Indian or Alaska Native",
        "Asian",
        "Asian or Pacific Islander",
        "Black or African American",
        "Hispanic or Latino",
        "Native Hawaiian or Pacific Islander",
        "White",
        "two or more races",
    }
)
PLACE = ["district_id", "level", "year", "grade", "subject"]
_LEVEL = re.compile(r"\blevel ?[1-6]\b")
FAMILIES = (
    frozenset({"below basic", "basic", "proficient", "advanced"}),
    frozenset({"unsatisfactory", "partially proficient", "proficient", "advanced"}),
    frozenset({"substantially below proficient", "partially proficient", "proficient", "proficient with distinction"}),
    frozenset({"not met", "nearly met", "met", "exceeded"}),
    frozenset({"did not meet", "approaching", "met", "exceeded"}),
)


def warn(frame: pd.DataFrame) -> list[Finding]:
    """Warn of everything that can hardly be, row by row and group by group."""
    judges = (_zero_blocks, _certain_from_few, _not_whole, _participation, _levels)
    return [found for judge in judges for found in judge(frame)]


def _finding(frame: pd.DataFrame, bad: np.ndarray | pd.Series, rule: str, column: str, advice: str) -> list[Finding]:
    rows = frame.index[np.asarray(bad, dtype=bool)].to_numpy()
    if not len(rows):
        return []
    return [Finding(rule, "warned", column, advice, rows, [str(frame.loc[rows[0], column])])]


def _zero_blocks(frame: pd.DataFrame) -> list[Finding]:
    """Find places where every race group has 0: more likely missing than true."""
    if "subgroup" not in frame:
        return []
    races = frame[frame["subgroup"].isin(RACES)]
    keys = [races[name] for name in (*PLACE, "metric") if name in races]
    found = []
    for name in ("value", "n_tested", "enrollment"):
        if name not in races or not keys or not (races[name] == 0).any():
            continue
        groups = races[name].astype("float64").groupby(keys, dropna=False)
        block = (groups.transform("max") == 0) & (groups.transform("count") >= 2)
        bad = frame.index.isin(races.index[block])
        advice = "0 in every race group of a place most likely means that nothing was reported: leave these cells blank"
        found += _finding(frame, bad, "zero in every race group", name, advice)
    return found


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _certain_from_few(frame: pd.DataFrame) -> list[Finding]:
    if not {"value", "n_tested"} <= set(frame):
        return []
    value, tested = _numbers(frame, "value"), _numbers(frame, "n_tested")
    few = ((value == 0) | (value == 100)) & (tested < FEW_TESTED) & (tested > 0)
    none = ~np.isnan(value) & (tested == 0)
    advice = (
        f"All or none of fewer than {FEW_TESTED} students says little, and may show who they are: do not publish it"
    )
    nobody = "A rate without students: leave the rate, or the count, blank"
    return [
        *_finding(frame, few, "all or none of a few students", "value", advice),
        *_finding(frame, none, "rate without students", "value", nobody),
    ]


def _not_whole(frame: pd.DataFrame) -> list[Finding]:
    """Find percents that no whole number of the students tested gives, as far as rounding lets one tell."""
    if not {"value", "n_tested"} <= set(frame):
        return []
    value, tested = _numbers(frame, "value"), _numbers(frame, "n_tested")
    passed = value * tested / 100
    slack = tested * 0.5 * 10.0 ** -_decimals(value) / 100 * 1.02 + 1e-6
    telling = (slack < 0.25) & (tested > 0)
    bad = telling & (np.abs(passed - np.round(passed)) > slack)
    share = bad.sum() / max(telling.sum(), 1)
    advice = (
        f"In {share:.0%} of the rows that can tell, no whole number of students gives this percent: the percent may "
        "rest on another count (all enrolled, another year) than this one"
    )
    return _finding(frame, bad, "percent does not fit the count", "value", advice)


def _decimals(value: np.ndarray) -> int:
    """Return the digits after the point that the column was published with."""
    known = value[~np.isnan(value)]
    for digits in range(MOST_DECIMALS):
        if np.allclose(known, np.round(known, digits), rtol=0, atol=1e-9):
            return digits
    return MOST_DECIMALS


def _participation(frame: pd.DataFrame) -> list[Finding]:
    if "participation" not in frame:
        return []
    low = (frame["participation"] < ENOUGH_TESTED).fillna(False)
    advice = (
        f"Where fewer than {ENOUGH_TESTED}% are tested, who was absent can move the rate: look at these years by hand"
    )
    return _finding(frame, low, "participation below 95%", "participation", advice)


def _levels(frame: pd.DataFrame) -> list[Finding]:
    """Find places whose percents at all performance levels do not add to 100."""
    if not {"metric", "value"} <= set(frame):
        return []
    names = {
        str(name): re.sub(r"[^a-z0-9 ]+| (?:percent|pct)|(?:percent|pct) ", " ", str(name).casefold()).strip()
        for name in frame["metric"].dropna().unique()
    }
    keys = [name for name in (*PLACE, "subgroup", "test_regime") if name in frame]
    found = []
    for family in _families(set(names.values())):
        rows = frame[frame["metric"].map(names).isin(family)]
        groups = rows["value"].groupby([rows[name] for name in keys], dropna=False)
        slack = len(family) * 0.5 * 10.0 ** -_decimals(_numbers(rows, "value")) + 1e-6
        off = (groups.transform("count") == len(family)) & ((groups.transform("sum") - 100).abs() > slack)
        advice = (
            "The percents at all levels of one place should add to 100, but for rounding: check for a shifted column"
        )
        found += _finding(frame, frame.index.isin(rows.index[off]), "levels do not add to 100", "value", advice)
    return found


def _families(names: set[str]) -> list[frozenset[str]]:
    """Return the complete sets of performance levels among the metrics."""
    numbered = frozenset(name for name in names if _LEVEL.search(name))
    complete = [family for family in FAMILIES if family <= names]
    return complete + ([numbered] if len(numbered) >= 3 else [])
