"""The tables, the sentences and the notes of a comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cbe_lib.dip.comparison.answers import ALPHA, Answer, power_table
from cbe_lib.dip.comparison.measuring import Measured, Study
from cbe_lib.dip.comparison.panel import Panel, Window
from cbe_lib.dip.comparison.placebos import FEWEST_PLACEBOS, FEWEST_RANKED, Contrast
from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.outcome import Existence, stands_out
from cbe_lib.dip.terms import Terms, cannot_tell_table, terms_table
from cbe_lib.dip.wording import amount, times_in
from cbe_lib.errors import some

POINTS_TERMS = ("depth", "loss", "gain")
SENSITIVITY = ["rule", "p_value", "depth", "conf_low", "conf_high", "note"]
PLACEBOS = ["district", "event_year", "estimate", "rank", "adopter", "rollout"]
POWER = ["planted_depth", "size_class", "power", "coverage", "districts", "note"]
CHECK_NOTE = "before the rollout: a check, not an effect"
REFERENCE_NOTE = "reference: the last year before"


def report(
    studies: list[Study],
    measured: Measured,
    answers: dict[str, Answer],
    before: Contrast | None,
    panel: Panel,
    windows: list[Window],
    level: float,
    seed: int,
) -> Comparison:
    """Lay everything out in units of the user's table."""
    main = answers["adjusted"]
    terms = _terms(main, studies, measured, panel)
    k, row = measured.members[0]
    gaps = measured.gaps[k]
    names = _names(studies, measured, panel)
    p_before = None if before is None else before.share_at_least(*_furthest(before))
    existence = Existence(main.statistic, main.p_value, _few_note(measured))
    return Comparison(
        table=_table(measured.contrast, before, names, level, panel.point),
        text=_text(names, terms, existence, measured, panel, level),
        notes=_notes(panel, windows, studies, measured, p_before, names),
        model=None,
        placebos=_placebos(studies, measured, panel),
        terms=terms,
        existence=existence,
        sensitivity=_sensitivity(answers, panel.point),
        power=power_table(gaps, np.isfinite(gaps.gap[row]), measured.few, level, panel.point, seed),
        unit=panel.unit,
        level=level,
    )


def refusal(panel: Panel, windows: list[Window], level: float) -> Comparison:
    """Lay out a comparison that cannot be made: every row says why."""
    reasons = unmeasured(panel, windows, [])
    reason = "; ".join(f"{name}: {why}" for name, why in reasons.items()) or "no adopter has a result in any year"
    note = f"cannot tell: {reason}"
    years = sorted({int(year - window.rollout + 1) for window in windows for year in panel.years}) or [1]
    blank = [np.nan] * len(years)
    table = pd.DataFrame({"event_year": years, "estimate": blank, "conf_low": blank, "conf_high": blank, "note": note})
    rules = [(rule, np.nan, np.nan, np.nan, np.nan, note) for rule in ("unadjusted", "adjusted", "nearest")]
    return Comparison(
        table=table,
        text=f"Cannot tell whether there was a dip: {reason}.",
        notes=(*panel.notes, *(line for window in windows for line in window.notes)),
        model=None,
        placebos=pd.DataFrame(columns=PLACEBOS),
        terms=cannot_tell_table(reason, panel.unit),
        existence=Existence(np.nan, np.nan, note),
        sensitivity=pd.DataFrame(rules, columns=SENSITIVITY),
        power=pd.DataFrame([(np.nan, "all sizes", np.nan, np.nan, 0, note)], columns=POWER),
        unit=panel.unit,
        level=level,
    )


def unmeasured(panel: Panel, windows: list[Window], measured: list[str]) -> dict[str, str]:
    """Say of every adopter that is not among the measured why it could not be compared."""
    reasons = {name: reason for window in windows for name, reason in window.cannot.items()}
    for window in windows:
        for place in np.flatnonzero(~window.cohort.teaches):
            name = str(panel.names[window.rows[place]])
            if name not in measured:
                reasons[name] = (
                    f"fewer than {FEWEST_PLACEBOS} comparison districts with results in the same years "
                    f"({int(window.cohort.teaches.sum())} in all)"
                )
    return reasons


