"""Did a film or discussion tool move anyone, and did people start to talk?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import t
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

TOP = 10


@dataclass(frozen=True, repr=False)
class DiscussionShift(Result):
    """What changed from before to after a tool, and who talked: see `discussion_shift`.

    Attributes
    ----------
    comparison : DataFrame
        tool, against, measure (shift: difference of mean shifts; talked: log odds), n, estimate, conf_low, conf_high,
        unit, reason: each tool against one.
    before_after : DataFrame
        tool, before, after: means of those who gave both, for the picture; blank where hidden.
    against : str
        Tool that the others are compared with; "" if there is one only.
    """

    comparison: pd.DataFrame
    before_after: pd.DataFrame
    against: str


def discussion_shift(
    discussions: pd.DataFrame, *, against: str | None = None, min_n: int = 10, level: float = 0.95
) -> DiscussionShift:
    """Did scores move from before to after, did people start conversations, and more so than with another tool?

    Parameters
    ----------
    discussions : DataFrame
        Table `discussions`.
    against : str, optional
        Tool that the others are compared with; the last one in the alphabet if left out.
    min_n : int
        Tools with fewer participants are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    DiscussionShift
        `.table`: tool, measure (shift, talked), n, estimate, conf_low, conf_high, unit, reason. `.comparison`.
        `.model`: the statsmodels Logit of talked on tool, or None.

    Raises
    ------
    CbeError
        For an empty table or a tool that is not in it.

    Notes
    -----
    Shift: mean of after less before, t interval. Talked: exact (Clopper-Pearson) interval. Tools: Welch's interval of
    the difference of shifts; the slope of logit(talked ~ tool) with the exact conditional interval of the odds ratio
    (Fisher's), which holds its coverage in small groups where the one printed beside the slope does not. A shift
    without people who saw nothing may be the asking twice, or a wish to please.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = discussion_shift(samples.state()["discussions"])
    >>> found.table[["tool", "measure", "estimate"]].round(2).head(2).to_dict("split")["data"]
    [['film with questions', 'shift', 0.77], ['film with questions', 'talked', 0.51]]
    """
    rows = tables.validate(discussions, "discussions", complete=True)
    if rows.empty:
        raise CbeError.build("`discussions` holds no rows", advice="Pass a row for each participant and tool")
    tools = sorted(rows["tool"].unique())
    if against is not None and against not in tools:
        raise unknown_name("tool", against, tools)
    base = against or tools[-1]
    rows = rows.assign(shift=rows["after"] - rows["before"])
    parts = {tool: rows[rows["tool"] == tool] for tool in tools}
    table = pd.DataFrame(
        [row for tool in tools for row in _measures(tool, parts[tool], min_n, level)], columns=_COLUMNS
    )
    others = [tool for tool in tools if tool != base]
    compared = [row for tool in others for row in _compared(tool, base, parts[tool], parts[base], min_n, level)]
    return DiscussionShift(
        table,
        _text(table),
        tuple(_notes(rows, base if others else "")),
        _model(rows, [base, *others], min_n),
        comparison=pd.DataFrame(compared, columns=["tool", "against", *_COLUMNS[1:]]),
        before_after=pd.DataFrame([_means(tool, parts[tool], min_n) for tool in tools]),
        against=base if others else "",
    )


_COLUMNS = ["tool", "measure", "n", "estimate", "conf_low", "conf_high", "unit", "reason"]


def _measures(tool: str, rows: pd.DataFrame, min_n: int, level: float) -> list[tuple]:
    shift, talked = rows["shift"].dropna(), rows["talked"].dropna()
    return [
        (
            tool,
            "shift",
            *_shown(len(shift), min_n, lambda: _mean(shift, level)),
            "points of 0 to 10",
            _why(shift, min_n),
        ),
        (tool, "talked", *_shown(len(talked), min_n, lambda: _share(talked, level)), "share", _why(talked, min_n)),
    ]


def _shown(count: int, min_n: int, measure: Any) -> tuple:
    return (pd.NA, np.nan, np.nan, np.nan) if count < min_n else (count, *measure())


def _why(values: pd.Series, min_n: int) -> str:
    return f"hidden: fewer than {min_n} people" if len(values) < min_n else ""


def _mean(values: pd.Series, level: float) -> tuple[float, float, float]:
    mean, error = float(values.mean()), float(np.std(values, ddof=1) / np.sqrt(len(values)))
    half = float(t.isf((1 - level) / 2, len(values) - 1)) * error
    return mean, mean - half, mean + half


def _share(talked: pd.Series, level: float) -> tuple[float, float, float]:
    count = int(talked.sum())
    low, high = np.asarray(proportion_confint(count, len(talked), alpha=1 - level, method="beta"))
    return count / len(talked), float(low), float(high)


def _means(tool: str, rows: pd.DataFrame, min_n: int) -> dict[str, object]:
    both = rows.dropna(subset=["before", "after"])
    shown = both if len(both) >= min_n else both.iloc[:0]
    return {"tool": tool, "before": shown["before"].mean(), "after": shown["after"].mean()}


def _compared(tool: str, base: str, rows: pd.DataFrame, others: pd.DataFrame, min_n: int, level: float) -> list[tuple]:
    first, second = rows["shift"].dropna(), others["shift"].dropna()
    few = min(len(first), len(second)) < min_n
    shift = (np.nan, np.nan, np.nan) if few else _welch(first, second, level)
    said, other = rows["talked"].dropna(), others["talked"].dropna()
    odds, why = _log_odds(said, other, min_n, level)
    hidden = f"hidden: fewer than {min_n} people with one of the tools"
    sizes = (pd.NA if few else len(first) + len(second), pd.NA if np.isnan(odds[0]) else len(said) + len(other))
    unsure = "" if few or not np.isnan(shift[1]) else "everybody answered alike: no interval can be told"
    return [
        (tool, base, "shift", sizes[0], *shift, "points of 0 to 10", hidden if few else unsure),
        (tool, base, "talked", sizes[1], *odds, "log odds", why),
    ]


def _welch(first: pd.Series, second: pd.Series, level: float) -> tuple[float, float, float]:
    if first.nunique() == second.nunique() == 1:  # nobody differs, so nothing tells how unsure the means are
        return float(first.mean() - second.mean()), np.nan, np.nan
    frame = sm.stats.CompareMeans(sm.stats.DescrStatsW(first), sm.stats.DescrStatsW(second))
    low, high = frame.tconfint_diff(alpha=1 - level, usevar="unequal")
    return float(first.mean() - second.mean()), float(low), float(high)


def _log_odds(said: pd.Series, other: pd.Series, min_n: int, level: float) -> tuple[tuple[float, float, float], str]:
    nothing = (np.nan, np.nan, np.nan)
    if min(len(said), len(other)) < min_n:
        return nothing, f"hidden: fewer than {min_n} people with one of the tools"
    one, two = int(said.sum()), int(other.sum())
    if one in (0, len(said)) or two in (0, len(other)):
        return nothing, "cannot tell: with one of the tools everybody talked, or nobody"
    table = [[one, len(said) - one], [two, len(other) - two]]
    low, high = odds_ratio(table).confidence_interval(level)
    odds = one * (len(other) - two) / ((len(said) - one) * two)
    return (float(np.log(odds)), float(np.log(low)), float(np.log(high))), ""


def _model(rows: pd.DataFrame, tools: list[str], min_n: int) -> object:
    known = rows.dropna(subset="talked")
    shares = known.groupby("tool")["talked"].agg(["mean", "size"]).astype(float)
    if len(tools) < 2 or (shares["size"] < min_n).any() or shares["mean"].isin([0.0, 1.0]).any():
        return None
    dummies = pd.get_dummies(known["tool"])[tools[1:]].astype(float)
    return sm.Logit(known["talked"].astype(float), sm.add_constant(dummies)).fit(disp=0)


def _notes(rows: pd.DataFrame, base: str) -> list[str]:
    notes = [claim("B20").label + ".", "Nobody who saw no tool was asked: asking twice can move scores by itself."]
    lost = int((rows["before"].notna() & rows["after"].isna()).sum())
    notes += (
        [f"{lost} participants gave no score afterwards; those who stay may be those who liked it."] if lost else []
    )
    top = float((rows["before"] >= TOP - 1).mean())
    notes += [f"{top:.0%} began at {TOP - 1} or {TOP}: their scores could hardly rise."] if top > 0.2 else []
    twice = int(rows["participant"].duplicated().sum())
    notes += (
        [f"{twice} participants used several tools; the comparison takes them as different people."] if twice else []
    )
    return [*notes, f"Tools are compared with {base!r}."] if base else notes


def _text(table: pd.DataFrame) -> str:
    wide = table.set_index(["tool", "measure"])
    said = []
    for tool in table["tool"].unique():
        shift, talked = wide.loc[(tool, "shift")], wide.loc[(tool, "talked")]
        if np.isnan(shift["estimate"]):
            said.append(f"{tool}: too few people to show")
            continue
        moved = "no shift shown" if shift["conf_low"] <= 0 <= shift["conf_high"] else "a shift"
        share = (
            "" if np.isnan(talked["estimate"]) else f"; {talked['estimate']:.0%} started a conversation within a week"
        )
        said.append(
            f"{tool}: {moved} ({shift['estimate']:+.1f} points of 10, likely {shift['conf_low']:+.1f} to "
            f"{shift['conf_high']:+.1f}){share}"
        )
    listed = ". ".join(f"{each[:1].upper()}{each[1:]}" for each in said)
    return f"{listed}. Without people who saw nothing, part of a shift may come from asking twice."
