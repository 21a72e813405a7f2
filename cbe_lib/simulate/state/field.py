"""People and field: seats, moves between districts, practices, helpers, learning events and discussion tools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import (
    counts,
    dates,
    flags,
    group_share,
    later,
    logistic,
    normal_within,
    numbered,
    pick,
    school_start,
    whole_answers,
)
from cbe_lib.simulate.state.places import GROUPS
from cbe_lib.simulate.state.setting import Setting

SEATS = 14
SEAT_ROLES = ("teacher", "family", "student", "principal", "board", "teacher", "family")
PRACTICES = ("levels on request", "weekly staff hour", "student-led conferences", "shared scoring", "capacity matrix")
PEOPLE = 4  # followed in each district
MOVING = 0.08
USUAL_HAZARD = 0.035
TOOLS = ("film with questions", "slide talk")
HELPERS = 8
TOPICS = ("what a level means", "why the old way blocks", "how to read the report", "how decisions are made")


def seats(setting: Setting) -> pd.DataFrame:
    """Fill the seats of a design team and a council; groups are drawn from the district's shares and the gaps."""
    rng, frame = setting.rng("seats"), setting.adopters
    adopter, seat = np.repeat(np.arange(len(frame)), SEATS), np.tile(np.arange(SEATS), len(frame))
    gap = setting.sizes
    hispanic = np.clip(frame["Hispanic"] + gap["hispanic_seats"], 0, 1).to_numpy()[adopter]
    black = np.clip(frame["Black"] + gap["black_seats"], 0, 1).to_numpy()[adopter]
    other = frame["other groups"].to_numpy()[adopter]
    draw = rng.random(len(adopter))
    group = np.select([draw < hispanic, draw < hispanic + black, draw < hispanic + black + other], [0, 1, 3], 2)
    filled = (rng.random(len(adopter)) < 0.92) | (seat == 0)
    start = school_start(setting.rollout[adopter] - 1)
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "structure": pick(["design team", "council"], (seat >= SEATS // 2).astype(int)),
            "seat_id": pick(numbered("S", SEATS, 2), seat),
            "seat_role": pick(SEAT_ROLES, seat % len(SEAT_ROLES)),
            "person_id": pick(numbered("P", len(adopter)), np.arange(len(adopter))).where(filled),
            "group": pick(GROUPS, group).where(filled),
            "voice": pick(["vote", "advise"], (seat % 3 == 2).astype(int)),
            "checker": flags((seat == 0) & (adopter % 4 != 0)),
            "from_date": dates(start),
            "to_date": dates(later(start, 800), rng.random(len(adopter)) < 0.25),
        }
    )


def hispanic_share(setting: Setting, table: pd.DataFrame) -> np.ndarray:
    """Return the Hispanic share of each adopter's filled seats."""
    place = {name: i for i, name in enumerate(setting.adopters["district_id"])}
    filled = table[table["group"].notna()]
    who = filled["district_id"].map(place).to_numpy(dtype="int64")
    return group_share((filled["group"] == "Hispanic").to_numpy(), who, len(place))


