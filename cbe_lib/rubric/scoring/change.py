"""What moved between two waves, and is that more than raters' disagreement would bring about?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.rubric.scoring.paired import joint_levels
from cbe_lib.rubric.scoring.rater_error import RaterError, learn, shortest
from cbe_lib.rubric.scoring.result import Change, Scores
from cbe_lib.rubric.scoring.score import score
from cbe_lib.rubric.scoring.summary import USED

COLUMNS = ["district", "dimension", "criterion_id", "earlier", "later", "change", "conf_low", "conf_high"]
SUMMED = ["district", "dimension", "earlier", "later", "change", "conf_low", "conf_high", "n_criteria", "finding"]
FINDINGS = ["up", "down", "no change"]
DRAWS = 199
ABSENT = "cannot tell: no level to report in {}"
NO_INTERVAL = "cannot tell: no interval, because the votes or a second rater are missing"
EVIDENCE_MOVED = "what the evidence allows moved from {} to {}"


def change(
    scores: Scores | pd.DataFrame, evidence: pd.DataFrame | None = None, *, earlier: Any, later: Any, **scoring: Any
) -> Change:
    """What moved between two waves, and is that more than raters' disagreement would bring about?

    A change of 1 is one level up. A rater who rated both waves is compared with himself, so that his severity
    cancels; raters of one wave only add what they can. Levels are compared after caps: where more evidence let a level
    rise, `why` says so, since that is not the same as better practice.

    Parameters
    ----------
    scores : Scores or DataFrame
        From `rubric.score`, with both waves; or ratings, which are scored first.
    evidence : DataFrame, optional
        For ratings: as in `rubric.score`.
    earlier, later : label
        The two waves.
    **scoring
        For ratings: further arguments of `rubric.score`.

    Returns
    -------
    Change
        `.table`: district, dimension, criterion_id, earlier, later (levels), change, conf_low, conf_high (levels),
        n_paired (raters who rated both waves), finding ("up", "down", "no change" where the interval holds nothing but
        0, else "cannot tell", with the reason where there is no interval), why. `.dimensions`: the same for the median
        of the criteria that were rated in both waves.

    Raises
    ------
    CbeError
        If a wave is unknown, both are the same, or the ratings cannot be scored.

    Notes
    -----
    The error model of `rubric.score`, for two waves at once: a rater's error has a part that stays from wave to wave,
    whose share is learned from the file. Every pair of levels is equally likely beforehand. The interval is the
    shortest run of changes that holds `level` of the probability. For a dimension, the errors of its criteria are
    taken to run the same way, which is the cautious case. Many criteria are looked at: one of 20 may seem to move by
    chance alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visits = pd.DataFrame({"district_id": "Alder", "criterion_id": "D1.1", "rater": list("abcabc"),
    ...                        "wave": [2023] * 3 + [2025] * 3, "level": ["Exploring"] * 3 + ["Proficient"] * 3})
    >>> rubric.change(visits, earlier=2023, later=2025).table["finding"].iloc[0]
    'up'
    """
    found = scores if isinstance(scores, Scores) else score(scores, evidence, **scoring)
    if isinstance(scores, Scores) and (evidence is not None or scoring):
        raise CbeError.build(
            "`evidence` and options of scoring are for ratings", advice="These scores have been made already"
        )
    waves = _two_waves(found.table, str(earlier), str(later))
    pairs = _pairs(found.table, waves)
    both, first, second = _votes(found, pairs, waves)
    error = learn(_counts(found))
    rated = pairs["conf_low_e"].notna() & pairs["conf_low_l"].notna()
    joint = _joint(both, first, second, rated.to_numpy(), error)
    capped = _caps(pairs, found.rubric.levels)
    table = _table(pairs, joint, capped, rated.to_numpy(), both, found.level)
    dimensions = _dimensions(table, joint, capped, rated.to_numpy(), found)
    return Change(table, _text(table, waves, found.level), found.notes, None, dimensions, found.level)


def _two_waves(table: pd.DataFrame, earlier: str, later: str) -> tuple[str, str]:
    known = table["wave"].unique().tolist()
    for wave in (earlier, later):
        if wave not in known:
            raise unknown_name("wave", wave, known)
    if earlier == later:
        raise CbeError.build("`earlier` and `later` are the same wave", found=f"Found {later!r} twice")
    return earlier, later


def _pairs(table: pd.DataFrame, waves: tuple[str, str]) -> pd.DataFrame:
    """Set the rows of two waves side by side: one row a district and criterion, `_e` earlier and `_l` later."""
    keys = ["district", "dimension", "criterion_id"]
    used = table["status"].isin(USED)
    known = ["position", "conf_low", "conf_high"]
    table = table.assign(level=table["level"].where(used, ""), **{name: table[name].where(used) for name in known})
    first, second = (table[table["wave"] == wave].drop(columns="wave") for wave in waves)
    pairs = first.merge(second, on=keys, suffixes=("_e", "_l"), how="inner")
    if pairs.empty:
        raise CbeError.build(
            f"No district was rated in both waves, {waves[0]!r} and {waves[1]!r}",
            advice="Check the names of the districts in both",
        )
    return pairs


def _counts(found: Scores) -> np.ndarray:
    """Votes of every unit of the file, for learning the error."""
    keys = ["district", "wave", "criterion_id"]
    unit = found.votes.groupby(keys, sort=False).ngroup().to_numpy()
    counts = np.zeros((unit.max(initial=-1) + 1, len(found.rubric.levels)), dtype=int)
    np.add.at(counts, (unit, found.votes["position"].to_numpy() - 1), 1)
    return counts


def _votes(found: Scores, pairs: pd.DataFrame, waves: tuple[str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count raters of both waves by their two votes, and the votes of raters of one wave only."""
    keys = ["district", "criterion_id"]
    index = pd.MultiIndex.from_frame(pairs[keys])
    first, second = (found.votes.loc[found.votes["wave"] == wave, [*keys, "rater", "position"]] for wave in waves)
    seen = first.merge(second, on=[*keys, "rater"], how="outer", suffixes=("_e", "_l"))
    unit = index.get_indexer(pd.MultiIndex.from_frame(seen[keys]))
    seen, unit = seen[unit >= 0], unit[unit >= 0]
    early, late = (seen[name].fillna(0).to_numpy(dtype=int) - 1 for name in ("position_e", "position_l"))
    levels = len(found.rubric.levels)
    both = np.zeros((len(pairs), levels, levels), dtype=int)
    alone = np.zeros((2, len(pairs), levels), dtype=int)
    twice = (early >= 0) & (late >= 0)
    np.add.at(both, (unit[twice], early[twice], late[twice]), 1)
    for wave, vote in enumerate((early, late)):
        here = (vote >= 0) & ~twice
        np.add.at(alone[wave], (unit[here], vote[here]), 1)
    return both, alone[0], alone[1]


