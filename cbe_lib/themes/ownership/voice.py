"""How far do students reach into decisions: not asked, heard, or with a vote?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.group_means import exact_limits

RUNGS = ("none", "heard", "vote")
POLICY = ("school", "district", "board")
LEVELS = ("classroom", "school", "district", "board", "state")
USED = ("yes", "partly")
GROUPS = ("level", "topic", "district_id", "school_year")


@dataclass(frozen=True, repr=False)
class Voice(Result):
    """How often students had no part, were heard, or voted: see `voice`.

    Attributes
    ----------
    changed : DataFrame
        rung, n, count, estimate, conf_low, conf_high, reason: decisions that input changed, at least in part.
    by : str or None
        What the ladders are apart for.
    """

    changed: pd.DataFrame
    by: str | None


def voice(
    decisions: pd.DataFrame,
    *,
    by: str | None = "level",
    levels: Iterable[str] = POLICY,
    topics: Iterable[str] | None = None,
    level: float = 0.95,
) -> Voice:
    """In what share of policy decisions had students no part, were heard, or voted, and did anything change by it?

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions` with student_input; decisions that do not say are left out and counted.
    by : "level", "topic", "district_id", "school_year" or None
        What the ladders are apart for; None: one ladder.
    levels : sequence of str
        Levels whose decisions count as policy; by default all but classroom and state.
    topics : sequence of str, optional
        Topics that count; all if left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Voice
        `.table`: the column of `by`, rung (none, heard, vote), n (decisions), count, estimate (share), conf_low,
        conf_high. `.changed`: for each rung, how often input changed the decision.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, unknown levels, topics or groups, and no decision that counts.

    Notes
    -----
    Exact (Clopper-Pearson) intervals, for decisions of the kind logged. The log says whether input changed the
    decision, not whose: where students voted, the change may still be owed to others.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = voice(samples.state()["decisions"], by=None)
    >>> found.table[["rung", "n", "count"]].to_dict("split")["data"]
    [['none', 858, 589], ['heard', 858, 176], ['vote', 858, 93]]
    """
    log = tables.validate(decisions, "decisions", complete=True)
    if by is not None and by not in GROUPS:
        raise unknown_name("group", by, GROUPS)
    policy = _policy(log, levels, topics)
    said = policy.dropna(subset=["student_input"]).assign(school_year=school_year(policy["date_raised"]))
    if said.empty:
        raise CbeError.build(
            "No policy decision says what students could do",
            found=f"Found {len(policy)} decisions that count as policy",
            advice="Fill in student_input (none, heard, vote), or widen levels= and topics=",
        )
    table = _ladder(said, by, level)
    changed = _changed(said, level)
    notes = [claim("A28").label + "."]
    if len(said) < len(policy):
        notes.append(f"{len(policy) - len(said)} decisions do not say what students could do: left out.")
    return Voice(table, _text(said, changed, level), tuple(notes), None, changed=changed, by=by)


def _policy(log: pd.DataFrame, levels: Iterable[str], topics: Iterable[str] | None) -> pd.DataFrame:
    wanted = {"level": (set(levels), set(LEVELS))}
    if topics is not None:
        wanted["topic"] = (set(topics), set(log["topic"].dropna()))
    for column, (asked, known) in wanted.items():
        for name in sorted(asked - known):
            raise unknown_name(column, name, sorted(known))
        log = log[log[column].isin(asked)]
    return log


def _ladder(said: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    groups = [("", said)] if by is None else list(said.groupby(by, sort=True))
    if by == "level":
        groups.sort(key=lambda pair: LEVELS.index(str(pair[0])))
    rows = []
    for name, group in groups:
        for rung in RUNGS:
            count = int((group["student_input"] == rung).sum())
            rows.append((name, rung, *_share(count, len(group), level)))
    table = pd.DataFrame(rows, columns=[by or "group", "rung", "n", "count", "estimate", "conf_low", "conf_high"])
    return table.drop(columns="group") if by is None else table


def _share(count: int, n: int, level: float) -> tuple[int, int, float, float, float]:
    low, high = exact_limits(count, n, level)
    return n, count, count / n, float(low), float(high)


def _changed(said: pd.DataFrame, level: float) -> pd.DataFrame:
    rows = []
    for rung in RUNGS:
        known = said[(said["student_input"] == rung) & said["input_used"].notna()]
        count = int(known["input_used"].isin(USED).sum())
        if known.empty:
            nothing = float("nan")
            rows.append((rung, 0, 0, nothing, nothing, nothing, "cannot tell: no such decision says if input was used"))
        else:
            rows.append((rung, *_share(count, len(known), level), ""))
    return pd.DataFrame(rows, columns=["rung", "n", "count", "estimate", "conf_low", "conf_high", "reason"])


def _text(said: pd.DataFrame, changed: pd.DataFrame, level: float) -> str:
    n, count, share, low, high = _share(int((said["student_input"] == "vote").sum()), len(said), level)
    heard = (said["student_input"] == "heard").mean()
    text = (
        f"Students voted in {count} of {n} policy decisions ({share:.0%}, {level:.0%} interval {low:.0%} to "
        f"{high:.0%}) and were heard in another {heard:.0%}."
    )
    vote = changed[changed["rung"] == "vote"].iloc[0]
    if vote["reason"] == "":
        text += (
            f" Where they voted, input changed the decision in {vote['estimate']:.0%} of cases "
            f"({vote['conf_low']:.0%} to {vote['conf_high']:.0%}); the log does not say whose input that was."
        )
    return text
