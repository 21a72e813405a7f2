"""The sentences of a calibration: who is harsh, by how much, and what must be kept in mind."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.errors import some
from cbe_lib.rubric.calibration.fitting import Fitted
from cbe_lib.rubric.calibration.result import Nesting

CAUTION = (
    "A severe rater is not a wrong rater: let raters who differ talk about the same evidence before levels are used."
)
ANCHORED = "Severity is relative to the consensus levels, which count as the ratings of one more rater of severity 0."
CENTERED = "Severities have mean zero: they compare these raters with each other, not with the truth."
FEW_DISTRICTS = 10


def text(table: pd.DataFrame, fitted: Fitted | None, reason: str, level: float, anchored: bool) -> str:
    """Say in two or three sentences what the raters' severities mean."""
    known = table.dropna(subset=["estimate"])
    if fitted is None or known.empty:
        reasons = [each for each in table["reason"] if each]
        return f"Cannot tell how harsh the raters are. {reason or next(iter(reasons), '')}".strip()
    against = "the consensus" if anchored else "the mean of the raters"
    words = table["flag"].str.split(", ")
    clear = [
        _named(table[[word in each for each in words]], kind, level)
        for word, kind in (("harsh", "harsher"), ("lenient", "more lenient"))
        if any(word in each for each in words)
    ]
    looked = f"allowing for {len(table)} raters being looked at"
    first = f"Compared with {against}, {' and '.join(clear)}." if clear else f"No rater stands out, {looked}."
    return " ".join(part for part in (first, _gap(known, fitted), CAUTION) if part)


def _named(part: pd.DataFrame, kind: str, level: float) -> str:
    rows = part.sort_values("estimate", key=abs, ascending=False, na_position="first").head(3)
    listed = [_each(row, level) for row in rows.to_dict("records")]
    more = f" and {len(part) - len(rows)} more" if len(part) > len(rows) else ""
    return f"{', '.join(listed)}{more} {'is' if len(part) == 1 else 'are'} {kind}"


def _each(row: dict, level: float) -> str:
    if np.isnan(row["estimate"]):
        return f"{row['rater']} (off the scale)"
    limits = f"{level:.0%} interval {row['conf_low']:.2f} to {row['conf_high']:.2f}"
    return f"{row['rater']} ({row['estimate']:+.2f} logits, {limits})"


def _gap(known: pd.DataFrame, fitted: Fitted) -> str:
    if len(known) < 2:
        return ""
    rows = known.sort_values("estimate", kind="stable").to_dict("records")
    lenient, harsh = rows[0], rows[-1]
    steps = expected_gap(fitted, lenient["estimate"], harsh["estimate"])
    return (
        f"For the same evidence, {harsh['rater']} would give about {steps:.1f} levels less than {lenient['rater']} on "
        "average."
    )


def expected_gap(fitted: Fitted, lenient: float, harsh: float) -> float:
    """Return by how many levels ratings of a mean criterion differ on average between two severities."""
    spread = float(np.hypot(*fitted.spread))
    latent = np.linspace(-4, 4, 81)
    weight = np.exp(-0.5 * latent**2)
    score = fitted.design.scores.astype(float)
    height = np.append(0.0, fitted.fixed[fitted.design.locations :])

    def mean(severity: float) -> np.ndarray:
        log = score[:, None] * (latent * spread - severity) - height[:, None]
        share = np.exp(log - log.max(axis=0))
        return score @ share / share.sum(axis=0)

    return float(weight @ (mean(lenient) - mean(harsh)) / weight.sum())


def notes(
    fitted: Fitted, found: Nesting, *, nested: bool, anchored: bool, districts: int, off: dict[str, list]
) -> list[str]:
    """List what strains the model and what cannot be told."""
    lines = [ANCHORED if anchored else CENTERED]
    if not np.isnan(found.statistic):
        lines.append(_nested_words(fitted, found, nested))
    if districts < FEW_DISTRICTS:
        lines.append(f"{districts} district(s) only: their spread, and the thresholds, are hardly known.")
    for kind, names in off.items():
        if names:
            lines.append(f"{kind} at one end of the scale only, left out of the fit: {some(names)}.")
    return lines


def _nested_words(fitted: Fitted, found: Nesting, nested: bool) -> str:
    p_value = "< .001" if found.p_value < 0.001 else f"= {found.p_value:.3f}"
    test = f"likelihood ratio {found.statistic:.1f}, p {p_value}"
    if found.p_value >= 0.05:
        return f"A district's criteria differ little beyond their difficulty ({test}): the one-level model would do."
    size = f" (standard deviation {fitted.spread.criterion:.2f} logits)" if nested else ""
    verdict = "would mislead" if nested else "was asked for, and misleads"
    harm = ""
    if found.severity_ratio < 1 and found.interval_ratio < 1:
        nearer, shorter = 1 - found.severity_ratio, 1 - found.interval_ratio
        harm = f": severities come out {nearer:.0%} nearer to each other, with intervals {shorter:.0%} shorter"
    return (
        f"A district's criteria differ beyond their difficulty{size}: {test}. A one-level model, which takes a "
        f"district to stand equally on all criteria, {verdict}{harm}."
    )
