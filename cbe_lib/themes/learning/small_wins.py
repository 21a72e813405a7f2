"""Is a small win real, or the ordinary up and down of the numbers?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.decision_log.slopes import COLUMNS, clustered
from cbe_lib.themes.decision_log.staff import means_before, staff_scores

SERIES = ["district_id", "indicator"]
FEWEST = 5
WINS, LOSSES, NOISE, CANNOT_TELL = "real, for the better", "real, for the worse", "within the noise", "cannot tell"


@dataclass(frozen=True, repr=False)
class SmallWins(Result):
    """Which small wins are real: see `small_wins`.

    Attributes
    ----------
    points : DataFrame
        district_id, indicator, date, value, unit, better, year, center, low, high (limits for one new value, from the
        years before), signal ("above", "below" or "").
    effects : DataFrame
        term (the indicator), estimate (a scale point of learning time), conf_low, conf_high, unit, n, districts,
        reason; empty without answers.
    false_alarm : float
        Chance that one value of an unchanged indicator lies outside its limits.
    """

    points: pd.DataFrame
    effects: pd.DataFrame
    false_alarm: float


def small_wins(
    indicators: pd.DataFrame,
    answers: pd.DataFrame | None = None,
    *,
    false_alarm: float = 0.01,
    fdr: float = 0.05,
    level: float = 0.95,
) -> SmallWins:
    """Which of our early signs have really moved, and which celebrations would be of noise?

    Parameters
    ----------
    indicators : DataFrame
        Table `indicators`: values of early signs by day. The last school year of each series is judged against the
        years before it.
    answers : DataFrame, optional
        Table `survey`: brings whether each sign goes with adults' time to learn in the spring before.
    false_alarm : float, between 0 and 0.5
        Chance that one value of an unchanged sign lies outside its control limits.
    fdr : float, between 0 and 1
        Share of the signs called real that may be noise.
    level : float, between 0 and 1
        Coverage of the intervals of change.

    Returns
    -------
    SmallWins
        `.table`: district_id, indicator, unit, better, before, after (means), change, conf_low, conf_high, p_value,
        q_value, n_before, n_after, verdict, reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, and chances outside their range.

    Notes
    -----
    Limits of one value: mean of the years before +- t x sd x sqrt(1 + 1/n), so that the rate of false alarms is as
    stated for independent normal values whatever n is; the usual 3 sigma of so few values would alarm too often.
    Change: Welch's t of whole school years against each other, which takes the seasons out of the mean but leaves them
    in the spread; q-values after Benjamini and Hochberg over all series. Values that drag on from month to month
    break both: then look at fewer and later values.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical
    Society B, 57, 289-300.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = small_wins(samples.state()["indicators"])
    >>> jump = found.table.query("district_id == '00203' and indicator == 'attendance'")
    >>> jump[["change", "verdict"]].round(1).to_dict("split")["data"]
    [[3.8, 'real, for the better']]
    """
    for name, share, most in (("false_alarm", false_alarm, 0.5), ("fdr", fdr, 1.0)):
        if not 0 < share < most:
            raise CbeError.build(f"`{name}` must lie between 0 and {most:g}", found=f"Found {share!r}")
    signs = tables.validate(indicators, "indicators", complete=True)
    if signs.empty:
        raise CbeError.build("`indicators` holds no rows", advice="Pass a row for each value of a sign")
    signs = signs.dropna(subset=["value", "date"]).assign(year=lambda rows: school_year(rows["date"]))
    signs = signs.sort_values([*SERIES, "date"], ignore_index=True)
    later = signs["year"] == signs.groupby(SERIES)["year"].transform("max")
    table = _judged(signs, later, fdr, level)
    points = _points(signs, later, false_alarm)
    effects = pd.DataFrame(columns=COLUMNS) if answers is None else _effects(signs, answers, level)
    return SmallWins(
        table, _text(table, points, effects), (), None, points=points, effects=effects, false_alarm=false_alarm
    )


def _judged(signs: pd.DataFrame, later: pd.Series, fdr: float, level: float) -> pd.DataFrame:
    table = _changes(signs, later, level)
    known = table["p_value"].notna()
    table["q_value"] = table["p_value"]
    if known.any():
        table.loc[known, "q_value"] = false_discovery_control(table.loc[known, "p_value"])
    better = np.where(table["better"] == "down", -1, 1) * table["change"] > 0
    real = table["q_value"] <= fdr
    table["verdict"] = np.select([~known, real & better, real], [CANNOT_TELL, WINS, LOSSES], NOISE)
    short = f"cannot tell: {FEWEST} values in the last school year and before it are needed, and they must differ"
    table["reason"] = np.where(known, "", short)
    columns = ["unit", "better", "before", "after", "change", "conf_low", "conf_high", "p_value", "q_value"]
    return table[[*SERIES, *columns, "n_before", "n_after", "verdict", "reason"]]


def _changes(signs: pd.DataFrame, later: pd.Series, level: float) -> pd.DataFrame:
    """Set the last school year of each series against those before: Welch's interval and test."""
    facts = signs.groupby(SERIES).agg(unit=("unit", "first"), better=("better", "first"))
    kinds = {"before": signs[~later], "after": signs[later]}
    each = {name: rows.groupby(SERIES)["value"].agg(["mean", "var", "size"]) for name, rows in kinds.items()}
    old, new = (each[name].reindex(facts.index).fillna({"size": 0}) for name in kinds)
    first, second = old["var"] / old["size"], new["var"] / new["size"]
    error = (first + second) ** 0.5
    known = (old["size"] >= FEWEST) & (new["size"] >= FEWEST) & (error > 0)
    free = (error**4 / (first**2 / (old["size"] - 1) + second**2 / (new["size"] - 1))).where(known)
    change = (new["mean"] - old["mean"]).where(known)
    reach = student.ppf((1 + level) / 2, free) * error
    return facts.assign(
        before=old["mean"],
        after=new["mean"],
        change=change,
        conf_low=change - reach,
        conf_high=change + reach,
        p_value=2 * student.sf((change / error).abs(), free),
        n_before=old["size"].astype(int),
        n_after=new["size"].astype(int),
    ).reset_index()


