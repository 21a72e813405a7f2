"""Whose proposals reach the table: one team's, or everyone's; and what happens to those that serve one team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, rows_of, some
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import read_log, shares

FEWEST = 15
TABLE = ["district_id", "n", "teams", "estimate", "conf_low", "conf_high", "equal_low", "equal_high", "p_value",
         "top_team", "top_share", "reason"]  # fmt: skip
STEPS = {"escalated": "passed up", "elsewhere": "decided by another than planned", "reversed": "reversed later"}


@dataclass(frozen=True, repr=False)
class Concentration(Result):
    """How proposals are spread over teams: see `concentration`.

    Attributes
    ----------
    scope : DataFrame
        district_id, scope (whole, team), n, count (leaders stepped in), estimate, conf_low, conf_high, share (of the
        district's proposals with that scope).
    interventions : DataFrame
        decision_id, district_id, date_raised, proposer_team, text, scope, how: proposals for one team where leaders
        stepped in.
    """

    scope: pd.DataFrame
    interventions: pd.DataFrame


def concentration(
    decisions: pd.DataFrame,
    *,
    teams: Iterable[str] | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Concentration:
    """Do proposals come from everyone, or does one team carry its own?

    0.25 among four teams is an even spread, 1 is one team alone. Owners push what they own: that is a strength until
    only one team's ideas are left.

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions`.
    teams : iterable of str, optional
        All teams that could propose, with those that never did; the teams met in the log of all districts if left out.
    draws : int
        Resamples, 200 or more.
    seed : int
        The same seed gives the same numbers.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Concentration
        `.table`: district_id, n (proposals), teams (that could propose), estimate, conf_low, conf_high, equal_low,
        equal_high (where the index lies if all teams have equal chances), p_value (of as much or more
        concentration then), top_team, top_share, reason. `.scope`, `.interventions`: see there.

    Raises
    ------
    CbeError
        For a team that is not in `teams`, too few draws, and what `tables.validate` finds.

    Notes
    -----
    Herfindahl index without the bias of small counts: sum x (x - 1) / (n (n - 1)), the chance that two proposals come
    from one team. Interval: the wider limits of the multinomial bootstrap and of a Bayesian one (Dirichlet, prior of
    Jeffreys), since either alone is too short somewhere with so few proposals. Teams of unequal size have unequal
    chances even where all is well. Fewer than 15 proposals: cannot tell.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. Nature, 163.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = concentration(samples.state()["decisions"])
    >>> found.table.sort_values("p_value").iloc[0]["top_team"]
    'high'
    """
    check_level(level)
    for name, value, least in (("draws", draws, 200), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise CbeError.build(f"`{name}` must be a whole number, {least} or more", found=f"Found {value!r}")
    log = read_log(decisions)
    known = _teams(log, teams)
    counts = pd.crosstab(log["district_id"], log["proposer_team"]).reindex(columns=known, fill_value=0)
    counts = counts.reindex(sorted(log["district_id"].unique()), fill_value=0)
    rng = np.random.default_rng(seed)
    table = pd.DataFrame([_one(district, row, rng, draws, level) for district, row in counts.iterrows()], columns=TABLE)
    stepped = _stepped_in(log)
    unnamed = int(log["proposer_team"].isna().sum())
    notes = (f"{unnamed} decisions without proposer_team are left out.",) if unnamed else ()
    scope, listed = _scope(stepped, level), _interventions(stepped)
    return Concentration(table, _text(table, scope, level), notes, None, scope=scope, interventions=listed)


def _teams(log: pd.DataFrame, teams: Iterable[str] | None) -> list[str]:
    met = sorted(log["proposer_team"].dropna().unique())
    if teams is None:
        return met
    known = list(dict.fromkeys(teams))
    bad = log["proposer_team"].notna() & ~log["proposer_team"].isin(known)
    if bad.any():
        raise CbeError.build(
            f"Column 'proposer_team' names teams that `teams` does not hold in {rows_of(log, bad)}",
            found=f"Found {some(map(repr, sorted(set(met) - set(known))))}",
            advice="Add them to teams=, or correct the rows",
        )
    return known


def index(counts: np.ndarray) -> np.ndarray:
    """Return the chance that two different proposals come from one team, along the last axis."""
    n = counts.sum(axis=-1)
    return (counts * (counts - 1)).sum(axis=-1) / np.maximum(n * (n - 1), 1)


def _one(district: object, row: pd.Series, rng: np.random.Generator, draws: int, level: float) -> tuple:
    counts = row.to_numpy(dtype=int)
    n, teams, blank = int(counts.sum()), len(counts), [np.nan] * 6
    if n < FEWEST or teams < 2:
        lacking = f"fewer than {FEWEST} proposals with a team" if n < FEWEST else "only one team is known"
        return district, n, teams, *blank, "", np.nan, f"cannot tell: {lacking}"
    found, tails = float(index(counts)), ((1 - level) / 2, (1 + level) / 2)
    again = index(rng.multinomial(n, counts / n, draws))
    equal = index(rng.multinomial(n, np.full(teams, 1 / teams), draws))
    smooth = np.quantile(np.square(rng.dirichlet(counts + 0.5, draws)).sum(axis=1), tails)
    plain = np.quantile(again, tails)
    low, high = min(found, plain[0], smooth[0]), max(found, plain[1], smooth[1])
    p_value = (1 + (equal >= found).sum()) / (draws + 1)
    limits = (found, float(low), float(high), *map(float, np.quantile(equal, tails)), float(p_value))
    return district, n, teams, *limits, str(row.index[counts.argmax()]), float(counts.max() / n), ""


def _stepped_in(log: pd.DataFrame) -> pd.DataFrame:
    happened = {
        "escalated": log["escalated"],
        "elsewhere": (log["matched"] == 0) & ~log["escalated"],
        "reversed": log["reversed_by"].notna(),
    }
    rows = pd.DataFrame(happened).to_dict("records")
    how = [", ".join(STEPS[name] for name in STEPS if row[name]) for row in rows]
    return log.assign(how=how, stepped=[bool(each) for each in how])


def _scope(log: pd.DataFrame, level: float) -> pd.DataFrame:
    by = log.dropna(subset=["scope"]).groupby(["district_id", "scope"])["stepped"].agg(["size", "sum"])
    table = shares(by["sum"].astype(float), by["size"].astype(float), level).reset_index()
    return table.assign(share=table["n"] / table.groupby("district_id")["n"].transform("sum"))


def _interventions(log: pd.DataFrame) -> pd.DataFrame:
    columns = ["decision_id", "district_id", "date_raised", "proposer_team", "text", "scope", "how"]
    return log.loc[(log["scope"] == "team") & log["stepped"], columns].reset_index(drop=True)


def _text(table: pd.DataFrame, scope: pd.DataFrame, level: float) -> str:
    known = table[table["reason"] == ""]
    if known.empty:
        why = table["reason"].iloc[0].removeprefix("cannot tell: ")
        return f"Cannot tell whether proposals come from everyone: {why}."
    beyond = known[known["estimate"] > known["equal_high"]]
    told = f"In {len(beyond)} of {len(known)} districts proposals come from fewer teams than equal chances would bring"
    if len(beyond):
        worst = beyond.sort_values("estimate").iloc[-1]
        told += (
            f"; most in {worst['district_id']}, where {worst['top_team']!r} brings {worst['top_share']:.0%} (index "
            f"{worst['estimate']:.2f}, {level:.0%} interval {worst['conf_low']:.2f} to {worst['conf_high']:.2f})"
        )
    total = scope.groupby("scope")["n"].sum()
    if "team" in total.index:
        told += f". {total['team'] / total.sum():.0%} of proposals serve one team rather than the whole"
    return told + ". A large team has more to propose, so ask before calling it a takeover."