def _names(studies: list[Study], measured: Measured, panel: Panel) -> list[str]:
    return [str(panel.names[studies[k].window.rows[row]]) for k, row in measured.members]


def _rollouts(studies: list[Study], measured: Measured) -> list[int]:
    return sorted({studies[k].window.rollout for k, _ in measured.members})


def _terms(main: Answer, studies: list[Study], measured: Measured, panel: Panel) -> pd.DataFrame:
    """Terms in the user's unit; the trough is a calendar year, or an event year where rollouts differ."""
    rollouts = _rollouts(studies, measured)
    last = int(measured.contrast.event.max())
    same = len(rollouts) == 1
    table = terms_table(_scaled(main.terms, panel.point), panel.unit, last + rollouts[0] - 1 if same else last)
    trough = table["term"] == "trough_year"
    if same:
        table.loc[trough, ["estimate", "conf_low", "conf_high"]] += rollouts[0] - 1
    else:
        table.loc[trough, ["unit", "note"]] = ["event year", "1 = each adopter's own rollout year"]
        table["note"] = table["note"].str.replace(f"by {last}", f"by event year {last}")
    return table


def _scaled(terms: Terms, point: float) -> Terms:
    def times(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: value * (point if name in POINTS_TERMS else 1) for name, value in values.items()}

    return replace(terms, estimate=times(terms.estimate), low=times(terms.low), high=times(terms.high))


def _furthest(contrast: Contrast) -> tuple[float, np.ndarray]:
    chance = np.abs(contrast.chance / contrast.sd).max(axis=1)
    return float(np.abs(contrast.gap / contrast.sd).max()), chance


def _table(contrast: Contrast, before: Contrast | None, names: list[str], level: float, point: float) -> pd.DataFrame:
    rows = [] if before is None else _rows(before, level, point, CHECK_NOTE)
    if before is None or 0 not in before.event:
        rows.append((0, 0.0, 0.0, 0.0, REFERENCE_NOTE))
    rows += _rows(contrast, level, point, "")
    untested = sorted(set(range(1, int(contrast.event.max()))) - set(contrast.event.tolist()))
    blank = f"no result of {some(names)} in this year"
    rows += [(int(event), np.nan, np.nan, np.nan, blank) for event in untested]
    return pd.DataFrame(sorted(rows), columns=["event_year", "estimate", "conf_low", "conf_high", "note"])


def _rows(contrast: Contrast, level: float, point: float, note: str) -> list[tuple[int, float, float, float, str]]:
    """Gaps with the band that holds for all of the contrast's years at once."""
    reach = contrast.widest(level)
    note = note if np.isfinite(reach) else f"too few comparison districts for a band at level {level:g}"
    return [
        (int(event), gap * point, (gap - reach * sd) * point, (gap + reach * sd) * point, note)
        for event, gap, sd in zip(contrast.event, contrast.gap, contrast.sd, strict=True)
    ]


def _placebos(studies: list[Study], measured: Measured, panel: Panel) -> pd.DataFrame:
    """Gap and rank of every district in every event year, in units of the user's table."""
    frames = []
    for k, (study, gaps) in enumerate(zip(studies, measured.gaps, strict=True)):
        adopters = {row for which, row in measured.members if which == k}
        if not adopters:
            continue
        row, column = np.nonzero(np.isfinite(gaps.gap))
        frame = pd.DataFrame(
            {
                "district": panel.names[study.window.rows[row]],
                "event_year": study.years_after[column] - study.window.rollout + 1,
                "estimate": gaps.gap[row, column] * panel.point,
                "adopter": np.isin(row, list(adopters)),
                "rollout": study.window.rollout,
            }
        )
        frames.append(frame[frame["adopter"] | study.window.cohort.teaches[row]])
    table = pd.concat(frames, ignore_index=True)
    table["rank"] = table.groupby(["rollout", "event_year"])["estimate"].rank(method="min").astype(int)
    return table.sort_values(["rollout", "event_year", "rank"], ignore_index=True)[PLACEBOS]


