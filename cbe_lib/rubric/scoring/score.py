"""Which level does each criterion stand on, how sure is that, and what does the evidence allow?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, require_frame, some
from cbe_lib.framework import Rubric, read_rubric
from cbe_lib.rubric.agreement import check_level
from cbe_lib.rubric.scoring.caps import Found, Schools, allowed, caps, gather, schools_needed
from cbe_lib.rubric.scoring.grid import Grid, check_future, make_grid
from cbe_lib.rubric.scoring.levels import Levels, find_levels, rater_agreement
from cbe_lib.rubric.scoring.reading import Columns, Problems, read_evidence, read_ratings, words
from cbe_lib.rubric.scoring.result import Scores
from cbe_lib.rubric.scoring.summary import dimension_table, headline
from cbe_lib.rubric.scoring.table import Sheet, Weighed

VOTES = ["district", "wave", "criterion_id", "rater", "level", "position"]
UNSUPPORTED = (
    "No evidence was given: levels are what raters said, unsupported. Whether a level must be held down (self-report "
    "alone, one role group, schools not sampled, years, an outside look) cannot be checked."
)
CUMULATIVE = (
    "The ratings of the waves carry no dates: each wave is scored with all of the evidence. Give ratings a `date`, or "
    "as_of={wave: date}."
)
NO_CLOCK = "No date is known at all, so nothing can count as dated evidence."


def score(
    ratings: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
    *,
    rubric: Rubric | None = None,
    district: str = "district_id",
    criterion: str = "criterion_id",
    rater: str = "rater",
    rating: str = "level",
    wave: str | None = None,
    schools: Mapping[Any, Any] | None = None,
    as_of: Any = None,
    level: float = 0.95,
) -> Scores:
    """Which level does each criterion stand on, how sure is that, and what does the evidence allow?

    A high level means that the raters saw the practice and that dated evidence of several kinds, from several role
    groups, backs it. A level that the evidence does not carry is held down, and `why` says for what. The interval
    says which levels a very large team of such raters might settle on; it does not cover a mistake that all raters
    share, nor evidence that nobody collected.

    Parameters
    ----------
    ratings : DataFrame
        One row a rating: district, criterion, rater and level (a level's name; "NR" or blank: not rated). Optional:
        `consensus` (true: the level that the team agreed on), `blind`, `role` (of the rater), `date`.
    evidence : DataFrame, optional
        The table `evidence`: evidence_id, district_id, criterion_id, date, kind, role_group, supports ("+" or "-");
        optional school_id, since, text. Without it, levels are "ratings only" and no cap is checked.
    rubric : Rubric, optional
        From `rubric.load`; the packaged one if left out.
    district, criterion, rater, rating : str
        Columns of `ratings`.
    wave : str, optional
        Column that tells visits apart; "wave" is used where that column is filled in. Evidence counts for a wave if it
        is dated up to the wave's last rating, for the latest wave up to `as_of`.
    schools : mapping, optional
        District to its number of schools, or to a list of school ids.
    as_of : date or {wave: date}, optional
        Last day that counts; the last date in the tables if left out.
    level : float, between 0 and 1
        Coverage that the intervals aim at.

    Returns
    -------
    Scores
        `.table`, a row for each district, wave and criterion: district, wave, dimension, criterion_id, level (after
        caps), position (1 is the lowest), uncapped, allowed (highest level the evidence carries), conf_low, conf_high
        (positions), likely (the same in words), n_raters, votes, n_evidence (dated), cap, why, contradicted (pieces of
        evidence against the practice), status: "scored", "tentative" or "do not report" (raters agree too little),
        "ratings only", "not rated". `.dimensions`, `.caps`, `.contradictions`, `.agreement`, `.votes`: see `Scores`.

    Raises
    ------
    CbeError
        One error for everything wrong with the tables: unknown criteria, levels, kinds or signs (with the nearest
        known), one rater twice in a wave, blank names, dates that are none or lie after `as_of`, ids that repeat.

    Notes
    -----
    Level = consensus where there is one, else the middle vote (the lower of two). Interval: a vote is the practice
    plus normal error, rounded to a level, and 2 in 100 votes are slips; the practice stands within .35 of its level;
    every level is equally likely beforehand; the spread of the error is learned from all units of the file with two
    or more votes, and averaged over. The shortest run of levels that holds `level` of the probability is the
    interval; it includes the level shown, and caps apply to it too. As levels are steps, it covers more often than it
    promises (`benchmarks/score_study.py`). One rater alone gets an interval if others in the file disagree somewhere.
    Evidence against a practice never lowers a level by itself: it is counted beside it, and listed.

    References
    ----------
    Dawid, A. P. and Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates. Applied Statistics, 28.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"district_id": "Alder", "criterion_id": "D1.1", "rater": list("abc"),
    ...                       "level": ["Proficient", "Proficient", "Emerging"]})
    >>> seen = pd.DataFrame({"evidence_id": ["E1"], "district_id": "Alder", "criterion_id": "D1.1",
    ...                      "date": "2025-03-04", "kind": "interview", "role_group": "teacher", "supports": "+"})
    >>> scored = rubric.score(visit, seen)
    >>> scored.table.loc[0, ["level", "uncapped", "cap"]].tolist()
    ['Emerging', 'Proficient', 'self-report alone; one role group']
    """
    check_level(level)
    instrument = _instrument(rubric)
    frame = require_frame(ratings, "ratings")
    if wave is None and "wave" in frame.columns and words(frame["wave"]).ne("").any():
        wave = "wave"
    problems = Problems()
    coded, notes = read_ratings(frame, Columns(district, criterion, rater, rating, wave), instrument, problems)
    pieces = None if evidence is None else read_evidence(evidence, instrument, problems)
    _no_empty(coded)
    grid = make_grid(coded, pieces, len(instrument.criteria), as_of)
    if as_of is not None:
        _check_future(ratings, coded, evidence, pieces, grid, problems)
    problems.raise_all()
    coded["cell"] = grid.cell(coded)
    found = find_levels(coded, grid, len(instrument.levels), level)
    weighed, gaps = _weighed(coded, pieces, grid, instrument, schools)
    votes = _votes(coded, instrument)
    agreement = rater_agreement(votes, instrument, level)
    sheet = Sheet(grid, found, weighed, agreement, instrument)
    table = sheet.table()
    dimensions = dimension_table(table, instrument)
    return Scores(
        table=table,
        text=headline(table, dimensions, level, supported=pieces is not None),
        notes=(*notes, *_clock_notes(grid, pieces), *gaps, *_agreement_notes(agreement, found, instrument)),
        model=None,
        dimensions=dimensions,
        caps=sheet.caps(),
        contradictions=sheet.contradictions(table),
        agreement=agreement,
        votes=votes.assign(position=votes["position"] + 1)[VOTES],
        rubric=instrument,
        level=level,
    )


def _instrument(rubric: object) -> Rubric:
    if rubric is None:
        return read_rubric()
    if isinstance(rubric, Rubric):
        return rubric
    raise CbeError.build(
        "`rubric` must be a Rubric", found=f"Found {type(rubric).__name__}", advice="Pass rubric.load('my_rubric.toml')"
    )


def _no_empty(coded: pd.DataFrame) -> None:
    if coded.empty:
        raise CbeError.build("`ratings` has no rows", advice="Give one row for each rating of a criterion by a rater")


def _check_future(
    ratings: pd.DataFrame,
    coded: pd.DataFrame,
    evidence: pd.DataFrame | None,
    pieces: pd.DataFrame | None,
    grid: Grid,
    problems: Problems,
) -> None:
    end = grid.sites["as_of"].max()
    check_future("ratings", ratings, coded, "date", end, problems)
    if evidence is not None and pieces is not None:
        check_future("evidence", evidence, pieces, "date", end, problems)


def _clock_notes(grid: Grid, pieces: pd.DataFrame | None) -> list[str]:
    ends, waves = grid.sites["as_of"], grid.sites["wave"].nunique()
    if pieces is None:
        return []
    if ends.isna().any():
        return [NO_CLOCK]
    return [CUMULATIVE] if waves > 1 and ends.nunique() == 1 else []


def _weighed(
    coded: pd.DataFrame, pieces: pd.DataFrame | None, grid: Grid, rubric: Rubric, schools: Schools
) -> tuple[Weighed, list[str]]:
    """Say what the evidence allows, and what could not be checked."""
    highest = len(rubric.levels) - 1
    if pieces is None:
        return Weighed(None, [], np.full(grid.size, highest)), [UNSUPPORTED]
    found = gather(pieces, grid, rubric)
    needed, unknown = schools_needed(schools, grid, found)
    listed = caps(found, rubric, needed, _outside(coded, grid, rubric))
    notes = [*(unknown if rubric.rules.not_all_schools_cap else ()), *_evidence_notes(pieces, found, grid)]
    return Weighed(found, listed, allowed(listed, grid.size, highest + 1)), notes


def _outside(coded: pd.DataFrame, grid: Grid, rubric: Rubric) -> np.ndarray:
    """Say for each cell whether one of its raters has a role that the highest level asks for."""
    roles = [role.lower() for role in rubric.rules.highest_needs_roles]
    rows = coded[coded["position"].ge(0) & coded["role"].str.lower().isin(roles)]
    outside = np.zeros(grid.size, dtype=bool)
    outside[rows["cell"]] = True
    return outside


def _evidence_notes(pieces: pd.DataFrame, found: Found, grid: Grid) -> list[str]:
    undated = int(pieces["date"].isna().sum())
    elsewhere = pieces.loc[~pieces["district"].isin(grid.sites["district"]), "district"]
    notes = []
    if undated:
        notes.append(f"{undated} piece{'s' if undated > 1 else ''} of evidence without a date: not counted as support.")
    if len(elsewhere):
        notes.append(f"{len(elsewhere)} pieces of evidence on districts without ratings: {some(elsewhere.unique())}.")
    late = len(pieces) - len(elsewhere) - found.rows["evidence_id"].nunique()
    if late:
        notes.append(f"{late} piece{'s' if late > 1 else ''} of evidence dated after the last rating of every wave.")
    return notes


def _agreement_notes(agreement: pd.DataFrame, found: Levels, rubric: Rubric) -> list[str]:
    notes, share = [], rubric.rules.double_share
    voted = found.raters > 0
    doubled = float((found.raters[voted] > 1).mean()) if voted.any() else 0.0
    if share is not None and voted.any() and doubled < share:
        notes.append(f"{doubled:.0%} of the units have two raters; the rubric asks for {share:.0%} or more.")
    for status in ("do not report", "tentative"):
        ids = agreement.loc[agreement["status"] == status, "criterion_id"]
        if len(ids):
            reasons = agreement.loc[agreement["status"] == status, "reason"].unique()
            notes.append(f"{status.capitalize()}: {some(ids)}; {some(reasons, 1)}.")
    return notes


def _votes(coded: pd.DataFrame, rubric: Rubric) -> pd.DataFrame:
    """List the votes, each with its cell and names to show."""
    votes = coded[coded["position"].ge(0) & ~coded["consensus"]]
    ids = np.array([criterion.id for criterion in rubric.criteria], dtype=object)
    names = np.array(rubric.levels, dtype=object)
    named = votes.assign(criterion_id=ids[votes["criterion"]], level=names[votes["position"]])
    return named.sort_values(["cell", "rater"], ignore_index=True)
