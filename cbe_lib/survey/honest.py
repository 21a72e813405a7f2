"""What careful respondents would answer by chance: the margins and correlations of the answers at hand, redrawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

RESPONDENTS = 4000
RANK_TO_NORMAL = np.pi / 6


def redrawn(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw 4,000 respondents with the share of each answer and the rank correlations of `values` (a normal copula).

    Careless respondents among `values` raise the correlations a little, so chance is over- rather than understated.
    """
    items = values.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        rank = pd.DataFrame(values).corr("spearman", min_periods=3).fillna(0.0).to_numpy(copy=True)
    latent = 2 * np.sin(RANK_TO_NORMAL * rank)
    np.fill_diagonal(latent, 1.0)
    size, direction = np.linalg.eigh(latent)
    root = direction * np.sqrt(np.clip(size, 0.0, None))
    seen = rng.normal(size=(RESPONDENTS, items)) @ root.T
    drawn = np.empty_like(seen)
    for place in range(items):
        given = np.sort(values[~np.isnan(values[:, place]), place])
        share = (np.argsort(np.argsort(seen[:, place])) + 0.5) / RESPONDENTS
        drawn[:, place] = given[(share * len(given)).astype(int)]
    return drawn


def longest_run(values: np.ndarray) -> np.ndarray:
    """Return for each respondent the longest run of one answer, items left out passed over."""
    people = len(values)
    last, run, longest = np.full(people, np.nan), np.zeros(people, dtype=int), np.zeros(people, dtype=int)
    for answer in values.T:
        given = ~np.isnan(answer)
        run = np.where(given, np.where(answer == last, run + 1, 1), run)
        last = np.where(given, answer, last)
        longest = np.maximum(longest, run)
    return longest


def identical(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Say which respondents share all their answers with another, and how many pairs do."""
    if not len(values):
        return np.zeros(0, dtype=bool), 0
    _, place, count = np.unique(np.nan_to_num(values, nan=np.inf), axis=0, return_inverse=True, return_counts=True)
    return count[place.ravel()] > 1, int((count * (count - 1) // 2).sum())
