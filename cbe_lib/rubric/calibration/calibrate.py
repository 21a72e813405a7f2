"""How harsh is each rater, and would another rater have given the same level?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.rubric.agreement import check_level
from cbe_lib.rubric.calibration import answers, wording
from cbe_lib.rubric.calibration.answers import Answer, Fits
from cbe_lib.rubric.calibration.design import Design
from cbe_lib.rubric.calibration.estimates import Estimate
from cbe_lib.rubric.calibration.fitting import fit_nested, fit_one_level
from cbe_lib.rubric.calibration.linking import Kept, compact, informative, require_links
from cbe_lib.rubric.calibration.records import Columns, Records, code
from cbe_lib.rubric.calibration.result import Calibration, Nesting
from cbe_lib.rubric.ratings import Ratings


def calibrate(
    ratings: pd.DataFrame | Ratings,
    *,
    district: str | None = None,
    criterion: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    levels: Iterable[Hashable] | None = None,
    time: str | None = None,
    anchors: Mapping[Any, Hashable] | pd.DataFrame | None = None,
    nested: bool = True,
    level: float = 0.95,
) -> Calibration:
    """Who rates harshly, and by how much, once districts and criteria are allowed for?

    A rater of severity 1 gives lower levels than the mean rater would for the same evidence: the odds of each level
    against the one below are 2.7 times smaller. Severity is a habit, not an error; what counts is that it does not
    decide where a district ends up. Raters are compared through the districts that they share.

    Parameters
    ----------
    ratings : DataFrame or Ratings
        One row a rating; or a `rubric.Ratings` whose units are tuples (district, criterion), which needs no columns.
    district, criterion, rater, rating : str
        Columns: what was rated, on which criterion, by whom, and the level given. A row without a rating is left out
        and counted. For visits in several years, make the district a district and year.
    levels : sequence
        Every level of the scale, lowest first, used or not. Two or more; equal meaning on all criteria.
    time : str, optional
        Column with a number or a date: adds `.drift`, each rater's change of severity per unit (per year for dates).
    anchors : mapping or DataFrame, optional
        Consensus levels: {(district, criterion): level}, or {district: level} for all its criteria; or a table with the
        columns of `ratings`. They count as one more rater of severity 0, so that severity is relative to them.
    nested : bool
        Whether a district may stand differently on its criteria, beyond their difficulty. False: the one-level facets
        model, whose intervals are too short if it does; a note says so.
    level : float, between 0 and 1
        Coverage of the intervals; flags allow for the number of raters at the matching error rate.

    Returns
    -------
    Calibration
        `.severity` (also `.table`): rater, estimate (logits; above 0 = harsher), std_error, conf_low, conf_high, flag,
        reason. Flags, each with an error rate of 1 - level over all raters together (Holm):

        - harsh, lenient: severity is not 0;
        - halo: ratings vary less over a district's criteria than they ought to;
        - central tendency: the middle levels come too often;
        - erratic: ratings follow the districts and criteria too little;
        - drifting: severity changes over time.

        `.criteria`, `.thresholds`, `.districts`, `.variance`, `.checks`, `.drift` and `.nesting`: see `Calibration`.
        What cannot be told is a row with a reason; a rater who gave one end of the scale only gets a one-sided bound.

    Raises
    ------
    CbeError
        For missing columns, undeclared levels, a criterion of a district rated twice by one rater, anchors that name
        nothing rated, and raters whom no chain of shared districts links: their groups are listed.

    Notes
    -----
    log P(k) / P(k - 1) = district + district x criterion - severity - difficulty - threshold_k, both district terms
    normal, thresholds alike for all. Maximum marginal likelihood: latent levels are integrated out on nested grids,
    analytic gradient (L-BFGS-B), observed information by Louis' identity. Intervals use t quantiles with the degrees
    of freedom left for comparing raters within what they share; spreads are limited on the log scale. A spread below
    0.05 logits is taken for 0. Checks are score tests; see `benchmarks/severity_study.py` for error rates and coverage.
    Not to be trusted if raters chose whom to rate by what they expected to see.

    References
    ----------
    Linacre, J. M. (1994). Many-facet Rasch measurement. MESA Press.
    Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226-233.
    Myford, C. M. and Wolfe, E. W. (2004). Detecting and measuring rater effects using many-facet Rasch measurement:
    part II. Journal of Applied Measurement, 5, 189-227.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> kind, strict = [1, 2, 3, 3, 2, 4, 3, 1, 2, 4, 3, 2], [2, 1, 3, 2, 1, 3, 4, 1, 1, 4, 1, 3]
    >>> visit = pd.DataFrame({"site": list("aabbccddeeff") * 2, "on": ["D1", "D2"] * 12, "level": kind + strict})
    >>> visit["who"] = ["Ana"] * 12 + ["Ben"] * 12
    >>> names = {"district": "site", "criterion": "on", "rater": "who", "rating": "level"}
    >>> found = rubric.calibrate(visit, **names, levels=[1, 2, 3, 4])
    >>> found.severity.set_index("rater")["estimate"].round(1)["Ben"]
    np.float64(0.4)

    The one-level model in R: TAM::tam.mml.mfr(resp, facets, ~ item + rater + step).
    """
    check_level(level)
    records = code(ratings, Columns(district, criterion, rater, rating, time), levels, anchors)
    require_links(records.facets, records.raters)
    kept = informative(records.facets)
    if not kept.ratings.any():
        return _nothing(records, nested, level)
    return _answered(_fitted(records, kept, nested, level), nested)


def _fitted(records: Records, kept: Kept, nested: bool, level: float) -> Fits:
    facets, districts, criteria, raters = compact(records.facets.part(kept.ratings))
    names = [*records.raters, None]
    require_links(
        facets,
        [names[each] for each in raters],
        without=", without the raters and criteria that are at one end of the scale only,",
    )
    design = Design(facets)
    flat = fit_one_level(design, exact=not nested)
    deep = fit_nested(flat)
    return Fits(records, kept, facets, districts, criteria, raters, deep if nested else flat, deep, flat, level)


def _answered(fits: Fits, nested: bool) -> Calibration:
    records, fitted, anchored = fits.records, fits.chosen, fits.facets.fixed_rater is not None
    found = answers.severities(fits)
    checks = answers.check_table(fits, found)
    drift = answers.drift_table(fits, records, nested, fits.level)
    drifting = drift["flag"].tolist() or [""] * len(found)
    table = answers.severity_table(records.raters, found, answers.flags(fits, found, checks, drifting))
    apart = answers.nesting(fits)
    off = {
        "Raters": [records.raters[each] for each in fits.kept.raters],
        "Criteria": [records.criteria[each] for each in fits.kept.criteria],
    }
    districts = len(records.districts)
    lines = wording.notes(fitted, apart, nested=nested, anchored=anchored, districts=districts, off=off)
    return Calibration(
        table,
        wording.text(table, fitted, "", fits.level, anchored),
        (*records.notes, *lines),
        None,
        criteria=answers.criterion_table(fits),
        thresholds=answers.threshold_table(fits),
        districts=answers.district_table(fits),
        variance=answers.variance_table(fits),
        checks=checks,
        drift=drift,
        nesting=apart,
        level=fits.level,
        anchored=anchored,
    )


def _nothing(records: Records, nested: bool, level: float) -> Calibration:
    reason = answers.why_nothing(records)
    found = [Answer(Estimate(reason=reason))] * len(records.raters)
    table = answers.severity_table(records.raters, found, [[]] * len(found))
    empty = answers.empty_tables(records)
    return Calibration(
        table,
        wording.text(table, None, reason, level, False),
        records.notes,
        None,
        criteria=empty["criterion"],
        thresholds=empty["level"],
        districts=empty["district"].assign(ratings=np.bincount(records.facets.district)),
        variance=empty["component"],
        checks=pd.DataFrame(columns=["rater", "check", "statistic", "p_value", "p_adjusted", "reason"]),
        drift=answers.drift_table(None, records, nested, level),
        nesting=Nesting(reason=reason),
        level=level,
        anchored=False,
    )
