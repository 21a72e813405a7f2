"""Who answered, of those who were asked, and are they like the rest?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from cbe_lib.errors import CbeError, ValuesError, closest, require_columns, rows_of, some
from cbe_lib.survey.answers import as_wide
from cbe_lib.survey.reliability import check_level
from cbe_lib.survey.result import ResponseRate

HIDDEN = "Fewer than {min_n} answers, or hidden so that such a group cannot be worked out from the others."
TOO_MANY = "More answers than people asked: the roster is out of date, or someone answered twice (see flags)."
ALL_ALIKE = "Everyone or nobody answered, or there is one group only: there is nothing to compare."
SMALL = 5  # expected counts below this are judged by random tables
TABLES = 9999
MEASURES = ["invited", "responded", "rate", "conf_low", "conf_high", "reason"]
COMPARED = [
    "characteristic",
    "value",
    "roster_share",
    "respondent_share",
    "standardized_difference",
    "p_value",
    "reason",
]


def response_rate(
    answers: pd.DataFrame,
    roster: pd.DataFrame,
    *,
    by: str | Iterable[str] = ("role",),
    invited: str | None = None,
    min_n: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> ResponseRate:
    """Which share of each group answered, and are those who answered like those who were asked?

    A low rate is no harm by itself; a rate that differs between groups is, because the groups that answer speak for
    all.

    Parameters
    ----------
    answers : DataFrame
        Wide (a row a respondent) or long; with the columns of `by`. Someone who answered in several waves counts once
        for each.
    roster : DataFrame
        A row for each person who was asked, or for each group with their number in column `invited`.
    by : str or sequence of str
        Columns of both tables.
    invited : str, optional
        Column of `roster` that holds how many people a row stands for.
    min_n : int
        Groups with fewer answers are hidden, and a second one with them where one alone could be worked out.
    level : float, between 0 and 1
        Coverage of the intervals, at least.
    seed : int
        Of the random tables where counts are small.

    Returns
    -------
    ResponseRate
        `.table`: the columns of `by`, invited, responded, rate, conf_low, conf_high (shares, 0 to 1), reason.
        `.representativeness`: characteristic, value, roster_share, respondent_share, standardized_difference (of the
        shares, in standard deviations of the roster), p_value (of the characteristic), reason.

    Raises
    ------
    CbeError
        For missing columns, groups among the answers that the roster does not know, numbers that are no counts.

    Notes
    -----
    Intervals are exact (Clopper and Pearson 1934). The p-value compares respondents with those who did not answer: chi
    squared, or 9,999 random tables with the same margins where a group expects fewer than 5. Publish tables by several
    columns through `cbe_lib.privacy`, which looks at all sums at once.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits. Biometrika, 26, 404-413.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> asked = pd.DataFrame({"role": ["teacher", "family"], "people": [40, 200]})
    >>> came = pd.DataFrame({"role": ["teacher"] * 30 + ["family"] * 20})
    >>> found = survey.response_rate(came, asked, invited="people")
    >>> found.table[["role", "rate", "conf_low", "conf_high"]].round(2).to_dict("split")["data"]
    [['family', 0.1, 0.06, 0.15], ['teacher', 0.75, 0.59, 0.87]]
    """
    check_level(level)
    columns = (by,) if isinstance(by, str) else tuple(by)
    if not columns:
        raise CbeError.build("`by` must name a column or more", advice="For instance by='role'")
    came = _people(answers, columns)
    asked, weight = _asked(roster, columns, invited)
    _refuse_strangers(came, asked, columns)
    counts = _counts(came, asked, weight, columns)
    alone = int(counts["invited"].sum()), int(counts["responded"].sum())
    compared = [_compared(came, asked, weight, name, min_n, seed) for name in columns]
    table = _rates(counts, columns, min_n, level)
    missing = int(came[list(columns)].isna().any(axis=1).sum())
    notes = (f"{missing} respondents without {' or '.join(columns)} left out.",) if missing else ()
    shares = pd.concat(compared, ignore_index=True)
    return ResponseRate(table, _text(table, shares, *alone), notes, None, representativeness=shares, level=level)


def hidden(responded: np.ndarray, min_n: int) -> np.ndarray:
    """Say which groups to hide: small ones, and the next smallest where one alone could be worked out."""
    small = responded < min_n
    if small.sum() == 1 and len(responded) > 1:
        order = np.argsort(responded, kind="stable")
        small[order[:2]] = True
    return small


def _people(answers: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = require_columns(as_wide(answers), columns, "answers")
    person = [name for name in ("respondent", "wave") if name in frame.columns]
    return frame.drop_duplicates(person) if "respondent" in person else frame


def _asked(roster: pd.DataFrame, columns: tuple[str, ...], invited: str | None) -> tuple[pd.DataFrame, np.ndarray]:
    frame = require_columns(roster, [*columns, *([invited] if invited else [])], "roster")
    blank = frame[list(columns)].isna().any(axis=1).to_numpy()
    if blank.any():
        raise ValuesError.build(
            f"`roster` does not say {' or '.join(map(repr, columns))} in {rows_of(frame, blank)}",
            advice="Fill in the group of everyone who was asked",
        )
    if invited is None:
        return frame, np.ones(len(frame), dtype=int)
    number = pd.to_numeric(frame[invited], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(number) & (number >= 0) & (number == np.floor(number)))
    if bad.any():
        raise ValuesError.build(
            f"Column {invited!r} of `roster` holds what is no number of people in {rows_of(frame, bad)}",
            advice="Write whole numbers, 0 or more",
        )
    return frame, number.astype(int)


def _refuse_strangers(came: pd.DataFrame, asked: pd.DataFrame, columns: tuple[str, ...]) -> None:
    for name in columns:
        known = {str(value) for value in asked[name].unique()}
        strange = [str(value) for value in came[name].dropna().unique() if str(value) not in known]
        if strange:
            near = closest(strange[0], known)
            raise ValuesError.build(
                f"`answers` holds {name} {some(map(repr, strange))}, which `roster` does not know",
                found=f"{strange[0]!r} looks like {near!r}" if near else f"It knows {some(map(repr, sorted(known)))}",
                advice="Use the same names in both tables",
            )


def _counts(came: pd.DataFrame, asked: pd.DataFrame, weight: np.ndarray, columns: tuple[str, ...]) -> pd.DataFrame:
    keys = list(columns)
    known = asked[keys].astype(str).assign(invited=weight).groupby(keys)["invited"].sum()
    answered = came[keys].dropna().astype(str).groupby(keys).size().rename("responded")
    counts = pd.concat([known, answered], axis=1).fillna(0).astype(int)
    return counts.rename_axis(keys).sort_index().reset_index()


def _rates(counts: pd.DataFrame, columns: tuple[str, ...], min_n: int, level: float) -> pd.DataFrame:
    invited, responded = (counts[name].to_numpy(dtype=float) for name in ("invited", "responded"))
    secret = hidden(responded, min_n)
    excess = ~secret & (responded > invited)
    told = ~secret & ~excess
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(told, responded / invited, np.nan)
    low = betaincinv(responded, np.maximum(invited - responded + 1, 1), (1 - level) / 2)
    high = betaincinv(responded + 1, np.maximum(invited - responded, 0.5), (1 + level) / 2)
    return counts[list(columns)].assign(
        invited=counts["invited"].astype("Int64").mask(secret),
        responded=counts["responded"].astype("Int64").mask(secret),
        rate=rate,
        conf_low=np.where(told, low, np.nan),
        conf_high=np.where(told, np.where(responded >= invited, 1.0, high), np.nan),
        reason=np.select([secret, excess], [HIDDEN.format(min_n=min_n), TOO_MANY], ""),
    )


def _compared(
    came: pd.DataFrame, asked: pd.DataFrame, weight: np.ndarray, name: str, min_n: int, seed: int
) -> pd.DataFrame:
    counts = _counts(came, asked, weight, (name,))
    invited, responded = (counts[column].to_numpy(dtype=float) for column in ("invited", "responded"))
    secret = hidden(responded, min_n)
    p_value, reason = _unlike(responded, invited - responded, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        roster_share, share = invited / invited.sum(), responded / responded.sum()
        apart = (share - roster_share) / np.sqrt(roster_share * (1 - roster_share))
    shown = np.where(secret, np.nan, 1.0)
    return pd.DataFrame(
        {
            "characteristic": name,
            "value": counts[name],
            "roster_share": roster_share * shown,
            "respondent_share": share * shown,
            "standardized_difference": np.where(np.isfinite(apart), apart, np.nan) * shown,
            "p_value": p_value,
            "reason": np.where(secret, HIDDEN.format(min_n=min_n), reason),
        },
        columns=COMPARED,
    )


def _unlike(responded: np.ndarray, silent: np.ndarray, seed: int) -> tuple[float, str]:
    """Return the probability that respondents differ this much from the silent by chance, or why it is unknown."""
    if (silent < 0).any():
        return float("nan"), TOO_MANY
    table = np.vstack([responded, silent]).astype(int)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return float("nan"), ALL_ALIKE
    from scipy.stats import MonteCarloMethod, chi2_contingency  # slow to import

    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    method = None
    if expected.min() < SMALL:
        method = MonteCarloMethod(n_resamples=TABLES, rng=np.random.default_rng(seed))
    return float(chi2_contingency(table, correction=False, method=method).pvalue), ""


def _text(table: pd.DataFrame, shares: pd.DataFrame, invited: int, responded: int) -> str:
    if not invited or responded > invited:
        return f"Cannot tell the response rate: {responded} answers stand beside {invited} people asked."
    told = table.dropna(subset=["rate"])
    spread = ""
    if len(told) > 1:
        names = list(table.columns[: -len(MEASURES)])
        low, high = (told.sort_values("rate").iloc[end] for end in (0, -1))
        lowest, highest = (", ".join(str(row[name]) for name in names) for row in (low, high))
        spread = f" The rate runs from {low['rate']:.0%} ({lowest}) to {high['rate']:.0%} ({highest})."
    far = shares[shares["p_value"].lt(0.05)]["characteristic"].unique()
    like = (
        f"Those who answered differ from those who did not by {some(far)}, so read each group by itself."
        if len(far)
        else "Groups did not answer at clearly different rates; in what was not asked they may still differ."
    )
    return f"{responded} of {invited} people answered ({responded / invited:.0%}).{spread} {like}"
