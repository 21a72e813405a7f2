"""What the theme of leadership finds of the mechanisms planted into the sample state."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from cbe_lib.themes import leadership

Tables = dict[str, pd.DataFrame]
Answer = tuple[float, float, float]


def effect(term: str, effects: Callable[[Tables], pd.DataFrame]) -> Callable[[Tables], Answer]:
    def found(tables: Tables) -> Answer:
        row = effects(tables).set_index("term").loc[term]
        return row["estimate"], row["conf_low"], row["conf_high"]

    return found


def escalation(t: Tables) -> pd.DataFrame:
    return leadership.escalation(t["decisions"], t["survey"], period="school year").effects


def integrity(t: Tables) -> pd.DataFrame:
    return leadership.integrity(t["decisions"], t["survey"]).effects


def structures(t: Tables) -> pd.DataFrame:
    return leadership.structures(t["seats"], t["decisions"], survey=t["survey"], group="Hispanic").effects


RECOVER = {
    "trust_escalation": effect("trust_escalation", escalation),
    "cited_escalation": effect("cited_escalation", escalation),
    "checker_match": effect("checker_match", integrity),
    "match_trust": effect("match_trust", integrity),
    "match_followed": effect("match_followed", integrity),
    "used_counted": effect("used_counted", integrity),
    "seats_trust": effect("seats_trust", structures),
}
