"""Do the items of a scale measure one thing, among teachers as among families?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from numbers import Real

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, require_columns, some, unknown_name
from cbe_lib.survey.answers import Block, as_wide, blocks, matrix, turned
from cbe_lib.survey.consistency import Estimate, alpha, omega
from cbe_lib.survey.result import Reliability

INTERVALS = ("distribution_free", "feldt")
COLUMNS = ["scale", "role", "coefficient", "estimate", "conf_low", "conf_high", "n", "k", "reason"]
EVERYONE = "everyone"


def reliability(
    items: pd.DataFrame,
    *,
    scales: Mapping[str, Iterable[str]] | None = None,
    role: str | None = None,
    reverse: Iterable[str] = (),
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
    interval: str = "distribution_free",
) -> Reliability:
    """How far do differences between scale scores come from what the items share, rather than from single items?

    Near 1, the items of a scale move together, and a school's score would be much the same with other items of the
    kind. Low, the score is mostly noise of single items, and differences between schools on it mean little. High
    consistency does not show that the scale measures what its name says.

    Parameters
    ----------
    items : DataFrame
        Wide: a row a respondent, a column an item, numbers. Long answers (respondent, item_id, answer) work too.
    scales : mapping, optional
        Name of each scale and its item columns. If left out: the scales of the packaged survey where columns bear the
        ids of its items, else all columns as one scale (but respondent, school_id, role and the like).
    role : str, optional
        Column of groups that are judged apart, for instance "role". An item that nobody in a group answered was not
        asked there.
    reverse : sequence of str
        Items for which agreeing means less of the scale, beyond those that the packaged survey knows of.
    low, high : float, optional
        Ends of the answers; others are refused. The packaged survey brings its own.
    level : float, between 0 and 1
        Coverage that the intervals aim at.
    interval : "distribution_free" or "feldt"
        Of alpha. Feldt's limits suppose normal answers and items that are all alike.

    Returns
    -------
    Reliability
        `.table`: scale, role, coefficient (cronbach_alpha, mcdonald_omega), estimate, conf_low, conf_high, n (complete
        answers), k (items), reason. What cannot be estimated is a row with a reason.

    Raises
    ------
    CbeError
        For missing columns, cells that are no numbers or lie outside the ends, unknown options.

    Notes
    -----
    With k items, alpha = k / (k - 1) x (1 - sum of item variances / variance of the sum). Omega = (sum of loadings)^2 /
    ((sum of loadings)^2 + sum of unique variances) of a one-factor model by maximum likelihood (statsmodels Factor), in
    the items' own units. Respondents who left out an item of a scale are left out of that scale, and counted.
    Distribution-free limits are symmetric in log(1 - coefficient): jackknife for alpha, delta method on the fourth
    moments for omega, with degrees of freedom that fall where a few respondents decide
    (`benchmarks/reliability_study.py` measures how often they hold the truth). Not to be trusted below some 30
    respondents.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297-334.
    McDonald, R. P. (1999). Test theory: a unified treatment. Erlbaum.
    Maydeu-Olivares, A., Coffman, D. L. and Hartmann, W. M. (2007). Asymptotically distribution-free interval estimation
    of coefficient alpha. Psychological Methods, 12, 157-176.
    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
    Psychometrika, 30, 357-370.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> answers = pd.DataFrame({"safe": [1, 2, 4, 5, 3, 2], "trust": [2, 2, 5, 4, 3, 1], "fear": [5, 4, 2, 2, 3, 3]})
    >>> found = survey.reliability(answers, reverse=["fear"], low=1, high=5)
    >>> found.table[["coefficient", "estimate", "n"]].round(2).to_dict("split")["data"][0]
    ['cronbach_alpha', 0.92, 6]

    The same in R: psych::alpha(answers, keys = c("fear")).
    """
    check_level(level)
    if interval not in INTERVALS:
        raise unknown_name("interval", interval, INTERVALS)
    frame = as_wide(items, "items")
    about = [] if role is None else [role]
    require_columns(frame, about, "items")
    rows, notes = [], []
    for block in blocks(frame, scales, reverse, low, high, about):
        values = turned(matrix(frame, block), block)
        answered = not np.isnan(values).all()
        for name, of_group in groups(frame, role):
            if answered and np.isnan(values[of_group]).all():
                continue  # a scale that this group was not asked
            found, said = _of_group(values[of_group], block, name, level, interval)
            rows += found
            notes += said
    table = pd.DataFrame(rows, columns=COLUMNS)
    return Reliability(table, _text(table, level), tuple(notes), None, level=level)


def check_level(level: float) -> None:
    """Raise unless `level` is a coverage between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
        raise CbeError.build(
            "`level` must lie between 0 and 1", found=f"Found {level!r}", advice="0.95 asks for a 95% interval"
        )


