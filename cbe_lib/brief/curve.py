"""Section 3: the curve in one picture, how sure it is, what else could explain it, and what could be seen at all."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib import dip
from cbe_lib.brief.content import Part, Picture, Section, Text
from cbe_lib.brief.picture import curve_figure
from cbe_lib.brief.record import Record
from cbe_lib.brief.rivals import rivals
from cbe_lib.brief.series import Series, chosen
from cbe_lib.brief.words import attempted, listed, spread, years
from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.outcome import DipFit, stands_out
from cbe_lib.dip.wording import amount, recovery_sentence, span, times_in
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim

TITLE = "The curve"
PLANTED = 6.0


@dataclass(frozen=True)
class Answer:
    """What the data say about a dip: beside comparison districts, or alone, or neither."""

    compared: Comparison | None
    alone: DipFit | None


def curve(record: Record) -> Section:
    """Draw the one series that the rule picks, and say what it can and cannot tell."""
    series = chosen(record)
    if series is None:
        words = "Cannot tell: the tables hold no result of this district's students that may be shown."
        return Section(3, TITLE, (Text(words),), 1)
    answer = _answer(record, series)
    parts: list[Part] = [_pictured(record, series, answer), *_said(record, series, answer)]
    if record.rollout:
        parts.append(Text(_rival_words(record, series), "What else could explain it", "item"))
    parts.append(Text(_detectable(series, answer), "What could be seen", "item"))
    if series.more:
        words = f"{series.more} other series not shown: this one has most groups, years and students."
        parts.append(Text(words, style="small"))
    return Section(3, TITLE, tuple(parts), 1)


def _answer(record: Record, series: Series) -> Answer:
    if record.rollout is None:
        return Answer(None, None)
    return Answer(_beside_others(record, series), _alone(record.rollout.year, series))


def _beside_others(record: Record, series: Series) -> Comparison | None:
    """Compare with districts that never adopted; None where there are too few, or their table cannot be used."""
    if record.rollout is None or series.others.empty:
        return None
    both = pd.concat([series.rows.assign(district_id=record.id), series.others], ignore_index=True)
    own = both["district_id"] == record.id
    both["rollout_year"] = pd.Series(record.rollout.year, both.index, dtype="Int64").where(own)
    counted = both["n_tested"].notna().all()
    try:
        found = dip.compare(both, n_tested="n_tested" if counted else None)
    except CbeError:
        return None
    depth = found.terms.loc[found.terms["term"] == "depth", "estimate"]
    return None if depth.isna().any() else found


def _alone(rollout: int, series: Series) -> DipFit | None:
    rows = series.rows
    counted = "n_tested" if rows["n_tested"].notna().all() else None
    regime = "test_regime" if rows["test_regime"].notna().all() else None
    try:
        return dip.fit(rows, rollout, n_tested=counted, regime=regime)
    except CbeError:
        return None


def _pictured(record: Record, series: Series, answer: Answer) -> Picture:
    rows, rollout = series.rows, record.rollout
    shown = series.others if answer.compared is not None or rollout is None else series.others.iloc[:0]
    figure, drawn = curve_figure(rows, rollout.year if rollout else None, answer.compared, answer.alone, shown)
    first, last = rows.iloc[0], rows.iloc[-1]
    tested = series.tested
    count = f"{spread(tested)} tested a year" if len(tested) else "number tested not in the data"
    caption = f"{series.words[0].upper()}{series.words[1:]}; {count}, {years(rows['year'])}."
    words = f"Chart of {series.words}: {first['value']:.1f}% in {first['year']}, {last['value']:.1f}% in {last['year']}"
    low = rows.sort_values("value", kind="stable").iloc[0]
    words += f", lowest {low['value']:.1f}% in {low['year']}; {count}. {drawn}"
    return Picture(figure, words, caption)


def _said(record: Record, series: Series, answer: Answer) -> list[Part]:
    if record.rollout is None:
        return [Text("No rollout is recorded, so there is no dip to look for. The dots show what results did.")]
    if answer.compared is not None:
        return [Text(words) for words in _compared_words(answer.compared, series)]
    alone = answer.alone
    words = alone.text if alone is not None else "Cannot tell whether there was a dip: the results could not be fitted."
    why = "Too few districts without a rollout to compare with, so a shock to the whole state would look the same."
    return [Text(words), Text(f"{why} {claim('A02').label}.", style="small")]


def _compared_words(found: Comparison, series: Series) -> list[str]:
    terms = found.terms.set_index("term").to_dict("index")
    depth, last = terms["depth"], int(series.rows["year"].max())
    count = series.others["district_id"].nunique()
    likely = span(depth["conf_low"], depth["conf_high"], found.unit)
    between = f"95% interval {likely}"
    often = f"chance alone shows this much {times_in(found.existence.p_value)}"
    beside = f"Against what its own earlier years and {count} districts without a rollout led one to expect"
    if stands_out(found.existence.p_value, found.level):
        words = (
            f"{beside}, results fell about {amount(depth['estimate'], found.unit)} at the deepest, around "
            f"{terms['trough_year']['estimate']:.0f} ({between}). {recovery_sentence(terms['recovery_years'], last)} "
            f"{often[0].upper()}{often[1:]}."
        )
    else:
        words = (
            f"{beside}, whether there was a dip cannot be told: {often}. If there was one, it is likely {likely} deep."
        )
    caution = "So few districts to compare with: treat with caution. " if found.existence.note else ""
    return [words, f"{caution}{claim('A02').label}."]


def _rival_words(record: Record, series: Series) -> str:
    found = rivals(record, series)
    words = "who enrolls, who teaches, or how the test is used"
    return f"{listed(found)}. Always: {words}." if found else f"Nothing else is on record; always: {words}."


def _detectable(series: Series, answer: Answer) -> str:
    tested = series.tested
    if not len(tested):
        return "Cannot tell how small a change would show: the number of students tested is not in the data."
    usual = int(tested.median())
    change = dip.detectable(1, 1, n_tested=usual).table.set_index("term").loc["year_to_year", "estimate"]
    words = (
        f"With about {usual:,} tested ({years(series.rows['year'])}), a change from one year to the next must be "
        f"{change:.0f} points to stand out 8 times in 10."
    )
    return words + (attempted(lambda: _planted(answer.compared)) if answer.compared is not None else "")


def _planted(found: Comparison | None) -> str:
    """Say how often a dip that was planted into comparison districts of this file is found."""
    if found is None:
        return ""
    rows = found.power[(found.power["planted_depth"] == PLANTED) & found.power["power"].notna()]
    if rows.empty:
        return ""
    said = [
        f"{100 * row['power']:.0f}% in {row['districts']} districts ({str(row['size_class']).replace(':', ',')})"
        for row in rows.to_dict("records")
    ]
    return f" Dips of {PLANTED:g} points planted into comparison districts were found: {'; '.join(said)}."