def _joint(
    both: np.ndarray, first: np.ndarray, second: np.ndarray, rated: np.ndarray, error: RaterError | None
) -> np.ndarray:
    joint = np.full(both.shape, np.nan)
    if error is not None and rated.any():
        joint[rated] = joint_levels(both[rated], first[rated], second[rated], error)
    return joint


def _caps(pairs: pd.DataFrame, levels: tuple[str, ...]) -> np.ndarray:
    """Return the highest position of each pair in the earlier and the later wave; blank means no limit."""
    place = {level: each for each, level in enumerate(levels)} | {"": len(levels) - 1}
    return np.array([pairs[name].map(place).to_numpy() for name in ("allowed_e", "allowed_l")])


def _table(
    pairs: pd.DataFrame, joint: np.ndarray, capped: np.ndarray, rated: np.ndarray, both: np.ndarray, level: float
) -> pd.DataFrame:
    moved = pairs["position_l"] - pairs["position_e"]
    low, high = np.zeros(len(pairs), dtype=int), np.zeros(len(pairs), dtype=int)
    if rated.any():
        low[rated], high[rated] = shortest(_differences(joint[rated], capped[:, rated]), level)
        low[rated], high[rated] = low[rated] - (joint.shape[1] - 1), high[rated] - (joint.shape[1] - 1)
        low[rated] = np.minimum(low[rated], moved[rated].to_numpy(dtype=int))
        high[rated] = np.maximum(high[rated], moved[rated].to_numpy(dtype=int))
    table = pairs[["district", "dimension", "criterion_id"]].assign(
        earlier=pairs["level_e"],
        later=pairs["level_l"],
        change=moved,
        conf_low=pd.arrays.IntegerArray(low, ~rated),
        conf_high=pd.arrays.IntegerArray(high, ~rated),
        n_paired=both.sum(axis=(1, 2)),
    )
    return table.assign(finding=_findings(low, high, rated, pairs), why=_why(pairs))


