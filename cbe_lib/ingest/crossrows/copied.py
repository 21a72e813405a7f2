"""Blocks copied between years, grades or subjects: runs of identical results that chance does not make."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Finding

SHORTEST, LONGEST = 6, 24
FALSE_ALARMS = 1e-4
WITHIN = ["level", "subgroup", "metric"]
ACROSS = ["year", "grade", "subject"]
RULE = "results may be copied"


def find(frame: pd.DataFrame) -> list[Finding]:
    """Which runs of results stand in two years, grades or subjects alike?

    Parameters
    ----------
    frame : DataFrame
        Columns of the table `outcomes`, in the order of the file.

    Returns
    -------
    list of Finding
        One warning for each pair of slices that share a run. Nothing is changed.

    Notes
    -----
    Slices (year, grade, subject) of one level, subgroup and metric are compared over runs of k consecutive results,
    wherever they stand. k is chosen from how often two results agree anyway, over all pairs and for one place in
    neighboring slices, so that chance makes such a run in one table of 10,000; k lies between 6 and 24. Runs with
    fewer than k / 2 different results (all 0, all 100) do not count.

    Examples
    --------
    >>> from cbe_lib import simulate
    >>> clean, truth = simulate.outcomes(120, base_sd=10, seed=1)
    >>> find(clean)
    []
    """
    across = [name for name in ACROSS if name in frame]
    if "value" not in frame or not across:
        return []
    within = [name for name in WITHIN if name in frame]
    frame = frame.loc[frame["value"].notna(), ["value", *across, *within]]
    families = frame.groupby(within, dropna=False, sort=False) if within else [((), frame)]
    return [found for _, family in families for found in _family(family, across)]


def _family(family: pd.DataFrame, across: list[str]) -> list[Finding]:
    slices = family.groupby(across, dropna=False, sort=False).ngroup().to_numpy()
    if len(family) < 2 * SHORTEST or slices.max() == 0:
        return []
    order = np.argsort(slices, kind="stable")
    ordered, slices = family.iloc[order], slices[order]
    codes = pd.factorize(ordered["value"].round(9))[0]
    width = _width(codes, slices)
    starts, marks = _windows(codes, slices, width)
    return [_finding(ordered, across, *pair, width) for pair in _pairs(starts, marks, slices)]


def _width(codes: np.ndarray, slices: np.ndarray) -> int:
    """Choose the length of run that chance hardly makes."""
    share = np.bincount(codes) / len(codes)
    anywhere = float((share**2).sum())
    alike = _alike_beside(codes, slices)
    count = len(codes)
    needed = [
        np.log(FALSE_ALARMS / pairs) / np.log(min(max(chance, 1e-9), 0.75))
        for pairs, chance in ((count**2, anywhere), (count * (slices[-1] + 1), max(anywhere, alike)))
    ]
    return int(np.clip(np.ceil(max(needed)), SHORTEST, LONGEST))


def _alike_beside(codes: np.ndarray, slices: np.ndarray) -> float:
    """Return how often results at the same place of two slices agree: the median over pairs of neighbors."""
    edges = np.searchsorted(slices, np.arange(slices[-1] + 2))
    parts = [codes[low:high] for low, high in pairwise(edges)]
    rates = []
    for first, second in pairwise(parts):
        size = min(len(first), len(second))
        rates.append(float((first[:size] == second[:size]).mean()))
    return float(np.median(rates)) if len(rates) > 2 else 0.0


def _windows(codes: np.ndarray, slices: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where runs start that stay in one slice and vary, and a mark that equal runs share."""
    last = len(codes) - width + 1
    if last <= 0:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=np.uint64)
    mixed = _scrambled(codes)
    marks = np.zeros(last, dtype=np.uint64)
    for step in range(width):
        marks = marks * np.uint64(0x9E3779B97F4A7C15) + mixed[step : step + last]
    changes = np.concatenate([[0], np.cumsum(codes[1:] != codes[:-1])])
    varied = changes[width - 1 :] - changes[:last] >= width // 2
    starts = np.flatnonzero((slices[:last] == slices[width - 1 :]) & varied)
    return starts, marks[starts]


def _scrambled(codes: np.ndarray) -> np.ndarray:
    mixed = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(31))


def _pairs(starts: np.ndarray, marks: np.ndarray, slices: np.ndarray) -> list[tuple[int, int, np.ndarray]]:
    """List pairs of slices that share a run, with where the runs of the second start."""
    order = np.argsort(marks, kind="stable")
    same = marks[order][1:] == marks[order][:-1]
    first, second = starts[order][:-1][same], starts[order][1:][same]
    apart = slices[first] != slices[second]
    runs: dict[tuple[int, int], list[int]] = {}
    for one, other in zip(first[apart].tolist(), second[apart].tolist(), strict=True):
        runs.setdefault((int(slices[one]), int(slices[other])), []).append(other)
    sample = {number: int(np.searchsorted(slices, number)) for pair in runs for number in pair}
    return [(sample[one], sample[other], np.array(places)) for (one, other), places in runs.items()]


def _finding(ordered: pd.DataFrame, across: list[str], one: int, other: int, starts: np.ndarray, width: int) -> Finding:
    places = np.unique((starts[:, None] + np.arange(width)).ravel())
    rows = np.sort(ordered.index.to_numpy()[places])
    named = ordered[across].astype("str")
    names = [" ".join(named.iloc[place].dropna()) for place in (one, other)]
    advice = (
        f"{len(rows)} results of {names[1]} are the same, in the same order, as those of {names[0]}: compare both with "
        "the source, one may have been pasted over the other"
    )
    return Finding(RULE, "warned", "value", advice, rows, [str(ordered["value"].iloc[places[0]])])
