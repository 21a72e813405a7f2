"""Dips of many districts in one pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from cbe_lib.dip import pool as pooling
from cbe_lib.dip.engine import chance, grid
from cbe_lib.dip.existence import null_table, statistic
from cbe_lib.dip.fit import KNOWN_FROM_POINTS
from cbe_lib.dip.outcome import TERMS, check_level, check_seed
from cbe_lib.dip.panel_read import Batch, Panel, read_panel, take
from cbe_lib.dip.strength import strengths
from cbe_lib.dip.terms import Terms, recovery_note, summarize
from cbe_lib.errors import CbeError
from cbe_lib.results import Result

DRAWS = 256
CHUNK = 500
COLUMNS = ["district", "term", "estimate", "conf_low", "conf_high", "p_value", "q_value", "note"]


@dataclass(frozen=True, repr=False)
class PanelFit(Result):
    """Dips of many districts: see `cbe_lib.dip.fit_panel`.

    Attributes
    ----------
    population : DataFrame
        event_year, estimate, conf_low, conf_high, districts, note: the mean effect in each year from the rollout on.
    strength : DataFrame or None
        district, depth, depth_error, gain, gain_error: plain linear estimates for `dip.moderators`.
    pool : str
        "none" or "empirical-bayes".
    """

    population: pd.DataFrame
    strength: pd.DataFrame | None
    pool: str


def fit_panel(
    outcomes: pd.DataFrame,
    *,
    district: str = "district_id",
    year: str = "year",
    value: str = "value",
    n_tested: str | None = None,
    scale: float | None = 100,
    rollout: str = "rollout_year",
    pool: Literal["none", "empirical-bayes"] = "none",
    fdr: float = 0.10,
    level: float = 0.95,
    seed: int = 0,
    client: Any = None,
    progress: bool = False,
) -> PanelFit:
    """Which districts of a panel show a dip, how deep each, and what is the common course?

    Each district is fitted as by `dip.fit`, all that share a pattern of years in one matrix product. With
    `pool="empirical-bayes"` districts borrow strength: noise, drift and the usual course are learned from all of them,
    and each district's terms are drawn toward the common course as far as its own noise demands.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each district and year.
    district, year, value, rollout : str
        Columns of the district, the spring year, the result, and the spring year of the first results that the change
        can have affected.
    n_tested : str, optional
        Column of students tested; see `dip.fit`. Not used when pooling, which learns each district's noise.
    scale : 100, 1 or None
        Percent, share, or not a rate.
    pool : {"none", "empirical-bayes"}
        Each district alone, or drawn toward the common course. Pooling needs 10 districts.
    fdr : float, between 0 and 1
        False discovery rate that the sentence counts dips at.
    level : float, between 0 and 1
        Coverage that the intervals aim at.
    seed : int
        The same seed gives the same numbers, in any order of rows or districts.
    client : object, optional
        A Dask client (anything with `map` and `gather`) that does the batches.
    progress : bool
        Show a progress bar.

    Returns
    -------
    PanelFit
        `.table`: district, term, estimate, conf_low, conf_high, p_value, q_value, note; five rows a district, terms as
        in `dip.fit`; p_value and q_value (Benjamini-Hochberg) test that there is a dip and stand on the depth row.
        Districts that cannot be estimated stay as rows with a reason. `.population`: the common course.

    Raises
    ------
    CbeError
        For missing columns, no rows, text in numbers, blank districts, an unknown `pool`.

    Notes
    -----
    What hit every district in a year, a harder test for instance, is part of the common course here; only comparison
    districts (`dip.compare`) can take it out.

    References
    ----------
    Efron, B. (2010). Large-scale inference. Cambridge University Press. Benjamini, Y. and Hochberg, Y. (1995).
    Controlling the false discovery rate. JRSS B, 57, 289-300.

    Examples
    --------
    >>> from cbe_lib import dip, simulate
    >>> outcomes, truth = simulate.outcomes(districts=20, rollout=2012, years=range(2004, 2020), seed=1)
    >>> panel = dip.fit_panel(outcomes)
    >>> panel.table.shape
    (100, 8)
    """
    check_level(level)
    check_seed(seed)
    check_options(pool, fdr)
    panel = read_panel(
        outcomes, district=district, year=year, value=value, n_tested=n_tested, scale=scale, rollout=rollout
    )
    tally = pooling.Tally.of(panel.batches)
    pooled = pool == "empirical-bayes" and pooling.enough(tally)
    common = pooling.learn(tally, pooling.sample(panel.batches), DRAWS, seed) if pooled else None
    table = with_q_values(terms_of(panel, common, level=level, seed=seed, client=client, progress=progress))
    course = pooling.common_course(tally, pooling.POPULATION_DRAWS, seed) if panel.batches else None
    return PanelFit(
        table=table,
        text=_text(table, panel, fdr, level),
        notes=_notes(panel, pool, pooled),
        model=None,
        population=_nobody() if course is None else pooling.population(tally, course, level),
        strength=None if course is None else strengths(panel.batches, course, panel.names),
        pool=pool,
    )


def _nobody() -> pd.DataFrame:
    columns = ["event_year", "estimate", "conf_low", "conf_high", "districts", "note"]
    return pd.DataFrame([(1, np.nan, np.nan, np.nan, 0, "cannot tell: no district can be estimated")], columns=columns)


def check_options(pool: str, fdr: float) -> None:
    """Raise for an unknown way of pooling or an impossible rate."""
    if pool not in ("none", "empirical-bayes"):
        raise CbeError.build('`pool` must be "none" or "empirical-bayes"', found=f"Found {pool!r}")
    if not 0 < fdr < 1:
        raise CbeError.build("`fdr` must lie between 0 and 1", found=f"Found {fdr!r}")


def terms_of(
    panel: Panel,
    common: pooling.Common | None,
    *,
    level: float,
    seed: int,
    client: Any = None,
    progress: bool = False,
    threads: int | None = None,
) -> pd.DataFrame:
    """Estimate every district of a checked panel; the table of `fit_panel` without q-values."""
    chunks = [take(batch, rows) for batch in panel.batches for rows in _chunks(len(batch.place))]
    job = partial(_fit_chunk, point=panel.point, level=level, seed=seed, common=common)
    return _table(panel, chunks, list(_run(job, chunks, client, progress, threads)))


def with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    """Fill q_value (Benjamini-Hochberg) beside every p_value."""
    tested = table["p_value"].notna().to_numpy()
    q_value = np.full(len(table), np.nan)
    if tested.any():
        q_value[tested] = multipletests(table["p_value"].to_numpy()[tested], method="fdr_bh")[1]
    return table.assign(q_value=q_value)


def _chunks(count: int) -> list[np.ndarray]:
    return np.array_split(np.arange(count), max(1, -(-count // CHUNK)))


def _run(
    job: Callable[[Batch], tuple[Terms, np.ndarray]],
    chunks: list[Batch],
    client: Any,
    progress: bool,
    threads: int | None,
) -> Iterable[tuple[Terms, np.ndarray]]:
    if client is not None:
        return client.gather(client.map(job, chunks))
    if len(chunks) < 2 or threads == 1:
        return map(job, chunks)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as workers:
        done = workers.map(job, chunks)
        if not progress:
            return list(done)
        from rich.progress import track

        return list(track(done, "Fitting districts", total=len(chunks)))


def _fit_chunk(
    batch: Batch, *, point: float, level: float, seed: int, common: pooling.Common | None
) -> tuple[Terms, np.ndarray]:
    """Fit the districts of one chunk; return their terms and p-values."""
    unknown = grid(batch.pattern)
    scores = unknown.score(batch.values)
    value, autocorrelation = statistic(unknown, batch.values, scores)
    p_value = null_table(batch.pattern).p_value(value, autocorrelation)
    if common is not None:
        return summarize(common.draw(batch), batch.first, level=level), p_value
    numbers = chance(DRAWS, len(batch.pattern.effect_years), seed)
    effect = unknown.draw(scores, numbers)[0]
    known = batch.variance >= (KNOWN_FROM_POINTS * point) ** 2
    if known.any():
        few = take(batch, known)
        narrow = grid(batch.pattern, True)
        effect[known] = narrow.draw(narrow.score(few.values, few.variance, point), numbers, few.variance)[0]
    return summarize(effect, batch.first, level=level), p_value


def _table(panel: Panel, chunks: list[Batch], parts: list[tuple[Terms, np.ndarray]]) -> pd.DataFrame:
    """Lay out five rows a district, in order of the districts' names."""
    count = len(panel.names)
    numbers = np.full((4, count, len(TERMS)), np.nan)
    notes = np.full((count, len(TERMS)), "", dtype=object)
    for batch, (terms, p_value) in zip(chunks, parts, strict=True):
        for column, term in enumerate(TERMS):
            for row, side in enumerate((terms.estimate, terms.low, terms.high)):
                numbers[row, batch.place, column] = side[term]
        numbers[3, batch.place, 0] = p_value
        recovery = TERMS.index("recovery_years")
        bounds = zip(terms.low["recovery_years"], terms.high["recovery_years"], batch.last, strict=True)
        notes[batch.place, recovery] = [recovery_note(*each) for each in bounds]
    for place, reason in panel.refused.items():
        notes[place] = f"cannot tell: {reason}"
    columns = [np.repeat(np.array(panel.names, object), len(TERMS)), np.tile(TERMS, count)]
    columns += [side.ravel() for side in numbers] + [np.full(count * len(TERMS), np.nan), notes.ravel()]
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    return table.astype({"term": "str", "note": "str"}).infer_objects()


