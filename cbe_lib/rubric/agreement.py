"""Do raters who look at the same thing give the same level?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.rubric import intervals
from cbe_lib.rubric.coefficients import CERTAIN, COEFFICIENTS, Sample, Totals, chances, estimates, least_values
from cbe_lib.rubric.ratings import Ratings, groups
from cbe_lib.rubric.result import Agreement
from cbe_lib.rubric.weights import weight_matrix

INTERVALS = ("linearized", "jackknife", "bootstrap")
NO_PAIR = "No unit has ratings from two raters, so nothing can be compared."
ONE_RATER = "There is one rater only, so nothing can be compared."
NOT_TWO = "Cohen's kappa is for two raters; here there are {}. See conger_kappa, its form for more."
ONE_LEVEL = "All ratings stand on one level: chance alone would agree every time, so agreement beyond it is undefined."
ONE_UNIT = "Only one unit has two or more ratings: the spread over units is unknown."
NO_SPREAD = "The units do not differ in how their raters agree: the spread over units is unknown."
SAME = "No two raters differed: conf_low is the worst that {} units could hide, and there is no standard error."
OPPOSITE = (
    "No two raters earned any credit: conf_high is the best that {} units could hide; there is no standard error."
)
FRAGILE = "Leaving out or redrawing units makes the coefficient undefined too often for an interval."
MOST_UNDEFINED = 0.05


class Limits(NamedTuple):
    """One coefficient's uncertainty, or why there is none."""

    std_error: float = float("nan")
    conf_low: float = float("nan")
    conf_high: float = float("nan")
    method: str = ""
    reason: str = ""

    def not_below(self, least: float, estimate: float) -> Limits:
        """Cut the lower limit where the coefficient ends; an estimate that is itself lower shows that it does not."""
        return self if estimate < least or not self.conf_low < least else self._replace(conf_low=least)


_MEASURED = ("estimate", *Limits._fields)


def agreement(
    ratings: pd.DataFrame | Ratings,
    *,
    unit: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    levels: Iterable[Hashable] | None = None,
    weights: Any = "quadratic",
    level: float = 0.95,
    interval: str = "linearized",
    spacing: str = "positions",
    seed: int = 0,
) -> Agreement:
    """Do raters who look at the same evidence give the same level, beyond what chance would bring?

    A value of 1 means that every pair of raters gave the same level; 0 means that they agreed no more often than
    levels handed out by chance; below 0, less often. Low agreement means that the levels are not yet understood alike,
    and that a district's level depends on who visited. Any number of raters, missing ratings and unequal raters are
    fine. Agreement is not correctness: raters may share a mistake.

    Parameters
    ----------
    ratings : DataFrame or Ratings
        One row a rating; or a table coded once by `rubric.Ratings`, which needs no columns and no `levels`.
    unit, rater, rating : str
        Columns: what was rated, by whom, and the level given. A row without a rating is left out and counted.
    levels : sequence
        Every level of the scale, lowest first, used or not. Never inferred from the ratings.
    weights : "quadratic", "linear", "ordinal", "identity" or a matrix
        Credit for two ratings that differ. "identity": none; the others: the more, the nearer; a matrix of your own:
        symmetric, 1 on the diagonal, from 0 to 1.
    level : float, between 0 and 1
        Coverage that the intervals aim at.
    interval : "linearized", "jackknife" or "bootstrap"
        Where the uncertainty comes from. The raters are taken as they are: the interval is for other units.
    spacing : "positions" or "values"
        Whether the distance between levels counts steps, or differences of levels that are numbers.
    seed : int
        Of the bootstrap; the same seed gives the same numbers.

    Returns
    -------
    Agreement
        `.table`: coefficient, estimate, std_error, conf_low, conf_high, method, reason, with a row for each of

        - percent_agreement: mean credit of two raters of a unit (a share; with weights, near misses count in part);
        - cohen_kappa: two raters; chance from what each gave where both rated;
        - fleiss_kappa: chance from the mean share of each level;
        - conger_kappa: chance from what each rater gave;
        - krippendorff_alpha: chance from units with two or more ratings, corrected for their number;
        - gwet_ac: chance small where nearly all units are on one level, so that a common level is not punished;
        - brennan_prediger: chance from the number of levels alone.

        What is undefined is a row with a reason. `.benchmark` gives verbal bands with their probability.

    Raises
    ------
    CbeError
        For missing columns, ratings that are not declared levels (fractions too), a unit rated twice by one rater,
        unknown options, a matrix that is no matrix of weights.

    Notes
    -----
    Coefficient = (observed - chance) / (1 - chance). Linearized standard errors are Gwet's (2008, 2014), which treat
    the share of units with two ratings as known; those of alpha and Cohen's kappa are the delta method over units with
    two ratings. Linearized and jackknife limits are symmetric in the log odds of the observed agreement, with t
    quantiles of the number of paired units minus one, and are wider than the standard error alone would make them:
    they allow for one more unit, unlike those seen (`benchmarks/agreement_study.py` measures how often they hold the
    truth). Bootstrap limits are percentiles of 2,000 resamples of units, and too short for few units. Where no two
    raters differ, conf_low is the exact bound for what so few units could hide. No conf_low lies below what the
    coefficient can be: -1 for kappas and alpha (under the named weights), for the last two the value without any
    credit, which partial credit puts below -1. Krippendorff's own ordinal metric depends on the data: pass it as a
    matrix, if wanted. Not to be trusted below some 10 units.

    References
    ----------
    Gwet, K. L. (2014). Handbook of inter-rater reliability, 4th edition. Advanced Analytics.
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability.
    Landis, J. R. and Koch, G. G. (1977). The measurement of observer agreement for categorical data. Biometrics, 33.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> first, second = [1, 1, 2, 2, 3, 3, 4, 4, 2, 3], [1, 2, 2, 2, 3, 4, 4, 4, 1, 3]
    >>> visit = pd.DataFrame({"site": [*range(10)] * 2, "who": ["Ana"] * 10 + ["Ben"] * 10, "level": first + second})
    >>> found = rubric.agreement(visit, unit="site", rater="who", rating="level", levels=[1, 2, 3, 4])
    >>> found.table.set_index("coefficient")["estimate"].round(2)["cohen_kappa"]
    np.float64(0.87)

    The same in R: irr::kappa2(ratings, weight = "squared").
    """
    if interval not in INTERVALS:
        raise unknown_name("interval", interval, INTERVALS)
    check_level(level)
    _check_seed(seed)
    coded = _coded(ratings, unit, rater, rating, levels)
    sample = Sample(coded.patterns, weight_matrix(weights, coded.levels, spacing))
    rows, totals = measured(sample, interval, level, seed)
    table = pd.DataFrame([(name, *row) for name, row in rows.items()], columns=["coefficient", *_MEASURED])
    units = int(totals.paired)
    notes = (*coded.notes, *_notes(coded, int(totals.units) - units))
    text = _text(rows, units, len(coded.raters), level)
    return Agreement(table, text, notes, None, units=units, raters=len(coded.raters), level=level)


