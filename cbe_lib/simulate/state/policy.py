"""State rules and what state leaders did: a dozen invented states, the home state first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import dates, later, logistic, numbered, pick, school_start
from cbe_lib.simulate.state.setting import STATE, Setting

OTHERS = (
    "Estwick", "Greater Fenland", "Lowmark", "Harrowlea", "Ostrava Plains", "Pinemark", "Ridgemoor", "Suthland",
    "Tressel", "Umberlea", "Westmark",
)  # fmt: skip
STATES = (STATE, *(f"{name} (synthetic)" for name in OTHERS))
RULES = (
    ("seat-time", "credit counts hours in class", "moving on when it is shown", "state board"),
    ("age-test", "tests go by age", "testing when ready", "legislature"),
    ("transcript", "transcripts need letter grades", "levels on reports", "state universities"),
    ("license", "licenses go by grade span", "teams across grades", "licensing office"),
    ("calendar", "school day and year are fixed", "weekly late start", "education department"),
    ("course-codes", "every course needs a code", "projects across subjects", "education department"),
)
ACTIONS = 8  # of each state
TAGS = ("compliance", "innovation", "neutral")
SAID = (
    "asks districts for another report", "opens a pilot for credit by mastery", "renames an office",
    "audits course hours", "visits a district that changed", "publishes its calendar",
)  # fmt: skip


def state_actions(setting: Setting) -> pd.DataFrame:
    """List actions by state; some of the innovating ones are credited in public."""
    rng, states = setting.rng("state actions"), len(STATES)
    state = np.repeat(np.arange(states), ACTIONS)
    tag = rng.choice(3, len(state), p=[0.4, 0.4, 0.2])
    day = later(school_start(setting.years[0] + 1), rng.integers(0, 2500, len(state)))
    thanks = rng.uniform(0.1, 0.9, states)[state]
    return pd.DataFrame(
        {
            "action_id": numbered("A", len(state), 3),
            "state": pick(STATES, state),
            "date": dates(day),
            "actor": pick(
                ["education department", "legislature", "governor", "state board"], rng.integers(0, 4, len(state))
            ),
            "text": pick(SAID, tag + 3 * rng.integers(0, 2, len(state))),
            "tag": pick(TAGS, tag),
            "credited_on": dates(
                later(day, rng.integers(5, 120, len(state))), (tag == 1) & (rng.random(len(state)) < thanks)
            ),
        }
    )


def state_rules(setting: Setting, actions: pd.DataFrame) -> pd.DataFrame:
    """List rules by state, with where a waiver stands."""
    rng, states = setting.rng("state rules"), len(STATES)
    state, rule = np.repeat(np.arange(states), len(RULES)), np.tile(np.arange(len(RULES)), states)
    asked = later(school_start(setting.years[0] + 3), rng.integers(0, 2500, len(state)))
    credited = _credited_before(actions, state, asked)
    granted = rng.random(len(state)) < logistic(setting.sizes["credit_waiver"] * (credited - 1))
    draw = rng.random(len(state))
    where = np.select([draw < 0.15, draw < 0.25, granted], [0, 1, 2], 3)
    return pd.DataFrame(
        {
            "state": pick(STATES, state),
            **{
                name: pick([each[i] for each in RULES], rule)
                for i, name in enumerate(("rule_id", "rule", "blocks", "holder"))
            },
            "waiver": pick(["not asked", "asked", "granted", "refused"], where),
            "asked": dates(asked, where > 0),
            "answered": dates(later(asked, rng.integers(30, 400, len(state))), where > 1),
        }
    )


def _credited_before(actions: pd.DataFrame, state: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Count the actions of each rule's state that had been credited before the day of asking."""
    done = actions[actions["credited_on"].notna()]
    where = done["state"].map({name: i for i, name in enumerate(STATES)}).to_numpy(dtype="int64")
    earlier = done["credited_on"].to_numpy()[None, :] < asked[:, None]
    return (earlier & (where[None, :] == state[:, None])).sum(axis=1)
