"""Whether decisions cite the principles that the district wrote down: by level, topic and month."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import LEVELS, listed, read_log, refuse_unknown, share_table, shares
from cbe_lib.themes.decision_log.slopes import logit_within, sentence

CELLS = ["by", "value", "n", "count", "estimate", "conf_low", "conf_high"]
SEEN = ["decision_id", "district_id", "date_raised", "school_year", "level", "topic", "text", "principle_id"]


@dataclass(frozen=True, repr=False)
class Citations(Result):
    """Principles in use: see `citations`.

    Attributes
    ----------
    heat : DataFrame
        level, month (of the calendar), n, count, estimate, conf_low, conf_high: the cells of the heat map.
    drift : DataFrame
        term (month_citation, board_citation), estimate, conf_low, conf_high, unit, n, districts, reason.
    principles : DataFrame
        district_id, principle_id, core, n (decisions that cite anything), count, estimate, conf_low, conf_high, orphan.
    decisions : DataFrame
        decision_id, district_id, date_raised, school_year, level, topic, text, principle_id: a row for each decision
        and principle cited (blank: none), to look behind a cell.
    """

    heat: pd.DataFrame
    drift: pd.DataFrame
    principles: pd.DataFrame
    decisions: pd.DataFrame


def citations(decisions: pd.DataFrame, principles: pd.DataFrame | None = None, *, level: float = 0.95) -> Citations:
    """Are the principles used when something has to be decided, at every level, and does the use fade?

    A share near 1 says that decisions refer to the purpose, not yet that the purpose decided them. A falling share is
    drift. A principle that nobody cites (an orphan) is either lived without words or forgotten: ask.

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions` of one district or several.
    principles : DataFrame, optional
        Table `principles` of the same districts. Without it, orphans cannot be told.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Citations
        `.table`: by (all, level, topic, month, school year), value, n, count, estimate, conf_low, conf_high.
        `.heat`, `.drift`, `.principles`, `.decisions`: see there.

    Raises
    ------
    CbeError
        For an empty log, a decision passed up to a level not above its own, a cited principle that the district has
        not written, and what `tables.validate` finds.

    Notes
    -----
    Shares have Wilson intervals. Drift: logit(cited) = district + b1 months + b2 [level is board], by maximum
    likelihood. The intervals take decisions of a district as independent given these; a run of like decisions makes
    them too short.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = citations(state["decisions"], state["principles"])
    >>> found.drift[["term", "unit"]].to_dict("split")["data"]
    [['month_citation', 'log odds a month'], ['board_citation', 'log odds']]
    >>> found.principles.query("orphan")[["district_id", "principle_id"]].to_dict("split")["data"]
    [['00093', 'open-doors'], ['00133', 'open-doors'], ['00133', 'time-varies']]
    """
    check_level(level)
    log = read_log(decisions)
    cited = log.assign(principle_id=listed(log["principles_cited"])).explode("principle_id")
    used = _used(cited, principles, level)
    drift = _drift(log, level)
    table = _by_cells(log, level)
    undated = int(log["date_raised"].isna().sum())
    notes = [f"{undated} decisions without date_raised are left out of months and drift."] if undated else []
    notes.append(claim("A13").label + ".")
    seen = cited.rename(columns={"year": "school_year"})[SEEN].reset_index(drop=True)
    text = _text(table, drift.iloc[0], used, level)
    return Citations(
        table, text, tuple(notes), None, heat=_heat(log, level), drift=drift, principles=used, decisions=seen
    )


def _by_cells(log: pd.DataFrame, level: float) -> pd.DataFrame:
    month = log["date_raised"].dt.strftime("%Y-%m")
    groups = {
        "all": pd.Series("all", log.index),
        "level": pd.Categorical(log["level"], LEVELS, ordered=True).remove_unused_categories(),
        "topic": log["topic"],
        "month": month,
        "school year": log["year"].astype("str").where(log["year"].notna()),
    }
    parts = []
    for name, values in groups.items():
        counted = log["cited"].groupby(values, observed=True).agg(["size", "sum"])
        part = shares(counted["sum"].astype(float), counted["size"].astype(float), level)
        parts.append(part.assign(by=name, value=part.index.astype("str"))[CELLS])
    return pd.concat(parts, ignore_index=True)


def _heat(log: pd.DataFrame, level: float) -> pd.DataFrame:
    month = log["date_raised"].dt.strftime("%m").rename("month")
    cells = share_table(log["cited"], [log["level"], month], level).reset_index()
    return cells.assign(month=cells["month"].astype(int))


def _drift(log: pd.DataFrame, level: float) -> pd.DataFrame:
    columns = pd.DataFrame({"month_citation": log["months"], "board_citation": (log["level"] == "board").astype(float)})
    board = columns["board_citation"].nunique() == 2
    units = {"month_citation": "log odds a month", **({"board_citation": "log odds"} if board else {})}
    return logit_within(log["cited"].astype(float), columns[list(units)], log["district_id"], units, level)


def _used(cited: pd.DataFrame, principles: pd.DataFrame | None, level: float) -> pd.DataFrame:
    """Count how often each district's principles were cited, and mark those that never were."""
    named = cited.dropna(subset=["principle_id"])[["district_id", "principle_id"]]
    columns = ["district_id", "principle_id", "core", "n", "count", "estimate", "conf_low", "conf_high", "orphan"]
    if principles is None:
        return pd.DataFrame(columns=columns)
    written = tables.validate(principles, "principles", complete=True)
    refuse_unknown(cited, named, written, "decisions", "principles_cited")
    own = written[(written["level"] == "district") & written["district_id"].isin(cited["district_id"])]
    own = own.drop_duplicates(["district_id", "principle_id"]).sort_values(["district_id", "principle_id"])
    count = own[["district_id", "principle_id"]].merge(
        named.value_counts().rename("count").reset_index(), how="left", on=["district_id", "principle_id"]
    )["count"].fillna(0)  # fmt: skip
    citing = cited[cited["cited"]].groupby("district_id")["decision_id"].nunique()
    n = own["district_id"].map(citing).fillna(0).reset_index(drop=True)
    table = own[["district_id", "principle_id", "core"]].reset_index(drop=True)
    return table.join(shares(count, n, level)).assign(orphan=(count == 0) & (n > 0))[columns]


def _text(table: pd.DataFrame, drift: pd.Series, used: pd.DataFrame, level: float) -> str:
    whole = table.iloc[0]
    told = (
        f"{whole['estimate']:.0%} of {whole['n']} decisions cite a principle ({level:.0%} interval "
        f"{whole['conf_low']:.0%} to {whole['conf_high']:.0%}). "
    )
    said = ("Citing fades with time", "Citing grows with time", "Whether citing fades cannot be told")
    told += sentence(drift, *said, level, digits=3)
    orphans = used[used["orphan"].astype(bool)]
    if len(orphans):
        names = [f"{row['principle_id']} ({row['district_id']})" for _, row in orphans.iterrows()]
        told += f" Never cited: {', '.join(names[:4])}{' and others' if len(names) > 4 else ''}."
    return told + " That a principle is cited does not show that it decided; read the decisions behind the shares."
