"""A whole synthetic state: every table, and what was planted into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.simulate.state import (
    decisions,
    field,
    learning,
    places,
    plans,
    policy,
    purpose,
    quality,
    scores,
    students,
    voices,
)
from cbe_lib.simulate.state.chain import yearly_chain
from cbe_lib.simulate.state.mechanisms import chosen_sizes, listed
from cbe_lib.simulate.state.setting import STORIES, Setting

FEWEST_YEARS = 9
ADOPTING = 16 / 36


@dataclass(frozen=True)
class StateTruth:
    """What was planted into a synthetic state.

    Attributes
    ----------
    mechanisms : DataFrame
        mechanism, cause, effect, size, unit, zero, tables, how: a row for each planted link, zeros among them.
    dips : DataFrame
        district_id, term, value, note: the five terms of `cbe_lib.dip.fit` for every adopter; all others have no dip.
    raters : DataFrame
        rater, severity (logits, centered, positive is harsher).
    levels : DataFrame
        district_id, criterion_id, wave, logit, level: where each district stands before anyone rates it.
    stories : DataFrame
        district_id, story, what: districts that show something for the notebooks.
    """

    mechanisms: pd.DataFrame
    dips: pd.DataFrame
    raters: pd.DataFrame
    levels: pd.DataFrame
    stories: pd.DataFrame


def state(
    districts: int = 36,
    *,
    years: Iterable[int] = range(2008, 2022),
    seed: int = 0,
    mechanisms: Mapping[str, float] | None = None,
    adopters: int | None = None,
    decisions_a_year: int = 15,
    staff: int = 16,
    students_a_school: int = 12,
) -> tuple[dict[str, pd.DataFrame], StateTruth]:
    """What would every table of a state hold if the links between them were known?

    Parameters
    ----------
    districts : int
        Number of districts, 1 or more.
    years : iterable of int
        Spring years of the results, 9 or more without a gap. There is no test in 2020 and a new one from 2015 on.
    seed : int
        The same seed gives the same tables. Each table has a random stream of its own.
    mechanisms : mapping, optional
        Sizes to plant instead of the stated ones, by the name of the mechanism; 0 plants none.
    adopters : int, optional
        Districts with a rollout, 1 to `districts`; by default four in nine.
    decisions_a_year, staff, students_a_school : int
        Decisions logged in a school year, staff who answer a wave, and students followed in mathematics in each of up
        to three schools, for an ordinary adopter; 1 or more.

    Returns
    -------
    tables : dict of DataFrame
        Every table of `cbe_lib.tables.names`, by its name, with the types that it declares.
    truth : StateTruth
        The mechanisms with their sizes, the dips, the raters, the levels and the districts that tell a story.

    Raises
    ------
    CbeError
        If a number is out of its legal range, the years have a gap, or a mechanism is not known.

    Notes
    -----
    What an analyst can record moves what comes after it: outcomes are drawn from recorded shares, counts and mean
    scores, so that a regression on the recorded values has the stated size as its estimand. `how` in
    `truth.mechanisms` says which regression. No names of real places are used as far as we know.

    Examples
    --------
    >>> tables, truth = state(12, seed=1)
    >>> len(tables["districts"]), int(tables["districts"]["rollout_year"].notna().sum())
    (12, 5)
    >>> truth.mechanisms.set_index("mechanism")["size"]["ramp_up_depth"].item()
    -0.35
    """
    span = _checked_years(years)
    count = max(round(districts * ADOPTING), 1) if adopters is None else adopters
    _check_counts(districts, count, decisions_a_year, staff, students_a_school)
    traits = places.traits(districts, count, span, seed)
    adopting = traits[traits["rollout_year"].notna()].reset_index(drop=True)
    sizes = chosen_sizes(mechanisms)
    setting = Setting(traits, adopting, span, sizes, seed, decisions_a_year, staff, students_a_school)
    return _tables(setting)


def _tables(setting: Setting) -> tuple[dict[str, pd.DataFrame], StateTruth]:
    reflections, completion = learning.reflections(setting)
    curve, dips = scores.planted(setting, scores.depths(setting, completion))
    seats = field.seats(setting)
    messages, horizon = learning.messages(setting)
    chain = yearly_chain(setting, field.hispanic_share(setting, seats), horizon)
    careers, practices = field.careers_and_practices(setting)
    actions = policy.state_actions(setting)
    rated = quality.quality(setting)
    tables = {
        "districts": places.districts(setting),
        "outcomes": scores.outcomes(setting, curve),
        "rollout": places.rollout(setting),
        "entity_history": places.entity_history(setting),
        "regimes": places.regimes(setting),
        "ratings": rated.ratings,
        "evidence": rated.evidence,
        "survey": voices.survey(setting, chain),
        "roster": voices.roster(setting),
        "seats": seats,
        "student_groups": places.student_groups(setting),
        "principles": purpose.principles(setting),
        "decisions": decisions.decisions(setting, chain.log),
        "processes": decisions.processes(setting),
        "plan": plans.plan(setting),
        "preparations": learning.preparations(setting),
        "messages": messages,
        "commitments": learning.commitments(setting),
        "corrections": learning.corrections(setting, chain),
        "reflections": reflections,
        "indicators": learning.indicators(setting, chain),
        "progress": students.progress(setting),
        "costs": plans.costs(setting),
        "ties": field.ties(setting),
        "careers": careers,
        "practices": practices,
        "helpers": field.helpers(setting),
        "learning_log": field.learning_log(setting),
        "discussions": field.discussions(setting),
        "state_rules": policy.state_rules(setting, actions),
        "state_actions": actions,
    }
    return tables, StateTruth(
        listed(setting.sizes, students.share_above(setting.sizes)),
        dips.round({"value": 4}),
        rated.raters,
        rated.levels,
        _stories(setting),
    )


def _stories(setting: Setting) -> pd.DataFrame:
    told = setting.adopters.loc[setting.adopters["story"] != "", ["district_id", "story"]]
    return told.assign(what=told["story"].map(STORIES)).sort_values("story", ignore_index=True)


def _checked_years(years: Iterable[int]) -> np.ndarray:
    span = np.array(sorted(set(years)), dtype="int64")
    if len(span) < FEWEST_YEARS or (np.diff(span) != 1).any():
        raise CbeError.build(
            f"A state needs {FEWEST_YEARS} or more years without a gap",
            found=f"Found {len(span)} years" + (f" from {span[0]} to {span[-1]}" if len(span) else ""),
            advice="Give for example years=range(2008, 2022); the year without a test is left out by itself",
        )
    return span


def _check_counts(districts: int, adopters: int, decisions: int, staff: int, students: int) -> None:
    if districts < 1 or not 1 <= adopters <= districts:
        raise CbeError.build(
            "There must be an adopter, and no more adopters than districts",
            found=f"Found districts={districts} and adopters={adopters}",
            advice="Give districts=36 and, if you like, adopters=16",
        )
    if min(decisions, staff, students) < 1:
        raise CbeError.build(
            "decisions_a_year, staff and students_a_school are counts",
            found=f"Found {decisions}, {staff} and {students}",
            advice="Give whole numbers, 1 or more",
        )
