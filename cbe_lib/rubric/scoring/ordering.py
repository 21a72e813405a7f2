"""How far does an order of districts hang on how the dimensions are weighted?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.rubric.scoring.result import Ordering, Scores

COLUMNS = ["first", "second", "share_ahead", "share_level", "n_dimensions", "sentence"]
FIRM = 0.95
CANNOT = "Cannot tell: {} and {} have no rated dimension in common."
BLOCK = 20_000


def ordering(
    scores: Scores,
    weights: str | Mapping[str, float] = "random",
    *,
    wave: Any = None,
    draws: int = 2000,
    seed: int = 0,
) -> Ordering:
    """How far does an order of districts hang on how the dimensions are weighted?

    No one knows the right weights, so that an order that changes with them says nothing of the districts. Medians of
    dimensions are weighted at random, many times, and each pair of districts is compared.

    Parameters
    ----------
    scores : Scores
        From `rubric.score`, two or more districts.
    weights : "random" or {dimension id: weight}
        "random": every set of weights is equally likely. A mapping: weights scatter as widely around yours.
    wave : label, optional
        Which wave to compare; needed where there are several.
    draws : int, 100 or more
        Number of weightings.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Ordering
        `.table`: first, second, share_ahead (of weightings under which the first district is ahead), share_level (both
        alike), n_dimensions (rated in both), sentence: a row for each pair, in the order of the table of scores, which
        is no ranking. `.order_changes`: share of weightings whose order is not that of equal weights.

    Raises
    ------
    CbeError
        For fewer than two districts, several waves without `wave`, or weights that are no weights.

    Notes
    -----
    Dirichlet weights with parameters D w, D dimensions and w the weights given (equal ones for "random"). Dimensions
    that are not rated in both districts of a pair are left out for that pair. The uncertainty of the levels themselves
    comes on top: look at the intervals of `scores.dimensions`.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visits = pd.DataFrame({"district_id": ["Alder", "Alder", "Birch", "Birch"], "rater": "a",
    ...                        "criterion_id": ["D1.1", "D2.1"] * 2,
    ...                        "level": ["Proficient", "Emerging", "Emerging", "Proficient"]})
    >>> rubric.ordering(rubric.score(visits)).table["share_ahead"].round(1).tolist()
    [0.5]
    """
    levels = _levels(scores, wave)
    if not isinstance(draws, (int, np.integer)) or draws < 100:
        raise CbeError.build("`draws` must be a whole number, 100 or more", found=f"Found {draws!r}")
    drawn = _weights(weights, levels.columns.tolist(), int(draws), seed)
    table = _pairs(levels, drawn)
    changes = _order_changes(levels.to_numpy(), drawn)
    return Ordering(table, _text(table, changes, len(levels)), _notes(levels), None, changes)


def _levels(scores: Scores, wave: Any) -> pd.DataFrame:
    """Return the medians: a row a district, a column a dimension."""
    if not isinstance(scores, Scores):
        raise CbeError.build("`scores` must come from rubric.score", found=f"Found {type(scores).__name__}")
    dimensions = scores.dimensions
    waves = dimensions["wave"].unique().tolist()
    chosen = waves[0] if wave is None and len(waves) == 1 else str(wave)
    if chosen not in waves:
        raise unknown_name("wave", wave, waves)
    here = dimensions[dimensions["wave"] == chosen].astype({"position": "Float64"})
    levels = here.pivot(index="district", columns="dimension", values="position").astype(float)
    if len(levels) < 2:
        raise CbeError.build("An ordering needs two or more districts", found=f"Found {len(levels)}")
    return levels[list(dict.fromkeys(here["dimension"]))]


def _weights(weights: Any, dimensions: list[str], draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(weights, str) and weights == "random":
        return rng.dirichlet(np.ones(len(dimensions)), draws)
    if not isinstance(weights, Mapping):
        raise CbeError.build(
            "`weights` is neither 'random' nor a mapping", found=f"Found {weights!r}", advice="Give {'D1': 2, 'D2': 1}"
        )
    for name in weights:
        if name not in dimensions:
            raise unknown_name("dimension in weights", name, dimensions)
    given = np.array([weights.get(name, 0) for name in dimensions], dtype=float)
    if not (np.isfinite(given).all() and given.min() >= 0 and given.sum() > 0):
        raise CbeError.build("`weights` must be 0 or more, and not all 0", found=f"Found {dict(weights)!r}")
    drawn = np.zeros((draws, len(dimensions)))
    drawn[:, given > 0] = rng.dirichlet(given[given > 0] / given.sum() * len(dimensions), draws)
    return drawn


def _pairs(levels: pd.DataFrame, drawn: np.ndarray) -> pd.DataFrame:
    values = levels.to_numpy()
    first, second = np.triu_indices(len(levels), k=1)
    gaps, pair = np.unique(np.nan_to_num(values[first] - values[second]), axis=0, return_inverse=True)
    ahead, level = np.empty(len(gaps)), np.empty(len(gaps))
    for start in range(0, len(gaps), BLOCK):
        gap, here = gaps[start : start + BLOCK] @ drawn.T, slice(start, start + BLOCK)
        ahead[here], level[here] = (gap > 1e-9).mean(axis=1), (np.abs(gap) <= 1e-9).mean(axis=1)
    ahead, level = ahead[pair.ravel()], level[pair.ravel()]
    shared = (~np.isnan(values[first]) & ~np.isnan(values[second])).sum(axis=1)
    ahead[shared == 0], level[shared == 0] = np.nan, np.nan
    names = list(combinations(levels.index, 2))
    rows = [
        (one, other, *numbers, _sentence(one, other, *numbers[:2]))
        for (one, other), *numbers in zip(names, ahead.tolist(), level.tolist(), shared.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _sentence(first: str, second: str, ahead: float, level: float) -> str:
    if np.isnan(ahead):
        return CANNOT.format(first, second)
    behind = 1 - ahead - level
    if level > FIRM:
        return f"{first} and {second} are level under nearly every weighting."
    shares = f"{first} is ahead of {second} under {ahead:.0%} of weightings and behind under {behind:.0%}"
    if max(ahead, behind) >= FIRM:
        return f"{shares}: the weights hardly matter here, but raters' disagreement may."
    return f"{shares}: which is ahead depends on the weights."


def _order_changes(values: np.ndarray, drawn: np.ndarray) -> float:
    """Share of weightings that change the order of equal weights, among districts rated wherever any is."""
    missing = np.isnan(values)
    somewhere = ~missing.all(axis=0)
    whole, drawn = values[~missing[:, somewhere].any(axis=1)][:, somewhere], drawn[:, somewhere]
    if len(whole) < 2:
        return float("nan")
    equal = np.argsort(np.round(whole.mean(axis=1), 9), kind="stable")
    steps = np.diff((whole @ drawn.T)[equal], axis=0)
    return float((steps < -1e-9).any(axis=0).mean())


def _text(table: pd.DataFrame, changes: float, districts: int) -> str:
    known = table.dropna(subset=["share_ahead"])
    open_ = int(
        (known[["share_ahead"]].assign(b=1 - known["share_ahead"] - known["share_level"]).max(axis=1) < FIRM).sum()
    )
    whole = "" if np.isnan(changes) else f" The order as a whole changes under {changes:.0%} of weightings."
    return (
        f"In {open_} of {len(table)} pairs among {districts} districts, neither is ahead under {FIRM:.0%} of "
        f"weightings.{whole} A list of districts from best to worst would say more about the weights than about the "
        "districts, the more so as levels themselves are uncertain."
    )


def _notes(levels: pd.DataFrame) -> tuple[str, ...]:
    missing = levels.index[levels.dropna(axis=1, how="all").isna().any(axis=1)]
    if not len(missing):
        return ()
    return (
        f"{len(missing)} districts lack a dimension: they are compared on the others, and left out of the whole order.",
    )
