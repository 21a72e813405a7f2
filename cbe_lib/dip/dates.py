"""Sources disagree about the rollout year: what each candidate would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from cbe_lib.dip.engine import grid
from cbe_lib.dip.fit import fit, known_variance
from cbe_lib.dip.outcome import DipFit
from cbe_lib.dip.series import read_series
from cbe_lib.errors import CbeError
from cbe_lib.results import Result


@dataclass(frozen=True, repr=False)
class RolloutComparison(Result):
    """The dip under each candidate rollout year: see `cbe_lib.dip.compare_rollouts`.

    Attributes
    ----------
    fits : dict of int to DipFit
        The fit under each candidate.
    """

    fits: dict[int, DipFit]


def compare_rollouts(
    outcomes: pd.DataFrame,
    rollouts: Sequence[int],
    *,
    year: str = "year",
    value: str = "value",
    n_tested: str | None = None,
    scale: float | None = 100,
    level: float = 0.95,
    seed: int = 0,
) -> RolloutComparison:
    """Sources name different rollout years: does the answer depend on which one is right?

    Parameters
    ----------
    outcomes : DataFrame
        One row a year, as for `dip.fit`.
    rollouts : sequence of int, two or more
        Candidate spring years of the first results that the change can have affected.
    year, value, n_tested, scale, level, seed
        As in `dip.fit`.

    Returns
    -------
    RolloutComparison
        `.table`: rollout, weight, depth, conf_low, conf_high, p_value, note. weight says how well the results fit each
        candidate, all of them equal before; it is evidence about when results turned, not about when the change began.
        `.fits`: each fit.

    Raises
    ------
    CbeError
        As `dip.fit`, and for fewer than two different candidates.

    References
    ----------
    Hoeting, J. A. et al. (1999). Bayesian model averaging: a tutorial. Statistical Science, 14(4), 382-417.

    Examples
    --------
    >>> from cbe_lib import dip, simulate
    >>> outcomes, truth = simulate.outcomes(rollout=2012, years=range(2003, 2022), depth=12, n_tested=2000, seed=3)
    >>> compared = dip.compare_rollouts(outcomes, [2009, 2012])
    >>> compared.table[["rollout", "weight"]].round(1)
       rollout  weight
    0     2009     0.1
    1     2012     0.9
    """
    years = list(dict.fromkeys(rollouts))
    if len(years) < 2:
        raise CbeError.build("`rollouts` needs two different years or more", found=f"Found {list(rollouts)!r}")
    options = {"year": year, "value": value, "n_tested": n_tested, "scale": scale}
    fits = {each: fit(outcomes, each, **options, level=level, seed=seed) for each in years}
    weight = _weights([_log_evidence(outcomes, each, options) for each in years])
    rows = []
    for each, share in zip(years, weight, strict=True):
        depth = fits[each].table.set_index("term").to_dict("index")["depth"]
        note = depth["note"] if np.isnan(share) else ""
        p_value = fits[each].existence.p_value
        rows.append((each, share, depth["estimate"], depth["conf_low"], depth["conf_high"], p_value, note))
    table = pd.DataFrame(rows, columns=["rollout", "weight", "depth", "conf_low", "conf_high", "p_value", "note"])
    return RolloutComparison(table=table, text=_text(table, level), notes=_notes(fits), model=None, fits=fits)


def _log_evidence(outcomes: pd.DataFrame, rollout: int, options: dict) -> float:
    """Log evidence for an effect that starts in `rollout`; NaN where it cannot be estimated."""
    series = read_series(outcomes, rollout, regime=None, **options)
    if series.why_not():
        return np.nan
    variance = known_variance(series)
    known = None if variance is None else np.array([variance])
    scores = grid(series.pattern(), variance is not None).score(series.values[None, :], known, series.point)
    return float(logsumexp(scores.log_alternative))


def _weights(log_evidence: list[float]) -> np.ndarray:
    values = np.array(log_evidence)
    return np.exp(values - logsumexp(values[~np.isnan(values)])) if (~np.isnan(values)).any() else values


def _text(table: pd.DataFrame, level: float) -> str:
    able = table.dropna(subset="weight")
    if able.empty:
        return "Cannot tell under any of the candidate rollout years; the notes in the table say why."
    parts = [
        f"{row['rollout']}: {row['depth']:.3g} ({row['conf_low']:.3g} to {row['conf_high']:.3g})"
        for row in able.to_dict("records")
    ]
    best = able.sort_values("weight").to_dict("records")[-1]
    return (
        f"Depth by candidate rollout year, with intervals that hold the true depth {level * 100:g} times in 100: "
        f"{'; '.join(parts)}. The results alone favor {best['rollout']} ({best['weight']:.0%}), which says when they "
        "turned, not when the change began."
    )


def _notes(fits: dict[int, DipFit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for each in fits.values() for note in each.notes))
