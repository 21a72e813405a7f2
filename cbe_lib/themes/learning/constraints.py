"""Which state rules stand in the way, who holds them, and was room asked for and granted?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, rows_of
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.slopes import COLUMNS, clustered
from cbe_lib.themes.group_means import exact_limits
from cbe_lib.themes.learning.recognition import read_actions

REGISTER = ["state", "rule_id", "rule", "blocks", "holder", "waiver", "asked", "answered", "days_waited", "standing"]
UNIT = {"credited_before": "log odds an action"}


@dataclass(frozen=True, repr=False)
class Constraints(Result):
    """Which rules block what, and where waivers stand: see `constraints`.

    Attributes
    ----------
    holders : DataFrame
        holder, rules, asked, answered, granted, estimate (share granted of the answered), conf_low, conf_high,
        median_days (to the answer), reason.
    credit : DataFrame
        term (credited_before), estimate (log odds of a grant an action), conf_low, conf_high, unit, n, states, reason;
        empty without actions.
    """

    holders: pd.DataFrame
    credit: pd.DataFrame


def constraints(
    rules: pd.DataFrame,
    actions: pd.DataFrame | None = None,
    *,
    on: str | pd.Timestamp | None = None,
    level: float = 0.95,
) -> Constraints:
    """Which state rules block the change, who can waive them, and how long were those who asked kept waiting?

    Parameters
    ----------
    rules : DataFrame
        Table `state_rules`.
    actions : DataFrame, optional
        Table `state_actions`: brings whether waivers are granted more often where leaders were credited before.
    on : day, optional
        Day of reading, for requests without an answer; the last day in the table if left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Constraints
        `.table`: state, rule_id, rule, blocks, holder, waiver, asked, answered, days_waited, standing ("nobody asked",
        "waiting", "granted", "refused").

    Raises
    ------
    CbeError
        For what `tables.validate` finds, and waivers whose dates contradict them.

    Notes
    -----
    Shares have exact (Clopper-Pearson) intervals. Credit: logit(granted) = number of the state's actions that were
    credited before the day of asking, requests of one state taken as alike.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> found = constraints(tables["state_rules"], tables["state_actions"])
    >>> found.table["standing"].value_counts().to_dict()
    {'refused': 32, 'granted': 22, 'nobody asked': 13, 'waiting': 5}
    """
    register = tables.validate(rules, "state_rules", complete=True)
    _refuse_contradictions(register)
    day = register[["asked", "answered"]].max().max() if on is None else pd.Timestamp(on)
    words = {"not asked": "nobody asked", "asked": "waiting", "granted": "granted", "refused": "refused"}
    waited = (register["answered"].fillna(day) - register["asked"]).dt.days
    register = register.assign(
        days_waited=waited.clip(lower=0).astype("Int64"), standing=register["waiver"].fillna("not asked").map(words)
    )
    holders = _holders(register, level)
    credit = pd.DataFrame(columns=_named(COLUMNS)) if actions is None else _credit(register, actions, level)
    text = _text(register, holders, credit)
    return Constraints(register[REGISTER], text, (claim("A31").label + ".",), None, holders=holders, credit=credit)


def _refuse_contradictions(rules: pd.DataFrame) -> None:
    """Raise one error for all rows whose waiver and dates contradict each other."""
    waiver = rules["waiver"].fillna("not asked")
    dated = rules["asked"].notna() | rules["answered"].notna()
    problems = {
        "a waiver was asked for, but asked is blank": (waiver != "not asked") & rules["asked"].isna(),
        "a waiver is granted or refused, but answered is blank": waiver.isin(["granted", "refused"])
        & rules["answered"].isna(),
        "nobody asked, but there is a day": (waiver == "not asked") & dated,
        "there is an answer, but waiver is still asked": (waiver == "asked") & rules["answered"].notna(),
    }
    told = [f"{problem} in {rows_of(rules, bad)}" for problem, bad in problems.items() if bad.any()]
    if told:
        raise CbeError.build(
            "`state_rules` cannot be used as it is", found="; ".join(told), advice="Correct these rows"
        )


def _holders(register: pd.DataFrame, level: float) -> pd.DataFrame:
    waiver = register["waiver"].fillna("not asked")
    answered = waiver.isin(["granted", "refused"])
    flags = register.assign(
        holder=register["holder"].fillna("(not stated)"),
        was_asked=waiver != "not asked",
        was_answered=answered,
        was_granted=waiver == "granted",
        to_answer=register["days_waited"].astype("Float64").where(answered),
    )
    table = flags.groupby("holder").agg(
        rules=("rule_id", "size"), asked=("was_asked", "sum"), answered=("was_answered", "sum"),
        granted=("was_granted", "sum"), median_days=("to_answer", "median"),
    ).reset_index()  # fmt: skip
    known = table["answered"].where(table["answered"] > 0).astype(float)
    low, high = exact_limits(table["granted"].where(known > 0), known, level)
    limits = {"estimate": table["granted"] / known, "conf_low": low, "conf_high": high}
    reason = np.where(table["answered"] > 0, "", "cannot tell: no request was answered")
    columns = ["holder", "rules", "asked", "answered", "granted", *limits, "median_days", "reason"]
    return table.assign(**limits, reason=reason)[columns]


def _credit(register: pd.DataFrame, actions: pd.DataFrame, level: float) -> pd.DataFrame:
    answered = register[register["answered"].notna()].reset_index(drop=True)
    thanks = read_actions(actions).dropna(subset=["credited_on"])
    pairs = answered[["state", "asked"]].reset_index().merge(thanks[["state", "credited_on"]], on="state", how="left")
    before = (pairs["credited_on"] < pairs["asked"]).groupby(pairs["index"]).sum().reindex(answered.index)
    columns = pd.DataFrame({"credited_before": before.astype(float)})
    granted = (answered["waiver"] == "granted").astype(float)
    found = clustered(granted, columns, answered["state"], UNIT, level, odds=True)
    reason = found["reason"].str.replace("districts", "states").str.replace("decisions", "requests")
    return found.assign(reason=reason).set_axis(_named(COLUMNS), axis=1)


def _named(columns: list[str]) -> list[str]:
    return ["states" if name == "districts" else name for name in columns]


def _text(register: pd.DataFrame, holders: pd.DataFrame, credit: pd.DataFrame) -> str:
    standing = register["standing"].value_counts()
    granted, refused = standing.get("granted", 0), standing.get("refused", 0)
    waited = register.loc[register["standing"].isin(["granted", "refused"]), "days_waited"]
    answers = f"; half of the answers took {waited.median():.0f} days or more" if len(waited) else ""
    text = (
        f"Of {len(register)} state rules, {standing.get('nobody asked', 0)} block something that nobody has asked to "
        f"waive, {standing.get('waiting', 0)} requests wait, {granted} were granted and {refused} refused{answers}."
    )
    told = holders[(holders["reason"] == "")].sort_values("rules")
    if len(told):
        most = told.iloc[-1]
        text += (
            f" {str(most['holder']).capitalize()} holds most of them, and granted {most['estimate']:.0%} of what it "
            f"answered ({most['conf_low']:.0%} to {most['conf_high']:.0%})."
        )
    return f"{text} {_credit_text(credit)}".strip()


def _credit_text(credit: pd.DataFrame) -> str:
    if credit.empty:
        return ""
    row = credit.iloc[0]
    if row["reason"]:
        return f"Whether credit goes with room: {row['reason']}."
    odds, low, high = np.exp(row[["estimate", "conf_low", "conf_high"]].to_numpy(float))
    if low <= 1 <= high:
        return f"No link between earlier credit and a grant can be told (odds times {low:.1f} to {high:.1f} an action)."
    return f"With each action credited before, the odds of a grant are {odds:.1f} times ({low:.1f} to {high:.1f})."
