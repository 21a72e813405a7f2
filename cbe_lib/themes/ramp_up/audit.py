"""Does the plan leave time and money for ramping up?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike

import numpy as np
import pandas as pd

from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.ramp_up.norms import Norms, read_norms
from cbe_lib.themes.ramp_up.plan_checks import checked_plan

NO_CHANGE = "cannot tell: no task is marked as changing classrooms"
NOBODY = "nobody named"


@dataclass(frozen=True, repr=False)
class PlanAudit(Result):
    """What a plan gives each kind of work, and what it lacks: see `audit`.

    Attributes
    ----------
    tasks : DataFrame
        task_id, name, category, phase, owner_role, start, end, person_hours, dollars, classroom_change, finding: the
        tasks by start; finding names a missing owner, evidence, hours or dates.
    months : DataFrame
        owner_role, month, hours, overloaded: hours of each owner's tasks by calendar month.
    first_change : Timestamp or NaT
        First day of the first task that changes classrooms.
    ramp_up_days : float
        Calendar days from the first ramp-up task to that day; NaN where there is none.
    norms : Norms
        What the plan was held against.
    """

    tasks: pd.DataFrame
    months: pd.DataFrame
    first_change: pd.Timestamp
    ramp_up_days: float
    norms: Norms

    def against(self, norms: Norms) -> PlanAudit:
        """What would be missing if other norms were chosen? The same plan, without reading it again."""
        asked = {norm.id: norm for norm in norms.categories}
        kept = self.table[self.table["category"].isin(asked)].reset_index(drop=True)
        rows = [asked[each] for each in kept["category"]]
        table = kept.assign(
            hours_norm=[norm.hours_share for norm in rows], days_norm=[norm.days_before for norm in rows]
        )
        measured = table[["tasks", "hours", "hours_share", "hours_norm", "days_before", "days_norm"]].to_numpy(float)
        table["finding"] = [_finding(n, h, share < least, days < due) for n, h, share, least, days, due in measured]
        months = self.months.assign(overloaded=self.months["hours"] > norms.hours_a_month)
        days = self.ramp_up_days
        text = _text(table, self.tasks, months, days if pd.notna(self.first_change) else np.nan)
        return replace(self, table=table, months=months, norms=norms, text=text)


def audit(plan: pd.DataFrame, *, norms: Norms | str | PathLike[str] | None = None) -> PlanAudit:
    """Does this plan leave hours, money and calendar for ramping up, and whom does it overload?

    Parameters
    ----------
    plan : DataFrame
        Table `plan` of one district.
    norms : Norms or path, optional
        From `read_norms`, or a file of your own; the packaged norms, which are a place to start, if left out.

    Returns
    -------
    PlanAudit
        `.table`, a row for each category: category, name, ramp_up, tasks, hours, hours_share, hours_norm (share),
        dollars, dollars_share, then of it before the first classroom change: hours_before, dollars_before, days_before
        (calendar days); days_norm, finding ("missing", "no hours", "too few hours", "too late", several parted by
        "; ", or ""), reason.
        `.tasks`, `.months`, `.first_change`, `.ramp_up_days`.

    Raises
    ------
    CbeError
        One error that names all that is impossible: unknown categories, negative hours, tasks that end before they
        start or start before their predecessors end, unknown predecessors, tasks that wait for each other, several
        districts.

    Notes
    -----
    Dropped tasks are left out. Days are counted once where tasks of a category overlap. Hours are spread evenly over
    the days of a task. The hours of a task belong to all who work on it, so a month is overloaded for the owner who
    must answer for it.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> plan = samples.state()["plan"].query("district_id == '00203'")
    >>> found = audit(plan)
    >>> found.table.loc[found.table["finding"].str.contains("missing"), "category"].tolist()
    ['vision', 'why_old_blocks', 'leader_learning', 'shared_leadership']
    """
    held = norms if isinstance(norms, Norms) else read_norms(norms)
    every = checked_plan(plan)
    kept = every[(every["status"] != "dropped").fillna(True)].sort_values(["start", "end", "task_id"], kind="stable")
    changing = kept["classroom_change"].fillna(False).astype(bool)
    first = kept.loc[changing, "start"].min()
    table = _categories(kept, held, first)
    ramp = kept[kept["category"].isin([norm.id for norm in held.categories if norm.ramp_up])]
    days = float((first - ramp["start"].min()).days) if pd.notna(first) and ramp["start"].notna().any() else np.nan
    tasks, months = _tasks(kept), _months(kept, held.hours_a_month)
    dropped = len(every) - len(kept)
    notes = [f"Norms: {held.title} ({held.version}). They are a choice, not a finding.", claim("B06").label + "."]
    notes += [f"{dropped} dropped tasks are left out."] if dropped else []
    notes += [] if pd.notna(first) else [f"Days before the first classroom change: {NO_CHANGE}."]
    return PlanAudit(
        table,
        _text(table, tasks, months, days),
        tuple(notes),
        None,
        tasks=tasks,
        months=months,
        first_change=first,
        ramp_up_days=max(days, 0.0),
        norms=held,
    )


def _categories(plan: pd.DataFrame, norms: Norms, first: pd.Timestamp) -> pd.DataFrame:
    hours, dollars = plan["person_hours"].sum(), plan["dollars"].sum()
    rows = []
    for norm in norms.categories:
        own = plan[plan["category"] == norm.id]
        spent, money = float(own["person_hours"].sum()), float(own["dollars"].sum())
        days = _days_before(own, first)
        early = [_amount_before(own, column, first) for column in ("person_hours", "dollars")]
        share = spent / hours if hours else np.nan
        finding = _finding(len(own), spent, share < norm.hours_share, days < norm.days_before)
        rows.append(
            (
                norm.id,
                norm.name,
                norm.ramp_up,
                len(own),
                spent,
                share,
                norm.hours_share,
                money,
                money / dollars if dollars else np.nan,
                *early,
                days,
                norm.days_before,
                finding,
                NO_CHANGE if np.isnan(days) else "",
            )
        )
    columns = ["category", "name", "ramp_up", "tasks", "hours", "hours_share", "hours_norm", "dollars"]
    columns += ["dollars_share", "hours_before", "dollars_before", "days_before", "days_norm", "finding", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _finding(tasks: float, hours: float, few: bool, late: bool) -> str:
    if not tasks:
        return "missing"
    first = "no hours" if hours == 0 else "too few hours" if few else ""
    return "; ".join(each for each in (first, "too late" if late else "") if each)


def _days_before(own: pd.DataFrame, first: pd.Timestamp) -> float:
    """Count the days before the first classroom change on which any of these tasks runs."""
    if pd.isna(first):
        return np.nan
    covered: set[int] = set()
    limit = first.toordinal()
    for start, end in own[["start", "end"]].dropna().itertuples(index=False, name=None):
        covered.update(range(start.toordinal(), min(end.toordinal() + 1, limit)))
    return float(len(covered))


def _amount_before(own: pd.DataFrame, column: str, first: pd.Timestamp) -> float:
    """Add up what falls before the first classroom change, spread evenly over the days of each task."""
    if pd.isna(first):
        return np.nan
    days = (own["end"] - own["start"]).dt.days + 1
    early = (first - own["start"]).dt.days.clip(lower=0)
    return float((own[column] * np.minimum(early / days, 1)).sum())


def _tasks(plan: pd.DataFrame) -> pd.DataFrame:
    lacking = {
        "no owner": plan["owner_role"].isna(),
        "no evidence": plan["done_evidence"].isna(),
        "no hours": ~(plan["person_hours"] > 0),
        "no dates": plan["start"].isna() | plan["end"].isna(),
    }
    marks = pd.DataFrame(lacking).to_numpy(dtype=bool)
    finding = ["; ".join(name for name, there in zip(lacking, row, strict=True) if there) for row in marks]
    shown = ["task_id", "name", "category", "phase", "owner_role", "start", "end", "person_hours", "dollars"]
    return plan[[*shown, "classroom_change"]].assign(finding=finding).reset_index(drop=True)


def _months(plan: pd.DataFrame, limit: float) -> pd.DataFrame:
    rows = []
    dated = plan.dropna(subset=["start", "end", "person_hours"])
    for owner, start, end, hours in dated[["owner_role", "start", "end", "person_hours"]].itertuples(index=False):
        days = pd.Series(pd.date_range(start, end, freq="D"))
        counts = days.dt.to_period("M").dt.to_timestamp().value_counts()
        each = hours / len(days)
        who = NOBODY if pd.isna(owner) else owner
        rows += [(who, month, count * each) for month, count in counts.items()]
    table = pd.DataFrame(rows, columns=["owner_role", "month", "hours"])
    table = table.groupby(["owner_role", "month"], as_index=False)["hours"].sum()
    return table.assign(overloaded=table["hours"] > limit)


def _text(table: pd.DataFrame, tasks: pd.DataFrame, months: pd.DataFrame, days: float) -> str:
    ramp = table[table["ramp_up"]]
    lacking = ramp[ramp["finding"].str.contains("missing|no hours")]["name"].str.lower().tolist()
    empty = f"Nothing is set aside for {', '.join(lacking)}. " if lacking else "Every kind of ramp-up has hours. "
    start = f"it begins {days:.0f} days before the first classroom change"
    if np.isnan(days):
        marked = tasks["classroom_change"].fillna(False).astype(bool).any()
        start = "it has no task with a date" if marked else "no task is marked as changing classrooms"
    unowned, unproven = (int(tasks["finding"].str.contains(what).sum()) for what in ("no owner", "no evidence"))
    busy = months[months["overloaded"]]
    load = (
        f"{len(busy)} month{'s are' if len(busy) > 1 else ' is'} overloaded, most for the "
        f"{busy['owner_role'].value_counts().index[0]}"
        if len(busy)
        else "no month is overloaded"
    )
    return (
        f"Ramping up gets {ramp['hours_share'].sum():.0%} of the hours and {ramp['dollars_share'].sum():.0%} of the "
        f"money; {start}. {empty}{unowned} of {len(tasks)} tasks have no "
        f"owner, {unproven} nothing that will show they are done; {load}. The norms are a choice: whether this is "
        "enough is for the district to say."
    )
