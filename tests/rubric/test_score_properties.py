"""Whatever the matrix: no crash, no silent blank, and nothing but ratings and evidence matters."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbe_lib import rubric
from tests.rubric.score_tables import own_rubric

OWN = own_rubric(
    criteria=(3, 2),
    self_report_kinds=("interview", "survey"),
    self_report_cap="Middle",
    one_role_group_cap="Middle",
    not_all_schools_cap="Middle",
    highest_needs_years=2,
    highest_needs_roles=("outside reviewer",),
    highest_cap="Middle",
    tentative_below=0.67,
    do_not_report_below=0.4,
)
IDS = [criterion.id for criterion in OWN.criteria]
KEY = ["district_id", "criterion_id", "rater", "wave"]
rating = st.fixed_dictionaries(
    {
        "district_id": st.sampled_from(["d1", "d2", "d3"]),
        "criterion_id": st.sampled_from(IDS),
        "rater": st.sampled_from(["ana", "ben", "cy", "dee"]),
        "wave": st.sampled_from([1, 2]),
        "level": st.sampled_from(["Low", "Middle", "High", "NR", None]),
        "consensus": st.sampled_from([False] * 9 + [True]),
    }
)
piece = st.fixed_dictionaries(
    {
        "district_id": st.sampled_from(["d1", "d2", "d4"]),
        "criterion_id": st.sampled_from(IDS),
        "date": st.sampled_from([None, "2021-01-01", "2023-06-01", "2025-06-01"]),
        "kind": st.sampled_from(["interview", "document", "observation"]),
        "role_group": st.sampled_from(["teacher", "student", "outside reviewer", ""]),
        "school_id": st.sampled_from(["s1", "s2", ""]),
        "supports": st.sampled_from(["+", "+", "-"]),
    }
)


def rated(rows):
    frame = pd.DataFrame(rows).drop_duplicates(KEY, ignore_index=True)
    keep = ~(frame["consensus"] & frame.duplicated([*KEY[:2], "wave", "consensus"]))
    return frame[keep].reset_index(drop=True)


ratings = st.lists(rating, min_size=1, max_size=60).map(rated)
EMPTY = pd.DataFrame(
    columns=["evidence_id", "district_id", "criterion_id", "date", "kind", "role_group", "school_id", "supports"]
)


def pieces_of(rows):
    return pd.DataFrame(rows).assign(evidence_id=[f"E{each}" for each in range(len(rows))]) if rows else EMPTY


evidence = st.none() | st.lists(piece, max_size=40).map(pieces_of)


@settings(max_examples=25)
@given(given_ratings=ratings, given_evidence=evidence)
def test_every_row_has_a_level_with_limits_or_a_reason(given_ratings, given_evidence):
    scored = rubric.score(given_ratings, given_evidence, rubric=OWN)
    table = scored.table
    level = table["position"].notna()
    assert (level | table["why"].ne("")).all()
    assert (table["conf_low"].notna() | table["why"].ne("")).all()
    assert (level == table["status"].ne("not rated")).all()
    known = table.dropna(subset=["conf_low"])
    assert (known["conf_low"] <= known["position"]).all()
    assert (known["position"] <= known["conf_high"]).all()
    assert (table["why"].ne("") | table["cap"].eq("")).all()
    assert len(scored.dimensions) == len(table) * 2 / 5


@settings(max_examples=25)
@given(given_ratings=ratings, given_evidence=evidence)
def test_caps_only_ever_lower_a_level(given_ratings, given_evidence):
    table = rubric.score(given_ratings, given_evidence, rubric=OWN).table
    place = {level: each for each, level in enumerate(OWN.levels, start=1)}
    rated_rows = table[table["level"].ne("")]
    before = rated_rows["uncapped"].map(place)
    assert (rated_rows["position"] <= before).all()
    assert ((rated_rows["position"] < before) == rated_rows["cap"].ne("")).all()


@settings(max_examples=12)
@given(given_ratings=ratings, given_evidence=evidence, seed=st.integers(0, 99))
def test_row_order_does_not_matter(given_ratings, given_evidence, seed):
    shuffled = given_ratings.sample(frac=1, random_state=seed)
    mixed = None if given_evidence is None else given_evidence.sample(frac=1, random_state=seed)
    same(rubric.score(given_ratings, given_evidence, rubric=OWN), rubric.score(shuffled, mixed, rubric=OWN))


@settings(max_examples=12)
@given(given_ratings=ratings, given_evidence=evidence)
def test_names_of_raters_do_not_matter(given_ratings, given_evidence):
    names = {"ana": "zoe", "ben": "17", "cy": "an", "dee": "Mx. Q"}
    renamed = given_ratings.assign(rater=given_ratings["rater"].map(names))
    same(
        rubric.score(given_ratings, given_evidence, rubric=OWN),
        rubric.score(renamed, given_evidence, rubric=OWN),
    )


@settings(max_examples=12)
@given(given_ratings=ratings, given_evidence=evidence)
def test_a_change_is_found_or_has_a_reason(given_ratings, given_evidence):
    scored = rubric.score(given_ratings, given_evidence, rubric=OWN)
    by_district = scored.table.groupby("district")["wave"].nunique()
    if by_district.max() < 2:
        return
    found = rubric.change(scored, earlier=1, later=2)
    for table in (found.table, found.dimensions):
        assert (table["conf_low"].notna() | table["finding"].str.startswith("cannot tell: ")).all()
        known = table.dropna(subset=["conf_low"])
        assert ((known["conf_low"] <= known["change"]) & (known["change"] <= known["conf_high"])).all()


def test_the_tables_handed_in_stay_as_they_are():
    frame = rated(
        [{"district_id": "d1", "criterion_id": "A1", "rater": "a", "wave": 1, "level": "Low", "consensus": 0}]
    )
    before = frame.copy()
    rubric.score(frame, rubric=OWN)
    pd.testing.assert_frame_equal(frame, before)


def same(first, second):
    for name in ("table", "dimensions", "caps", "contradictions"):
        one, other = getattr(first, name), getattr(second, name)
        order = [
            column
            for column in ("district", "wave", "criterion_id", "dimension", "cap", "evidence_id")
            if column in one
        ]
        pd.testing.assert_frame_equal(
            one.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
        )
    assert first.text == second.text


@pytest.mark.parametrize("levels", [("No", "Yes"), tuple("abcdefg")])
def test_any_number_of_levels_works(levels):
    own = own_rubric(levels=levels)
    frame = pd.DataFrame({"district_id": "d", "criterion_id": "A1", "rater": ["a", "b"], "level": levels[-2:]})
    assert rubric.score(frame, rubric=own).table.loc[0, "level"] == levels[-2]
