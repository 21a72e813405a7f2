"""Do staff know how far their room to decide reaches, find it right, and use it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib import privacy, tables
from cbe_lib.errors import CbeError, require_columns, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.group_means import exact_limits, latest_wave

ITEMS = {
    "know_limits": "autonomy_clarity_1",
    "limits_right": "autonomy_clarity_2",
    "use_them": "autonomy_clarity_3",
}
GAP = "say_do_gap"
PLACE = ["district_id", "school_id"]
VALUES = ["estimate", "conf_low", "conf_high", "n"]


@dataclass(frozen=True, repr=False)
class Autonomy(Result):
    """Whether staff know, approve and use the limits of what they may decide: see `autonomy`.

    Attributes
    ----------
    by : str
        What a group is.
    """

    by: str


def autonomy(
    answers: pd.DataFrame,
    *,
    by: str = "school_id",
    wave: str | None = None,
    agree: float = 4,
    level: float = 0.95,
    min_n: int = 10,
) -> Autonomy:
    """Do staff know what they may decide, find the limits right, and use the room they have?

    A large gap between knowing and using says that the rules are clear and the room stays empty.

    Parameters
    ----------
    answers : DataFrame
        Table `survey` with the three items of autonomy_clarity; only people who answered all three count.
    by : "school_id" or "district_id"
        What a group is. Publish one of the two: both together may show small schools by subtraction.
    wave : str, optional
        Which wave; the last of each district if left out.
    agree : float, 1 to 5
        Answers from here on count as agreement.
    level : float, between 0 and 1
        Coverage of the intervals.
    min_n : int
        Groups with fewer people are hidden.

    Returns
    -------
    Autonomy
        `.table`: district_id, school_id (if by school), term (know_limits, limits_right, use_them, say_do_gap),
        estimate (share; the gap is the share that knows less the share that uses), conf_low, conf_high, n, reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, an unknown wave, no answers to the three items.

    Notes
    -----
    Shares have exact (Clopper-Pearson) intervals; the gap, of the same people, has the adjusted Wald interval.

    References
    ----------
    Bonett, D. G. and Price, R. M. (2012). Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data. Journal of Educational and Behavioral Statistics, 37, 479-488.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = autonomy(samples.state()["survey"], by="district_id")
    >>> found.table.query("district_id == '00013'")["term"].tolist()
    ['know_limits', 'limits_right', 'use_them', 'say_do_gap']
    """
    if by not in PLACE:
        raise unknown_name("group", by, PLACE)
    place = PLACE[: PLACE.index(by) + 1]
    counts = _counted(_said(answers, wave, agree).dropna(subset=[by]), place)
    safe = privacy.suppress(counts[[*place, "n"]], by=place, min_n=min_n, count="n").table
    hidden = safe.loc[safe["n"].isna(), place].assign(hidden=True)
    table = pd.concat([_shares(counts, level), _gap(counts, level)]).sort_index(kind="stable")
    table = table.merge(hidden, on=place, how="left")
    small = table["hidden"].notna()
    table[VALUES] = table[VALUES].mask(small)
    table["reason"] = np.where(small, f"hidden: fewer than {min_n} people", "")
    table = table[[*place, "term", *VALUES, "reason"]]
    return Autonomy(table, _text(table, by), (claim("A26").label + ".",), None, by=by)


def _said(answers: pd.DataFrame, wave: str | None, agree: float) -> pd.DataFrame:
    """Return a row for each person: place, and whether each of the three was agreed to."""
    answers = require_columns(answers, ["item_id"], "survey")
    rows = answers[answers["item_id"].isin(ITEMS.values())]
    if rows["item_id"].nunique() < len(ITEMS):
        raise CbeError.build(
            "`survey` lacks an item on room to act",
            found=f"Found {', '.join(sorted(rows['item_id'].unique())) or 'none'}",
            advice=f"All three are needed: {', '.join(ITEMS.values())}",
        )
    rows = latest_wave(tables.validate(rows, "survey", complete=True), wave)
    each = rows.set_index(["respondent", "wave", *PLACE, "item_id"])["answer"].unstack().dropna()
    agreed = each.reindex(columns=list(ITEMS.values())).ge(agree).set_axis(list(ITEMS), axis=1)
    return agreed.reset_index()


def _counted(said: pd.DataFrame, place: list[str]) -> pd.DataFrame:
    """Count the people of each place by what they said, with those who know but do not use, and the reverse."""
    know, use = said["know_limits"], said["use_them"]
    only = said.assign(n=1, idle=know & ~use, bold=use & ~know)
    return only.groupby(place)[["n", *ITEMS, "idle", "bold"]].sum().astype("Int64").reset_index()


def _shares(counts: pd.DataFrame, level: float) -> pd.DataFrame:
    parts, n = [], counts["n"].astype(float)
    for term in ITEMS:
        count = counts[term].astype(float)
        low, high = exact_limits(count, n, level)
        parts.append(counts.assign(term=term, estimate=count / n, conf_low=low, conf_high=high))
    return pd.concat(parts)


def _gap(counts: pd.DataFrame, level: float) -> pd.DataFrame:
    n = counts["n"].astype(float)
    idle, bold = ((counts[name].astype(float) + 1) / (n + 2) for name in ("idle", "bold"))
    reach = norm.ppf((1 + level) / 2) * np.sqrt((idle + bold - (idle - bold) ** 2) / (n + 2))
    gap = (counts["idle"] - counts["bold"]).astype(float) / n
    low, high = (idle - bold - reach).clip(lower=-1), (idle - bold + reach).clip(upper=1)
    return counts.assign(term=GAP, estimate=gap, conf_low=low, conf_high=high)


def _text(table: pd.DataFrame, by: str) -> str:
    gaps = table[table["term"] == GAP]
    whole = gaps[gaps["estimate"].notna()]
    name = "schools" if by == "school_id" else "districts"
    if whole.empty:
        return f"Cannot tell whether staff know and use their room to decide: all {len(gaps)} {name} are too small."
    idle, bold = int((whole["conf_low"] > 0).sum()), int((whole["conf_high"] < 0).sum())
    return (
        f"In {idle} of {len(whole)} {name} clearly more staff know their limits than use the room they have; in {bold} "
        f"it is the other way round; in {len(whole) - idle - bold} no gap can be told. Hidden, as too few people "
        f"answered: {len(gaps) - len(whole)}. What people say that they use is not what they were seen to use."
    )
