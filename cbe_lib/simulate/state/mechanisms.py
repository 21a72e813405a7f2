"""The mechanisms that link the tables of a synthetic state: what moves what, by how much, and where it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from cbe_lib.errors import CbeError, unknown_name


class Mechanism(NamedTuple):
    """One stated link: `size` in `unit`, planted into `tables`, to be found as `how` says. Size 0 is a planted zero."""

    mechanism: str
    cause: str
    effect: str
    size: float
    unit: str
    tables: str
    how: str


BEFORE = "wave of the spring before that school year; a school year ends in June and its wave is the text of that year"

MECHANISMS = (
    Mechanism(
        "ramp_up_depth", "months of ramp-up", "depth of the dip", -0.35, "points a month", "districts; outcomes",
        "adopters: depth ~ ramp_up_months; every dip is deepest in the second year (rollout_year + 1), so change from "
        "the years before to that year, less the same change of never-adopters, is minus the depth",
    ),
    Mechanism(
        "enrollment_depth", "log2 of enrollment", "depth of the dip", 0.0, "points a doubling", "districts; outcomes",
        "adopters: depth ~ log2(enrollment)",
    ),
    Mechanism(
        "start_depth", "personalized starting point", "depth of the dip", 0.0, "points", "districts; outcomes",
        "adopters: depth ~ starting_point == personalized",
    ),
    Mechanism(
        "strategy_depth", "rollout in one year", "depth of the dip", 0.0, "points", "districts; outcomes",
        "adopters: depth ~ strategy == one year",
    ),
    Mechanism(
        "reflection_depth", "share of people asked who completed reflections", "depth of the dip", 0.0,
        "points per unit of share", "reflections; outcomes",
        "adopters: depth ~ sum of completed / sum of invited (one coder's rows)",
    ),
    Mechanism(
        "ramp_up_prepared", "months of ramp-up", "a preparation is in place", 0.028, "share a month",
        "districts; preparations", "linear probability: date is given ~ ramp_up_months",
    ),
    Mechanism(
        "checker_match", "a checker is named", "planned decider decides", 0.9, "log odds", "decisions",
        "decisions that are not escalated: logit(decider_actual == decider_planned ~ checker_id is given + district)",
    ),
    Mechanism(
        "match_trust", "share of decisions taken by the planned decider, by district and school year",
        "trust_school", 2.0, "scale points per unit of share", "decisions; survey",
        "staff score of trust_school (mean of items, reversed ones turned) ~ share in the school year that ends then",
    ),
    Mechanism(
        "match_followed", "share of decisions taken by the planned decider, by district and school year",
        "process_followed", 1.5, "scale points per unit of share", "decisions; survey",
        "staff answer ~ share in the school year that the wave ends",
    ),
    Mechanism(
        "seats_trust", "share of seats held by Hispanic people", "trust_school", 0.0, "scale points per unit of share",
        "seats; decisions; survey", "staff score of trust_school ~ share of filled seats + share of planned deciders",
    ),
    Mechanism(
        "used_counted", "share of decisions whose input_used is yes, by district and school year", "input_counted", 1.5,
        "scale points per unit of share", "decisions; survey",
        "staff answer ~ share in the school year that the wave ends",
    ),
    Mechanism(
        "trust_escalation", "mean trust_school of staff", "decision is passed up", -1.2, "log odds a scale point",
        "survey; decisions", f"logit(escalated_to is given ~ trust + a principle is cited); trust: {BEFORE}",
    ),
    Mechanism(
        "cited_escalation", "a principle is cited", "decision is passed up", -0.8, "log odds", "decisions; survey",
        "logit(escalated_to is given ~ trust in the wave before + a principle is cited)",
    ),
    Mechanism(
        "month_citation", "months since the first day of the log", "a principle is cited", -0.025, "log odds a month",
        "decisions", "logit(principles_cited is given ~ months + board level + district); first day: August 15 of "
        "the school year before the rollout",
    ),
    Mechanism(
        "board_citation", "decision belongs to the board", "a principle is cited", -0.7, "log odds", "decisions",
        "logit(principles_cited is given ~ months + level == board + district)",
    ),
    Mechanism(
        "start_confusion", "personalized starting point", "confusion of staff", -1.5, "points of 0 to 10",
        "districts; messages; survey",
        "staff answer ~ personalized + share of messages with a horizon + wave since rollout",
    ),
    Mechanism(
        "horizon_confusion", "share of messages that name a horizon of years, by district and school year",
        "confusion of staff", -2.0, "points per unit of share", "messages; districts; survey",
        "staff answer ~ personalized + share in the school year that the wave ends + wave since rollout",
    ),
    Mechanism(
        "start_grading", "personalized starting point", "grading_grasp of staff", 0.5, "scale points",
        "districts; survey",
        "staff answer ~ personalized",
    ),
    Mechanism(
        "years_families", "years since the rollout", "purpose_clarity of families", 0.2, "scale points a year",
        "survey", "family answer ~ wave year - rollout_year",
    ),
    Mechanism(
        "ownership_blame", "mean ownership of staff", "a note blames someone", -1.2, "log odds a scale point",
        "survey; corrections", f"logit(blame ~ ownership + acceptance); both: {BEFORE}",
    ),
    Mechanism(
        "acceptance_blame", "mean acceptance of staff", "a note blames someone", 0.0, "log odds a scale point",
        "survey; corrections", f"logit(blame ~ ownership + acceptance); both: {BEFORE}",
    ),
    Mechanism(
        "safety_latency", "mean safety of staff", "speed of corrections", 0.7, "log hazard a scale point",
        "survey; corrections", "Cox: days from date_noted to date_changed ~ safety; open on June 30 two years after "
        f"the rollout year: censored; safety: {BEFORE}",
    ),
    Mechanism(
        "strategy_latency", "rollout in one year", "speed of corrections", 0.0, "log hazard", "districts; corrections",
        "Cox: days ~ safety + strategy == one year",
    ),
    Mechanism(
        "time_wins", "mean learning_time of staff", "indicator: work returned within a week", 4.0,
        "percent points a scale point", "survey; indicators", f"value ~ learning_time; {BEFORE}",
    ),
    Mechanism(
        "time_attendance", "mean learning_time of staff", "indicator: attendance", 0.0, "percent points a scale point",
        "survey; indicators", f"value ~ learning_time, the planted jump aside (truth/state_stories.csv); {BEFORE}",
    ),
    Mechanism(
        "hours_catch_up", "hours of service a year", "levels gained a year in reading", 0.0125, "levels an hour",
        "progress",
        "students who entered behind (reading): (last level - first level) / years between ~ service_hours",
    ),
    Mechanism(
        "district_variance", "district", "mathematics level minus age grade", 0.1, "variance, levels squared",
        "progress",
        "last mathematics row of each student: level - age_grade ~ disability + (1 given district) + (1 given school)",
    ),
    Mechanism(
        "school_variance", "school within district", "mathematics level minus age grade", 0.2,
        "variance, levels squared", "progress", "the same model",
    ),
    Mechanism(
        "student_variance", "student within school", "mathematics level minus age grade", 0.7,
        "variance, levels squared", "progress", "the same model",
    ),
    Mechanism(
        "disability_level", "student has a disability", "mathematics level minus age grade", -0.5, "levels", "progress",
        "the same model",
    ),
    Mechanism(
        "cap_share", "course has a highest level", "student stands at that level", 0.3, "share", "progress",
        "last mathematics row of students whose course_cap is given: share with level == course_cap",
    ),
    Mechanism(
        "cap_wait", "student stands at the course cap", "days from mastery to moving on", 1.2, "log days", "progress",
        "last mathematics rows with date_moved: log(date_moved - date_reached) ~ level == course_cap",
    ),
    Mechanism(
        "film_shift", "film with discussion questions", "score after minus before", 0.9, "points of 0 to 10",
        "discussions", "tool == film with questions: mean of after - before",
    ),
    Mechanism(
        "slides_shift", "slide talk", "score after minus before", 0.0, "points of 0 to 10", "discussions",
        "tool == slide talk: mean of after - before",
    ),
    Mechanism(
        "film_talk", "film instead of slide talk", "started a conversation within a week", 1.0, "log odds",
        "discussions", "logit(talked ~ tool)",
    ),
    Mechanism(
        "hispanic_seats", "group Hispanic", "share of seats minus share of students", -0.12, "share",
        "seats; student_groups", "filled seats: mean of (group == Hispanic) - district's share of students, first year",
    ),
    Mechanism(
        "black_seats", "group Black", "share of seats minus share of students", 0.0, "share", "seats; student_groups",
        "filled seats: mean of (group == Black) - district's share of students, first year",
    ),
    Mechanism(
        "contact_adoption", "someone has come from a district that used the practice", "district takes up the practice",
        1.1, "log hazard", "careers; practices",
        "district-years without the practice, from September to August: cloglog(taken up ~ anyone has arrived on "
        "September 1 of that year or earlier from a district that used it on that day)",
    ),
    Mechanism(
        "credit_waiver", "credited state actions before the day of asking", "a waiver is granted", 0.0,
        "log odds an action", "state_rules; state_actions",
        "answered requests: logit(waiver == granted ~ number of the state's actions with credited_on before asked)",
    ),
)  # fmt: skip


FOLLOWS = Mechanism(
    "above_share", "what was planted into the levels in mathematics",
    "student stands a level or more above the age grade", 0.0, "share", "progress",
    "follows from the sizes above: last mathematics row of each student, share with level - age_grade >= 1, "
    "clustered by district",
)  # fmt: skip


def chosen_sizes(changed: Mapping[str, float] | None) -> dict[str, float]:
    """Return the size of every mechanism, with those that `changed` names replaced."""
    sizes = {each.mechanism: each.size for each in MECHANISMS}
    for name, size in (changed or {}).items():
        if name not in sizes:
            raise unknown_name("mechanism", name, sizes)
        sizes[name] = float(size)
    _check(sizes)
    return sizes


def _check(sizes: dict[str, float]) -> None:
    limits = {"district_variance": 9, "school_variance": 9, "student_variance": 9, "cap_share": 1}
    bad = [f"{name}={sizes[name]:g}" for name, high in limits.items() if not 0 <= sizes[name] <= high]
    if bad:
        raise CbeError.build(
            "A variance or share is out of range",
            found=f"Found {', '.join(bad)}",
            advice="Give variances from 0 to 9 and cap_share from 0 to 1",
        )


def listed(sizes: Mapping[str, float], above: float) -> pd.DataFrame:
    """Lay the mechanisms out as a table, with the sizes that were planted, and the share that follows from them."""
    follows = FOLLOWS._replace(size=above)
    frame = pd.DataFrame([*MECHANISMS, follows], columns=list(Mechanism._fields))
    frame["size"] = frame["mechanism"].map({**sizes, follows.mechanism: above})
    frame.insert(5, "zero", frame["size"] == 0)
    return frame