def _differences(joint: np.ndarray, capped: np.ndarray) -> np.ndarray:
    """Probability of each change, from all the way down to all the way up, after caps."""
    units, levels, _ = joint.shape
    chance = np.zeros((units, 2 * levels - 1))
    rows = np.arange(units)
    for early in range(levels):
        for late in range(levels):
            place = np.minimum(late, capped[1]) - np.minimum(early, capped[0]) + levels - 1
            chance[rows, place] += joint[:, early, late]
    return chance


def _findings(low: np.ndarray, high: np.ndarray, rated: np.ndarray, pairs: pd.DataFrame) -> np.ndarray:
    said = np.select([low > 0, high < 0, (low == 0) & (high == 0)], FINDINGS, "cannot tell").astype(object)
    said[~rated] = NO_INTERVAL
    for end, wave in (("_l", "later"), ("_e", "earlier")):
        missing = pairs["position" + end].isna().to_numpy()
        said[missing] = ABSENT.format(f"the {wave} wave")
    return said


def _why(pairs: pd.DataFrame) -> list[str]:
    rows = zip(*(pairs[name] for name in ("allowed_e", "allowed_l", "cap_e", "cap_l")), strict=True)
    return [
        EVIDENCE_MOVED.format(early, late) if early != late and (cap_early or cap_late) else ""
        for early, late, cap_early, cap_late in rows
    ]


def _dimensions(
    table: pd.DataFrame, joint: np.ndarray, capped: np.ndarray, rated: np.ndarray, found: Scores
) -> pd.DataFrame:
    """Compare medians of the criteria rated in both waves; errors of a dimension's criteria run the same way."""
    early, late = _aligned(joint, capped)
    place = {name: each for each, name in enumerate(found.rubric.levels)} | {"": -1}
    stood = table[["earlier", "later"]].apply(lambda names: names.map(place)).to_numpy(dtype=int)
    both = np.asarray((stood >= 0).all(axis=1))
    groups: dict[Any, Any] = table.groupby(["district", "dimension"], sort=False).indices
    rows = []
    for (district, dimension), part in groups.items():
        known = part[both[part]]
        if not len(known):
            rows.append((district, dimension, "", "", *[pd.NA] * 3, 0, ABSENT.format("one wave or the other")))
            continue
        first, second = _middle(stood[known])
        ends = _limits(early[known], late[known], second - first, found.level) if rated[known].all() else (pd.NA, pd.NA)
        names = (found.rubric.levels[first], found.rubric.levels[second])
        rows.append((district, dimension, *names, second - first, *ends, len(known), _finding(*ends)))
    numbers = dict.fromkeys(("change", "conf_low", "conf_high"), "Int64")
    return pd.DataFrame(rows, columns=SUMMED).astype(numbers)


def _aligned(joint: np.ndarray, capped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of levels (unit x draw), the same quantile of the change for every unit."""
    units, levels, _ = joint.shape
    early, late = np.divmod(np.arange(levels**2), levels)
    order = np.lexsort((early + late, late - early))
    below = np.cumsum(joint.reshape(units, -1)[:, order], axis=1)
    quantile = (np.arange(DRAWS) + 0.5) / DRAWS
    drawn = np.array([(row[:, None] < quantile).sum(axis=0) if row[0] == row[0] else quantile * 0 for row in below])
    picked = order[np.minimum(drawn.astype(int), levels**2 - 1)]
    return np.minimum(early[picked], capped[0][:, None]), np.minimum(late[picked], capped[1][:, None])


def _middle(positions: np.ndarray) -> Any:
    """Return the lower median over the first axis."""
    return np.sort(positions, axis=0)[(len(positions) - 1) // 2]


def _limits(early: np.ndarray, late: np.ndarray, change: int, level: float) -> tuple[int, int]:
    moved = np.sort(_middle(late) - _middle(early))
    outside = int(np.floor(len(moved) * (1 - level) / 2))
    return min(int(moved[outside]), int(change)), max(int(moved[-1 - outside]), int(change))


def _finding(low: Any, high: Any) -> str:
    if pd.isna(low):
        return NO_INTERVAL
    return str(np.select([low > 0, high < 0, low == high], FINDINGS, "cannot tell"))


def _text(table: pd.DataFrame, waves: tuple[str, str], level: float) -> str:
    up, down, same = (int((table["finding"] == word).sum()) for word in FINDINGS)
    rest = len(table) - up - down - same
    return (
        f"Between {waves[0]} and {waves[1]}, {up} of {len(table)} criteria moved up and {down} moved down by more than "
        f"raters' disagreement explains (each at {level:.0%}); {same} stayed on their level, and for {rest} it cannot "
        "be told. Where many are looked at, about one in 20 seems to move by chance alone, and a level can also rise "
        "because more evidence was collected."
    )