def careers_and_practices(setting: Setting) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Move people on August 1; practices are taken up sooner where someone has come from a place that has them."""
    rng, count = setting.rng("careers"), len(setting.districts)
    years = setting.years
    moves, home = _moves(rng, count, years)
    since: np.ndarray = np.full((count, len(PRACTICES)), np.datetime64("NaT", "D"))
    starts = rng.random(since.shape) < 0.08
    since[starts] = later(school_start(years[0] - 1), rng.integers(20, 300, int(starts.sum())))
    met = np.zeros(since.shape, dtype=bool)
    for year, (_, origin, target) in zip(years, moves, strict=True):
        september = school_start(year) + np.timedelta64(17, "D")
        used = since < september
        for place in range(len(PRACTICES)):
            met[target[used[origin, place]], place] = True
        hazard = USUAL_HAZARD * np.exp(setting.sizes["contact_adoption"] * met)
        taken = np.isnat(since) & (rng.random(since.shape) < 1 - np.exp(-hazard))
        since[taken] = later(september, rng.integers(1, 330, int(taken.sum())))
    return _careers(setting, home, moves), _practices(setting, since)


def _moves(
    rng: np.random.Generator, count: int, years: np.ndarray
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], np.ndarray]:
    """Return who moves from where to where each year, and where everybody starts."""
    first = np.repeat(np.arange(count), PEOPLE)
    home, moves = first.copy(), []
    for _ in years:
        person = np.flatnonzero(rng.random(len(home)) < MOVING) if count > 1 else np.array([], dtype="int64")
        origin = home[person]
        target = (origin + rng.integers(1, max(count, 2), len(person))) % count
        home[person] = target
        moves.append((person, origin, target))
    return moves, first


def _careers(
    setting: Setting, home: np.ndarray, moves: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> pd.DataFrame:
    began = school_start(setting.years[0] - 1) - np.timedelta64(14, "D")
    spells = [(np.arange(len(home)), home, np.full(len(home), began))]
    for year, (person, _, target) in zip(setting.years, moves, strict=True):
        spells.append((person, target, np.full(len(person), school_start(year) - np.timedelta64(14, "D"))))
    person, place, start = (np.concatenate(each) for each in zip(*spells, strict=True))
    order = np.lexsort((start, person))
    person, place, start = person[order], place[order], start[order]
    stays = np.append(person[1:] != person[:-1], True)
    end = np.append(later(start[1:], -1), start[-1:])
    return pd.DataFrame(
        {
            "person_id": pick(numbered("C", len(home)), person),
            "district_id": pick(setting.districts["district_id"].tolist(), place),
            "role": pick(["superintendent", "principal", "teacher", "coach"], person % PEOPLE),
            "from_date": dates(start),
            "to_date": dates(end, ~stays),
        }
    )


def _practices(setting: Setting, since: np.ndarray) -> pd.DataFrame:
    count = len(since)
    return pd.DataFrame(
        {
            "district_id": pick(setting.districts["district_id"].tolist(), np.repeat(np.arange(count), len(PRACTICES))),
            "practice": pick(PRACTICES, np.tile(np.arange(len(PRACTICES)), count)),
            "from_date": dates(since.ravel()),
        }
    )


def helper_names(setting: Setting) -> list[str]:
    """Name the helping organizations: eight for an ordinary state, more for a larger one."""
    return numbered("H", max(HELPERS, HELPERS * len(setting.districts) // 36), 2)


def ties(setting: Setting) -> pd.DataFrame:
    """Tie helpers to districts and to each other: two circles that only the first helper joins."""
    rng, names, frame = setting.rng("ties"), helper_names(setting), setting.adopters
    helpers = len(names)
    own = np.repeat(np.arange(len(frame)), 2)
    circle = np.where(own % 2 == 0, 0, helpers // 2)
    helper = np.where(np.arange(len(own)) % 5 == 0, 0, circle + rng.integers(0, helpers // 2, len(own)))
    pair = np.array([(i, j) for i in range(helpers) for j in (i + 1, i + 2) if j < helpers])
    pair = pair[(pair[:, 0] < helpers // 2) == (pair[:, 1] < helpers // 2)]
    bridge = np.array([(0, helpers // 2), (0, helpers - 1)])
    among = np.vstack([pair, bridge])
    kind = rng.integers(0, 4, len(own) + len(among))
    table = pd.DataFrame(
        {
            "from_id": pick(names, np.concatenate([helper, among[:, 0]])),
            "to_id": pd.concat([pick(frame["district_id"].tolist(), own), pick(names, among[:, 1])], ignore_index=True),
            "kind": pick(["shared practice", "advice", "visit", "shared tool"], kind),
            "from_date": dates(later(school_start(setting.years[0] + 2), rng.integers(0, 2000, len(kind)))),
        }
    )
    return table.drop_duplicates(["from_id", "to_id", "kind"], ignore_index=True)


def helpers(setting: Setting) -> pd.DataFrame:
    """Count staff and boards of the helping organizations by group."""
    rng, names = setting.rng("helpers"), helper_names(setting)
    reference = np.array([27.0, 15.0, 47.0, 11.0])
    lean = rng.uniform(0, 0.8, (len(names), 1))
    share = (1 - lean) * reference / 100 + lean * np.array([0, 0, 1, 0])
    staff, board = rng.integers(6, 60, len(names)), rng.integers(5, 14, len(names))
    return pd.DataFrame(
        {
            "helper_id": pick(names, np.repeat(np.arange(len(names)), len(GROUPS))),
            "group": pick(GROUPS, np.tile(np.arange(len(GROUPS)), len(names))),
            "staff": counts(rng.multinomial(staff, share).ravel()),
            "board": counts(rng.multinomial(board, share).ravel()),
            "reference_share": np.tile(reference, len(names)),
        }
    )


def learning_log(setting: Setting) -> pd.DataFrame:
    """Record events at which families and advocates learned about the change."""
    rng, frame = setting.rng("learning log"), setting.adopters
    adopter = np.repeat(np.arange(len(frame)), 2 * len(GROUPS))
    group = np.tile(np.arange(len(GROUPS)), 2 * len(frame))
    share = np.column_stack([frame[name] for name in GROUPS])[adopter, group]
    table = pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "group": pick(GROUPS, group),
            "date": dates(later(school_start(setting.rollout[adopter] - 1), rng.integers(0, 1000, len(adopter)))),
            "topic": pick(TOPICS, rng.integers(0, len(TOPICS), len(adopter))),
            "people": counts(rng.poisson(40 * share + 1)),
            "hours": rng.integers(2, 7, len(adopter)) / 2,
        }
    )
    return table.drop_duplicates(["district_id", "group", "date", "topic"], ignore_index=True)


def discussions(setting: Setting) -> pd.DataFrame:
    """Ask people before and after a film with questions and a slide talk."""
    rng, frame, each = setting.rng("discussions"), setting.adopters, 14
    person = np.arange(each * len(frame))
    adopter, tool = person // each, person % 2
    before = whole_answers(rng, 4.5 + normal_within(rng, 1.2, 2.2, len(person)), 0, 10)
    shift = np.where(tool == 0, setting.sizes["film_shift"], setting.sizes["slides_shift"])
    after = whole_answers(rng, before + shift + normal_within(rng, 1.0, 2, len(person)), 0, 10)
    talked = rng.random(len(person)) < logistic(-1.2 + setting.sizes["film_talk"] * (tool == 0))
    return pd.DataFrame(
        {
            "tool": pick(TOOLS, tool),
            "participant": pick(numbered("T", len(person)), person),
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "role": pick(["teacher", "family", "board", "student"], rng.integers(0, 4, len(person))),
            "before": before,
            "after": after,
            "talked": flags(talked),
        }
    )
