"""The tables of a calibration: a row for every rater, criterion, level and district, whatever could be told."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cbe_lib.rubric.calibration.checks import CHECKS, Misfit, check
from cbe_lib.rubric.calibration.design import Facets
from cbe_lib.rubric.calibration.drift import slopes
from cbe_lib.rubric.calibration.estimates import (
    AT_END,
    NOT_NESTED,
    Estimate,
    beyond,
    degrees_of_freedom,
    district_rows,
    estimate_rows,
    p_value,
    spread_rows,
)
from cbe_lib.rubric.calibration.fitting import Fitted, criteria_vary, district_varies
from cbe_lib.rubric.calibration.linking import Kept, compact
from cbe_lib.rubric.calibration.records import Records
from cbe_lib.rubric.calibration.result import Nesting

NO_RATINGS = "There are no ratings."
SAME = "Every rating stands at the same end of the scale for its rater or criterion: nothing can be compared."
ONE_RATER = "There is no other rater to compare with."
ONE_CRITERION = "There is no other criterion to compare with."
UNUSED = "The ratings do not use both this level and the one below."
SEVERITY = "severity"


class Fits(NamedTuple):
    """What was fitted: the model that is reported, the other one for comparison, and the numbering of both.

    Attributes
    ----------
    records, kept : Records, Kept
        The ratings, and which of them were fitted.
    facets : Facets
        Those fitted, numbered without gaps.
    districts, criteria, raters : array
        Which numbers of `records` the numbers of `facets` stand for.
    chosen, nested, one_level : Fitted
        The model reported; and both, if they can be told apart.
    level : float
        Coverage of intervals.
    """

    records: Records
    kept: Kept
    facets: Facets
    districts: np.ndarray
    criteria: np.ndarray
    raters: np.ndarray
    chosen: Fitted
    nested: Fitted
    one_level: Fitted
    level: float


class Answer(NamedTuple):
    """An estimate with its p-value against 0."""

    row: Estimate
    p_value: float = float("nan")


def why_nothing(records: Records) -> str:
    """Say why there is nothing to fit."""
    return SAME if len(records.facets.level) else NO_RATINGS


def severities(fits: Fits) -> list[Answer]:
    """Answer for every rater."""
    size = len(fits.raters)
    if size < 2:
        found = [Answer(Estimate(reason=ONE_RATER))] * size
    else:
        df = degrees_of_freedom(fits.chosen.design)[0]
        rows = estimate_rows(fits.chosen, np.eye(size, len(fits.chosen.fixed)), df, fits.level)
        found = [Answer(row, p_value(row, df)) for row in rows]
    by_rater = dict(zip(fits.raters.tolist(), found, strict=True))
    off = {rater: _off_the_scale(fits, rater, end) for rater, end in fits.kept.raters.items()}
    unseen = Answer(Estimate(reason="Rated only criteria on which every rating stands at one end of the scale."))
    return [(by_rater | off).get(rater, unseen) for rater in range(len(fits.records.raters))]


def _off_the_scale(fits: Fits, rater: int, end: str) -> Answer:
    whole = fits.records.facets
    own = (whole.rater == rater) & np.isin(whole.criterion, fits.criteria)
    if not own.any() or fits.chosen.covariance is None:
        return Answer(Estimate(reason=AT_END.format(end)))
    facets, _, _, raters = compact(whole.part(fits.kept.ratings | own))
    return Answer(*beyond(fits.chosen, facets, int(np.searchsorted(raters, rater)), end, fits.level))


def severity_table(raters: list, answers: list[Answer], flags: list[list[str]]) -> pd.DataFrame:
    """Lay out the main table."""
    rows = [
        (rater, *answer.row[:4], ", ".join(flag), answer.row.reason)
        for rater, answer, flag in zip(raters, answers, flags, strict=True)
    ]
    return pd.DataFrame(rows, columns=["rater", *Estimate._fields[:4], "flag", "reason"])


def check_table(fits: Fits, answers: list[Answer]) -> pd.DataFrame:
    """Lay out every test of every rater, with Holm's adjustment over the raters."""
    raters = fits.records.raters
    found = check(fits.chosen, (len(fits.records.levels) - 1) / 2)
    rows = [_severity_check(rater, answer) for rater, answer in zip(raters, answers, strict=True)]
    for name in CHECKS:
        by_rater = dict(zip(fits.raters.tolist(), found[name], strict=True))
        for number, rater in enumerate(raters):
            off = Misfit(reason=answers[number].row.reason)
            rows.append((rater, name, *by_rater.get(number, off)))
    table = pd.DataFrame(rows, columns=["rater", "check", "statistic", "p_value", "reason"])
    adjusted = table["p_value"].to_numpy(float).reshape(-1, len(raters))
    table = table.assign(p_adjusted=np.concatenate([holm(each) for each in adjusted]))
    return table[["rater", "check", "statistic", "p_value", "p_adjusted", "reason"]]


