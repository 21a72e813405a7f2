"""Whether decisions are passed up: by month against control limits, from level to level, and what goes with it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.control_chart import PERIODS, chart
from cbe_lib.themes.decision_log.reading import LEVELS, read_log
from cbe_lib.themes.decision_log.slopes import clustered, sentence
from cbe_lib.themes.decision_log.staff import means_before, staff_scores

UNITS = {"trust_escalation": "log odds a scale point", "cited_escalation": "log odds"}


@dataclass(frozen=True, repr=False)
class Escalation(Result):
    """Decisions passed up: see `escalation`.

    Attributes
    ----------
    flows : DataFrame
        from_level, to_level, n, share (of the decisions of from_level); to_level equals from_level where they stayed.
    effects : DataFrame
        term (trust_escalation, cited_escalation), estimate, conf_low, conf_high, unit, n, districts, reason.
    false_alarm : float
        Chance that an ordinary period signals, mean over periods: what the limits really have, not their nominal rate.
    run_length : float
        Periods between two false alarms on average; inf where none can signal.
    """

    flows: pd.DataFrame
    effects: pd.DataFrame
    false_alarm: float
    run_length: float


def escalation(
    decisions: pd.DataFrame,
    survey: pd.DataFrame | None = None,
    *,
    period: str = "month",
    baseline_until: str | pd.Timestamp | None = None,
    false_alarm: float = 0.0027,
    level: float = 0.95,
) -> Escalation:
    """Are decisions passed up more often than is usual here, and does that go with low trust?

    Leadership that is shared in name only shows in decisions that people hand to the next level.

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions`; of one district for its control chart, of many for the regression.
    survey : DataFrame, optional
        Table `survey`; trust inside the school, asked of staff, is read.
    period : {"month", "quarter", "school year"}
        What a point of the chart is.
    baseline_until : date, optional
        Last day of a quiet time; later periods are set against it. Without it, each period against all others.
    false_alarm : float, between 0 and 0.5
        Chance that an ordinary period lies outside its limits, at most.
    level : float, between 0 and 1
        Coverage of the intervals of the regression.

    Returns
    -------
    Escalation
        `.table`: period, start, n, count (passed up), estimate, center, low, high (least and greatest usual count),
        false_alarm (real rate), signal (above, below, none), reason.
        `.flows`, `.effects`, `.false_alarm`, `.run_length`: see there.

    Raises
    ------
    CbeError
        For an empty log or one without dates, a decision passed up to a level not above its own, an unknown period, a
        baseline without a whole period, and what `tables.validate` finds.

    Notes
    -----
    Limits: given all decisions passed up in a period and its reference, the number in the period is hypergeometric as
    long as nothing changes, so the rate of false alarms is exact, whatever the usual share. Counts are whole, so it is
    lower than `false_alarm`, much so where decisions are few. Weeks that bring many like decisions raise it.
    Regression: logit(passed up) = trust + cited, trust being the mean of staff in the spring before the school year;
    generalized estimating equations, clustered by district. It shows what goes together, not what makes what.

    References
    ----------
    Montgomery, D. C. (2019). Introduction to statistical quality control, 8th edition. Wiley, chapter 7.
    Mancl, L. A. and DeRouen, T. A. (2001). A covariance estimator for GEE with improved small-sample properties.
    Biometrics, 57.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = escalation(state["decisions"], state["survey"], period="quarter")
    >>> found.effects["term"].tolist()
    ['trust_escalation', 'cited_escalation']
    """
    check_level(level)
    if period not in PERIODS:
        raise unknown_name("period", period, PERIODS)
    log = read_log(decisions)
    dated = log.dropna(subset=["date_raised"])
    if dated.empty:
        raise CbeError.build("No decision has a date_raised", advice="The chart needs the day on which each came up")
    until = None if baseline_until is None else _day(baseline_until)
    table = chart(dated["escalated"], dated["date_raised"], period, until, false_alarm)
    effects = _effects(log, survey, level)
    real = float(table["false_alarm"].dropna().mean()) if table["false_alarm"].notna().any() else 0.0
    notes = [claim("A18").label + ".", _rate(table, real, period)]
    if len(dated) < len(log):
        notes.append(f"{len(log) - len(dated)} decisions without date_raised are left out of the chart.")
    return Escalation(
        table,
        _text(table, effects, log, period, level),
        tuple(notes),
        None,
        flows=_flows(log),
        effects=effects,
        false_alarm=real,
        run_length=1 / real if real > 0 else float("inf"),
    )


def _day(given: str | pd.Timestamp) -> pd.Timestamp:
    day = pd.to_datetime(given, errors="coerce")
    if pd.isna(day):
        raise CbeError.build("`baseline_until` is no date", found=f"Found {given!r}", advice="Give YYYY-MM-DD")
    return day.normalize() + pd.Timedelta(days=1)


def _flows(log: pd.DataFrame) -> pd.DataFrame:
    to = log["escalated_to"].fillna(log["level"])
    counted = log.groupby([log["level"].rename("from_level"), to.rename("to_level")]).size().rename("n").reset_index()
    order = {name: place for place, name in enumerate(LEVELS)}
    flows = counted.sort_values(["from_level", "to_level"], key=lambda names: names.map(order), ignore_index=True)
    return flows.assign(share=flows["n"] / flows.groupby("from_level")["n"].transform("sum"))


def _effects(log: pd.DataFrame, survey: pd.DataFrame | None, level: float) -> pd.DataFrame:
    if survey is None:
        trust = pd.DataFrame({"district_id": [], "year": [], "trust_school": []}).astype({"district_id": "str"})
    else:
        trust = means_before(staff_scores(survey, ["trust_school"]), "trust_school")
    later = log.merge(trust.astype({"year": "Int64", "trust_school": float}), on=["district_id", "year"])
    columns = pd.DataFrame(
        {"trust_escalation": later["trust_school"], "cited_escalation": later["cited"].astype(float)}
    )
    return clustered(later["escalated"].astype(float), columns, later["district_id"], UNITS, level, odds=True)


def _rate(table: pd.DataFrame, real: float, period: str) -> str:
    blind = int(table["reason"].str.startswith("too few").sum())
    told = f"With nothing changed, {real:.2%} of the {period}s would signal"
    told += f", one in {1 / real:.0f} on average." if real > 0 else "."
    return told + (f" {blind} of {len(table)} have too few decisions to signal anything." if blind else "")


def _text(table: pd.DataFrame, effects: pd.DataFrame, log: pd.DataFrame, period: str, level: float) -> str:
    above, below = (table.loc[table["signal"] == side, "period"].tolist() for side in ("above", "below"))
    told = f"{log['escalated'].mean():.0%} of {len(log)} decisions were passed up. "
    several = f"{period}s" if len(above) != 1 else period
    if above or below:
        told += f"{len(above)} {several} above the limits" + (f" ({', '.join(above[:3])})" if above else "")
        told += f", {len(below)} below. "
    else:
        told += f"No {period} lies outside the limits, which with few decisions are wide. "
    row = effects[effects["term"] == "trust_escalation"].iloc[0]
    said = (
        "Where staff trusted each other more, fewer were passed up",
        "Where staff trusted each other more, more were",
    )
    told += sentence(row, *said, "Whether this goes with trust cannot be told", level)
    return told + " What goes together need not follow from each other."
