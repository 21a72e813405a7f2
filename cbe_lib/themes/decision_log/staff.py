"""What staff answered: a score for each respondent and scale of the packaged survey."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import require_columns
from cbe_lib.survey import load
from cbe_lib.survey.scoring import read, respondents
from cbe_lib.themes.decision_log.reading import wave_year

NEEDED = ["respondent", "district_id", "role", "wave", "item_id", "answer"]


def staff_scores(answers: pd.DataFrame, scales: Iterable[str]) -> pd.DataFrame:
    """Return district_id, year, scale, score: a row for each member of staff, wave and scale. About persons."""
    wanted = {item.id for item in load().items_of("staff") if item.scale in set(scales)}
    answers = require_columns(answers, ["item_id"], "survey")
    rows = tables.validate(answers[answers["item_id"].isin(wanted)], "survey", complete=True)[NEEDED]
    if rows.empty:
        return pd.DataFrame({"district_id": [], "year": [], "scale": [], "score": []})
    frame, columns, scored = read(rows, ["district_id", "wave"], None, (), None, None)
    persons = respondents(frame, columns, scored).dropna(subset=["score"])
    return persons.assign(year=wave_year(persons["wave"]))[["district_id", "year", "scale", "score"]]


def of_scale(scores: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Return district_id, year, score of one scale."""
    return scores.loc[scores["scale"] == scale, ["district_id", "year", "score"]].dropna(subset=["year"])


def means_before(scores: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Return district_id, year, and the mean of the scale in the spring before that school year."""
    rows = of_scale(scores, scale)
    means = rows.groupby(["district_id", "year"], as_index=False)["score"].mean()
    return means.assign(year=means["year"] + 1).rename(columns={"score": scale})
