"""The four stages of the change: what each means, and where a plan and the districts stand."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.framework import read_series
from cbe_lib.results import Result

SOURCE = (
    "Names of the stages after Sturgis, C. (2015). Implementing Competency Education in K-12 Systems: Insights from "
    "Local Leaders. CompetencyWorks, CC BY 4.0. The meanings are in our words, and which article belongs to which "
    "stage is our reading."
)
GLOSSARY = (
    ("ramping up", "ramp", "People build the purpose, learn why the old way blocks it, and share leadership."),
    ("designing", "design", "Levels, tasks, policies and the way of teaching are worked out."),
    ("transitioning", "transition", "Classrooms change; teachers, students and families learn the new way."),
    ("improving", "improve", "What runs is looked at and put right, again and again."),
)


@dataclass(frozen=True, repr=False)
class Stages(Result):
    """The four stages, with what stands in each: see `stages`."""


def stages(plan: pd.DataFrame | None = None, districts: pd.DataFrame | None = None) -> Stages:
    """What are the four stages of the change, and what stands in each of them?

    Parameters
    ----------
    plan : DataFrame, optional
        Table `plan`; its phase places a task.
    districts : DataFrame, optional
        Table `districts`; its stage places a district.

    Returns
    -------
    Stages
        `.table`: stage, meaning, articles (numbers in the series), tasks, hours, districts; the last three are blank
        where no table was given.

    Raises
    ------
    CbeError
        For what `tables.validate` finds.

    Examples
    --------
    >>> stages().table["stage"].tolist()
    ['ramping up', 'designing', 'transitioning', 'improving']
    """
    table = pd.DataFrame(GLOSSARY, columns=["stage", "phase", "meaning"])
    series = {name: "; ".join(str(a.number) for a in read_series() if a.stage == name) for name in table["stage"]}
    table["articles"] = table["stage"].map(series)
    table[["tasks", "hours", "districts"]] = pd.NA
    notes = [SOURCE]
    told = "The change has four stages: ramping up, designing, transitioning and improving."
    if plan is not None:
        rows = tables.validate(plan, "plan", complete=True)
        by = rows.groupby("phase")["person_hours"].agg(["size", "sum"]).reindex(table["phase"], fill_value=0)
        table["tasks"], table["hours"] = by["size"].to_numpy(), by["sum"].to_numpy(float)
        whole = float(table["hours"].sum())
        told += f" {by['sum'].iloc[0] / whole if whole else 0:.0%} of the planned hours belong to the first."
        notes += _left(int(rows["phase"].isna().sum()), "tasks without a phase")
    if districts is not None:
        rows = tables.validate(districts, "districts", complete=True)
        table["districts"] = rows["stage"].value_counts().reindex(table["stage"], fill_value=0).to_numpy()
        told += f" {int(table['districts'].sum())} of {len(rows)} districts are in one of them."
        notes += _left(int(rows["stage"].isna().sum()), "districts without a stage")
    text = f"{told} Districts go back and forth between stages; a name for where they are is no grade."
    return Stages(table.drop(columns="phase"), text, tuple(notes), None)


def _left(count: int, what: str) -> list[str]:
    return [f"{count} {what} are not counted."] if count else []