def _points(signs: pd.DataFrame, later: pd.Series, false_alarm: float) -> pd.DataFrame:
    """Set limits for each value of the last school year from the values before."""
    old = signs[~later].groupby(SERIES)["value"].agg(["mean", "std", "size"]).reset_index()
    points = signs.merge(old, on=SERIES, how="left")
    enough = points["size"] >= FEWEST
    wide = student.isf(false_alarm / 2, (points["size"] - 1).where(enough)) * np.sqrt(1 + 1 / points["size"])
    center, reach = points["mean"].where(enough), wide * points["std"]
    outside = [later & (points["value"] > center + reach), later & (points["value"] < center - reach)]
    points = points.assign(
        center=center, low=center - reach, high=center + reach, signal=np.select(outside, ["above", "below"], "")
    )
    columns = ["date", "value", "unit", "better", "year", "center", "low", "high", "signal"]
    return points[[*SERIES, *columns]]


def _effects(signs: pd.DataFrame, answers: pd.DataFrame, level: float) -> pd.DataFrame:
    before = means_before(staff_scores(answers, ["learning_time"]), "learning_time")
    frame = signs.merge(before, on=["district_id", "year"], how="left")
    parts = []
    for name, rows in frame.groupby("indicator", sort=True):
        unit = rows["unit"].dropna()
        units = {"learning_time": f"{unit.iloc[0] if len(unit) else 'units'} a scale point"}
        found = clustered(rows["value"], rows[["learning_time"]], rows["district_id"], units, level)
        parts.append(found.assign(term=name, reason=found["reason"].str.replace("decisions", "values")))
    return pd.concat(parts, ignore_index=True)


def _text(table: pd.DataFrame, points: pd.DataFrame, effects: pd.DataFrame) -> str:
    count = table["verdict"].value_counts()
    judged = len(table) - count.get(CANNOT_TELL, 0)
    outside = int((points["signal"] != "").sum())
    text = (
        f"Early signs that can be judged: {judged}. Really moved for the better: {count.get(WINS, 0)}, for the worse: "
        f"{count.get(LOSSES, 0)}. Within the noise, so that celebrating them would be celebrating chance: "
        f"{count.get(NOISE, 0)}. Single values outside their limits: {outside}."
    )
    for row in effects[effects["reason"] == ""].to_dict("records"):
        if row["conf_low"] > 0 or row["conf_high"] < 0:
            text += (
                f" {str(row['term']).capitalize()} goes with adults' time to learn ({row['estimate']:+.1f} "
                f"{row['unit']}, {row['conf_low']:+.1f} to {row['conf_high']:+.1f})."
            )
    return text
