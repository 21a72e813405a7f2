"""Several plans as one: checked all at once, alike tasks joined, and dates that respect what must come first."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, some

ALIKE = 0.8
MOST_PAIRS = 20_000


def joined(plans: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every task of every plan with joint (number of the task it becomes) and largest (most hours in it).

    Raises one CbeError that names all that is impossible in the plans, or in what they become together.
    """
    problems: list[str] = []
    read = {name: _checked(name, plan, problems) for name, plan in plans.items()}
    if problems:
        raise CbeError("The plans cannot be joined as they are.\n" + "\n".join(problems))
    tasks = pd.concat([plan.assign(plan=name) for name, plan in read.items()], ignore_index=True)
    tasks["alike"] = _plain(tasks["name"])
    tasks["time"] = tasks.groupby(["plan", "category", "alike"]).cumcount()
    key = ["category", "alike", "time"]
    tasks["joint"] = tasks.groupby(key, sort=False).ngroup()
    order = tasks["person_hours"].fillna(0).sort_values(ascending=False, kind="stable").index
    tasks["largest"] = ~tasks.loc[order, "joint"].duplicated().reindex(tasks.index)
    _refuse_circles(tasks)
    return tasks.drop(columns=["alike", "time"])


def _plain(names: pd.Series) -> pd.Series:
    return names.str.casefold().str.split().str.join(" ")


