"""The same questions wave after wave: understanding and enjoyment by role, and who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cbe_lib import survey, tables
from cbe_lib.errors import ColumnError, require_columns, some
from cbe_lib.results import Result
from cbe_lib.survey.scoring import read, respondents
from cbe_lib.themes.decision_log.reading import wave_year

UNDERSTANDING = ("purpose_clarity", "grading_grasp")
BY = ["scale", "role", "wave"]
COLUMNS = [*BY, "n", "estimate", "conf_low", "conf_high", "rate", "rate_low", "rate_high", "reason"]
TREND = ["scale", "role", "estimate", "conf_low", "conf_high", "unit", "n", "districts", "reason"]
FEWEST_DISTRICTS = 5
FEW = f"people taken as separate: fewer than {FEWEST_DISTRICTS} districts"
UNIT = "points of 1 to 5 a year"
NOT_ASKED = "not asked: name the items on enjoyment with enjoyment=[...]; the packaged survey has none"


@dataclass(frozen=True, repr=False)
class RepeatSurvey(Result):
    """Answers by role, wave after wave: see `repeat_survey`.

    Attributes
    ----------
    trend : DataFrame
        scale, role, estimate, conf_low, conf_high, unit, n, districts, reason: change a year.
    """

    trend: pd.DataFrame


def repeat_survey(
    answers: pd.DataFrame,
    roster: pd.DataFrame | None = None,
    *,
    scales: Sequence[str] = UNDERSTANDING,
    enjoyment: Sequence[str] = (),
    min_n: int = 10,
    level: float = 0.95,
) -> RepeatSurvey:
    """Do people understand the change better from wave to wave, do they enjoy school, and who answered?

    Parameters
    ----------
    answers : DataFrame
        Table `survey`.
    roster : DataFrame, optional
        Who was asked: a row for each person, with `role`; with a column `wave` too, those of each wave.
    scales : sequence of str
        Scales of the packaged survey that stand for understanding.
    enjoyment : sequence of str
        Ids of your own items on enjoying school, answered 1 to 5.
    min_n : int
        Groups with fewer answers are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    RepeatSurvey
        `.table`: scale, role, wave, n, estimate, conf_low, conf_high (mean, 1 to 5), rate, rate_low, rate_high (share
        of those asked who answered), reason. `.trend`: change a year by scale and role.

    Raises
    ------
    CbeError
        For scales that nobody was asked, item ids that are not there, and what `tables.validate` finds.

    Notes
    -----
    Intervals of means are t intervals over people, or over districts where there are 5 or more (people of a district
    answer alike). The trend compares each district with itself, with the errors of Mancl and DeRouen (2001). Means are
    of those who answered: look at the rates. A mean here describes the people of a role, not a climate that a school
    shares (`survey.scores` judges that).

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = repeat_survey(samples.state()["survey"], scales=["purpose_clarity"])
    >>> found.trend.query("role == 'family'")[["scale", "unit"]].to_dict("split")["data"]
    [['purpose_clarity', 'points of 1 to 5 a year']]
    """
    persons = _persons(answers, list(scales), list(enjoyment))
    means = pd.DataFrame(
        [(*key, *_mean(each, min_n, level)) for key, each in persons.groupby(BY, sort=True)],
        columns=[*BY, "n", "estimate", "conf_low", "conf_high", "reason"],
    )
    table = _with_rates(means, persons, roster, min_n, level)
    trend = pd.DataFrame(
        [_trend(key, each, min_n, level) for key, each in persons.groupby(["scale", "role"], sort=True)], columns=TREND
    )
    if not enjoyment:
        table = pd.concat([table, pd.DataFrame([{"scale": "enjoyment", "reason": NOT_ASKED}])], ignore_index=True)
    notes = ["Something else that happened in one spring moves a wave as well; the intervals do not hold that."]
    if roster is not None and "wave" not in roster.columns:
        notes.append("The roster has no column `wave`: rates count everyone on it in every wave.")
    return RepeatSurvey(table[COLUMNS], _text(trend, table), tuple(notes), None, trend=trend)


def _persons(answers: pd.DataFrame, scales: list[str], enjoyment: list[str]) -> pd.DataFrame:
    """Return a score for each respondent and scale. About persons."""
    answers = require_columns(answers, ["item_id", "role", "wave"], "survey")
    wanted = {item.id: item.scale for item in survey.load().items if item.scale in scales}
    wanted |= dict.fromkeys(enjoyment, "enjoyment")
    rows = tables.validate(answers[answers["item_id"].isin(wanted)], "survey", complete=True)
    found = set(rows["item_id"])
    absent = [name for name in scales if not any(wanted.get(item) == name for item in found)]
    absent += [item for item in enjoyment if item not in found]
    if absent:
        raise ColumnError.build(
            f"Nobody was asked {some(map(repr, absent))}",
            found=f"Items in `survey`: {some(sorted(answers['item_id'].dropna().unique()), 8)}",
            advice="Name scales of the packaged survey in `scales`, and your own items in `enjoyment`",
        )
    known = ["respondent", "district_id", "role", "wave", "item_id", "answer"]
    parts = []
    for name in [*scales, *(["enjoyment"] if enjoyment else [])]:
        own = rows.loc[rows["item_id"].map(wanted) == name, known]
        items, low, high = ({name: list(dict.fromkeys(enjoyment))}, 1, 5) if name == "enjoyment" else (None, None, None)
        frame, columns, scored = read(own, ["district_id", "role", "wave"], items, (), low, high)
        parts.append(respondents(frame, columns, scored).dropna(subset=["score"]))
    persons = pd.concat(parts, ignore_index=True)
    return persons.assign(year=wave_year(persons["wave"]))


def _mean(each: pd.DataFrame, min_n: int, level: float) -> tuple:
    score = each["score"].to_numpy(float)
    if len(score) < min_n:
        return pd.NA, np.nan, np.nan, np.nan, f"hidden: fewer than {min_n} answers"
    place, names = pd.factorize(each["district_id"])
    left = score - score.mean()
    groups = np.bincount(place, left) if len(names) >= FEWEST_DISTRICTS else left
    free = len(groups) - 1
    half = float(student.ppf((1 + level) / 2, free) * np.sqrt((groups @ groups) * (free + 1) / free)) / len(score)
    return len(score), score.mean(), score.mean() - half, score.mean() + half, ""


def _with_rates(
    means: pd.DataFrame, persons: pd.DataFrame, roster: pd.DataFrame | None, min_n: int, level: float
) -> pd.DataFrame:
    if roster is None:
        return means.assign(rate=np.nan, rate_low=np.nan, rate_high=np.nan)
    roster = require_columns(roster, ["role"], "roster")
    came = persons.drop_duplicates(["respondent", "role", "wave"])
    if "wave" not in roster.columns:
        held = ["district_id", "wave"] if "district_id" in roster.columns else ["wave"]
        waves = came[held].drop_duplicates()  # a district counts in the waves in which anyone there was asked
        roster = roster.merge(waves, on="district_id") if len(held) > 1 else roster.merge(waves, how="cross")
    asked = roster[["role", "wave"]].astype({"wave": "str"})
    known = came[pd.MultiIndex.from_frame(came[["role", "wave"]]).isin(pd.MultiIndex.from_frame(asked))]
    if known.empty:
        return means.assign(rate=np.nan, rate_low=np.nan, rate_high=np.nan)
    rates = survey.response_rate(known[["role", "wave"]], asked, by=["role", "wave"], min_n=min_n, level=level).table
    rates = rates.rename(columns={"conf_low": "rate_low", "conf_high": "rate_high", "reason": "why"})
    table = means.merge(
        rates[["role", "wave", "rate", "rate_low", "rate_high", "why"]], on=["role", "wave"], how="left"
    )
    why = table["why"].fillna("The roster does not say who was asked.")
    return table.assign(reason=table["reason"].mask(table["reason"].eq(""), why))


def _trend(key: tuple, each: pd.DataFrame, min_n: int, level: float) -> tuple:
    """Return the change a year, each district compared with itself."""
    each = each.dropna(subset=["year"])
    counts = each.groupby(["district_id", "year"])["score"].transform("size")
    each = each[counts >= min_n] if each["district_id"].nunique() == 1 else each
    place = pd.factorize(each["district_id"])[0]
    districts = int(place.max(initial=-1)) + 1
    year, score = (each[name].to_numpy(float) - _own_mean(each[name], place) for name in ("year", "score"))
    if not year.any():
        return *key, np.nan, np.nan, np.nan, UNIT, len(each), districts, "cannot tell: one wave only"
    slope = float(year @ score / (year @ year))
    apart = place if districts >= FEWEST_DISTRICTS else np.arange(len(year))
    half = _error(year, score - slope * year, apart) * float(student.ppf((1 + level) / 2, apart.max()))
    few = FEW if 1 < districts < FEWEST_DISTRICTS else ""
    return *key, slope, slope - half, slope + half, UNIT, len(each), districts, few


def _own_mean(column: pd.Series, place: np.ndarray) -> np.ndarray:
    values = column.to_numpy(float)
    return (np.bincount(place, values) / np.bincount(place))[place] if len(values) else values


def _error(x: np.ndarray, left: np.ndarray, group: np.ndarray) -> float:
    """Return the standard error of a slope, rows of a group taken as alike (Mancl and DeRouen 2001)."""
    share = np.bincount(group, x * x) / (x @ x)
    pull = np.bincount(group, x * left) / np.maximum(1 - share, 1e-9)
    return float(np.sqrt(pull @ pull) / (x @ x))


def _text(trend: pd.DataFrame, table: pd.DataFrame) -> str:
    known = trend.dropna(subset=["estimate"])
    up, down = known[known["conf_low"] > 0], known[known["conf_high"] < 0]
    named = "; ".join(
        f"{row['scale'].replace('_', ' ')} of {row['role']} {row['estimate']:+.2f} a year ({row['conf_low']:+.2f} to "
        f"{row['conf_high']:+.2f})"
        for _, row in pd.concat([up, down]).head(3).iterrows()
    )
    rates = table["rate"].dropna()
    came = f" Response rates run from {rates.min():.0%} to {rates.max():.0%}." if len(rates) else ""
    unsure = len(trend) - len(up) - len(down)
    return (
        f"Of {len(trend)} trends by scale and role, {len(up)} rise, {len(down)} fall and {unsure} cannot be told"
        f"{': ' + named if named else ''}.{came} These are the people who answered, who may differ from wave to wave."
    )
