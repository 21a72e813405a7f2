"""Results and confusion side by side: a dip in results, in confidence, in both, or cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cbe_lib.dip import DipFit
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.survey import load
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

COLUMNS = ["channel", "measure", "estimate", "conf_low", "conf_high", "unit", "finding", "reason"]
WAVES = ["year", "n", "estimate", "conf_low", "conf_high", "reason"]
VERDICTS = {
    (True, True): "both",
    (True, False): "in results",
    (True, None): "in results",
    (False, True): "in confidence",
    (None, True): "in confidence",
    (False, False): "neither shown",
}
SAID = {
    "both": "Results fell and confusion rose: a dip in both",
    "in results": "Results fell: a dip in results",
    "in confidence": "Confusion rose: a dip in confidence",
    "neither shown": "Neither a fall of results nor a rise of confusion shows",
    "cannot tell": "These data cannot tell whether the dip is one of results or of confidence",
}


@dataclass(frozen=True, repr=False)
class TwoChannels(Result):
    """A dip in results, in confidence, or both: see `two_channels`.

    Attributes
    ----------
    verdict : str
        both, in results, in confidence, neither shown, cannot tell.
    fit : DipFit
        Results, with the rollout.
    confusion : DataFrame
        year, n, estimate, conf_low, conf_high, reason: mean confusion of staff by wave, 0 to 10.
    """

    verdict: str
    fit: DipFit
    confusion: pd.DataFrame


def two_channels(fit: DipFit, answers: pd.DataFrame, *, min_n: int = 10, level: float = 0.95) -> TwoChannels:
    """Is it a dip in results, in confidence, in both, or can these data not tell?

    Parameters
    ----------
    fit : DipFit
        From `cbe_lib.dip.fit`, for one series of the district.
    answers : DataFrame
        Table `survey` of the same district, with the packaged item on confusion (0 to 10).
    min_n : int
        Waves with fewer answers are hidden.
    level : float, between 0 and 1
        Coverage of the intervals of confusion, for all waves after the rollout together.

    Returns
    -------
    TwoChannels
        `.table`: channel, measure, estimate, conf_low, conf_high, unit, finding, reason. Channel results: depth of the
        dip; channel confusion: the largest rise from the last wave before the rollout to a wave from then on.

    Raises
    ------
    CbeError
        For answers of more than one district, and what `tables.validate` finds.

    Notes
    -----
    Results: the test of `dip.fit`. Confusion: Welch intervals, Bonferroni over the waves. "Neither shown" is not "no
    dip": see the intervals. Staff of a school answer alike, and the intervals take them as separate people.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> state = samples.state()
    >>> rates = state["outcomes"].query("district_id == '00013' and grade == '8' and subject == 'reading'")
    >>> answers = state["survey"].query("district_id == '00013'")
    >>> found = two_channels(dip.fit(rates, 2013, regime="test_regime"), answers)
    >>> found.table["channel"].tolist()
    ['results', 'confusion']
    """
    scores = of_scale(staff_scores(answers, ["confusion"]), "confusion")
    _one_district(scores)
    waves = _waves(scores, min_n, level)
    results = _results(fit)
    confusion = _rise(scores, waves, fit.rollout, level)
    verdict = VERDICTS.get((_seen(results["finding"]), _seen(confusion["finding"])), "cannot tell")
    table = pd.DataFrame([results, confusion], columns=COLUMNS)
    notes = (
        claim("A02").label + ".",
        f"Asked of staff: {_question()}",
        "Staff of one school answer alike; the intervals of confusion take them as separate people.",
    )
    return TwoChannels(table, _text(verdict, table), notes, None, verdict=verdict, fit=fit, confusion=waves)


def _question() -> str:
    return next(item.text for item in load().items_of("staff") if item.scale == "confusion")


def _one_district(scores: pd.DataFrame) -> None:
    if scores["district_id"].nunique() > 1:
        raise CbeError.build(
            "`answers` holds more than one district", advice="Pick the rows of the district that `fit` is about"
        )


def _waves(scores: pd.DataFrame, min_n: int, level: float) -> pd.DataFrame:
    each = scores.groupby("year")["score"].agg(["size", "mean", "std"])
    shown = each["size"] >= min_n
    half = student.ppf((1 + level) / 2, np.maximum(each["size"] - 1, 1)) * each["std"] / np.sqrt(each["size"])
    mean = each["mean"].where(shown)
    return pd.DataFrame(
        {
            "year": each.index.astype(int),
            "n": each["size"].astype("Int64").where(shown).to_numpy(),
            "estimate": mean.to_numpy(),
            "conf_low": (mean - half).clip(lower=0).to_numpy(),
            "conf_high": (mean + half).clip(upper=10).to_numpy(),
            "reason": np.where(shown, "", f"hidden: fewer than {min_n} answers"),
        },
        columns=WAVES,
    )


def _results(fit: DipFit) -> dict[str, object]:
    depth = fit.table[fit.table["term"] == "depth"].iloc[0]
    p_value = fit.existence.p_value
    row: dict[str, object] = {"channel": "results", "measure": "depth of the dip", "unit": fit.unit}
    row |= {name: float(depth[name]) for name in ("estimate", "conf_low", "conf_high")}
    if p_value != p_value or "cannot tell" in str(depth["note"]).lower():
        return row | {"finding": "cannot tell", "reason": str(depth["note"] or fit.existence.note)}
    return row | {"finding": "fell" if p_value < min(0.05, 1 - fit.level) else "not shown", "reason": ""}


def _rise(scores: pd.DataFrame, waves: pd.DataFrame, rollout: int, level: float) -> dict[str, object]:
    row: dict[str, object] = {
        "channel": "confusion",
        "measure": "largest rise of confusion",
        "unit": "points of 0 to 10",
    }
    row |= dict.fromkeys(("estimate", "conf_low", "conf_high"), float("nan"))
    usable = waves.loc[waves["reason"] == "", "year"]
    before, after = usable[usable < rollout], usable[usable >= rollout]
    if before.empty or after.empty:
        side = "before the rollout" if before.empty else "from the rollout on"
        return row | {"finding": "cannot tell", "reason": f"cannot tell: no wave {side} with enough answers"}
    by = dict(list(scores.groupby("year")["score"]))
    limits = [_welch(by[before.max()], by[year], 1 - (1 - level) / len(after)) for year in after]
    estimate, low, high = max(limits, key=lambda limit: limit[1])
    found = "rose" if low > 0 else "not shown"
    return row | {"estimate": estimate, "conf_low": low, "conf_high": high, "finding": found, "reason": ""}


def _welch(before: pd.Series, after: pd.Series, level: float) -> tuple[float, float, float]:
    parts = [(float(each.var()) / len(each), len(each) - 1) for each in (before, after)]
    spread = sum(part for part, _ in parts)
    change = float(after.mean() - before.mean())
    if spread == 0:
        return change, change, change
    df = spread**2 / sum(part**2 / free for part, free in parts)
    half = float(student.ppf((1 + level) / 2, df)) * spread**0.5
    return change, change - half, change + half


def _seen(finding: object) -> bool | None:
    return None if finding == "cannot tell" else finding in ("fell", "rose")


def _text(verdict: str, table: pd.DataFrame) -> str:
    results, confusion = (_told(row) for _, row in table.iterrows())
    unknown = verdict in ("in results", "in confidence") and table["finding"].eq("cannot tell").any()
    said = SAID[verdict] + (", at least" if unknown else "")
    return f"{said}. {results} {confusion} Other things may have happened in the same years."


def _told(row: pd.Series) -> str:
    name = "Depth of the dip in results" if row["channel"] == "results" else "Largest rise of confusion"
    if row["finding"] == "cannot tell":
        return f"{name}: cannot tell."
    shown = "" if row["finding"] != "not shown" else ", not clear of chance"
    return f"{name}: {row['estimate']:.1f} {row['unit']} ({row['conf_low']:.1f} to {row['conf_high']:.1f}{shown})."
