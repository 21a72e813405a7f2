"""How long does a noted problem stay open, and does it go with safety to err?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from cbe_lib import tables
from cbe_lib.errors import CbeError, require_columns, rows_of
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.decision_log.staff import means_before, staff_scores
from cbe_lib.themes.group_means import exact_limits

FEWEST = 10
FEWEST_DISTRICTS = 5
EFFECTS = ["term", "estimate", "conf_low", "conf_high", "unit", "n", "changed", "districts", "reason"]
EVERYTHING = "all notes"
Until = str | pd.Timestamp | Mapping[str, Any] | None


@dataclass(frozen=True, repr=False)
class Latency(Result):
    """How long problems stay open: see `correction_latency`. `.model` is the statsmodels PHReg fit.

    Attributes
    ----------
    curves : DataFrame
        group, days, at_risk, estimate (share still open), conf_low, conf_high: a row for each day with a change.
    effects : DataFrame
        term (safety, one_year), estimate (log hazard of a change), conf_low, conf_high, unit, n, changed, districts,
        reason; empty without answers.
    term_days : float
        Length of a term.
    level : float
        Coverage of the intervals.
    """

    curves: pd.DataFrame
    effects: pd.DataFrame
    term_days: float
    level: float


def correction_latency(
    corrections: pd.DataFrame,
    answers: pd.DataFrame | None = None,
    districts: pd.DataFrame | None = None,
    *,
    by: str | None = None,
    until: Until = None,
    term_days: float = 90,
    level: float = 0.95,
) -> Latency:
    """How long does it take from noting a problem to changing something, and is it shorter where staff feel safe?

    Parameters
    ----------
    corrections : DataFrame
        Table `corrections`; a blank date_changed is a problem still open, which counts for the days it was watched.
    answers : DataFrame, optional
        Table `survey`: brings the effect of safety in the spring before.
    districts : DataFrame, optional
        Table `districts`: brings its columns for `by`, and the effect of a rollout in one year.
    by : str, optional
        Column of `corrections` or `districts` whose values are told apart: "topic", "noted_by", "strategy".
    until : day or mapping, optional
        Last day on which open problems were watched, or one for each district. If left out: the last day in the
        log of each district, which is too early for open problems noted late.
    term_days : float, days above 0
        Length of a term.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Latency
        `.table`: group, term (median_days, open_after_term), estimate, conf_low, conf_high, unit, n, still_open,
        reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, an unknown column, districts without a last day, changes after the last day.

    Notes
    -----
    Share still open: Kaplan-Meier with limits on the log-log scale; median with its interval from the same limits, not
    told where too many are open. Effects: Cox regression, ties after Efron. Their error is the larger of the usual one
    and one that takes notes of a district as alike (times G/(G - 1)), with t limits of G districts less the terms.
    Positive: faster.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> found = correction_latency(tables["corrections"], tables["survey"], tables["districts"])
    >>> found.table[["term", "n", "still_open"]].to_dict("split")["data"]
    [['median_days', 411, 23], ['open_after_term', 411, 23]]
    >>> found.effects["term"].tolist()
    ['safety', 'one_year']
    """
    if not term_days > 0:
        raise CbeError.build("`term_days` must be above 0", found=f"Found {term_days!r}")
    notes = _watched(tables.validate(corrections, "corrections", complete=True), until)
    if districts is not None:
        places = tables.validate(districts, "districts", complete=True)
        extra = [name for name in places.columns if name == "district_id" or name not in notes.columns]
        notes = notes.merge(places[extra], on="district_id", how="left")
    groups = _groups(notes, by)
    curves = pd.concat([_curve(rows, name, level) for name, rows in groups], ignore_index=True)
    table = pd.DataFrame([row for name, rows in groups for row in _told(rows, curves, name, term_days, level)])
    effects, model = _effects(notes, answers, districts is not None, level)
    text = _text(table, effects, term_days)
    return Latency(table, text, _notes(until), model, curves=curves, effects=effects, term_days=term_days, level=level)


def _watched(notes: pd.DataFrame, until: Until) -> pd.DataFrame:
    """Add the days watched, and whether something was changed."""
    last = _last_days(notes, until)
    missing = last.isna()
    if missing.any():
        names = ", ".join(sorted(notes.loc[missing, "district_id"].unique())[:5])
        raise CbeError.build("`until` has no day for some districts", found=f"Found none for {names}")
    late = (notes["date_changed"] > last) | (notes["date_noted"] > last)
    if late.any():
        raise CbeError.build(
            "Some dates are later than the last day watched",
            found=f"Found {rows_of(notes, late)}",
            advice="Give a later `until`, or leave out what was not yet known then",
        )
    changed = notes["date_changed"].notna()
    days = (notes["date_changed"].where(changed, last) - notes["date_noted"]).dt.days.astype(float)
    # A problem changed on the day on which it was noted was open for part of it.
    return notes.assign(days=days.clip(lower=0.5), changed=changed)


def _last_days(notes: pd.DataFrame, until: Until) -> pd.Series:
    if until is None:
        seen = notes[["date_noted", "date_changed"]].max(axis=1)
        return seen.groupby(notes["district_id"]).transform("max")
    if isinstance(until, Mapping):
        return pd.to_datetime(notes["district_id"].map({name: pd.Timestamp(day) for name, day in until.items()}))
    return pd.Series(pd.Timestamp(until), index=notes.index)


def _groups(notes: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if notes.empty:
        raise CbeError.build("`corrections` holds no rows", advice="Pass a row for each problem that was noted")
    if by is None:
        return [(EVERYTHING, notes)]
    require_columns(notes, [by], "corrections")
    return [(str(name), rows) for name, rows in notes.groupby(by, sort=True)]


def _curve(rows: pd.DataFrame, name: str, level: float) -> pd.DataFrame:
    from statsmodels.duration.survfunc import SurvfuncRight

    if not rows["changed"].any():
        return pd.DataFrame(columns=["group", "days", "at_risk", "estimate", "conf_low", "conf_high"])
    found = SurvfuncRight(rows["days"], rows["changed"].astype(int))
    share, error = np.asarray(found.surv_prob), np.asarray(found.surv_prob_se)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = norm.ppf((1 + level) / 2) * error / (share * np.log(share))
        low, high = share ** np.exp(-reach), share ** np.exp(reach)
    columns = {"days": found.surv_times, "at_risk": found.n_risk.astype(int), "estimate": share}
    return pd.DataFrame({"group": name, **columns, "conf_low": low, "conf_high": high})


def _told(rows: pd.DataFrame, curves: pd.DataFrame, name: str, term: float, level: float) -> list[dict]:
    curve = curves[curves["group"] == name]
    known = {"n": len(rows), "still_open": int((~rows["changed"]).sum())}
    few = f"cannot tell: fewer than {FEWEST} notes" if len(rows) < FEWEST else ""
    found = {"median_days": (_median(curve), "days"), "open_after_term": (_open(rows, curve, term, level), "share")}
    return [
        {
            "group": name,
            "term": quantity,
            **dict(zip(("estimate", "conf_low", "conf_high"), (np.nan,) * 3 if few else limits[:3], strict=True)),
            "unit": unit,
            **known,
            "reason": few or limits[3],
        }
        for quantity, (limits, unit) in found.items()
    ]


def _median(curve: pd.DataFrame) -> tuple[float, float, float, str]:
    """Return the first days on which the curve and its limits are down to a half; an upper limit may not be reached."""
    days = curve["days"].to_numpy(float)
    first = [
        _first(days, curve[name].fillna(0).to_numpy(float) <= 0.5) for name in ("estimate", "conf_low", "conf_high")
    ]
    if not np.isfinite(first[0]):
        return np.nan, np.nan, np.nan, "cannot tell: more than half are still open"
    return first[0], first[1], first[2], ""


def _first(days: np.ndarray, reached: np.ndarray) -> float:
    return float(days[reached][0]) if reached.any() else float("inf")


def _open(rows: pd.DataFrame, curve: pd.DataFrame, term: float, level: float) -> tuple[float, float, float, str]:
    """Return the share still open after a term."""
    if rows["days"].max() < term and not rows["changed"].all():
        return np.nan, np.nan, np.nan, f"cannot tell: no note was watched for {term:g} days"
    before = curve[curve["days"] <= term]
    share = float(before["estimate"].iloc[-1]) if len(before) else 1.0
    if 0 < share < 1:
        return share, float(before["conf_low"].iloc[-1]), float(before["conf_high"].iloc[-1]), ""
    watched = int(((rows["days"] >= term) | rows["changed"]).sum())
    low, high = exact_limits(round(share * watched), watched, level)
    return share, float(low), float(high), ""


def _effects(
    notes: pd.DataFrame, answers: pd.DataFrame | None, placed: bool, level: float
) -> tuple[pd.DataFrame, object]:
    if answers is None:
        return pd.DataFrame(columns=EFFECTS), None
    before = means_before(staff_scores(answers, ["safety"]), "safety")
    frame = notes.assign(year=school_year(notes["date_noted"])).merge(before, on=["district_id", "year"], how="left")
    terms = {"safety": "log hazard a scale point"}
    if placed:
        frame["one_year"] = (frame["strategy"] == "one year").astype(float).where(frame["strategy"].notna())
        terms["one_year"] = "log hazard"
    frame = frame.dropna(subset=list(terms))
    counted = (len(frame), int(frame["changed"].sum()), frame["district_id"].nunique())
    reason = _against(frame, list(terms), counted)
    if reason:
        rows = [(term, np.nan, np.nan, np.nan, unit, *counted, reason) for term, unit in terms.items()]
        return pd.DataFrame(rows, columns=EFFECTS), None
    return _cox(frame, terms, counted, level)


def _against(frame: pd.DataFrame, terms: list[str], counted: tuple[int, int, int]) -> str:
    _, changed, districts = counted
    if districts < FEWEST_DISTRICTS or changed < FEWEST:
        return f"cannot tell: {changed} changes in {districts} districts; {FEWEST} in {FEWEST_DISTRICTS} needed"
    design = np.column_stack([np.ones(len(frame)), frame[terms].to_numpy(float)])
    if np.linalg.matrix_rank(design) <= len(terms):
        return "cannot tell: something here never differs, or two things always go together"
    return ""


def _cox(
    frame: pd.DataFrame, terms: Mapping[str, str], counted: tuple[int, int, int], level: float
) -> tuple[pd.DataFrame, object]:
    from statsmodels.duration.hazard_regression import PHReg

    # Notes that nobody watched until the first change tell nothing, and statsmodels' errors by group stumble over them.
    frame = frame[frame["days"] >= frame["days"][frame["changed"]].min()]
    exog = frame[list(terms)].astype(float)
    model = PHReg(frame["days"], exog, status=frame["changed"].astype(int), ties="efron")
    fit, count = model.fit(), counted[2]
    alike = np.asarray(model.fit(groups=frame["district_id"]).bse) * np.sqrt(count / (count - 1))
    reach = student.ppf((1 + level) / 2, count - len(terms)) * np.maximum(np.asarray(fit.bse), alike)
    slopes = np.asarray(fit.params)
    limits = zip(terms, slopes, slopes - reach, slopes + reach, strict=True)
    rows = [(term, float(b), float(low), float(high), terms[term], *counted, "") for term, b, low, high in limits]
    return pd.DataFrame(rows, columns=EFFECTS), fit


def _notes(until: Until) -> tuple[str, ...]:
    kind = claim("A30").label + "."
    if until is not None:
        return (kind,)
    return (kind, "Open problems are taken as watched until the last day in the log of their district: give `until`.")


def _text(table: pd.DataFrame, effects: pd.DataFrame, term: float) -> str:
    parts = []
    for name, rows in table.groupby("group", sort=False):
        median, still = (rows[rows["term"] == each].iloc[0] for each in ("median_days", "open_after_term"))
        if still["reason"]:
            parts.append(f"{name}: {still['reason']}.")
            continue
        half = (
            "more than half stay open" if median["reason"] else f"half are changed within {median['estimate']:.0f} days"
        )
        parts.append(
            f"{str(name).capitalize()}: {half}; after {term:g} days {still['estimate']:.0%} are still open "
            f"({still['conf_low']:.0%} to {still['conf_high']:.0%})."
        )
    shown = parts[:3] + ([f"({len(parts) - 3} more groups in the table.)"] if len(parts) > 3 else [])
    return " ".join([*shown, *_effect_text(effects)])


def _effect_text(effects: pd.DataFrame) -> list[str]:
    if effects.empty:
        return []
    row = effects.iloc[0]
    if row["reason"]:
        return [f"Whether safety goes with speed: {row['reason']}."]
    pace, low, high = np.exp(row[["estimate", "conf_low", "conf_high"]].to_numpy(float))
    told = f"{pace:.1f} times the pace of change ({low:.1f} to {high:.1f})"
    if low <= 1 <= high:
        return [f"Whether a point more safety goes with speed cannot be told ({low:.1f} to {high:.1f} times the pace)."]
    return [f"A point more safety goes with {told}; safer districts may differ in other ways."]
