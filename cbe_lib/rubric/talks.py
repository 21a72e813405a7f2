"""Which two raters should talk about which criterion before the next visit?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import need_columns
from cbe_lib.rubric.ratings import Ratings

FEWEST = 6  # with fewer shared units even unanimous differences come by chance more than 3 times in 100
BATCH_CELLS = 4_000_000
FEW = "Only {shared} shared: too few to tell."
NO_PAIR = "Nobody shares a unit with another rater, so nobody can be compared. Let two raters rate the same units."
CHANCE = "No more than chance brings."
COLUMNS = [
    "rater_a",
    "rater_b",
    "criterion",
    "shared",
    "mean_difference",
    "disagreement",
    "expected_disagreement",
    "p_value",
    "talk",
    "why",
]


@dataclass(frozen=True, repr=False)
class Talks(Result):
    """Who should talk about what: see `cbe_lib.rubric.talks`.

    Attributes
    ----------
    fdr : float
        Share of the conversations that may be needless, on average.
    """

    fdr: float


class Shared(NamedTuple):
    """Two raters on one criterion: numbers of raters and criterion, and how many shared units lie how far apart."""

    first: np.ndarray
    second: np.ndarray
    criterion: np.ndarray
    difference: np.ndarray
    apart: np.ndarray


def talks(
    ratings: pd.DataFrame,
    *,
    unit: str,
    criterion: str,
    rater: str,
    rating: str,
    levels: Iterable[Hashable],
    fdr: float = 0.05,
) -> Talks:
    """Which two raters should talk about which criterion, because they differ by more than chance brings?

    A conversation over the evidence of two or three shared units is the cheapest calibration there is. The list says
    who rates above whom, or who differs without direction; not who is right.

    Parameters
    ----------
    ratings : DataFrame
        One row a rating.
    unit, criterion, rater, rating : str
        Columns: what was rated (the district), on which criterion, by whom, and the level given. Rows without a rating
        are left out and counted.
    levels : sequence
        Every level of the scale, lowest first.
    fdr : float, between 0 and 1
        Share of the conversations that may be needless, on average. Where raters differ by chance alone, it is how
        often anyone is asked to talk at all.

    Returns
    -------
    Talks
        `.table`: rater_a, rater_b, criterion, shared (units both rated), mean_difference (levels, a minus b),
        disagreement (mean squared steps apart, 1 = as far as the scale allows), expected_disagreement (the mean over
        all pairs and criteria), p_value (adjusted for the number of pairs and criteria), talk (yes or no), why. The
        most surprising first.

    Raises
    ------
    CbeError
        For missing columns, ratings that are not declared levels, two ratings of one unit and criterion by one rater.

    Notes
    -----
    Direction: if both raters were alike, who of the two gave the higher level would be a coin's toss for each unit; the
    p-value is exact over all tosses. Spread: the sum of squared steps against as many draws from all pairs and criteria
    together. The smaller of the two counts twice, then Benjamini and Hochberg (1995) over all pairs and criteria with
    six shared units or more; with fewer nothing can be told.

    Criteria on which everyone differs show in `agreement_by`, raters who are harsh on all criteria in `calibrate`.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical
    Society B, 57, 289-300.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> rows = {"site": [*range(12)] * 2, "what": "purpose", "who": ["Ana"] * 12 + ["Ben"] * 12}
    >>> visit = pd.DataFrame(rows).assign(level=[1, 2, 3] * 4 + [2, 3, 4] * 4)
    >>> columns = {"unit": "site", "criterion": "what", "rater": "who", "rating": "level"}
    >>> rubric.talks(visit, **columns, levels=[1, 2, 3, 4]).table["why"][0]
    'Ben rates 1.0 levels above Ana.'
    """
    need_columns(unit=unit, criterion=criterion, rater=rater, rating=rating, levels=levels)
    if isinstance(fdr, bool) or not isinstance(fdr, Real) or not 0 < fdr < 1:
        raise CbeError.build("`fdr` must lie between 0 and 1", found=f"Found {fdr!r}", advice="0.05 is usual")
    coded, of_cell, names = _coded(ratings, unit, criterion, rater, rating, levels)
    shared = _shared(coded, of_cell)
    table = _table(shared, coded, names, float(fdr))
    return Talks(table, _text(table), _notes(coded, table), None, fdr=float(fdr))


def _coded(
    ratings: object, unit: str, criterion: str, rater: str, rating: str, levels: Iterable[Hashable]
) -> tuple[Ratings, np.ndarray, pd.Index]:
    """Code the ratings with a unit for each cell of unit and criterion; return the criterion of each cell."""
    frame = require_columns(ratings, [unit, criterion, rater, rating], "ratings")
    blank = frame[[unit, criterion]].isna().any(axis=1).to_numpy()
    if blank.any():
        raise ValuesError.build(
            f"{unit!r} or {criterion!r} is empty in {rows_of(frame, blank)} of `ratings`",
            advice="Say what each row is about",
        )
    cell = f"{unit} and {criterion}"
    number, names = pd.factorize(frame[criterion], sort=True)
    keyed = frame[[rater, rating]].assign(**{cell: pd.factorize(frame[unit])[0] * len(names) + number})
    coded = Ratings(keyed, unit=cell, rater=rater, rating=rating, levels=levels)
    return coded, np.asarray(coded.units, dtype=np.int64) % max(len(names), 1), pd.Index(names)


def _shared(coded: Ratings, of_cell: np.ndarray) -> Shared:
    """Return every two raters with every criterion on which they share a unit."""
    order = np.lexsort((_places(coded)[coded.rater], coded.unit))
    cell, rater, level = coded.unit[order], coded.rater[order], coded.level[order]
    most = int(np.bincount(cell).max()) if cell.size else 0
    pairs = [np.empty((4, 0), dtype=np.int64)]
    for step in range(1, most):
        here = np.flatnonzero(cell[step:] == cell[:-step])
        pairs.append(np.stack([rater[here], rater[here + step], of_cell[cell[here]], level[here] - level[here + step]]))
    first, second, criterion, difference = np.hstack(pairs)
    kinds, group = np.unique(np.stack([first, second, criterion]), axis=1, return_inverse=True)
    group, groups, levels = group.ravel(), kinds.shape[1], len(coded.levels)
    apart = np.bincount(group * levels + np.abs(difference), minlength=groups * levels).reshape(groups, levels)
    total = np.bincount(group, weights=difference, minlength=groups).astype(np.int64)
    return Shared(kinds[0], kinds[1], kinds[2], total, apart)


def _table(shared: Shared, coded: Ratings, names: pd.Index, fdr: float) -> pd.DataFrame:
    steps = np.arange(len(coded.levels)) ** 2
    count, squared = shared.apart.sum(axis=1), shared.apart @ steps
    farthest = steps[-1]
    by_direction, by_spread = _direction(shared), _spread(shared, squared)
    adjusted = np.ones(len(count))
    enough = count >= FEWEST
    if enough.any():
        from scipy.stats import false_discovery_control  # slow to import

        p_value = np.minimum(2 * np.minimum(by_direction, by_spread), 1.0)
        adjusted[enough] = false_discovery_control(p_value[enough])
    table = pd.DataFrame(
        {
            "rater_a": coded.raters[shared.first],
            "rater_b": coded.raters[shared.second],
            "criterion": names[shared.criterion],
            "shared": count,
            "mean_difference": shared.difference / count,
            "disagreement": squared / count / farthest,
            "expected_disagreement": squared.sum() / max(count.sum(), 1) / farthest,
            "p_value": adjusted,
            "talk": adjusted <= fdr,
        }
    )
    why = [
        _why(row, directed) for row, directed in zip(table.to_dict("records"), by_direction <= by_spread, strict=True)
    ]
    place = _places(coded)
    order = np.lexsort(
        (place[shared.second], place[shared.first], shared.criterion, -np.abs(shared.difference), adjusted)
    )
    return table.assign(why=why).iloc[order].reset_index(drop=True)[COLUMNS]


def _places(coded: Ratings) -> np.ndarray:
    """Return the place of each rater in the order of names."""
    return np.argsort(np.argsort(coded.raters.astype(str).to_numpy(), kind="stable"), kind="stable")


def _why(row: dict, directed: bool) -> str:
    if not row["talk"]:
        return FEW.format(shared=row["shared"]) if row["shared"] < FEWEST else CHANCE
    higher, lower = (row["rater_a"], row["rater_b"])[:: 1 if row["mean_difference"] > 0 else -1]
    if directed:
        return f"{higher} rates {abs(row['mean_difference']):.1f} levels above {lower}."
    return "They differ far more than two raters usually do, and not always in one direction."


def _direction(shared: Shared) -> np.ndarray:
    """Return how often tosses of a coin for each unit bring a sum of differences as far from zero."""
    reach = int((shared.apart @ np.arange(shared.apart.shape[1])).max(initial=0))
    angle = 2 * np.pi * np.arange(1, 2 * reach + 1) / (2 * reach + 1)
    waves = np.cos(np.arange(shared.apart.shape[1])[:, None] * angle)
    far = np.abs(shared.difference)
    p_value = np.ones(len(far))
    for batch in _batches(len(far), angle.size):
        whole = np.ones((len(far[batch]), angle.size))
        for step in range(1, len(waves)):
            whole *= waves[step] ** shared.apart[batch, step, None]
        # The sum of the probabilities of all sums nearer to zero, by the inverse Fourier transform.
        nearer = np.sin((far[batch, None] - 0.5) * angle) / np.sin(angle / 2)
        inside = (2 * far[batch] - 1 + (whole * nearer).sum(axis=1)) / (2 * reach + 1)
        p_value[batch] = np.where(far[batch] > 0, 1 - inside, 1.0)
    return np.clip(p_value, 0.0, 1.0)


def _spread(shared: Shared, squared: np.ndarray) -> np.ndarray:
    """Return how often as many draws from all pairs and criteria bring squared steps as large."""
    if not len(squared):
        return np.empty(0)
    count = shared.apart.sum(axis=1)
    share = shared.apart.sum(axis=0) / count.sum()
    size = int(count.max()) * (len(share) - 1) ** 2 + 1
    angle = 2 * np.pi * np.arange(1, size) / size
    wave = (share[:, None] * np.exp(1j * np.arange(len(share))[:, None] ** 2 * angle)).sum(axis=0)
    p_value = np.ones(len(count))
    for batch in _batches(len(count), 2 * size):
        below = squared[batch, None]
        nearer = (1 - np.exp(-1j * below * angle)) / (1 - np.exp(-1j * angle))
        p_value[batch] = 1 - (below[:, 0] + (wave ** count[batch, None] * nearer).sum(axis=1).real) / size
    return np.clip(p_value, 0.0, 1.0)


def _batches(rows: int, width: int) -> list[slice]:
    step = max(1, BATCH_CELLS // max(width, 1))
    return [slice(start, start + step) for start in range(0, rows, step)]


def _notes(coded: Ratings, table: pd.DataFrame) -> tuple[str, ...]:
    few = int(table["shared"].lt(FEWEST).sum())
    note = f"{few} of {len(table)} pairs and criteria share fewer than {FEWEST} units: too few to tell anything."
    return (*coded.notes, note) if few else coded.notes


def _text(table: pd.DataFrame) -> str:
    if table.empty:
        return NO_PAIR
    wanted = table[table["talk"]]
    if wanted.empty:
        return (
            f"Nobody needs to talk: in {len(table)} pairs and criteria no two raters differ by more than chance "
            "brings. That is no proof that they agree; see agreement_by for how far they do."
        )
    first = wanted.iloc[0]
    return (
        f"{len(wanted)} conversation{'s' if len(wanted) > 1 else ''} before the next visit, of {len(table)} pairs and "
        f"criteria. First: {first['rater_a']} and {first['rater_b']} on {first['criterion']}, over {first['shared']} "
        f"shared units. {first['why']} The list does not say who is right: let them read the same evidence together."
    )
