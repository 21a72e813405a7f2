"""What was told to whom, how often, and whether it named a horizon of years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.decision_log.slopes import COLUMNS as EFFECT
from cbe_lib.themes.decision_log.slopes import clustered
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

EVERYONE = "all"
UNITS = {"horizon_share": "points of 0 to 10 per unit of share"}


@dataclass(frozen=True, repr=False)
class Messages(Result):
    """How often messages name a horizon, and how far apart they are: see `messages`.

    Attributes
    ----------
    gaps : DataFrame
        district_id, audience, from_date, to_date, weeks: a row for each pair of messages that follow each other.
    days : DataFrame
        district_id, audience, date, named: a row for each message.
    effect : DataFrame
        term, estimate, conf_low, conf_high, unit, n, districts, reason: what confusion goes with.
    """

    gaps: pd.DataFrame
    days: pd.DataFrame
    effect: pd.DataFrame


def messages(
    messages: pd.DataFrame,
    *,
    answers: pd.DataFrame | None = None,
    districts: pd.DataFrame | None = None,
    least_years: float = 2,
    level: float = 0.95,
) -> Messages:
    """Which share of the messages says that the change takes years, and how long do people wait to hear again?

    Parameters
    ----------
    messages : DataFrame
        Table `messages`.
    answers : DataFrame, optional
        Table `survey`: then `.effect` says what the confusion of staff goes with.
    districts : DataFrame, optional
        Table `districts` with rollout_year and starting_point, to compare confusion at equal years since the rollout
        and equal starting points.
    least_years : float, 0 or more
        Shortest horizon that counts.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Messages
        `.table`: district_id, audience, n, named, estimate, conf_low, conf_high (share that names a horizon),
        median_gap, longest_gap (weeks between messages), last, reason; every audience of the log in every district, and
        all together. `.gaps`, `.days`, `.effect`.

    Raises
    ------
    CbeError
        For an empty log, and what `tables.validate` finds.

    Notes
    -----
    Intervals of shares are exact (Clopper and Pearson 1934): for the habit behind the messages, not for those sent.
    Effect: confusion of each member of staff on the share of messages with a horizon in the school year that the wave
    ends, with starting point and years since the rollout held equal; intervals reckon with districts (Mancl and DeRouen
    2001). Districts that name a horizon may differ in other ways.

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({"message_id": list("123"), "district_id": "a", "audience": "staff",
    ...     "date": ["2013-09-02", "2013-09-16", "2013-11-25"], "horizon_years": [4, None, 5]})
    >>> found = messages(log).table.query("audience == 'staff'")
    >>> found[["n", "named", "longest_gap"]].to_dict("records")
    [{'n': 3, 'named': 2, 'longest_gap': 10.0}]
    """
    log = tables.validate(messages, "messages", complete=True)
    if log.empty:
        raise CbeError.build("`messages` holds no rows", advice="Pass a row for each message")
    log = log.assign(named=log["horizon_years"].ge(least_years).fillna(False).astype(bool))
    both = pd.concat([log, log.assign(audience=EVERYONE)], ignore_index=True)
    both = both.sort_values(["district_id", "audience", "date"], kind="stable", ignore_index=True)
    gaps = _gaps(both)
    table = _table(both, gaps, level)
    effect = _effect(log, answers, districts, level)
    notes = (f"A horizon counts from {least_years:g} years on.", claim("A08").label + ".")
    days = both[["district_id", "audience", "date", "named"]]
    return Messages(table, _text(table, log, effect, level), notes, None, gaps=gaps, days=days, effect=effect)


def _gaps(log: pd.DataFrame) -> pd.DataFrame:
    before = log.groupby(["district_id", "audience"])["date"].shift()
    frame = log[["district_id", "audience"]].assign(from_date=before, to_date=log["date"])
    frame = frame[before.notna()].reset_index(drop=True)
    return frame.assign(weeks=(frame["to_date"] - frame["from_date"]).dt.days / 7)


def _table(log: pd.DataFrame, gaps: pd.DataFrame, level: float) -> pd.DataFrame:
    from statsmodels.stats.proportion import proportion_confint

    by = ["district_id", "audience"]
    counted = log.groupby(by).agg(n=("named", "size"), named=("named", "sum"), last=("date", "max"))
    every = pd.MultiIndex.from_product([log["district_id"].unique(), sorted(log["audience"].unique())], names=by)
    apart = gaps.groupby(by)["weeks"].agg(median_gap="median", longest_gap="max")
    frame = counted.reindex(every).join(apart)
    frame = frame.fillna({"n": 0, "named": 0}).astype({"n": int, "named": int})
    size = frame["n"].where(frame["n"] > 0).astype(float)
    low, high = proportion_confint(frame["named"].where(frame["n"] > 0), size, alpha=1 - level, method="beta")
    # Exact limits at none and all are 0 and 1, which the beta distribution leaves undefined.
    low = np.where((frame["named"] == 0) & size.notna(), 0.0, low)
    high = np.where((frame["named"] == frame["n"]) & size.notna(), 1.0, high)
    reason = np.select([frame["n"] == 0, frame["n"] == 1], ["no message on record", "one message: no gap"], "")
    frame = frame.assign(estimate=frame["named"] / size, conf_low=low, conf_high=high, reason=reason).reset_index()
    columns = ["n", "named", "estimate", "conf_low", "conf_high", "median_gap", "longest_gap", "last", "reason"]
    return frame[[*by, *columns]]


def _effect(
    log: pd.DataFrame, answers: pd.DataFrame | None, districts: pd.DataFrame | None, level: float
) -> pd.DataFrame:
    if answers is None:
        row = ("horizon_share", np.nan, np.nan, np.nan, UNITS["horizon_share"], 0, 0, "cannot tell: no answers given")
        return pd.DataFrame([row], columns=EFFECT)
    persons = of_scale(staff_scores(answers, ["confusion"]), "confusion")
    named = log.assign(year=school_year(log["date"])).groupby(["district_id", "year"], as_index=False)["named"].mean()
    frame = persons.merge(named, on=["district_id", "year"]).reset_index(drop=True)
    adjusted = _adjusted(frame, districts)
    columns = pd.concat([frame["named"].rename("horizon_share"), adjusted], axis=1).astype(float)
    return clustered(frame["score"], columns, frame["district_id"], UNITS, level)


def _adjusted(frame: pd.DataFrame, districts: pd.DataFrame | None) -> pd.DataFrame:
    """Return what is held equal: years since the rollout (or calendar years), and the starting point where known."""
    since, start = frame["year"], pd.Series("", frame.index)
    if districts is not None:
        known = tables.validate(districts, "districts", complete=True).set_index("district_id")
        since = frame["year"] - frame["district_id"].map(known["rollout_year"])
        start = frame["district_id"].map(known["starting_point"])
    years = pd.get_dummies(since.astype("Int64"), prefix="year", drop_first=True)
    return years if start.nunique() < 2 else years.assign(personalized=(start == "personalized").where(start.notna()))


def _text(table: pd.DataFrame, log: pd.DataFrame, effect: pd.DataFrame, level: float) -> str:
    whole = table[table["audience"] == EVERYONE]
    each = table[table["audience"] != EVERYONE].sort_values("longest_gap", ascending=False)
    told = f"{log['named'].mean():.0%} of {len(log)} messages in {len(whole)} districts name a horizon of years."
    if len(whole) == 1:
        row = whole.iloc[0]
        told = (
            f"{row['named']} of {row['n']} messages name a horizon of years ({level:.0%} interval "
            f"{row['conf_low']:.0%} to {row['conf_high']:.0%})."
        )
    longest = each.iloc[0]
    if pd.notna(longest["longest_gap"]):
        where = f" in {longest['district_id']}" if len(whole) > 1 else ""
        told += f" The longest silence was {longest['longest_gap']:.0f} weeks, for {longest['audience']}{where}."
    return f"{told} {_linked(effect.iloc[0], level)}"


def _linked(row: pd.Series, level: float) -> str:
    if not row["n"]:
        return "What people took from the messages is not known from the log."
    if row["reason"]:
        return f"Whether confusion goes with the messages: {row['reason']}."
    way = "lower" if row["conf_high"] < 0 else "higher" if row["conf_low"] > 0 else ""
    told = f"is {way} where more of them do" if way else "cannot be told to go with it"
    return (
        f"Confusion {told} ({row['estimate']:+.1f} points from none to all, {level:.0%} interval "
        f"{row['conf_low']:+.1f} to {row['conf_high']:+.1f}); districts may differ in other ways."
    )