def _checked(name: str, plan: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """Return the tasks of a plan that are not dropped; add what is impossible in it to `problems`."""
    try:
        typed = tables.validate(plan, "plan", source=f"plan {name!r}", complete=True)
    except CbeError as error:
        problems.append(str(error))
        typed = _leniently(plan)
        if typed is None:
            return pd.DataFrame()
    if typed["district_id"].nunique() > 1:
        problems.append(f"Plan {name!r} holds {typed['district_id'].nunique()} districts; pick the tasks of one.")
        return typed
    kept = typed[(typed["status"] != "dropped").fillna(True)] if "status" in typed else typed
    if kept.empty:
        problems.append(f"Plan {name!r} holds no tasks; check the filter that picked it.")
    backward = kept[kept["end"] < kept["start"]]
    if len(backward):
        shown = [f"{task} ({end:%Y-%m-%d} before {start:%Y-%m-%d})" for task, start, end in _days(backward)]
        problems.append(f"Plan {name!r}: these tasks end before they start: {some(shown, 20)}; correct the dates.")
    problems += [f"Plan {name!r}: {problem}" for problem in _impossible_links(kept, set(typed["task_id"]))]
    return kept


def _leniently(plan: object) -> pd.DataFrame | None:
    """Give dates their type where they have it, so that the other checks can still run."""
    needed = ("task_id", "district_id", "start", "end")
    if not isinstance(plan, pd.DataFrame) or not set(needed) <= set(plan.columns):
        return None
    days = {name: pd.to_datetime(plan[name], errors="coerce", format="ISO8601") for name in ("start", "end")}
    texts = {name: plan[name].astype("str") for name in ("task_id", "predecessor_ids") if name in plan}
    return plan.assign(**days, **texts)


def _days(plan: pd.DataFrame) -> list[tuple]:
    return list(plan[["task_id", "start", "end"]].itertuples(index=False, name=None))


def links(plan: pd.DataFrame) -> pd.DataFrame:
    """Return task_id and before, a row for each task that must be finished before another."""
    if "predecessor_ids" not in plan:
        return pd.DataFrame({"task_id": [], "before": []}, dtype="str")
    pairs = plan.dropna(subset="predecessor_ids")
    pairs = pairs.assign(before=pairs["predecessor_ids"].str.split(";")).explode("before")
    pairs = pairs.assign(before=pairs["before"].str.strip())
    return pairs[pairs["before"].fillna("") != ""]


def _impossible_links(plan: pd.DataFrame, known: set[str]) -> list[str]:
    pairs, problems = links(plan)[["task_id", "before"]], []
    lost = pairs[~pairs["before"].isin(known)].itertuples(index=False, name=None)
    shown = [f"{before} (of {task}{_near(before, known)})" for task, before in lost]
    if shown:
        problems.append(f"these predecessors are no tasks of it: {some(shown, 20)}; correct the names.")
    circles = [" before ".join(each) for each in _circles(pairs)]
    if circles:
        problems.append(f"these tasks wait for each other: {some(circles, 20)}; take one link out of each.")
    dates = plan.drop_duplicates("task_id").set_index("task_id")
    early = [
        f"{task} starts {dates['start'][task]:%Y-%m-%d}, {before} ends {dates['end'][before]:%Y-%m-%d}"
        for task, before in pairs.itertuples(index=False, name=None)
        if task != before and before in dates.index and dates["start"][task] <= dates["end"][before]
    ]
    if early:
        problems.append(f"these tasks start before what must be finished first: {some(early, 20)}.")
    return problems


def _near(name: str, known: set[str]) -> str:
    near = closest(name, known)
    return f", did you mean {near}?" if near else ""


def _circles(pairs: pd.DataFrame) -> list[list[str]]:
    """Return each circle of tasks that wait for each other, its first task named again at the end."""
    import networkx as nx

    graph = nx.DiGraph(list(pairs[["before", "task_id"]].itertuples(index=False, name=None)))
    groups = [group for group in nx.strongly_connected_components(graph) if len(group) > 1]
    groups += [{task} for task in nx.nodes_with_selfloops(graph)]
    rings = [[str(edge[0]) for edge in nx.find_cycle(graph.subgraph(group))] for group in groups]
    turned = [ring[ring.index(min(ring)) :] + ring[: ring.index(min(ring))] for ring in rings]
    return sorted([*ring, ring[0]] for ring in turned)


def joint_links(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return joint and before_joint: which joined task must be finished before which."""
    pairs = links(tasks)[["plan", "joint", "before"]]
    place = tasks[["plan", "task_id", "joint"]].rename(columns={"task_id": "before", "joint": "before_joint"})
    return pairs.merge(place, on=["plan", "before"])[["joint", "before_joint"]].drop_duplicates(ignore_index=True)


def _refuse_circles(tasks: pd.DataFrame) -> None:
    """Refuse plans in which joining makes tasks wait for each other."""
    pairs = joint_links(tasks).rename(columns={"joint": "task_id", "before_joint": "before"}).astype("str")
    found = _circles(pairs)
    if found:
        names = tasks.assign(joint=tasks["joint"].astype("str")).groupby("joint")["name"].first()
        shown = [" before ".join(repr(names[each]) for each in circle) for circle in found]
        raise CbeError.build(
            "The plans cannot be joined: together, tasks wait for each other",
            found=f"Found {some(shown, 20)}",
            advice="The plans disagree on what comes first: settle it, or give the task different names",
        )


def dated(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return tasks with begin, finish and moved: each joined task once, as early as its links and plans allow.

    A joined task takes the dates of the plan in which it starts first; it moves later if what must come first in
    another plan is not finished by then.
    """
    import networkx as nx

    first = tasks.sort_values(["start", "end"], kind="stable").drop_duplicates("joint").set_index("joint")
    begin, length = first["start"].to_dict(), (first["end"] - first["start"]).to_dict()
    graph = nx.DiGraph()
    graph.add_nodes_from(begin)
    graph.add_edges_from(joint_links(tasks)[["before_joint", "joint"]].itertuples(index=False, name=None))
    for joint in nx.topological_sort(graph):
        ends = [begin[before] + length[before] + pd.Timedelta(days=1) for before in graph.predecessors(joint)]
        begin[joint] = max([begin[joint], *ends])
    start = tasks["joint"].map(begin)
    moved = (start - tasks["joint"].map(first["start"])).dt.days
    return tasks.assign(begin=start, finish=start + tasks["joint"].map(length), moved=moved)


def nearly_alike(tasks: pd.DataFrame) -> list[str]:
    """List pairs of tasks of two plans whose names are so alike that they may be the same."""
    pairs, compared = [], 0
    for _, own in tasks.drop_duplicates("joint").groupby("category"):
        rows = list(own[["plan", "name"]].itertuples(index=False, name=None))
        compared += len(rows) ** 2 // 2
        if compared > MOST_PAIRS:
            break
        pairs += [
            f"{one!r} and {other!r}"
            for place, (plan, one) in enumerate(rows)
            for other_plan, other in rows[place + 1 :]
            if plan != other_plan and _like(one, other)
        ]
    return pairs


def _like(one: str, other: str) -> bool:
    compared = difflib.SequenceMatcher(None, one, other)
    # The quick ratios are upper bounds of the slow one.
    return all(ratio() >= ALIKE for ratio in (compared.real_quick_ratio, compared.quick_ratio, compared.ratio))
