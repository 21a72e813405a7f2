"""The posts and the series as a whole: what they claim, where each theme lives, and how the findings fit together."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import read_claims, read_definition, read_series
from cbe_lib.framework.series import KINDS
from cbe_lib.results import Result
from cbe_lib.rubric import Scores

__all__ = [
    "ClaimRegister",
    "DefinitionCheck",
    "Diagnosis",
    "SeriesMap",
    "articles",
    "claims",
    "definition",
    "diagnosis",
]

STUMBLES = {
    "purpose": "Is the purpose used when something has to be decided?",
    "leadership": "Is leadership shared in deed, or in name only?",
    "ownership": "Is the change owned, or only accepted?",
    "curve": "Did results dip, and how sure can anyone be?",
}


@dataclass(frozen=True, repr=False)
class ClaimRegister(Result):
    """What the posts claim: see `claims`."""


@dataclass(frozen=True, repr=False)
class SeriesMap(Result):
    """The 23 articles and where each theme lives: see `articles`."""


@dataclass(frozen=True, repr=False)
class DefinitionCheck(Result):
    """Which parts of the definition a district practices: see `definition`."""


@dataclass(frozen=True, repr=False)
class Diagnosis(Result):
    """The findings on the three stumbles and the curve, side by side: see `diagnosis`."""


def claims(kind: str | None = None) -> ClaimRegister:
    """What do the posts claim, and what would confirm or refute each claim?

    Parameters
    ----------
    kind : {"observation", "hypothesis", "recommendation"}, optional
        Only claims of this kind.

    Returns
    -------
    ClaimRegister
        `.table`: id, kind, claim, confirmed_by, refuted_by, test (the function that puts the claim to the test).

    Raises
    ------
    CbeError
        For an unknown kind.

    Examples
    --------
    >>> claims("recommendation").table["id"].tolist()[:3]
    ['A14', 'A17', 'A22']
    """
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of claim", kind, KINDS)
    chosen = [claim for claim in read_claims() if kind in (None, claim.kind)]
    table = pd.DataFrame([asdict(claim) for claim in chosen])
    counts = table["kind"].value_counts()
    listed = ", ".join(f"{counts[each]} {_several(each, counts[each])}" for each in KINDS if each in counts)
    text = (
        f"The two posts make {len(table)} claims that can be put to a test here: {listed}. None of them is a finding; "
        "their author calls them musings, and each stands beside what would speak against it."
    )
    return ClaimRegister(table, text, (), None)


def _several(kind: str, count: int) -> str:
    return kind if count == 1 else {"hypothesis": "hypotheses"}.get(kind, kind + "s")


def articles(stage: str | None = None, tag: str | None = None) -> SeriesMap:
    """Which of the 23 articles deal with this stage or tag, and which notebook carries the theme?

    Parameters
    ----------
    stage : {"ramping up", "designing", "transitioning", "improving", "across"}, optional
        Stage of the change.
    tag : {"practice", "getting started", "leading change"}, optional
        Tag for finding one's way.

    Returns
    -------
    SeriesMap
        `.table`: number, title, stage, question, notebook, tags.

    Raises
    ------
    CbeError
        For an unknown stage or tag.

    Examples
    --------
    >>> articles(stage="improving").table["number"].tolist()
    [21, 22]
    """
    found = read_series()
    for kind, asked, known in (
        ("stage", stage, {each.stage for each in found}),
        ("tag", tag, {each for article in found for each in article.tags}),
    ):
        if asked is not None and asked not in known:
            raise unknown_name(kind, asked, sorted(known))
    chosen = [each for each in found if stage in (None, each.stage) and (tag is None or tag in each.tags)]
    rows = [asdict(each) | {"tags": "; ".join(each.tags)} for each in chosen]
    columns = ["number", "title", "stage", "question", "notebook", "tags"]
    text = (
        f"{len(rows)} of the {len(found)} articles. The notebooks take up what the titles name; what they compute is "
        "ours, and the articles themselves are not reproduced."
    )
    return SeriesMap(pd.DataFrame(rows, columns=columns), text, (), None)


def definition(scores: Scores, district: str) -> DefinitionCheck:
    """Which parts of the definition of competency-based education does a district practice?

    Asked as "in what ways", not "yes or no": a part is as strong as the weakest criterion that bears on it.

    Parameters
    ----------
    scores : Scores
        Levels from `cbe_lib.rubric.score`, with the packaged rubric.
    district : str
        The district, as it stands in the scores.

    Returns
    -------
    DefinitionCheck
        `.table`: part, meaning, level (of the weakest criterion), criteria, not_rated; a part without a rated
        criterion has no level and says so.

    Raises
    ------
    CbeError
        For a district without scores.

    References
    ----------
    Levine, E. and Patrick, S. (2019). What is competency-based education? An updated definition. Aurora Institute.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"district_id": "01", "criterion_id": ["D6.2"], "rater": "Ana", "level": "Emerging"})
    >>> found = definition(rubric.score(visit), "01")
    >>> found.table.set_index("part")["level"]["Progress on mastery"]
    'Emerging'
    """
    rows = scores.table[scores.table["district"].astype(str) == str(district)]
    if rows.empty:
        raise unknown_name("district with scores", district, sorted(scores.table["district"].astype(str).unique()))
    latest = rows.drop_duplicates("criterion_id", keep="last").set_index("criterion_id")
    table = pd.DataFrame([_part(part.name, part.meaning, part.criteria, latest, scores) for part in read_definition()])
    known = table[table["level"] != ""]
    text = (
        f"{len(known)} of the {len(table)} parts of the 2019 definition can be judged in district {district}. "
        + (f"Weakest: {_weakest(known, scores)}. " if len(known) else "")
        + "A part is as strong as its weakest criterion; ask in what ways a district is competency-based, not whether."
    )
    return DefinitionCheck(table, text, (), None)


def _part(name: str, meaning: str, criteria: tuple[str, ...], latest: pd.DataFrame, scores: Scores) -> dict[str, str]:
    levels = latest["level"].reindex(list(criteria))
    rated = levels[levels.isin(scores.rubric.levels)]
    lowest = min(rated, key=scores.rubric.levels.index) if len(rated) else ""
    missing = [each for each in criteria if each not in rated.index]
    return {
        "part": name,
        "meaning": meaning,
        "level": lowest,
        "criteria": "; ".join(criteria),
        "not_rated": "; ".join(missing),
        "reason": "" if lowest else "cannot tell: no criterion that bears on it is rated",
    }


def _weakest(known: pd.DataFrame, scores: Scores) -> str:
    lowest = min(known["level"], key=scores.rubric.levels.index)
    parts = known.loc[known["level"] == lowest, "part"]
    return f"{', '.join(part.lower() for part in parts)} ({lowest})"


def diagnosis(**findings: Result | None) -> Diagnosis:
    """What do the three stumbles and the curve say together?

    They are set side by side, never added up: a strong purpose does not make up for leadership in name only.

    Parameters
    ----------
    purpose, leadership, ownership, curve : Result, optional
        What the notebooks on purpose, leadership and ownership and `dip.fit` found for one district; None or left out
        where it was not looked at.

    Returns
    -------
    Diagnosis
        `.table`: part, question, finding, cautions (number of notes), reason (why there is no finding).

    Raises
    ------
    CbeError
        For other names, or something that is not a result.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> alder = samples.load("three_districts").query("district_id == 'Alder Ridge (synthetic)'")
    >>> found = diagnosis(curve=dip.fit(alder, 2014, n_tested="n_tested"))
    >>> found.table.set_index("part")["reason"]["purpose"]
    'not looked at'
    """
    for name, finding in findings.items():
        if name not in STUMBLES:
            raise unknown_name("part of the diagnosis", name, STUMBLES)
        if finding is not None and not isinstance(finding, Result):
            raise CbeError.build(f"`{name}` must be a result of this library", found=f"Found {type(finding).__name__}")
    table = pd.DataFrame([_finding(part, findings.get(part)) for part in STUMBLES])
    looked = int((table["reason"] == "").sum())
    text = (
        f"{looked} of 4 parts were looked at. They stand side by side and are not added up: no strength here makes up "
        "for a weakness there, and none of them shows what lies behind the curve."
    )
    return Diagnosis(table, text, (), None)


def _finding(part: str, finding: Result | None) -> dict[str, object]:
    return {
        "part": part,
        "question": STUMBLES[part],
        "finding": "" if finding is None else finding.text,
        "cautions": 0 if finding is None else len(finding.notes),
        "reason": "not looked at" if finding is None else "",
    }
