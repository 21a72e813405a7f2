"""Everything that is impossible in a plan, told at once with the names of the tasks."""

from __future__ import annotations

import networkx as nx
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, require_frame, some


def checked_plan(plan: object) -> pd.DataFrame:
    """Return the plan of one district with its types; raise one CbeError for all that cannot be."""
    frame = require_frame(plan, "plan")
    problems = []
    try:
        typed = tables.validate(frame, "plan", complete=True)
    except CbeError as error:
        problems.append(str(error))
        typed = _leniently(frame)
    if {"task_id", "start", "end"} <= set(typed.columns):
        problems += [*_districts(typed), *_backward(typed), *_links(typed)]
    if problems:
        raise CbeError("The plan cannot be audited as it is.\n" + "\n".join(problems))
    if typed.empty:
        raise CbeError.build("`plan` holds no tasks", advice="Check the filter that picked the district")
    return typed


def predecessors(plan: pd.DataFrame) -> pd.DataFrame:
    """Return task_id and before, a row for each task that must be finished before another."""
    pairs = plan[["task_id", "predecessor_ids"]].dropna()
    pairs = pairs.assign(before=pairs["predecessor_ids"].str.split(";")).explode("before")
    pairs = pairs.assign(before=pairs["before"].str.strip())
    return pairs.loc[pairs["before"].fillna("") != "", ["task_id", "before"]].reset_index(drop=True)


def _leniently(frame: pd.DataFrame) -> pd.DataFrame:
    """Give dates and texts their types where they have them, so that the other checks can still run."""
    typed = frame.copy()
    for name in typed.columns.intersection(["start", "end"]):
        typed[name] = pd.to_datetime(typed[name], errors="coerce", format="ISO8601")
    for name in typed.columns.intersection(["task_id", "district_id", "predecessor_ids", "category"]):
        typed[name] = typed[name].astype("str")
    return typed


def _districts(plan: pd.DataFrame) -> list[str]:
    if "district_id" not in plan or plan["district_id"].nunique() <= 1:
        return []
    return [f"  It holds {plan['district_id'].nunique()} districts; pick the tasks of one."]


def _backward(plan: pd.DataFrame) -> list[str]:
    wrong = plan[plan["end"] < plan["start"]]
    listed = [f"{task} ({end:%Y-%m-%d} before {start:%Y-%m-%d})" for task, start, end in _dates(wrong)]
    return [f"  These tasks end before they start: {some(listed, 20)}; correct the dates."] if listed else []


def _dates(plan: pd.DataFrame) -> list[tuple]:
    return list(plan[["task_id", "start", "end"]].itertuples(index=False, name=None))


def _links(plan: pd.DataFrame) -> list[str]:
    if "predecessor_ids" not in plan:
        return []
    if "district_id" in plan and plan["district_id"].nunique() > 1:
        return [line for _, each in plan.groupby("district_id") for line in _links(each)]
    pairs, known = predecessors(plan), set(plan["task_id"])
    problems = []
    lost = pairs[~pairs["before"].isin(known)]
    if len(lost):
        listed = [f"{name} (of {task}{_like(name, known)})" for task, name in lost.itertuples(index=False, name=None)]
        problems.append(f"  These predecessors are no tasks of the plan: {some(listed, 20)}; correct the names.")
    problems += _circles(pairs)
    return [*problems, *_too_early(plan, pairs)]


def _like(name: str, known: set[str]) -> str:
    near = closest(name, known)
    return f", did you mean {near}?" if near else ""


def _circles(pairs: pd.DataFrame) -> list[str]:
    graph = nx.DiGraph(list(pairs[["before", "task_id"]].itertuples(index=False, name=None)))
    groups = [group for group in nx.strongly_connected_components(graph) if len(group) > 1]
    groups += [{task} for task in nx.nodes_with_selfloops(graph)]
    circles = [nx.find_cycle(graph.subgraph(group)) for group in groups]
    listed = sorted(" before ".join([*(str(edge[0]) for edge in each), str(each[-1][1])]) for each in circles)
    return [f"  These tasks wait for each other: {some(listed, 20)}; take one link out of each."] if listed else []


def _too_early(plan: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    dates = plan.drop_duplicates("task_id").set_index("task_id")
    both = pairs[pairs["before"].isin(dates.index)]
    start, end = dates["start"].reindex(both["task_id"]), dates["end"].reindex(both["before"])
    early = both[start.to_numpy() <= end.to_numpy()]
    listed = [
        f"{task} starts {dates.loc[task, 'start']:%Y-%m-%d}, {before} ends {dates.loc[before, 'end']:%Y-%m-%d}"
        for task, before in early.itertuples(index=False, name=None)
        if task != before
    ]
    return [f"  These tasks start before what must be finished first: {some(listed, 20)}."] if listed else []
