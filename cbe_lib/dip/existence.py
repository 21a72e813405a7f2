"""Is there a dip at all? A test whose p-value holds whatever the autocorrelation, within the range it is built for.

Statistic: log of (evidence for an effect whose first years are below zero) / (evidence for none, one odd year allowed).
The odd year is a rival that keeps heavy tails and single outliers from passing as dips. The p-value is the rank of the
statistic among simulated series without any effect, conditional on how autocorrelated the series looks; it needs one
table for each pattern of years, simulated once and kept on disk.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import logsumexp

from cbe_lib.dip import kept
from cbe_lib.dip.engine import Grid, Pattern, Scores, grid

EARLY_YEARS = 4
ODD_YEAR_HEIGHT = 5.0
ODD_YEAR_WEIGHT = 0.5
NULL_RHOS = (0.0, 0.2, 0.4, 0.6, 0.8)
NULL_SERIES = 6000
BINS = 10
BATCH = 500
VERSION = 1


def statistic(unknown: Grid, values: np.ndarray, scores: Scores | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Weigh a dip against no dip for each series; unchanged when values are shifted, scaled or given a trend.

    Parameters
    ----------
    unknown : Grid
        A grid of unknown variance.
    values : array, shape (series, years)
    scores : Scores, optional
        `unknown.score(values)`, if it is at hand.

    Returns
    -------
    statistic, autocorrelation : arrays, shape (series,)
    """
    scores = unknown.score(values) if scores is None else scores
    dip = logsumexp(scores.log_alternative + _log_early_fall(unknown, scores), axis=1)
    null = logsumexp(scores.log_null, axis=1)
    rhos = np.array([noise.rho for noise in unknown.noises])
    autocorrelation = np.exp(scores.log_null - null[:, None]) @ rhos
    return dip - _log_no_effect(unknown, values, null), autocorrelation


def evidence(unknown: Grid, values: np.ndarray, scores: Scores) -> np.ndarray:
    """Log Bayes factor of any effect against none, one odd year allowed; shape (series,)."""
    null = logsumexp(scores.log_null, axis=1)
    return logsumexp(scores.log_alternative, axis=1) - _log_no_effect(unknown, values, null)


def _log_no_effect(unknown: Grid, values: np.ndarray, null: np.ndarray) -> np.ndarray:
    return np.logaddexp(np.log(1 - ODD_YEAR_WEIGHT) + null, np.log(ODD_YEAR_WEIGHT) + _log_odd_year(unknown, values))


def _log_early_fall(unknown: Grid, scores: Scores) -> np.ndarray:
    """Log probability, at each grid point, that the mean effect of the first years is below zero (logistic for t)."""
    parts, start = [], 0
    for block, u in zip(unknown.blocks, scores.whitened, strict=True):
        early = block.effect[:, :EARLY_YEARS].mean(axis=1)
        scale = scores.scale[:, start : start + block.points] / unknown.pattern.free
        spread = np.sqrt(np.einsum("kq,kq->k", early, early) * scale)
        ratio = np.einsum("qnk,kq->nk", u, early) / np.maximum(spread, 1e-300)
        parts.append(-np.log1p(np.exp(np.clip(1.7 * ratio, -50, 50))))
        start += block.points
    return np.concatenate(parts, axis=1)


def _log_odd_year(unknown: Grid, values: np.ndarray) -> np.ndarray:
    """Log evidence for no effect but one year, any year, far off the rest."""
    contrasts, free = unknown.pattern.contrasts, unknown.pattern.free
    z = values @ contrasts
    parts = []
    for number, whiten in enumerate(unknown.whiten):
        year = whiten @ contrasts.T
        w = z @ whiten.T
        reach = (year**2).sum(axis=0)
        quadratic = (w**2).sum(axis=1)[:, None] - (w @ year) ** 2 / (reach + ODD_YEAR_HEIGHT**-2)
        log_det = unknown.null_log_det[number] + np.log1p(ODD_YEAR_HEIGHT**2 * reach)
        log_prior = unknown.null_log_prior[number] - np.log(len(reach))
        parts.append(-0.5 * log_det - 0.5 * free * np.log(np.maximum(quadratic, 1e-300)) + log_prior)
    return logsumexp(np.concatenate(parts, axis=1), axis=1)


@dataclass(frozen=True)
class NullTable:
    """Statistics of series without an effect, in bins of like autocorrelation.

    edges (bins - 1,), centers (bins,): of the autocorrelation seen; ranked (bins, series): sorted statistics.
    """

    edges: np.ndarray
    centers: np.ndarray
    ranked: np.ndarray

    def p_value(self, statistic: np.ndarray, autocorrelation: np.ndarray) -> np.ndarray:
        """Share of null series with at least this statistic, interpolated between bins of autocorrelation.

        Beyond the highest hundredth of a bin the tail is taken as exponential, as the logs of likelihood ratios have.
        """
        by_bin = np.array([_tail(ranked, statistic) for ranked in self.ranked])
        position = np.interp(autocorrelation, self.centers, np.arange(len(self.centers)))
        low = np.minimum(position.astype(int), len(self.centers) - 2)
        part = position - low
        each = np.arange(len(statistic))
        return (1 - part) * by_bin[low, each] + part * by_bin[low + 1, each]


def _tail(ranked: np.ndarray, statistic: np.ndarray) -> np.ndarray:
    count = len(ranked)
    share = (count - np.searchsorted(ranked, statistic, side="left") + 1) / (count + 1)
    top = ranked[-(count // 100) :]
    excess = max(float((top - top[0]).mean()), 1e-9)
    beyond = len(top) / count * np.exp(-np.maximum(statistic - top[0], 0) / excess)
    return np.where(statistic > top[0], beyond, share)


def simulate_null(pattern: Pattern) -> NullTable:
    """Simulate series without an effect over a range of autocorrelations; about two seconds."""
    rng = np.random.default_rng(20260101)
    unknown = grid(pattern)
    results = []
    for rho in NULL_RHOS:
        root = np.linalg.cholesky(pattern.correlation(rho))
        for _ in range(NULL_SERIES // BATCH):
            results.append(statistic(unknown, rng.standard_normal((BATCH, len(root))) @ root.T))
    value, autocorrelation = (np.concatenate(part) for part in zip(*results, strict=True))
    order = np.argsort(autocorrelation, kind="stable")
    bins = order.reshape(BINS, -1)
    return NullTable(
        edges=autocorrelation[bins[1:, 0]],
        centers=autocorrelation[bins].mean(axis=1),
        ranked=np.sort(value[bins], axis=1),
    )


@lru_cache(maxsize=256)
def null_table(pattern: Pattern) -> NullTable:
    """Return the table of a pattern: from memory, from disk, or simulated now."""
    path = _place(pattern)
    shapes = {"edges": (BINS - 1,), "centers": (BINS,), "ranked": (BINS, NULL_SERIES * len(NULL_RHOS) // BINS)}
    stored = kept.read(path, shapes)
    if stored is not None:
        return NullTable(**stored)
    table = simulate_null(pattern)
    kept.write(path, **asdict(table))
    return table


def settings(pattern: Pattern) -> tuple[object, ...]:
    """Name everything that the table of a pattern depends on beside its years."""
    prior = sum(float(block.log_prior.sum()) for block in grid(pattern).blocks)
    return VERSION, NULL_SERIES, NULL_RHOS, BINS, EARLY_YEARS, round(prior, 6)


def _place(pattern: Pattern) -> Path:
    return kept.place(pattern, settings(pattern))
