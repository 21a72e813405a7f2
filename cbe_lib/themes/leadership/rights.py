"""Who may decide what: what is written, what is decided without a rule, and whether staff know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import read_log, shares
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

NEEDED = {"decider": "decider", "input_roles": "input roles", "window_days": "days for input", "effective_from": "date"}
AGREES = 4  # of 1 to 5: agree, or agree strongly
KEY = ["district_id", "process_id"]
GAP = ["district_id", "n_staff", "say", "n_decisions", "written", "gap", "conf_low", "conf_high", "reason"]


@dataclass(frozen=True, repr=False)
class DecisionRights(Result):
    """What is written about deciding: see `decision_rights`.

    Attributes
    ----------
    coverage : DataFrame
        district_id, n (kinds of decision), count (complete), estimate, conf_low, conf_high.
    gap : DataFrame
        district_id, n_staff, say (share of staff who say that they know who decides), n_decisions, written (share of
        logged decisions whose process names a decider), gap (say - written), conf_low, conf_high, reason.
    """

    coverage: pd.DataFrame
    gap: pd.DataFrame


def decision_rights(
    processes: pd.DataFrame,
    decisions: pd.DataFrame,
    survey: pd.DataFrame | None = None,
    *,
    wave: int | None = None,
    min_n: int = 10,
    level: float = 0.95,
) -> DecisionRights:
    """Does every kind of decision have a decider, people to ask and dates, and do staff know what is written?

    A positive gap means that more people say they know than there are rules to know: they may know custom, or guess.

    Parameters
    ----------
    processes, decisions : DataFrame
        Tables `processes` and `decisions` of the same districts.
    survey : DataFrame, optional
        Table `survey`; the item on decision rights, asked of staff, is read.
    wave : int, optional
        Spring year of the wave; the last one of each district if left out.
    min_n : int
        Districts with fewer answers are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    DecisionRights
        `.table`: district_id, process_id, decision_type, written, complete, missing (what), n_decisions (in the log).
        `.coverage`, `.gap`: see there.

    Raises
    ------
    CbeError
        For tables without a district in common, and what `tables.validate` finds.

    Notes
    -----
    Of several versions of a process the last in force counts. Kinds of decision are those with a process, written or
    met in the log. Shares have Wilson intervals, the gap Newcombe's, from two independent samples.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine, 17.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = decision_rights(state["processes"], state["decisions"], state["survey"])
    >>> found.table.loc[~found.table["written"], "missing"].unique().tolist()
    ['no process is written']
    """
    check_level(level)
    log = read_log(decisions)
    written = latest(processes)
    if not set(written["district_id"]) & set(log["district_id"]):
        raise CbeError.build(
            "`processes` and `decisions` have no district in common", advice="Check district_id in both"
        )
    table = _kinds(written, log)
    by = table.groupby("district_id")["complete"].agg(["size", "sum"])
    coverage = shares(by["sum"].astype(float), by["size"].astype(float), level).reset_index()
    gap = _gap(written, log, survey, wave, min_n, level)
    loose = int((log["process_id"].isna()).sum())
    notes = (f"{loose} decisions name no process and are in no row of the table.",) if loose else ()
    return DecisionRights(table, _text(table, gap), notes, None, coverage=coverage, gap=gap)


def latest(processes: pd.DataFrame) -> pd.DataFrame:
    """Return the last version of each process."""
    frame = tables.validate(processes, "processes", complete=True)
    order = frame.sort_values(["effective_from", "version"], na_position="first", kind="stable")
    return order.drop_duplicates(KEY, keep="last").sort_values(KEY, ignore_index=True)


def _kinds(written: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    count = (
        log.dropna(subset=["process_id"])
        .groupby(KEY)
        .agg(n_decisions=("decision_id", "size"), topic=("topic", "first"))
    )
    table = written.merge(count.reset_index(), on=KEY, how="outer", indicator="found")
    is_written = table["found"] != "right_only"
    lacks = {name: table[name].isna() for name in NEEDED}
    named = ["; ".join(NEEDED[name] for name in NEEDED if row[name]) for row in pd.DataFrame(lacks).to_dict("records")]
    missing = pd.Series(named, table.index).where(is_written, "no process is written")
    return pd.DataFrame(
        {
            **{name: table[name] for name in KEY},
            "decision_type": table["decision_type"].fillna(table["topic"]),
            "written": is_written,
            "complete": missing == "",
            "missing": missing,
            "n_decisions": table["n_decisions"].fillna(0).astype(int),
        }
    )


def _gap(
    written: pd.DataFrame, log: pd.DataFrame, survey: pd.DataFrame | None, wave: int | None, min_n: int, level: float
) -> pd.DataFrame:
    if survey is None:
        return pd.DataFrame(columns=GAP)
    rows = of_scale(staff_scores(survey, ["decision_rights"]), "decision_rights")
    asked = rows.groupby("district_id")["year"].transform("max") if wave is None else wave
    say = rows[rows["year"] == asked].groupby("district_id")["score"].agg(n="size", yes=lambda s: (s >= AGREES).sum())
    named = log.merge(written[[*KEY, "decider"]], on=KEY, how="left")
    rule = named.groupby("district_id")["decider"].agg(n="size", yes="count")
    both = say.add_suffix("_staff").join(rule.add_suffix("_log"), how="outer")
    found = [_one_gap(district, row, min_n, level) for district, row in both.iterrows()]
    return pd.DataFrame(found, columns=GAP)


def _one_gap(district: object, row: pd.Series, min_n: int, level: float) -> tuple:
    from statsmodels.stats.proportion import confint_proportions_2indep

    if pd.isna(row["n_log"]) or pd.isna(row["n_staff"]):
        lacking = "answers of staff" if pd.isna(row["n_staff"]) else "decisions"
        return district, pd.NA, np.nan, pd.NA, *[np.nan] * 4, f"cannot tell: no {lacking}"
    say, written = row["yes_staff"] / row["n_staff"], row["yes_log"] / row["n_log"]
    if row["n_staff"] < min_n:
        hidden = f"hidden: fewer than {min_n} answers"
        return district, pd.NA, np.nan, int(row["n_log"]), written, np.nan, np.nan, np.nan, hidden
    counts = (row["yes_staff"], row["n_staff"], row["yes_log"], row["n_log"])
    low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - level)
    return district, int(row["n_staff"]), say, int(row["n_log"]), written, say - written, float(low), float(high), ""


def _text(table: pd.DataFrame, gap: pd.DataFrame) -> str:
    missing = table["missing"].str.split("; ").explode()
    most = missing[missing != ""].value_counts()
    told = (
        f"{table['complete'].sum()} of {len(table)} kinds of decision have a decider, people to ask, days and a date."
    )
    if len(most):
        told += f" Most often missing: {most.index[0]} ({most.iloc[0]} times)."
    known = gap.dropna(subset=["gap"])
    if len(known):
        over = int((known["conf_low"] > 0).sum())
        under = int((known["conf_high"] < 0).sum())
        told += (
            f" In {over} of {len(known)} districts clearly more staff say that they know who decides than rules name a "
            f"decider, in {under} clearly fewer."
        )
    return told + " Saying that one knows is not knowing: ask three people who decides one thing, and compare."
