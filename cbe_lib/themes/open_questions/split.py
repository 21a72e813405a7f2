"""How differences between students split between districts, schools and students."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, f
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning, SingularMatrixWarning

from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.open_questions.standing import latest


@dataclass(frozen=True, repr=False)
class Split(Result):
    """How differences split between districts, schools and students: see `variance_split`."""


def variance_split(progress: pd.DataFrame, *, subject: str = "mathematics", level: float = 0.95) -> Split:
    """Do students stand where they stand because of the district, the school, or for reasons of their own?

    A large share between districts says that it is a matter of how districts respond; one within schools, of each
    student's path.

    Parameters
    ----------
    progress : DataFrame
        Table `progress` of several districts with schools.
    subject : str
        Which subject.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Split
        `.table`: part (district, school, student, disability), estimate, conf_low, conf_high, share, unit, reason.
        `.model`: the statsmodels MixedLM fit (REML).

    Raises
    ------
    CbeError
        For fewer than 5 districts, or no district with two schools.

    Notes
    -----
    level - age grade = disability + district + school + student. Estimates by REML. Intervals of the variances come
    from the nested analysis of variance (Satterthwaite for the student part, modified large sample of Ting et al.
    for the others), since those of REML are too short with few districts.

    References
    ----------
    Burdick, R. K. and Graybill, F. A. (1992). Confidence intervals on variance components. Dekker, chapter 3 and 5.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = variance_split(samples.state()["progress"])
    >>> found.table["part"].tolist()
    ['district', 'school', 'student', 'disability']
    """
    rows = latest(progress, subject).dropna(subset=["school_id"])
    schools = rows.groupby("district_id")["school_id"].nunique()
    if len(schools) < 5 or (schools < 2).all():
        raise CbeError.build(
            "Splitting needs at least 5 districts, some of them with two schools",
            found=f"Found {len(schools)} districts; most schools in one: {schools.max() if len(schools) else 0}",
        )
    frame = rows[["gap", "district_id", "school_id"]].assign(
        disability=(rows["subgroup"] == "students with disabilities").astype(float)
    )
    model = MixedLM.from_formula(
        "gap ~ disability",
        frame,
        groups="district_id",
        vc_formula={"school": "0 + C(school_id)"},
        re_formula="1",
    )
    with warnings.catch_warnings():
        # A variance of zero is an answer here, and the intervals below do not lean on the curvature at it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", SingularMatrixWarning)
        fit = model.fit(reml=True, method=["lbfgs", "powell"])
    found = {
        "district": float(fit.cov_re.iloc[0, 0]),
        "school": float(fit.vcomp[0]),
        "student": float(fit.scale),
    }
    limits = _limits(frame.assign(left=frame["gap"] - fit.fe_params["disability"] * frame["disability"]), level)
    whole = sum(found.values())
    table = [(part, found[part], *limits[part], found[part] / whole, "levels squared", "") for part in found]
    slope, (low, high) = float(fit.fe_params["disability"]), fit.conf_int(alpha=1 - level).loc["disability"]
    table.append(("disability", slope, float(low), float(high), np.nan, "levels", ""))
    columns = ["part", "estimate", "conf_low", "conf_high", "share", "unit", "reason"]
    text = (
        f"Of the differences in level less age grade, {found['district'] / whole:.0%} lie between districts, "
        f"{found['school'] / whole:.0%} between schools of a district and {found['student'] / whole:.0%} between "
        f"students of a school. With {len(schools)} districts the first share is known only roughly: the variance "
        f"between districts may be {limits['district'][0]:.2f} to {limits['district'][1]:.2f}."
    )
    return Split(pd.DataFrame(table, columns=columns), text, (claim("B05").label + ".",), fit)


def _limits(frame: pd.DataFrame, level: float) -> dict[str, tuple[float, float]]:
    """Limits of the three variances from unweighted mean squares of the nested layout."""
    school = frame.groupby(["district_id", "school_id"])["left"].agg(["mean", "size", "var"])
    free = int((school["size"] - 1).sum())
    within = float((school["var"].fillna(0) * (school["size"] - 1)).sum() / free)
    by = school.groupby(level=0)["mean"]
    counts = by.size()
    free_school, free_district = int((counts - 1).sum()), len(counts) - 1
    each = len(school) / float((1 / school["size"]).sum())  # harmonic mean of students a school
    between = float(((school["mean"] - by.transform("mean")) ** 2).sum() / free_school)
    per = len(counts) / float((1 / counts).sum())  # harmonic mean of schools a district
    top = float(by.mean().var())
    tail = (1 - level) / 2
    return {
        "student": (free * within / chi2.isf(tail, free), free * within / chi2.ppf(tail, free)),
        "school": _difference(between, free_school, within / each, free, tail),
        "district": _difference(top, free_district, between / per, free_school, tail),
    }


def _difference(first: float, df1: int, second: float, df2: int, tail: float) -> tuple[float, float]:
    """Modified large-sample limits of a difference of expected mean squares (Ting et al. 1990), cut at zero."""
    g1, h2 = 1 - df1 / chi2.isf(tail, df1), df2 / chi2.ppf(tail, df2) - 1
    h1, g2 = df1 / chi2.ppf(tail, df1) - 1, 1 - df2 / chi2.isf(tail, df2)
    upper_f, lower_f = f.isf(tail, df1, df2), f.ppf(tail, df1, df2)
    g12 = ((upper_f - 1) ** 2 - (g1 * upper_f) ** 2 - h2**2) / upper_f
    h12 = ((1 - lower_f) ** 2 - (h1 * lower_f) ** 2 - g2**2) / lower_f
    middle, product = first - second, first * second
    low = middle - np.sqrt(max((g1 * first) ** 2 + (h2 * second) ** 2 + g12 * product, 0))
    high = middle + np.sqrt(max((h1 * first) ** 2 + (g2 * second) ** 2 + h12 * product, 0))
    return max(float(low), 0.0), max(float(high), 0.0)
