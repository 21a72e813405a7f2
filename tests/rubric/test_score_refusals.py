"""Scoring refuses what it cannot read, and says everything that is wrong at once."""

import pandas as pd
import pytest

from cbe_lib import CbeError, rubric
from tests.rubric.score_tables import pieces, votes

GOOD = votes("Emerging", "Proficient")


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (votes("Emergin"), r"ratings.level: found 'Emergin' \(did you mean 'Emerging'\?\) in 1 row \(index 0\)"),
        (votes("Emerging", criterion_id="D1.11"), r"ratings.criterion_id: found 'D1.11' \(did you mean 'D1.1'\?\)"),
        (votes("Emerging", "Emerging", rater="ana"), r"ratings.rater: one rater rates one criterion twice in 2 rows"),
        (votes("Emerging", rater=[""]), r"ratings.rater: blank in 1 row \(index 0\); say who rated"),
        (votes("Emerging", district_id=[None]), r"ratings.district_id: blank in 1 row"),
        (votes("Emerging", date="May"), r"ratings.date: found 'May' in 1 row .*give dates as YYYY-MM-DD"),
        (votes("Emerging", consensus="perhaps"), r"ratings.consensus: found 'perhaps'"),
        (votes("Emerging", "Emerging", consensus=True), r"more than one consensus for one criterion in 2 rows"),
        (votes("Emerging", "Emerging", wave=["", "1"]), r"ratings.wave: blank in 1 row"),
        (votes(), r"`ratings` has no rows"),
        (votes(2.5), r"ratings.level: found '2.5'"),
        (GOOD.drop(columns="rater"), r"no column 'rater'"),
        ([1, 2], r"`ratings` must be a pandas DataFrame"),
    ],
)
def test_ratings_that_cannot_be_read(ratings, message):
    with pytest.raises(CbeError, match=message):
        rubric.score(ratings)


@pytest.mark.parametrize(
    ("piece", "message"),
    [
        ({"supports": "yes"}, r"evidence.supports: found 'yes' in 1 row \(index 0\); known are \+, -"),
        ({"kind": "intervew"}, r"evidence.kind: found 'intervew' \(did you mean 'interview'\?\)"),
        ({"criterion_id": "E1"}, r"evidence.criterion_id: found 'E1'"),
        ({"date": "31.5.2025"}, r"evidence.date: found '31.5.2025' in 1 row"),
        ({"since": "2026-01-01"}, r"evidence.since: later than the date of the piece"),
        ({"evidence_id": ""}, r"evidence.evidence_id: blank"),
    ],
)
def test_evidence_that_cannot_be_read(piece, message):
    with pytest.raises(CbeError, match=message):
        rubric.score(GOOD, pieces(piece))


def test_everything_wrong_is_told_at_once():
    bad = votes("Emergin", "Emerging", criterion_id=["D1.1", "D9.9"])
    with pytest.raises(CbeError, match=r"4 problems") as error:
        rubric.score(bad, pieces({"supports": "?", "kind": "gossip"}))
    assert str(error.value).count("\n  ") == 4


def test_dates_after_the_last_day_scored_are_refused():
    with pytest.raises(CbeError, match=r"evidence.date: later than 2025-01-01, the last day scored in 1 row"):
        rubric.score(GOOD, pieces({}), as_of="2025-01-01")


@pytest.mark.parametrize("as_of", ["soon", {"2024": "2024-01-01"}, None, float("nan")])
def test_as_of_must_be_a_date_or_name_every_wave(as_of):
    given = votes("Emerging", wave="2023")
    if as_of is None:
        assert len(rubric.score(given, pieces({}), as_of=as_of).table) == 32
    else:
        with pytest.raises(CbeError, match="as_of"):
            rubric.score(given, pieces({}), as_of=as_of)


@pytest.mark.parametrize(
    ("schools", "message"),
    [
        ({"Aldr": 3}, r"no district in schools named 'Aldr'. Did you mean 'Alder'"),
        ({"Alder": ["Nort"]}, r"no school of district 'Alder' named 'North'. Did you mean 'Nort'"),
        ({"Alder": 0}, r"neither a number nor a list"),
        ({"Alder": "North"}, r"neither a number nor a list"),
        (3, r"`schools` must map districts to schools"),
    ],
)
def test_schools_that_do_not_fit(schools, message):
    with pytest.raises(CbeError, match=message):
        rubric.score(GOOD, pieces({"school_id": "North"}), schools=schools)


def test_one_id_for_two_pieces_is_refused():
    with pytest.raises(CbeError, match=r"evidence.evidence_id: one id for several pieces in 2 rows"):
        rubric.score(GOOD, pieces({"evidence_id": "E"}, {"evidence_id": "E"}))


def test_waves_without_their_column_hint_at_it():
    twice = pd.concat([GOOD.assign(visit=1), GOOD.assign(visit=2)], ignore_index=True)
    with pytest.raises(CbeError, match=r"name the column that tells the waves apart with wave="):
        rubric.score(twice)
    assert rubric.score(twice, wave="visit").table["wave"].unique().tolist() == ["1", "2"]


@pytest.mark.parametrize("options", [{"level": 95}, {"rubric": "my.toml"}])
def test_options_of_the_wrong_kind(options):
    with pytest.raises(CbeError, match=next(iter(options))):
        rubric.score(GOOD, **options)