def _text(table: pd.DataFrame, panel: Panel, fdr: float, level: float) -> str:
    depth = table[table["term"] == "depth"]
    fitted = int(depth["p_value"].notna().sum())
    if not fitted:
        return f"Cannot tell for any of {len(panel.names)} districts whether there was a dip; the notes say why."
    found = int((depth["q_value"] <= fdr).sum())
    left = f" For {len(panel.refused)} more districts the data cannot tell." if panel.refused else ""
    shown = (
        f"{found} of {fitted} districts show a dip; of those, about {fdr:.0%} may be false alarms."
        if found
        else f"None of {fitted} districts stands out: where a dip shows, chance may have made it."
    )
    return (
        f"{shown}{left} Each interval is made so that it holds that district's true value {level * 100:g} times in "
        "100. Something that hit the whole state would look like a dip everywhere: compare with districts that did not "
        "change."
    )


def _notes(panel: Panel, pool: str, pooled: bool) -> tuple[str, ...]:
    notes = [*panel.notes]
    reasons = pd.Series(panel.refused, dtype=object).value_counts()
    notes += [f"{count} district(s) not estimated: {reason}." for reason, count in reasons.items()]
    if pool != "none" and not pooled:
        notes.append(f"Fewer than {pooling.FEWEST} districts can be estimated: nothing was pooled.")
    return tuple(notes)