def _sensitivity(answers: dict[str, Answer], point: float) -> pd.DataFrame:
    rows = []
    for rule, found in answers.items():
        depth = [part["depth"][0] * point for part in (found.terms.estimate, found.terms.low, found.terms.high)]
        rows.append((rule, found.p_value, *depth, ""))
    return pd.DataFrame(rows, columns=SENSITIVITY)


def _few_note(measured: Measured) -> str:
    if not measured.few:
        return ""
    return (
        f"only {measured.placebos} comparison districts: p-value, band and power rest on the noise model, not on ranks "
        f"({FEWEST_RANKED} are needed), so treat them with caution"
    )


def _text(
    names: list[str], terms: pd.DataFrame, existence: Existence, measured: Measured, panel: Panel, level: float
) -> str:
    """Say what was found, or that it cannot be told, with the meaning of the interval and the caution."""
    depth = terms.set_index("term").to_dict("index")["depth"]
    low, high, estimate = depth["conf_low"], depth["conf_high"], depth["estimate"]
    who, often = some(names, 3), times_in(existence.p_value)
    meaning = f"intervals made this way hold the true depth {100 * level:g} times in 100"
    others = f"{measured.placebos} comparison districts"
    caution = (
        f" With so few comparison districts ({measured.placebos}) treat this with caution." if measured.few else ""
    )
    if not stands_out(existence.p_value, level):
        return (
            f"Cannot tell whether there was a dip in {who}: beside {others}, chance alone shows this much {often}. "
            f"If there was one, its depth lies between {low:.3g} and {amount(high, panel.unit)} ({meaning}).{caution}"
        )
    return (
        f"Results of {who} fell about {amount(estimate, panel.unit)} below what earlier years and {others} predict "
        f"({level:.0%} interval {low:.3g} to {amount(high, panel.unit)}; {meaning}). Chance alone shows this much "
        f"{often}; whatever else changed here and not elsewhere in those years would look the same.{caution}"
    )


def _notes(
    panel: Panel,
    windows: list[Window],
    studies: list[Study],
    measured: Measured,
    p_before: float | None,
    names: list[str],
) -> tuple[str, ...]:
    notes = [*panel.notes, *(line for window in windows for line in window.notes)]
    notes += [f"cannot tell for {name}: {why}." for name, why in unmeasured(panel, windows, names).items()]
    if measured.few:
        notes.append(f"Warning: {_few_note(measured)}.")
    if panel.tested is None:
        notes.append(
            "Without numbers tested, small districts are judged as if they were as steady as large ones, and "
            "over-reject: a dip is seen in them too often. Pass n_tested=."
        )
    if p_before is None:
        notes.append("The years before could not be checked: there are too few of them.")
    else:
        sign = "a sign" if p_before <= ALPHA else "no sign"
        notes.append(
            f"Check of the years before: {sign} that {some(names, 3)} moved unlike the comparison districts before the "
            f"rollout (p = {p_before:.2f})" + ("; the gap after it may go on from there." if p_before <= ALPHA else ".")
        )
    partial = sum(_unranked(k, study, measured) for k, study in enumerate(studies))
    if partial:
        notes.append(
            f"{partial} comparison district(s) lack a result in a year that the adopter has: they inform the year "
            "means but are not ranked."
        )
    if len(measured.units) > 1:
        notes.append(f"{len(measured.units)} adopters averaged by precision in event time; power is for one of them.")
    return tuple(notes)


def _unranked(number: int, study: Study, measured: Measured) -> int:
    """Count the comparison districts of a study that are nobody's placebo."""
    units = [unit for unit, (k, _) in zip(measured.units, measured.members, strict=True) if k == number]
    ranked = {int(row) for unit in units for row in unit.placebo_rows}
    return int(study.window.cohort.teaches.sum()) - len(ranked) if units else 0