def measured(
    sample: Sample, interval: str = "linearized", level: float = 0.95, seed: int = 0
) -> tuple[dict[str, tuple[Any, ...]], Totals]:
    """Return each coefficient's estimate followed by its `Limits`, and the totals they rest on."""
    totals = sample.totals()
    found = estimates(totals, sample.weights)
    chance = {name: float(each) for name, each in chances(totals, sample.weights).items()}
    limits, least = _limits(sample, totals, found, chance, interval, level, seed), least_values(sample.weights)
    values = {name: float(found[name]) for name in COEFFICIENTS}
    return {name: (value, *limits[name].not_below(least[name], value)) for name, value in values.items()}, totals


def check_level(level: float) -> None:
    """Raise unless `level` is a coverage between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
        raise CbeError.build(
            "`level` must lie between 0 and 1", found=f"Found {level!r}", advice="0.95 asks for a 95% interval"
        )


def need_columns(**columns: object) -> None:
    """Raise unless every column, or the list of levels, was named."""
    missing = [f"{name}=" for name, column in columns.items() if column is None]
    if missing:
        raise CbeError.build(
            f"A table of ratings needs {', '.join(missing)}",
            advice="Name the columns of unit, rater and rating; or pass a rubric.Ratings, coded once",
        )


def _check_seed(seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise CbeError.build("`seed` must be a whole number, 0 or more", found=f"Found {seed!r}")


def _coded(
    ratings: pd.DataFrame | Ratings,
    unit: str | None,
    rater: str | None,
    rating: str | None,
    levels: Iterable[Hashable] | None,
) -> Ratings:
    if not isinstance(ratings, Ratings):
        need_columns(unit=unit, rater=rater, rating=rating, levels=levels)
        return Ratings(ratings, unit=unit, rater=rater, rating=rating, levels=levels)  # pyright: ignore
    if levels is not None and tuple(levels) != ratings.levels:
        raise CbeError.build(
            "These ratings were coded with other levels",
            found=f"Found {tuple(levels)!r} beside {ratings.levels!r}",
            advice="Leave out levels=, or code the table again with rubric.Ratings",
        )
    return ratings


def _limits(
    sample: Sample,
    totals: Totals,
    found: Mapping[str, np.ndarray],
    chance: Mapping[str, float],
    interval: str,
    level: float,
    seed: int,
) -> dict[str, Limits]:
    units = int(totals.paired)
    if units < 1:
        reason = ONE_RATER if sample.patterns.raters == 1 else NO_PAIR
        return dict.fromkeys(COEFFICIENTS, Limits(reason=reason))
    raters = sample.patterns.raters
    limits = {
        name: _undefined(name, raters) if np.isnan(found[name]) else Limits(reason=ONE_UNIT) for name in COEFFICIENTS
    }
    defined = [name for name in COEFFICIENTS if not np.isnan(found[name])]
    if totals.agreed >= totals.paired * (1 - CERTAIN):
        return limits | {name: _no_difference(sample, units, chance[name], level) for name in defined}
    if units == 1:
        return limits
    if interval == "bootstrap":
        draws = intervals.bootstrap(sample, seed)
        return limits | {name: _percentiles(draws[name], level) for name in defined}
    by_unit = interval == "jackknife"
    errors = intervals.jackknife_errors(sample) if by_unit else intervals.linearized_errors(sample, totals, found)
    moved = intervals.unseen_unit(sample, totals, found)
    return limits | {
        name: _around(float(found[name]), errors[name], moved[name], chance[name], units, level, interval)
        for name in defined
    }


def _undefined(name: str, raters: int) -> Limits:
    return Limits(reason=NOT_TWO.format(raters) if name == "cohen_kappa" and raters != 2 else ONE_LEVEL)


def _no_difference(sample: Sample, units: int, chance: float, level: float) -> Limits:
    """Return limits where no pair differed: at worst, hidden units earn the least credit."""
    low = 1 - intervals.hidden_share(units, level) * (1 - sample.weights.min()) / (1 - chance)
    return Limits(conf_low=float(low), conf_high=1.0, method="exact bound", reason=SAME.format(units))


def _no_credit(lowest: float, units: int, level: float) -> Limits:
    high = lowest + intervals.hidden_share(units, level) * (1 - lowest)
    return Limits(conf_low=lowest, conf_high=min(float(high), 1.0), method="exact bound", reason=OPPOSITE.format(units))


def _percentiles(draws: np.ndarray, level: float) -> Limits:
    defined = draws[~np.isnan(draws)]
    if len(defined) < (1 - MOST_UNDEFINED) * len(draws):
        return Limits(reason=FRAGILE)
    error = float(defined.std(ddof=1))
    if error < intervals.NO_SPREAD:
        return Limits(reason=NO_SPREAD)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Limits(error, float(low), min(float(high), 1.0), "bootstrap")


def _around(
    estimate: float, error: float, moved: float, chance: float, units: int, level: float, interval: str
) -> Limits:
    lowest = -chance / (1 - chance)
    if estimate - lowest < CERTAIN:
        return _no_credit(lowest, units, level)
    if np.isnan(error) or np.isnan(moved):
        return Limits(reason=FRAGILE)
    if error < intervals.NO_SPREAD:
        return Limits(reason=NO_SPREAD)
    widened = float(np.sqrt(error**2 + intervals.UNSEEN_WEIGHT * moved**2))
    return Limits(error, *intervals.logit_limits(estimate, widened, lowest, units - 1, level), interval)


def _notes(coded: Ratings, alone: int) -> list[str]:
    notes = []
    if alone:
        notes.append(
            f"{alone} unit{'s' if alone > 1 else ''} with one rating only: used for how often levels are given, where "
            "a coefficient needs that, not for agreement."
        )
    apart = groups(coded.patterns.pattern, coded.patterns.rater)
    if apart > 1:
        notes.append(
            f"The raters fall into {apart} groups that share no unit: nothing can be told about agreement between "
            "groups. Let raters of different groups rate some of the same units."
        )
    return notes


def _text(rows: Mapping[str, tuple], units: int, raters: int, level: float) -> str:
    estimate, _, low, high, _, reason = rows["gwet_ac"]
    if np.isnan(estimate):
        return f"Cannot tell how far the raters agree. {reason}"
    if np.isnan(low):
        span = "with no interval; " + reason[0].lower() + reason[1:].rstrip(".")
    else:
        span = f"{level:.0%} interval {low:.2f} to {high:.2f}"
    return (
        f"Over {units} units rated by two or more of {raters} raters, agreement beyond chance is {estimate:.2f} "
        f"(Gwet's AC, {span}): 0 is what levels handed out by chance would give, 1 is the same level from every rater. "
        f"{_alpha_words(rows['krippendorff_alpha'][0], estimate)}"
        "A visit team can lean on a level no further than the lower end of the interval allows; agreement also does "
        "not show that the raters are right."
    )


def _alpha_words(alpha: float, gwet: float) -> str:
    if np.isnan(alpha):
        return "Krippendorff's alpha is undefined, because all ratings stand on one level. "
    if abs(alpha - gwet) < 0.1:
        return ""
    return (
        f"Krippendorff's alpha is {alpha:.2f}: the two differ because they judge chance differently, as happens where "
        "most units stand on one level, so quote both. "
    )
