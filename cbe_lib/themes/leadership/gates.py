"""Three gates of a process: designed, feedback taken, used as written."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import read_log
from cbe_lib.themes.leadership.rights import KEY, latest

GATES = ("not designed", "designed", "feedback taken", "used as written")


@dataclass(frozen=True, repr=False)
class Gates(Result):
    """How far each process has come: see `gates`."""


def gates(processes: pd.DataFrame, decisions: pd.DataFrame, *, at_least: int = 3) -> Gates:
    """Which processes were designed, took feedback, and are used as they were written?

    A gate counts only if those before it are passed: a process that is used but took no feedback stands at designed.

    Parameters
    ----------
    processes, decisions : DataFrame
        Tables `processes` and `decisions` of the same districts.
    at_least : int
        Decisions as written that make a process used, 1 or more.

    Returns
    -------
    Gates
        `.table`: district_id, process_id, decision_type, designed, feedback, n (decisions since it is in force), count
        (of them as written), used, gate (`GATES`), reason.

    Raises
    ------
    CbeError
        For an `at_least` that is no whole number from 1 on, and what `tables.validate` finds.

    Notes
    -----
    designed: a decider and a day in force are written. feedback: a day of feedback on the process is on record. As
    written: the written decider decided, and input, where roles are to be asked, was open before. Decisions raised
    before the process was in force do not count.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = gates(state["processes"], state["decisions"])
    >>> set(found.table["gate"]) <= set(GATES)
    True
    """
    if isinstance(at_least, bool) or not isinstance(at_least, Integral) or at_least < 1:
        raise CbeError.build("`at_least` must be a whole number, 1 or more", found=f"Found {at_least!r}")
    table = _passed(latest(processes), read_log(decisions), int(at_least))
    return Gates(table, _text(table, int(at_least)), (), None)


def _passed(written: pd.DataFrame, log: pd.DataFrame, at_least: int) -> pd.DataFrame:
    uses = log.merge(written[[*KEY, "decider", "input_roles", "effective_from"]], on=KEY)
    uses = uses[(uses["date_raised"] >= uses["effective_from"]) & uses["date_decided"].notna()]
    in_time = (uses["input_open"] <= uses["date_decided"]) | uses["input_roles"].isna()
    as_written = (uses["decider_actual"] == uses["decider"]) & in_time
    counted = as_written.groupby([uses[name] for name in KEY]).agg(n="size", count="sum").reset_index()
    table = written.merge(counted, on=KEY, how="left").fillna({"n": 0, "count": 0}).astype({"n": int, "count": int})
    designed = table["decider"].notna() & table["effective_from"].notna()
    feedback = table["feedback_date"].notna()
    used = table["count"] >= at_least
    gate = np.select([~designed, ~feedback, ~used], GATES[:3], GATES[3])
    reason = np.select(
        [
            table["decider"].isna(),
            ~designed,
            ~feedback & used,
            ~feedback,
            table["n"] == 0,
            ~used,
        ],
        [
            "nobody is named to decide",
            "no day in force",
            "used, but nobody was asked how it works",
            "no feedback on record",
            "no decision since it is in force",
            "too few decisions as written",
        ],
        "",
    )
    table = table.assign(designed=designed, feedback=feedback, used=used, gate=gate, reason=reason)
    return table[[*KEY, "decision_type", "designed", "feedback", "n", "count", "used", "gate", "reason"]]


def _text(table: pd.DataFrame, at_least: int) -> str:
    count = table["gate"].value_counts().reindex(GATES, fill_value=0)
    told = ", ".join(f"{count[gate]} {gate}" for gate in GATES)
    return (
        f"Of {len(table)} processes: {told} ({at_least} times or more). Decisions left out of the log make processes "
        "look unused, so check how complete it is before asking why."
    )
