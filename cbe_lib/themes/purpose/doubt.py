"""Back to the purpose when doubts come: what was decided by which principle, at the moment when it is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.control_chart import PERIODS, chart
from cbe_lib.themes.decision_log.reading import listed, read_log
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

SIGNALS = ["signal", "period", "n", "estimate", "center", "high", "crossed", "reason"]
SHOWN = ["principle_id", "text", "core", "used"]
CASES = ["principle_id", "decision_id", "date_raised", "level", "topic", "text"]


@dataclass(frozen=True, repr=False)
class DoubtTrigger(Result):
    """Signals of doubt, and what to turn back to: see `doubt_trigger`.

    Attributes
    ----------
    principles : DataFrame
        principle_id, text, core, used (decisions that cite it); no rows while nothing is crossed.
    decisions : DataFrame
        principle_id, decision_id, date_raised, level, topic, text: where the principles were used, latest first.
    """

    principles: pd.DataFrame
    decisions: pd.DataFrame


def doubt_trigger(
    decisions: pd.DataFrame,
    principles: pd.DataFrame,
    survey: pd.DataFrame | None = None,
    *,
    district_id: str,
    period: str = "quarter",
    false_alarm: float = 0.01,
    min_n: int = 10,
) -> DoubtTrigger:
    """Have doubts grown beyond what is usual here, and which principles and rulings can be turned back to?

    A crossed limit is an occasion to talk, not a verdict: some confusion belongs to the first years.

    Parameters
    ----------
    decisions, principles : DataFrame
        Tables `decisions` and `principles`.
    survey : DataFrame, optional
        Table `survey`; confusion of staff (0 to 10) is read.
    district_id : str
        Which district.
    period : {"month", "quarter", "school year"}
        By what the passing up of decisions is watched.
    false_alarm : float, between 0 and 0.5
        Chance that one point crosses its limit although nothing has changed, at most.
    min_n : int
        Waves with fewer answers are hidden.

    Returns
    -------
    DoubtTrigger
        `.table`: signal (escalation, confusion), period, n, estimate, center, high, crossed, reason.
        `.principles`, `.decisions`: see there; filled once a limit is crossed.

    Raises
    ------
    CbeError
        For an unknown district or period, and what `tables.validate` finds.

    Notes
    -----
    Escalation: decisions of the first school year in the log are the baseline; a later period crosses if it has more
    decisions passed up than a hypergeometric count would reach with chance `false_alarm`. Confusion: a wave crosses
    above the mean of the first wave + t sqrt(s1²/n1 + s2²/n2) (Welch).

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = doubt_trigger(state["decisions"], state["principles"], state["survey"], district_id="00183")
    >>> found.table["signal"].unique().tolist()
    ['escalation', 'confusion']
    """
    if period not in PERIODS:
        raise unknown_name("period", period, PERIODS)
    log = read_log(decisions)
    if district_id not in set(log["district_id"]):
        raise unknown_name("district in the log", district_id, sorted(log["district_id"].unique()))
    log = log[log["district_id"] == district_id].dropna(subset=["date_raised"])
    own = tables.validate(principles, "principles", complete=True)
    own = own[(own["district_id"] == district_id) & (own["level"] == "district")]
    table = pd.concat([_escalation(log, period, false_alarm), _confusion(survey, district_id, false_alarm, min_n)])
    table = table[SIGNALS].reset_index(drop=True)
    crossed = table[table["crossed"]]
    used, cases = _turn_back(log, own)
    if crossed.empty:
        used, cases = used.iloc[:0], cases.iloc[:0]
    notes = (
        f"Each limit is crossed by chance at most {false_alarm:.1%} of the time; {len(table)} points were looked at.",
    )
    return DoubtTrigger(table, _text(table, crossed, used), notes, None, principles=used, decisions=cases)


def _escalation(log: pd.DataFrame, period: str, false_alarm: float) -> pd.DataFrame:
    first = log["year"].min()
    if pd.isna(first) or (log["year"] == first).all():
        return _untold("escalation", "cannot tell: decisions of two school years with dates are needed")
    after = pd.Timestamp(year=int(first), month=8, day=1)
    found = chart(log["escalated"], log["date_raised"], period, after, false_alarm, both=False)
    found = found[found["reason"] != "baseline"]
    return found.assign(signal="escalation", crossed=found["signal"] == "above")[SIGNALS]


def _confusion(survey: pd.DataFrame | None, district_id: str, false_alarm: float, min_n: int) -> pd.DataFrame:
    if survey is None:
        return _untold("confusion", "cannot tell: no survey was given")
    rows = of_scale(staff_scores(survey, ["confusion"]), "confusion")
    waves = rows[rows["district_id"] == district_id].groupby("year")["score"].agg(["size", "mean", "var"])
    if len(waves) < 2:
        return _untold("confusion", "cannot tell: two waves are needed, the first of them as the baseline")
    first, later = waves.iloc[0], waves.iloc[1:]
    spread, before = later["var"] / later["size"], first["var"] / first["size"]
    free = (spread + before) ** 2 / (spread**2 / (later["size"] - 1) + before**2 / (first["size"] - 1))
    high = first["mean"] + student.isf(false_alarm, free) * np.sqrt(spread + before)
    small = (later["size"] < min_n) | (first["size"] < min_n)
    reason = np.where(small, f"hidden: fewer than {min_n} answers", "")
    found = pd.DataFrame({"period": later.index.astype("str"), "n": later["size"].where(~small).astype("Int64")})
    found = found.assign(
        estimate=later["mean"].where(~small), center=first["mean"] if first["size"] >= min_n else np.nan
    )
    crossed = (later["mean"] > high) & ~small
    return found.assign(high=high.where(~small), signal="confusion", crossed=crossed, reason=reason)[SIGNALS]


def _untold(signal: str, reason: str) -> pd.DataFrame:
    blank = dict.fromkeys(("estimate", "center", "high"), np.nan)
    return pd.DataFrame([{"signal": signal, "period": "", "n": pd.NA, **blank, "crossed": False, "reason": reason}])


def _turn_back(log: pd.DataFrame, own: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if own.empty:
        raise CbeError.build("`principles` holds no text of this district at level 'district'")
    cited = (
        log.assign(principle_id=listed(log["principles_cited"])).explode("principle_id").dropna(subset=["principle_id"])
    )
    count = cited["principle_id"].value_counts()
    used = own.assign(used=own["principle_id"].map(count).fillna(0).astype(int))
    order = cited.sort_values("date_raised", ascending=False, kind="stable", ignore_index=True)
    return used.sort_values("used", ascending=False, kind="stable", ignore_index=True)[SHOWN], order[CASES]


def _text(table: pd.DataFrame, crossed: pd.DataFrame, used: pd.DataFrame) -> str:
    told = table[table["estimate"].notna()]
    if told.empty:
        return f"Cannot tell whether doubts have grown: {table['reason'].iloc[0].removeprefix('cannot tell: ')}."
    if crossed.empty:
        return (
            f"None of {len(told)} points lies above its limit: doubts have not clearly grown. With few decisions or "
            "answers a limit is far away, so quiet is no proof of calm."
        )
    points = ", ".join(f"{row['signal']} in {row['period']}" for _, row in crossed.iterrows())
    first = used.iloc[0]
    return (
        f"Above the usual: {points}. Turn back to the purpose: {first['principle_id']!r} was used in {first['used']} "
        "decisions, listed here. A crossed limit says that something changed, not what or why."
    )
