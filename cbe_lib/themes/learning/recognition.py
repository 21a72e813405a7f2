"""Which state actions made room, which held to compliance, and who took a risk without being credited?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, rows_of
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.group_means import exact_limits

TAGS = ("compliance", "neutral", "innovation")


@dataclass(frozen=True, repr=False)
class Recognition(Result):
    """What state leaders did, and who was credited: see `recognition`.

    Attributes
    ----------
    years : DataFrame
        state, year, compliance, neutral, innovation (actions), estimate (share of innovation in innovation and
        compliance), conf_low, conf_high, reason.
    uncredited : DataFrame
        state, date, actor, text, days_since: actions that made room and are not credited yet, oldest first.
    on : Timestamp
        The day of reading.
    """

    years: pd.DataFrame
    uncredited: pd.DataFrame
    on: pd.Timestamp


def recognition(actions: pd.DataFrame, *, on: str | pd.Timestamp | None = None, level: float = 0.95) -> Recognition:
    """Which way do state actions point, year by year, and which leaders took a risk that nobody has credited yet?

    Parameters
    ----------
    actions : DataFrame
        Table `state_actions`: a row for each action with its tag.
    on : day, optional
        Day of reading; later actions and credits do not count. The last day in the table if left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Recognition
        `.table`: state, date, actor, text, tag, credited (True or False; missing for actions that made no room),
        days_to_credit: in order of time.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, and credits before the action.

    Notes
    -----
    Calendar years; exact (Clopper-Pearson) intervals, neutral actions left out. A tag is somebody's judgment: have two
    people tag apart and see `cbe_lib.rubric.agreement`.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = recognition(samples.state()["state_actions"])
    >>> found.table["tag"].value_counts().to_dict()
    {'innovation': 39, 'compliance': 34, 'neutral': 23}
    >>> len(found.uncredited)
    15
    """
    rows = read_actions(actions)
    if rows.empty:
        raise CbeError.build("`state_actions` holds no rows", advice="Pass a row for each action")
    day = rows[["date", "credited_on"]].max().max() if on is None else pd.Timestamp(on)
    rows = rows[rows["date"] <= day].sort_values(["date", "state"], kind="stable", ignore_index=True)
    credit = rows["credited_on"].where(rows["credited_on"] <= day)
    risk = rows["tag"] == "innovation"
    table = rows[["state", "date", "actor", "text", "tag"]].assign(
        credited=credit.notna().astype("boolean").mask(~risk & credit.isna()),
        days_to_credit=(credit - rows["date"]).dt.days.astype("Int64"),
    )
    waiting = risk & credit.isna()
    uncredited = rows.loc[waiting, ["state", "date", "actor", "text"]].assign(
        days_since=(day - rows["date"][waiting]).dt.days
    )
    years = _years(rows, level)
    text = _text(table, uncredited, level)
    notes = (claim("A34").label + ".",)
    return Recognition(table, text, notes, None, years=years, uncredited=uncredited.reset_index(drop=True), on=day)


def read_actions(actions: pd.DataFrame) -> pd.DataFrame:
    """Return the checked table; refuse credits before the action."""
    rows = tables.validate(actions, "state_actions", complete=True)
    early = rows["credited_on"] < rows["date"]
    if early.any():
        raise CbeError.build(
            f"`state_actions` cannot be used as it is: credited_on is before date in {rows_of(rows, early)}",
            advice="Correct these rows, or leave credited_on blank",
        )
    return rows


def _years(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    by = ["state", "year"]
    tags = pd.get_dummies(rows["tag"]).reindex(columns=list(TAGS), fill_value=False)
    table = (
        pd.concat([rows["state"], rows["date"].dt.year.rename("year"), tags], axis=1).groupby(by).sum().reset_index()
    )
    n = (table["innovation"] + table["compliance"]).astype(float)
    n = n.where(n > 0)
    low, high = exact_limits(table["innovation"].where(n > 0), n, level)
    reason = n.isna().map({True: "cannot tell: neutral actions only", False: ""})
    return table.assign(estimate=table["innovation"] / n, conf_low=low, conf_high=high, reason=reason)


def _text(table: pd.DataFrame, uncredited: pd.DataFrame, level: float) -> str:
    made, held = (int((table["tag"] == tag).sum()) for tag in ("innovation", "compliance"))
    if made + held == 0:
        return "Cannot tell which way the state leans: no action is tagged innovation or compliance."
    low, high = exact_limits(made, made + held, level)
    text = (
        f"{made} of {made + held} state actions that point either way made room ({made / (made + held):.0%}, "
        f"{level:.0%} interval {low:.0%} to {high:.0%}); {made - len(uncredited)} of the {made} were "
        "credited in public."
    )
    if len(uncredited):
        first = uncredited.iloc[0]
        who = first["actor"] if isinstance(first["actor"], str) else "somebody"
        text += f" Longest without credit: {who} in {first['state']}, {first['days_since']} days."
    return text + " Which way an action points is a judgment: let two people tag apart."
