"""Whether decisions are taken as announced: by the planned person, after input, with an answer."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import read_log, shares
from cbe_lib.themes.decision_log.slopes import clustered, logit_within, sentence
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

PARTS = {
    "match": "the planned person decided",
    "input_first": "input was open before the decision",
    "feedback": "the result was reported back",
    "index": "all three",
}
LINKS = {
    # term: scale of the survey, share of the log
    "match_trust": ("trust_school", "matched"),
    "match_followed": ("process_followed", "matched"),
    "used_counted": ("input_counted", "used"),
}


@dataclass(frozen=True, repr=False)
class Integrity(Result):
    """Whether processes hold: see `integrity`.

    Attributes
    ----------
    effects : DataFrame
        term (checker_match, match_trust, match_followed, used_counted), estimate, conf_low, conf_high, unit, n,
        districts, reason.
    broken : DataFrame
        decision_id, district_id, school_year, level, topic, decider_planned, decider_actual, what: decisions known to
        have missed one part or more.
    """

    effects: pd.DataFrame
    broken: pd.DataFrame


def integrity(decisions: pd.DataFrame, survey: pd.DataFrame | None = None, *, level: float = 0.95) -> Integrity:
    """Are decisions taken as announced, and do people trust each other less where they are not?

    An index of 0.4 says that four decisions in ten had the planned person, input in time and an answer to those asked.

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions` of one district or several.
    survey : DataFrame, optional
        Table `survey`, for the join with what staff say.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Integrity
        `.table`: district_id, school_year, part (match, input_first, feedback, index), n, count, estimate, conf_low,
        conf_high, reason. `.effects`, `.broken`: see there.

    Raises
    ------
    CbeError
        For an empty log, a decision passed up to a level not above its own, and what `tables.validate` finds.

    Notes
    -----
    A decision counts for a part where the log tells: match needs both deciders, input_first the first day for input
    and the day of the decision, feedback a day of the decision; index needs all three. Intervals are Wilson's.
    checker_match: logit(match) = district + a checker is named, among decisions that were not passed up. The others:
    staff score = share of the log in the school year that ends with the wave, by district; generalized estimating
    equations, clustered by district.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = integrity(state["decisions"], state["survey"])
    >>> found.effects["term"].tolist()
    ['checker_match', 'match_trust', 'match_followed', 'used_counted']
    """
    check_level(level)
    log = _with_parts(read_log(decisions))
    effects = pd.concat([_checked(log, level), *_linked(log, survey, level)], ignore_index=True)
    notes = [claim("A19").label + "."]
    open_ = int(log["date_decided"].isna().sum())
    if open_:
        notes.append(f"{open_} decisions without date_decided are left out of input_first, feedback and index.")
    return Integrity(
        _by_year(log, level), _text(log, effects, level), tuple(notes), None, effects=effects, broken=_broken(log)
    )


def _with_parts(log: pd.DataFrame) -> pd.DataFrame:
    decided = log["date_decided"].notna()
    asked = decided & log["input_open"].notna()
    parts = {
        "match": log["matched"],
        "input_first": (log["input_open"] <= log["date_decided"]).astype(float).where(asked),
        "feedback": log["feedback_date"].notna().astype(float).where(decided),
    }
    together = pd.DataFrame(parts)
    return log.assign(**parts, index=together.min(axis=1).where(together.notna().all(axis=1)))


def _by_year(log: pd.DataFrame, level: float) -> pd.DataFrame:
    years = log.rename(columns={"year": "school_year"}).groupby(["district_id", "school_year"])
    parts = []
    for part in PARTS:
        counted = years[part].agg(["count", "sum"])
        found = shares(counted["sum"], counted["count"].astype(float), level).reset_index()
        parts.append(
            found.assign(part=part, reason=(found["n"] == 0).map({True: "cannot tell: not in the log", False: ""}))
        )
    order = ["district_id", "school_year", "part", "n", "count", "estimate", "conf_low", "conf_high", "reason"]
    table = pd.concat(parts)[order]
    return table.sort_values(["district_id", "school_year"], kind="stable", ignore_index=True)


def _checked(log: pd.DataFrame, level: float) -> pd.DataFrame:
    here = log[~log["escalated"]]
    columns = pd.DataFrame({"checker_match": here["checker_id"].notna().astype(float)})
    return logit_within(here["match"], columns, here["district_id"], {"checker_match": "log odds"}, level)


def _linked(log: pd.DataFrame, survey: pd.DataFrame | None, level: float) -> list[pd.DataFrame]:
    if survey is None:
        return []
    scores = staff_scores(survey, [scale for scale, _ in LINKS.values()])
    logged = log.groupby(["district_id", "year"], as_index=False)[["matched", "used"]].mean()
    found = []
    for term, (scale, share) in LINKS.items():
        rows = of_scale(scores, scale).astype({"district_id": "str", "year": "Int64"})
        rows = rows.merge(logged, on=["district_id", "year"])
        unit = {term: "points per unit of share"}
        found.append(clustered(rows["score"], rows[[share]].set_axis([term], axis=1), rows["district_id"], unit, level))
    return found


def _broken(log: pd.DataFrame) -> pd.DataFrame:
    parts = [name for name in PARTS if name != "index"]
    missed = log[parts] == 0
    what = [", ".join(f"not: {PARTS[name]}" for name in parts if row[name]) for row in missed.to_dict("records")]
    keep = ["decision_id", "district_id", "year", "level", "topic", "decider_planned", "decider_actual", "what"]
    rows = log.assign(what=what).loc[missed.any(axis=1), keep]
    return rows.rename(columns={"year": "school_year"}).reset_index(drop=True)


def _text(log: pd.DataFrame, effects: pd.DataFrame, level: float) -> str:
    whole = log["index"].dropna()
    if whole.empty:
        return "Cannot tell whether decisions are taken as announced: the log lacks deciders or dates."
    counts = pd.Series([whole.sum()]), pd.Series([float(len(whole))])
    row = shares(*counts, level).iloc[0]
    told = (
        f"{row['estimate']:.0%} of {len(whole)} decisions were taken as announced in all parts ({level:.0%} interval "
        f"{row['conf_low']:.0%} to {row['conf_high']:.0%})."
    )
    trust = effects[effects["term"] == "match_trust"]
    if len(trust):
        said = ("Trust was lower where the planned person decided", "Trust was higher where the planned person decided")
        told += " " + sentence(trust.iloc[0], *said, "Whether trust goes with it cannot be told", level)
    return told + " Districts that differ in this differ in other ways too, so ask before you conclude."