def _severity_check(rater: object, answer: Answer) -> tuple:
    row = answer.row
    known = row.std_error > 0
    return rater, SEVERITY, row.estimate / row.std_error if known else float("nan"), answer.p_value, row.reason


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number; missing ones stay missing."""
    # statsmodels' multipletests, with which the tests compare, collects garbage at every call: 0.1 s.
    order = np.argsort(p_values, kind="stable")  # missing ones last
    known = int(np.count_nonzero(~np.isnan(p_values)))
    adjusted = np.full(len(p_values), np.nan)
    rising = np.maximum.accumulate(p_values[order[:known]] * np.arange(known, 0, -1))
    adjusted[order[:known]] = np.minimum(rising, 1.0)
    return adjusted


def flags(fits: Fits, answers: list[Answer], checks: pd.DataFrame, drifting: list[str]) -> list[list[str]]:
    """Name what stands out about each rater, in plain words."""
    sure = checks["p_adjusted"] < 1 - fits.level
    raised = {name: set(checks.loc[sure & (checks["check"] == name), "rater"]) for name in (SEVERITY, *CHECKS)}
    words = []
    for rater, answer, drift in zip(fits.records.raters, answers, drifting, strict=True):
        row = answer.row
        harsh = row.estimate > 0 or row.conf_low > 0
        first = ["harsh" if harsh else "lenient"] if rater in raised[SEVERITY] else []
        words.append([*first, *(name for name in CHECKS if rater in raised[name]), *([drift] if drift else [])])
    return words


def criterion_table(fits: Fits) -> pd.DataFrame:
    """Lay out difficulties."""
    size, fitted = len(fits.criteria), fits.chosen
    if size < 2:
        rows = [Estimate(reason=ONE_CRITERION)] * size
    else:
        weights = np.eye(size, len(fitted.fixed), fitted.design.raters)
        rows = estimate_rows(fitted, weights, degrees_of_freedom(fitted.design)[1], fits.level)
    found = dict(zip(fits.criteria.tolist(), rows, strict=True))
    ends = {each: Estimate(reason=f"Got only the {end} level: no finite estimate.") for each, end in _ends(fits)}
    every = [(found | ends)[number] for number in range(len(fits.records.criteria))]
    return _laid_out("criterion", fits.records.criteria, every)


def _ends(fits: Fits) -> list[tuple[int, str]]:
    """Return criteria left out, and how they stand; those that only raters off the scale rated included."""
    left = dict.fromkeys(set(range(len(fits.records.criteria))) - set(fits.criteria.tolist()), "lowest or highest")
    return list((left | fits.kept.criteria).items())


def threshold_table(fits: Fits) -> pd.DataFrame:
    """Lay out where each level becomes likelier than the level below."""
    fitted, scores = fits.chosen, fits.chosen.design.scores
    used = {int(score): place for place, score in enumerate(scores)}
    steps = [score for score in range(1, len(fits.records.levels)) if score in used and score - 1 in used]
    weights = np.zeros((len(steps), len(fitted.fixed)))
    for row, score in zip(weights, steps, strict=True):
        row[fitted.design.locations + used[score] - 1] += 1
        if used[score] > 1:
            row[fitted.design.locations + used[score] - 2] -= 1
    found = estimate_rows(fitted, weights, degrees_of_freedom(fitted.design)[2], fits.level)
    rows = dict(zip(steps, found, strict=True))
    every = [rows.get(score, Estimate(reason=UNUSED)) for score in range(1, len(fits.records.levels))]
    return _laid_out("level", list(fits.records.levels[1:]), every)


def district_table(fits: Fits) -> pd.DataFrame:
    """Lay out the districts' levels, shrunken towards their mean."""
    rows = dict(zip(fits.districts.tolist(), district_rows(fits.chosen, fits.level), strict=True))
    unseen = (Estimate(reason="Only rated by raters, or on criteria, that are off the scale."), 0)
    every = [rows.get(number, unseen) for number in range(len(fits.records.districts))]
    table = _laid_out("district", fits.records.districts, [row for row, _ in every])
    return table.assign(ratings=[count for _, count in every])


