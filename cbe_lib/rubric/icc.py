"""How much of the differences between ratings lies between the units, and how much between the raters?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.linalg import lsqr
from scipy.special import fdtri

from cbe_lib.errors import ValuesError, require_columns, rows_of
from cbe_lib.rubric.agreement import check_level, need_columns
from cbe_lib.rubric.ratings import Ratings, code_keys, groups, left_out
from cbe_lib.rubric.result import IntraclassCorrelation

FEW = "There must be two or more units, two or more raters, and units rated more than once; here is {}."
DISCONNECTED = (
    "The raters fall into groups that share no unit, so differences between raters and between units cannot be told "
    "apart."
)
NO_RESIDUAL = "Too few ratings: units and raters together fit every rating exactly."
CONSTANT = "All ratings are the same, so there are no differences to divide."
NO_UNITS = "The units do not differ more than raters do within them: reliability of the mean is not defined."
TINY = 1e-12


class Scores(NamedTuple):
    """Ratings as numbers, with units and raters numbered."""

    unit: np.ndarray
    rater: np.ndarray
    value: np.ndarray
    notes: tuple[str, ...]


class Form(NamedTuple):
    """One coefficient with its limits, or why there is none."""

    estimate: float = float("nan")
    conf_low: float = float("nan")
    conf_high: float = float("nan")
    reason: str = ""


class Squares(NamedTuple):
    """Mean squares and degrees of freedom; `per_unit` and `per_rater` are effective numbers of ratings."""

    between: float
    error: float
    df_between: float
    df_error: float
    per_unit: float
    raters: float = float("nan")
    df_raters: float = float("nan")
    per_rater: float = float("nan")


def icc(
    ratings: pd.DataFrame | Ratings,
    *,
    unit: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    level: float = 0.95,
) -> IntraclassCorrelation:
    """How much of the differences between ratings is between the units, rather than between raters or mere noise?

    Near 1: ratings differ because the units do. Near 0: which rater came decides as much as which district was seen.
    The forms ending in k tell how reliable the mean of a whole team is.

    Parameters
    ----------
    ratings : DataFrame or Ratings
        One row a rating; or a table coded by `rubric.Ratings`, whose levels then count as 1, 2, 3 and on.
    unit, rater, rating : str
        Columns: what was rated, by whom, and the rating as a number (fractions are fine). Rows without a rating are
        left out and counted.
    level : float, between 0 and 1
        Coverage that the intervals aim at.

    Returns
    -------
    IntraclassCorrelation
        `.table`: coefficient, estimate, conf_low, conf_high, reason, with the rows

        - icc1: one rating, each unit seen by other raters;
        - icc2: one rating, raters drawn from many; a harsh rater counts as error (absolute agreement);
        - icc3: one rating, these raters only; a harsh rater is forgiven (consistency);
        - icc1k, icc2k, icc3k: the same for the mean of all raters of a unit.

    Raises
    ------
    CbeError
        For missing columns, ratings that are not finite numbers, a unit rated twice by one rater.

    Notes
    -----
    With every rater on every unit these are the forms of Shrout and Fleiss; the interval of icc2 is Satterthwaite's
    after McGraw and Wong, and the k forms follow by Spearman-Brown, which gives McGraw and Wong's limits. With ratings
    missing, variance components come from the sums of squares with units and raters adjusted for each other
    (Henderson's third method), and limits use effective numbers of ratings, so they are approximate; a note says so.

    References
    ----------
    Shrout, P. E. and Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin, 86, 420-428.
    McGraw, K. O. and Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
    Psychological Methods, 1, 30-46.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> sites = pd.DataFrame({"site": [1, 1, 2, 2, 3, 3], "who": list("ababab"), "level": [1, 2, 2, 3, 4, 4]})
    >>> found = rubric.icc(sites, unit="site", rater="who", rating="level")
    >>> found.table.set_index("coefficient")["estimate"].round(2)["icc3"]
    np.float64(0.9)

    The same in R: psych::ICC(ratings).
    """
    check_level(level)
    scores = _scores(ratings, unit, rater, rating)
    units, raters = len(np.unique(scores.unit)), len(np.unique(scores.rater))
    mean_ratings = len(scores.value) / units if units else float("nan")
    forms = _forms(scores, units, raters, mean_ratings, level)
    table = pd.DataFrame([(name, *form) for name, form in forms.items()], columns=["coefficient", *Form._fields])
    full = len(scores.value) == units * raters
    notes = scores.notes if full else (*scores.notes, _unbalanced(mean_ratings))
    text = _text(forms, mean_ratings, level)
    return IntraclassCorrelation(
        table, text, notes, None, units=units, raters=raters, ratings_per_unit=mean_ratings, level=level
    )


def _scores(ratings: pd.DataFrame | Ratings, unit: str | None, rater: str | None, rating: str | None) -> Scores:
    if isinstance(ratings, Ratings):
        return Scores(ratings.unit, ratings.rater, ratings.level + 1.0, ratings.notes)
    need_columns(unit=unit, rater=rater, rating=rating)
    unit, rater, rating = str(unit), str(rater), str(rating)
    frame = require_columns(ratings, [unit, rater, rating], "ratings")
    used = frame[rating].notna().to_numpy()
    value = pd.to_numeric(frame[rating], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = used & ~np.isfinite(value)
    if bad.any():
        raise ValuesError.build(
            f"Column {rating!r} holds what is not a finite number in {rows_of(frame, bad)}",
            advice="An intraclass correlation needs numbers; for named levels, code them with rubric.Ratings first",
        )
    coded = code_keys(frame, unit, rater, used)
    return Scores(coded.unit, coded.rater, value[used], left_out(used))


def _forms(scores: Scores, units: int, raters: int, mean_ratings: float, level: float) -> dict[str, Form]:
    names = ("icc1", "icc2", "icc3")
    ratings = len(scores.value)
    if units < 2 or raters < 2 or ratings <= units:
        found = FEW.format(f"{units} unit(s), {raters} rater(s), {ratings} rating(s)")
        single = dict.fromkeys(names, Form(reason=found))
    elif np.ptp(scores.value) == 0:
        single = dict.fromkeys(names, Form(reason=CONSTANT))
    else:
        single = {"icc1": _consistency(_one_way(scores), level), **_crossed(scores, units, raters, level)}
    return single | {f"{name}k": _of_mean(form, mean_ratings) for name, form in single.items()}


def _crossed(scores: Scores, units: int, raters: int, level: float) -> dict[str, Form]:
    if groups(scores.unit, scores.rater) > 1:
        return dict.fromkeys(("icc2", "icc3"), Form(reason=DISCONNECTED))
    if len(scores.value) <= units + raters - 1:
        return dict.fromkeys(("icc2", "icc3"), Form(reason=NO_RESIDUAL))
    squares = _two_way(scores, units, raters)
    return {"icc2": _absolute(squares, level), "icc3": _consistency(squares, level)}


def _one_way(scores: Scores) -> Squares:
    seen = np.bincount(scores.unit)
    between, within = _sums(scores.unit, scores.value)
    ratings, units = len(scores.value), len(seen)
    per_unit = (ratings - (seen**2).sum() / ratings) / (units - 1)
    return Squares(between / (units - 1), within / (ratings - units), units - 1, ratings - units, per_unit)


def _two_way(scores: Scores, units: int, raters: int) -> Squares:
    ratings = len(scores.value)
    _, within_units = _sums(scores.unit, scores.value)
    _, within_raters = _sums(scores.rater, scores.value)
    residual = _residual(scores, units, raters)
    df_error = ratings - units - raters + 1
    return Squares(
        between=max(within_raters - residual, 0.0) / (units - 1),
        error=residual / df_error,
        df_between=units - 1,
        df_error=df_error,
        per_unit=(ratings - raters) / (units - 1),
        raters=max(within_units - residual, 0.0) / (raters - 1),
        df_raters=raters - 1,
        per_rater=(ratings - units) / (raters - 1),
    )


def _sums(group: np.ndarray, value: np.ndarray) -> tuple[float, float]:
    centered = value - value.mean()
    mean = np.bincount(group, weights=centered) / np.bincount(group)
    within = float(((centered - mean[group]) ** 2).sum())
    return float((centered**2).sum()) - within, within


def _residual(scores: Scores, units: int, raters: int) -> float:
    """Return the sum of squares left by units and raters together, by means where every cell is filled."""
    value = scores.value - scores.value.mean()
    by_unit, by_rater = (
        np.bincount(group, weights=value) / np.bincount(group) for group in (scores.unit, scores.rater)
    )
    if len(value) == units * raters:
        left = value - by_unit[scores.unit] - by_rater[scores.rater]
    else:
        left = _least_squares_residual(scores, units, raters, value)
    total = float((left**2).sum())
    return total if total > TINY * float((value**2).sum()) else 0.0


def _least_squares_residual(scores: Scores, units: int, raters: int, value: np.ndarray) -> np.ndarray:
    row = np.arange(len(value))
    columns = np.concatenate([scores.unit, scores.rater + units])
    design = coo_array((np.ones(2 * len(row)), (np.tile(row, 2), columns)), shape=(len(row), units + raters)).tocsr()
    return value - design @ lsqr(design, value, atol=1e-13, btol=1e-13, iter_lim=20_000)[0]


def _consistency(squares: Squares, level: float) -> Form:
    extra = squares.per_unit - 1
    total = squares.between + extra * squares.error
    if total <= 0:
        return Form(reason=CONSTANT)
    estimate = (squares.between - squares.error) / total
    if squares.error == 0:
        return Form(1.0, reason="The ratings leave no error at all: the interval is unknown.")
    ratio = squares.between / squares.error
    upper_tail = (1 + level) / 2
    low = float(ratio / fdtri(squares.df_between, squares.df_error, upper_tail))
    high = float(ratio * fdtri(squares.df_error, squares.df_between, upper_tail))
    return Form(estimate, (low - 1) / (low + extra), (high - 1) / (high + extra))


def _absolute(squares: Squares, level: float) -> Form:
    of_units = (squares.between - squares.error) / squares.per_unit
    of_raters = (squares.raters - squares.error) / squares.per_rater
    total = of_units + of_raters + squares.error
    if total <= 0:
        return Form(reason=CONSTANT)
    estimate = of_units / total
    if estimate >= 1 - TINY:
        return Form(1.0, reason="The ratings leave no error at all: the interval is unknown.")
    if squares.error <= 0 and (squares.raters <= 0 or estimate == 0):
        return Form(estimate, reason="The ratings leave no error to judge by: the interval is unknown.")
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _mcgraw_wong(squares, estimate, (1 + level) / 2)
    if not np.isfinite([low, high]).all():
        return Form(estimate, reason="McGraw and Wong's interval does not exist for ratings this far apart.")
    return Form(estimate, low, high)


def _mcgraw_wong(squares: Squares, estimate: float, upper_tail: float) -> tuple[float, float]:
    units, raters = squares.per_rater, squares.per_unit
    share = raters * estimate / (units * (1 - estimate))
    weight = 1 + raters * estimate * (units - 1) / (units * (1 - estimate))
    by_raters, by_error = share * squares.raters, weight * squares.error
    df = (by_raters + by_error) ** 2 / (by_raters**2 / squares.df_raters + by_error**2 / squares.df_error)
    error, between = squares.error, squares.between
    noise = raters * squares.raters + (raters * units - raters - units) * error
    down, up = fdtri(squares.df_between, df, upper_tail), fdtri(df, squares.df_between, upper_tail)
    low = units * (between - down * error) / (down * noise + units * between)
    high = units * (up * between - error) / (noise + units * up * between)
    return float(low), float(high)


def _of_mean(form: Form, ratings: float) -> Form:
    if np.isnan(form.estimate):
        return form
    if form.estimate <= -1 / (ratings - 1) + TINY:
        return Form(reason=NO_UNITS)
    low, high = (_spearman_brown(limit, ratings) for limit in (form.conf_low, form.conf_high))
    return Form(_spearman_brown(form.estimate, ratings), low, high, form.reason)


def _spearman_brown(single: float, ratings: float) -> float:
    room = 1 + (ratings - 1) * single
    return ratings * single / room if np.isnan(room) or room > 0 else float("-inf")


def _unbalanced(mean_ratings: float) -> str:
    return (
        f"Not every rater rated every unit: components come from adjusted sums of squares, intervals are approximate, "
        f"and the k forms are for {mean_ratings:.1f} ratings, the mean per unit."
    )


def _text(forms: dict[str, Form], mean_ratings: float, level: float) -> str:
    one, mean = forms["icc2"], forms["icc2k"]
    if np.isnan(one.estimate):
        return f"Cannot tell how reliable a rating is. {one.reason}"
    span = f" ({level:.0%} interval {one.conf_low:.2f} to {one.conf_high:.2f})" if one.conf_low == one.conf_low else ""
    team = "" if np.isnan(mean.estimate) else f" and {mean.estimate:.2f} for the mean of {mean_ratings:.3g} raters"
    return (
        f"The reliability of one visitor's rating is {one.estimate:.2f}{span}{team}: that share of the differences "
        "between ratings is between the places rated, the rest is between visitors and noise. "
        "With places much alike it is low even among careful raters, so read it beside the agreement."
    )
