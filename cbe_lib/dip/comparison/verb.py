"""`dip.compare`: one adopter, or a few, beside districts that changed nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from cbe_lib.dip.comparison import adjusting
from cbe_lib.dip.comparison.adjusting import Gaps
from cbe_lib.dip.comparison.answers import answer
from cbe_lib.dip.comparison.learning import Learned
from cbe_lib.dip.comparison.measuring import measure, measure_before, studies_of
from cbe_lib.dip.comparison.panel import Columns, read_panel, window_of
from cbe_lib.dip.comparison.report import refusal, report
from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.outcome import check_level, check_seed
from cbe_lib.errors import CbeError, unknown_name

ADJUSTMENTS = ("baseline", "size")
BASELINES = ("last", "mean")


def compare(
    outcomes: pd.DataFrame,
    *,
    district: str = "district_id",
    year: str = "year",
    value: str = "value",
    n_tested: str | None = None,
    scale: float | None = 100,
    rollout: str = "rollout_year",
    level: float = 0.95,
    seed: int = 0,
    adjust: Sequence[str] = ADJUSTMENTS,
    covariates: Sequence[str] = (),
    nearest: int = 30,
    baseline: str = "last",
) -> Comparison:
    """Did results fall in the district that changed, beside districts that changed nothing?

    A large depth means that results fell far below what the district's own years before and the comparison districts
    predict. A statewide shock hits all districts and cancels; what else happened to this district alone does not.
    Fewer than 15 comparison districts: "cannot tell"; 15 to 39: chance is simulated from the noise model, with a
    warning; 40 and more: the district is ranked among them.

    Parameters
    ----------
    outcomes : DataFrame
        One row a district and year, of one grade, subject and student group: the adopters and all other districts of
        the state file.
    district, year, value : str
        Columns of the district, the spring year and the result.
    n_tested : str, optional
        Column of students tested. Without it small districts are called a dip too often (9 to 16 times in 100 rather
        than 5); enrollment of the tested grade will do.
    scale : 100, 1 or None
        100: percent; 1: share; None: not a rate. Never guessed from the values.
    rollout : str
        Column of the spring year of the first results that the change can have affected, on every row of an adopter;
        missing for districts that never adopted. A district that adopts later is a comparison until then.
    level : float, between 0 and 1
        Coverage that the intervals aim at.
    seed : int
        The same seed gives the same numbers.
    adjust : sequence of "baseline", "size"
        Compare with what districts of this baseline level and size showed in each year.
    covariates : sequence of str
        Further columns to adjust for, for instance poverty; their means over the years before the first rollout count.
    nearest : int, 1 or more
        Number of districts in the third comparison rule of `.sensitivity`.
    baseline : "last" or "mean"
        "last": gaps of the years before are shown against the last year before, and the prediction weighs all of them
        by how much they tell, the last most. "mean": both rest on the plain mean of the years before.

    Returns
    -------
    Comparison
        `.table`: event_year (1 = the rollout year, 0 = the last year before), estimate, conf_low, conf_high, note. The
        estimate is the gap to the prediction; the band holds all years after the rollout at once. `.terms`: the table
        of `dip.fit`. `.existence`: statistic, p_value. `.placebos`: district, event_year, estimate, rank (1 = lowest),
        adopter, rollout. `.sensitivity`: rule, p_value, depth, conf_low, conf_high, note. `.power`: planted_depth,
        size_class, power, coverage, districts, note. `.notes`: what was left out, and a check of the years before.

    Raises
    ------
    CbeError
        For missing columns, text in numbers, values outside the scale, two rows for one district and year, a rollout
        year that changes within a district, or no rollout year at all.

    Notes
    -----
    Results around their year means are level + AR(1) process + random slope + overdispersed binomial noise, fitted to
    the comparison districts. An adopter's years after follow from its years before under that model, minus what
    districts of like level and size showed. The p-value is the rank of the Bayes factor of a dip among comparison
    districts whose gaps are given the adopter's noise, those of like level and size counting most. Several adopters
    are averaged by precision in event time, each against districts that have not adopted by then. Depth, recovery
    and loss average over many shapes of effect (`cbe_lib.dip.shapes`), an effect being assumed; `.existence` says
    whether there is one at all. Not to be trusted where something else changed in the adopter alone, or where its
    change spilled over to the comparison districts.

    References
    ----------
    Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative case studies.
    Journal of the American Statistical Association, 105(490), 493-505 (placebo ranks).
    Callaway, B. and Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. Journal of
    Econometrics, 225(2), 200-230 (never and not-yet adopters).

    Examples
    --------
    >>> from cbe_lib import dip, simulate
    >>> state, truth = simulate.outcomes(
    ...     1, comparison=60, rollout=2014, depth=9, n_tested=800, base_sd=8, common_shock_sd=3, seed=1
    ... )
    >>> result = dip.compare(state, n_tested="n_tested")
    >>> bool(result.existence.p_value < 0.05)
    True
    >>> low, high = result.terms.set_index("term").loc["depth", ["conf_low", "conf_high"]]
    >>> bool(low <= 9 <= high)
    True
    """
    check_seed(seed)
    _check_options(level, adjust, nearest, baseline)
    panel = read_panel(outcomes, Columns(district, year, value, n_tested, rollout, tuple(covariates)), scale)
    windows = [window_of(panel, int(first)) for first in np.unique(panel.rollout[np.isfinite(panel.rollout)])]
    studies = studies_of(windows, baseline)
    measured = {name: measure(studies, rule, seed) for name, rule in _rules(adjust, nearest).items()}
    main = measured["adjusted"]
    if main is None:
        return refusal(panel, windows, level)
    answers = {
        name: answer(found.contrast, 1, level, np.random.default_rng(seed))
        for name, found in measured.items()
        if found is not None
    }
    before = measure_before(studies, main, baseline, seed)
    return report(studies, main, answers, before, panel, windows, level, seed)


def _rules(adjust: Sequence[str], nearest: int) -> dict[str, Callable[[Learned], Gaps]]:
    return {
        "unadjusted": adjusting.unadjusted,
        "adjusted": lambda learned: adjusting.adjusted(learned, tuple(adjust)),
        f"nearest {nearest}": lambda learned: adjusting.nearest(learned, nearest),
    }


def _check_options(level: float, adjust: Sequence[str], nearest: int, baseline: str) -> None:
    check_level(level)
    for name in [adjust] if isinstance(adjust, str) else adjust:
        if name not in ADJUSTMENTS:
            raise unknown_name("adjustment", name, ADJUSTMENTS)
    if baseline not in BASELINES:
        raise unknown_name("baseline", baseline, BASELINES)
    if nearest < 1 or nearest != int(nearest):
        raise CbeError.build("`nearest` must be a whole number of districts above zero", found=f"Found {nearest!r}")