def variance_table(fits: Fits) -> pd.DataFrame:
    """Lay out standard deviations."""
    told = district_varies(fits.chosen.design), criteria_vary(fits.chosen.design) and fits.chosen is fits.nested
    rows = spread_rows(fits.chosen, told, fits.level)
    if fits.chosen is not fits.nested:
        rows[1] = Estimate(reason="Left out: the one-level model was asked for.")
    return _laid_out("component", ["district", "criterion within district"], rows)


def nesting(fits: Fits) -> Nesting:
    """Test the nested against the one-level model."""
    if not criteria_vary(fits.chosen.design):
        return Nesting(reason=NOT_NESTED)
    statistic = max(2 * (fits.nested.total - fits.one_level.total), 0.0)
    p = 0.5 * float(chdtrc(1, statistic)) if statistic > 0 else 1.0
    (flat, flat_error), (deep, deep_error) = (_differences(each) for each in (fits.one_level, fits.nested))
    known = deep > 0 and deep_error > 0
    return Nesting(statistic, p, flat / deep, flat_error / deep_error) if known else Nesting(statistic, p)


def _differences(fitted: Fitted) -> tuple[float, float]:
    """Return how far severities lie from each other, and their mean standard error."""
    raters = fitted.design.raters
    if fitted.covariance is None:
        return float("nan"), float("nan")
    errors = np.sqrt(np.maximum(np.diag(fitted.covariance)[:raters], 0))
    return float(fitted.fixed[:raters].std()), float(errors.mean())


def drift_table(fits: Fits | None, records: Records, nested: bool, level: float) -> pd.DataFrame:
    """Lay out changes of severity over time."""
    columns = ["rater", *Estimate._fields[:4], "flag", "reason"]
    if records.facets.time is None:
        return pd.DataFrame(columns=columns)
    raters = records.raters
    if fits is None:
        return severity_table(raters, [Answer(Estimate(reason=why_nothing(records)))] * len(raters), [[]] * len(raters))
    rows, df = slopes(fits.facets, nested=nested, level=level)
    off = Answer(Estimate(reason="Left out: at one end of the scale."))
    found = {old: Answer(row, p_value(row, df)) for old, row in zip(fits.raters.tolist(), rows, strict=True)}
    answers = [found.get(number, off) for number in range(len(raters))]
    sure = holm(np.array([answer.p_value for answer in answers])) < 1 - level
    return severity_table(raters, answers, [["drifting"] if each else [] for each in sure])


def _laid_out(name: str, labels: list, rows: list[Estimate]) -> pd.DataFrame:
    named = [(label, *row) for label, row in zip(labels, rows, strict=True)]
    return pd.DataFrame(named, columns=[name, *Estimate._fields])


def empty_tables(records: Records) -> dict[str, pd.DataFrame]:
    """Return tables that only say why nothing can be told."""
    reason = why_nothing(records)
    labels = {
        "criterion": records.criteria,
        "level": list(records.levels[1:]),
        "district": records.districts,
        "component": ["district", "criterion within district"],
    }
    return {name: _laid_out(name, each, [Estimate(reason=reason)] * len(each)) for name, each in labels.items()}