def groups(frame: pd.DataFrame, role: str | None) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each value of `role` and who bears it; everyone if there is no such column."""
    if role is None:
        yield EVERYONE, np.ones(len(frame), dtype=bool)
        return
    values = frame[role]
    for value in sorted(values.dropna().unique(), key=str):
        yield str(value), (values == value).to_numpy(dtype=bool)
    if values.isna().any() or values.empty:
        yield "(not stated)", values.isna().to_numpy()


def _of_group(
    values: np.ndarray, block: Block, role: str, level: float, interval: str
) -> tuple[list[tuple], list[str]]:
    asked = np.flatnonzero(~np.isnan(values).all(axis=0))
    names = [block.items[place] for place in asked]
    given = values[:, asked]
    complete = given[~np.isnan(given).any(axis=1)] if names else given[:0]
    answered = int((~np.isnan(given)).any(axis=1).sum()) if names else 0
    found: dict[str, Estimate] = {
        "cronbach_alpha": alpha(complete, names, level, interval),
        "mcdonald_omega": omega(complete, names, level),
    }
    rows = [
        (block.scale, role, name, each.estimate, each.conf_low, each.conf_high, len(complete), len(names), each.reason)
        for name, each in found.items()
    ]
    where = f"Scale {block.scale!r}" + ("" if role == EVERYONE else f", {role}")
    notes = []
    if len(complete) < answered:
        notes.append(
            f"{where}: {answered - len(complete)} of {answered} respondents left out an item and do not count."
        )
    against = _against(complete, names)
    if against:
        notes.append(
            f"{where}: {some(map(repr, against))} runs against the other items; name it in reverse= if it is worded so."
        )
    return rows, notes


def _against(complete: np.ndarray, names: list[str]) -> list[str]:
    """Name the items whose answers fall as those to the other items rise."""
    if len(names) < 3 or len(complete) < 3:
        return []
    centered = complete - complete.mean(axis=0)
    others = centered.sum(axis=1, keepdims=True) - centered
    return [name for name, product in zip(names, (centered * others).sum(axis=0), strict=True) if product < 0]


def _text(table: pd.DataFrame, level: float) -> str:
    known = table[table["coefficient"].eq("cronbach_alpha") & table["conf_low"].notna()]
    if known.empty:
        reason = table["reason"].iloc[0] if len(table) else "There are no scales."
        return f"Cannot tell how consistent the answers are. {reason}"
    weakest = known.sort_values("estimate").iloc[0]
    who = "" if weakest["role"] == EVERYONE else f" among {weakest['role']}"
    among = f"Of {len(known)} scales and groups with an answer, the least consistent is" if len(known) > 1 else "For"
    return (
        f"{among} {weakest['scale']}{who}: alpha {weakest['estimate']:.2f} ({level:.0%} interval "
        f"{weakest['conf_low']:.2f} to {weakest['conf_high']:.2f}, {weakest['n']} respondents, {weakest['k']} items). "
        "That share of the differences between scores is what the items have in common; the rest is noise of single "
        "items. Consistency does not show that a scale measures what its name says."
    )
