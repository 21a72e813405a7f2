"""A common language of learning: the same words, a map of levels without holes, and habits kept apart from levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
import statsmodels.api as sm

from cbe_lib.errors import CbeError, require_columns, require_rows, some
from cbe_lib.results import Result

__all__ = ["Continuum", "Habits", "Terms", "continuum", "habits", "terms"]

FEWEST_STUDENTS = 10
ROUNDING = 1e-9  # levels; where levels follow the evidence exactly, what is left is rounding


@dataclass(frozen=True, repr=False)
class Terms(Result):
    """Which words documents use for the same thing: see `terms`."""


@dataclass(frozen=True, repr=False)
class Continuum(Result):
    """Holes, overlaps and shortcuts of a map of levels: see `continuum`.

    Attributes
    ----------
    order : tuple of str
        The levels so that each comes after what it builds on.
    links : DataFrame
        level_id, builds_on, kind ("link", "shortcut", "hole"): what builds on what.
    """

    order: tuple[str, ...]
    links: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Habits(Result):
    """Whether habits color academic levels: see `habits`."""


def terms(documents: Mapping[str, str], glossary: Mapping[str, Sequence[str]]) -> Terms:
    """Do documents use the same words for the same things?

    Parameters
    ----------
    documents : mapping
        {name: text} of handbooks, report cards, policies.
    glossary : mapping
        {agreed term: other words for it}, for instance {"proficient": ["mastered", "passing"]}.

    Returns
    -------
    Terms
        `.table`: term, document, agreed (times the agreed term is used), others (times another word is), words (which),
        share (of uses that are the agreed term), reason.

    Raises
    ------
    CbeError
        For no documents, no terms, or one word that stands for two terms.

    Notes
    -----
    Whole words are counted, upper and lower case alike, plural s included. A word may be right in its place: read the
    sentence before changing it.

    Examples
    --------
    >>> found = terms({"handbook": "Students mastered it. Proficient work."}, {"proficient": ["mastered"]})
    >>> found.table[["agreed", "others", "share"]].values.tolist()
    [[1.0, 1.0, 0.5]]
    """
    _check_glossary(documents, glossary)
    rows = []
    for term, others in glossary.items():
        for name, text in documents.items():
            agreed = _uses(term, text)
            found = {word: _uses(word, text) for word in others}
            used = sum(found.values())
            share = agreed / (agreed + used) if agreed + used else np.nan
            words = "; ".join(word for word, times in found.items() if times)
            rows.append((term, name, agreed, used, words, share, "" if agreed + used else "not mentioned"))
    table = pd.DataFrame(rows, columns=["term", "document", "agreed", "others", "words", "share", "reason"])
    whole = table.groupby("term", sort=False)[["agreed", "others"]].sum()
    mixed = whole[(whole["agreed"] > 0) & (whole["others"] > 0) | (whole["others"] > 0) & (whole["agreed"] == 0)]
    text = (
        f"{len(mixed)} of {len(whole)} terms go by other words somewhere in the {len(documents)} documents"
        + (f": {some(mixed.index)}" if len(mixed) else "")
        + ". A word may be right in its place; read the sentence before changing it."
    )
    return Terms(table, text, (), None)


def _check_glossary(documents: Mapping[str, str], glossary: Mapping[str, Sequence[str]]) -> None:
    if not documents or not glossary:
        raise CbeError.build("`documents` and `glossary` need at least one entry each")
    words = pd.Series([word.casefold() for term, others in glossary.items() for word in (term, *others)], dtype=object)
    twice = sorted(set(words[words.duplicated()]))
    if twice:
        raise CbeError.build(
            f"One word stands for two terms: {some(map(repr, twice))}", advice="Choose one term for it"
        )


def _uses(word: str, text: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(word)}s?(?!\w)", text, flags=re.IGNORECASE))


def continuum(levels: pd.DataFrame) -> Continuum:
    """Does the map of levels have holes, overlaps or shortcuts?

    Parameters
    ----------
    levels : DataFrame
        level_id, subject, predecessor_ids (what a level builds on, parted by semicolons; blank for a start), text.

    Returns
    -------
    Continuum
        `.table`: finding ("hole", "overlap", "shortcut", "loose end"), level_id, other, why. Hole: it builds on a level
        that is not on the map. Overlap: two levels of a subject share most of their words. Shortcut: it names a
        predecessor that another predecessor already builds on. Loose end: no level builds on it and it builds on none.

    Raises
    ------
    CbeError
        For missing columns, a level listed twice, levels that build on each other in a circle.

    Examples
    --------
    >>> import pandas as pd
    >>> levels = pd.DataFrame({"level_id": ["M1", "M2"], "subject": "math", "predecessor_ids": ["", "M0"]})
    >>> continuum(levels.assign(text=["count to ten", "add to twenty"])).table["finding"].tolist()
    ['loose end', 'hole']
    """
    frame = require_columns(levels, ["level_id", "subject", "predecessor_ids", "text"], "levels")
    require_rows(frame, "levels")
    twice = frame["level_id"][frame["level_id"].duplicated()]
    if len(twice):
        raise CbeError.build(f"Listed twice: {some(twice)}", advice="Keep one row for each level")
    before = {
        str(level): [part.strip() for part in str(parts).split(";") if part.strip()]
        for level, parts in zip(frame["level_id"], frame["predecessor_ids"].fillna(""), strict=True)
    }
    graph = nx.DiGraph([(each, level) for level, parts in before.items() for each in parts if each in before])
    graph.add_nodes_from(before)
    circles = [" > ".join([*circle, circle[0]]) for circle in nx.simple_cycles(graph)]
    if circles:
        raise CbeError.build(f"Levels build on each other in a circle: {some(circles)}", advice="Cut one link of each")
    rows = [*_loose(graph, before), *_holes(before), *_shortcuts(graph), *_overlaps(frame)]
    table = pd.DataFrame(rows, columns=["finding", "level_id", "other", "why"])
    counts = table["finding"].value_counts()
    listed = (
        ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items()) or "nothing to mend"
    )
    text = f"On the map of {len(before)} levels: {listed}. Overlap goes by shared words only; teachers decide."
    order = tuple(nx.lexicographical_topological_sort(graph))
    return Continuum(table, text, (), None, order=order, links=_links(before, table))


def _links(before: Mapping[str, list[str]], table: pd.DataFrame) -> pd.DataFrame:
    known = {(row["level_id"], row["other"]): row["finding"] for row in table.to_dict("records")}
    rows = [(level, each, known.get((level, each), "link")) for level, parts in before.items() for each in parts]
    links = pd.DataFrame(rows, columns=["level_id", "builds_on", "kind"])
    return links.assign(kind=links["kind"].where(links["kind"] != "overlap", "link"))


def _loose(graph: nx.DiGraph, before: Mapping[str, list[str]]) -> list[tuple[str, str, str, str]]:
    alone = [level for level in before if graph.degree(level) == 0 and not before[level]]
    return [("loose end", level, "", "nothing leads to it and nothing follows") for level in alone if len(before) > 1]


def _holes(before: Mapping[str, list[str]]) -> list[tuple[str, str, str, str]]:
    return [
        ("hole", level, each, f"builds on {each}, which is not on the map")
        for level, parts in before.items()
        for each in parts
        if each not in before
    ]


def _shortcuts(graph: nx.DiGraph) -> list[tuple[str, str, str, str]]:
    needed = nx.transitive_reduction(graph)
    spare = [edge for edge in graph.edges if not needed.has_edge(*edge)]
    return [("shortcut", level, each, f"{each} is already behind another level it builds on") for each, level in spare]


def _overlaps(frame: pd.DataFrame, most: float = 0.6) -> list[tuple[str, str, str, str]]:
    rows = []
    for _, subject in frame.groupby("subject", sort=False):
        words = {row.level_id: set(re.findall(r"\w+", str(row.text).casefold())) for row in subject.itertuples()}
        names = list(words)
        for place, first in enumerate(names):
            for second in names[place + 1 :]:
                union = words[first] | words[second]
                share = len(words[first] & words[second]) / len(union) if union else 0
                if share >= most:
                    rows.append(("overlap", second, first, f"{share:.0%} of their words are the same"))
    return rows


def habits(records: pd.DataFrame, *, level: float = 0.95) -> Habits:
    """Are habits of learning kept apart from academic levels, or do they color them?

    Where the level given depends on a student's habits although the evidence is the same, the level says something
    other than what it claims.

    Parameters
    ----------
    records : DataFrame
        A row for each student: given (the academic level given), shown (score of moderated or outside evidence) and
        habits (score of work habits), all numbers.
    level : float, between 0 and 1
        Coverage of the interval.

    Returns
    -------
    Habits
        `.table`: term (habits, shown), estimate, conf_low, conf_high, unit, n, reason. habits: how much the
        level given moves with one standard deviation of habits, the evidence shown being the same.

    Raises
    ------
    CbeError
        For missing columns or text in numbers.

    Notes
    -----
    Ordinary least squares of given on shown and habits, HC3 errors. Error in the evidence shown makes habits look as if
    they counted although they do not; so a clear zero is worth more than a small slope.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> shown, work = np.tile([1.0, 2, 3, 4], 10), np.repeat(np.arange(10.0), 4)
    >>> found = habits(pd.DataFrame({"given": shown, "shown": shown, "habits": work}))
    >>> round(abs(float(found.table.set_index("term").loc["habits", "estimate"])), 6)
    0.0
    """
    frame = require_columns(records, ["given", "shown", "habits"], "records")[["given", "shown", "habits"]]
    numbers = frame.apply(pd.to_numeric, errors="coerce")
    if (numbers.isna() & frame.notna()).any(axis=None):
        raise CbeError.build("`records` holds text where numbers are needed", advice="Give plain numbers")
    known = numbers.dropna()
    left = len(numbers) - len(known)
    notes = (f"{left} students left out: a number is missing.",) if left else ()
    columns = ["term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]
    if len(known) < FEWEST_STUDENTS or (known[["given", "shown", "habits"]].std() == 0).any():
        reason = f"cannot tell: fewer than {FEWEST_STUDENTS} students, or all alike in level, evidence or habits"
        table = pd.DataFrame([("habits", np.nan, np.nan, np.nan, "levels", len(known), reason)], columns=columns)
        return Habits(table, f"Cannot tell whether habits color the levels: {reason[13:]}.", notes, None)
    scaled = (known["habits"] - known["habits"].mean()) / known["habits"].std()
    design = sm.add_constant(pd.DataFrame({"shown": known["shown"], "habits": scaled}))
    fit = sm.OLS(known["given"], design).fit(cov_type="HC3", use_t=True)
    limits = fit.conf_int(alpha=1 - level)
    units = {"habits": "levels for one standard deviation of habits", "shown": "levels for one of evidence"}
    rows = [
        (term, float(fit.params[term]), float(limits.loc[term, 0]), float(limits.loc[term, 1]), unit, len(known), "")
        for term, unit in units.items()
    ]
    table = pd.DataFrame(rows, columns=columns)
    low, high = rows[0][2], rows[0][3]
    found = (
        "Habits color the levels given"
        if low > ROUNDING or high < -ROUNDING
        else "No sign that habits color the levels given"
    )
    text = (
        f"{found}: with the same evidence, one standard deviation of habits goes with {rows[0][1]:.2f} levels "
        f"({level:.0%} interval {low:.2f} to {high:.2f}, {len(known)} students). Evidence measured with error can make "
        "habits look as if they counted."
    )
    return Habits(table, text, notes, fit)
