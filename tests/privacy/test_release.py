"""The one door: tables about persons stay, declared tables need no explanation, others must be explained."""

import pandas as pd
import pytest

from cbe_lib import privacy, tables
from cbe_lib.errors import CbeError
from cbe_lib.privacy.persons import PERSONS
from cbe_lib.tables.spec import declared

PERSON_TABLES = [name for name, spec in declared().items() if spec.person]
OUTCOMES = pd.DataFrame(
    {
        "district_id": ["00"] * 2 + ["01"] * 2 + ["02"] * 2 + ["03"] * 2,
        "level": ["state"] * 2 + ["district"] * 6,
        "year": [2015, 2016] * 4,
        "value": 50.0,
        "n_tested": [100, 110, 60, 60, 34, 40, 6, 10],
        "raw_cell": "50",
    }
)


@pytest.mark.parametrize("table", PERSON_TABLES)
def test_declared_tables_about_persons_stay(table):
    frame = pd.DataFrame({column.name: [] for column in declared()[table].columns})
    with pytest.raises(CbeError, match="about persons and must not leave"):
        privacy.for_release(frame, table)


@pytest.mark.parametrize("table", [name for name in PERSON_TABLES if name != "seats"])
def test_each_is_known_by_a_column_of_its_own_too(table):
    assert PERSONS & {column.name for column in declared()[table].columns}


@pytest.mark.parametrize("table", [name for name in tables.names() if name not in PERSON_TABLES])
def test_no_other_declared_table_is_taken_for_one(table):
    privacy.refuse_persons(pd.DataFrame({column.name: [] for column in declared()[table].columns}), table)


@pytest.mark.parametrize("column", ["student_hash", "Student_ID", "respondent", "email"])
def test_a_column_that_names_persons_keeps_any_table_in(column):
    with pytest.raises(CbeError, match=column):
        privacy.for_release(pd.DataFrame({column: ["a"], "value": [1.0]}))


def test_further_columns_can_be_named():
    with pytest.raises(CbeError, match="rater"):
        privacy.for_release(pd.DataFrame({"rater": ["Ana"], "level": [2]}), persons=["rater"])


RATINGS = pd.DataFrame(
    {
        "district_id": "01",
        "criterion_id": ["D1.1", "D1.1", "D1.1", "D1.2", "D1.2", "D1.2"],
        "rater": ["Ana", "Ben", None, "Ana", "Ben", "Cleo"],
        "level": ["Emerging", "Proficient", "Proficient", "Emerging", "Emerging", "Proficient"],
        "consensus": [False, False, True, False, False, False],
    },
    index=list("abcdef"),
)


def levels_by_rater(frame):
    rated = frame[~frame["consensus"]]
    return sorted(rated.groupby("rater")[["criterion_id", "level"]].agg(tuple).itertuples(index=False, name=None))


def test_raters_leave_as_numbers_and_blanks_stay_blank():
    released = privacy.for_release(RATINGS, "ratings").table
    assert set(released["rater"].dropna()) == {"rater 1", "rater 2", "rater 3"}
    assert released["rater"].isna().sum() == 1


def test_no_name_of_a_rater_is_left_in_table_notes_or_text():
    found = privacy.for_release(RATINGS, "ratings")
    everything = found.table.to_csv() + found.text + "".join(found.notes) + found.hidden.to_csv()
    assert not any(name in everything for name in ("Ana", "Ben", "Cleo"))


def test_one_rater_keeps_one_number_so_that_agreement_can_be_worked_out():
    assert levels_by_rater(privacy.for_release(RATINGS, "ratings").table) == levels_by_rater(RATINGS)


def test_numbers_of_raters_follow_neither_the_alphabet_nor_the_order_of_rows():
    team = pd.DataFrame(
        {"district_id": "01", "criterion_id": "D1.1", "rater": list("abcdefgh"), "level": list("abcdefgh")}
    )
    orders = {tuple(privacy.for_release(team, "ratings").table["level"]) for _ in range(5)}
    assert len(orders) > 1


def test_rows_of_released_ratings_stand_in_the_order_of_the_numbers_without_their_old_labels():
    released = privacy.for_release(RATINGS, "ratings").table
    assert released.index.tolist() == list(range(6))
    assert released["rater"].dropna().is_monotonic_increasing
    assert released["rater"].isna().tolist() == [False] * 5 + [True]


def test_the_notes_say_that_numbers_hide_names_and_free_text_does_not():
    (note,) = privacy.for_release(RATINGS, "ratings").notes
    assert "Names in 'rater' are replaced by numbers" in note
    assert "free text" in note


def test_a_table_of_severity_leaves_with_numbers_too():
    severity = pd.DataFrame({"rater": ["Ana", "Ben"], "estimate": [0.4, -0.4]})
    assert set(privacy.for_release(severity).table["rater"]) == {"rater 1", "rater 2"}


@pytest.mark.parametrize(("column", "word"), [("coder", "coder 1"), ("checker_id", "checker 1"), ("Rater", "rater 1")])
def test_coders_and_checkers_leave_as_numbers(column, word):
    assert privacy.for_release(pd.DataFrame({column: ["Dara"], "text": ["x"]})).table[column].tolist() == [word]


def test_released_ratings_still_meet_their_schema():
    released = privacy.for_release(RATINGS.fillna({"rater": "team"}), "ratings").table
    assert len(tables.validate(released, "ratings")) == len(RATINGS)


def test_the_given_ratings_are_left_as_they_were():
    before = RATINGS.copy()
    privacy.for_release(RATINGS, "ratings")
    pd.testing.assert_frame_equal(RATINGS, before)


def test_a_small_district_is_hidden_with_the_next_smallest_since_the_state_total_is_shown():
    found = privacy.for_release(OUTCOMES, "outcomes")
    assert found.hidden[["district_id", "year", "n_tested"]].to_numpy().tolist() == [["02", 2015, 34], ["03", 2015, 6]]
    assert found.table["raw_cell"].isna().sum() == 2
    assert found.table["level"].notna().all()


def test_without_state_total_the_small_district_alone_is_hidden():
    assert len(privacy.for_release(OUTCOMES[OUTCOMES["level"] != "state"], "outcomes").hidden) == 1


def test_what_leaves_still_meets_the_schema_of_outcomes():
    released = privacy.for_release(OUTCOMES, "outcomes").table
    assert len(tables.validate(released, "outcomes")) == len(OUTCOMES)


def test_schools_are_checked_apart_and_the_order_of_rows_stays():
    mixed = OUTCOMES.assign(level=["state"] * 2 + ["district", "school"] * 3).set_index(pd.Index([5] * 8))
    found = privacy.for_release(mixed, "outcomes")
    assert found.table["district_id"].tolist() == mixed["district_id"].tolist()
    assert "Schools were checked apart" in found.notes[-1]


def test_a_table_with_counts_that_nobody_explained_stays():
    with pytest.raises(CbeError, match=r"Name the columns: by="):
        privacy.for_release(pd.DataFrame({"school": ["a"], "n": [4]}))


def test_an_explained_table_leaves_suppressed():
    found = privacy.for_release(pd.DataFrame({"school": ["a", "b"], "n": [4, 40]}), by=["school"], count="n")
    assert found.table["n"].isna().tolist() == [True, False]


def test_a_table_without_counts_leaves_as_it_is():
    frame = pd.DataFrame({"term": ["depth"], "estimate": [4.1]})
    pd.testing.assert_frame_equal(privacy.for_release(frame).table, frame)


def test_a_rate_of_a_group_of_unknown_size_is_hidden_and_said_so():
    found = privacy.for_release(OUTCOMES.assign(n_tested=[100, None, 60, 60, 34, 40, None, 10]), "outcomes")
    assert found.table.loc[[1, 6], "value"].isna().all()
    assert any("2 rows have a rate but no count" in note for note in found.notes)


def test_outcomes_without_any_count_leave_with_a_note():
    found = privacy.for_release(OUTCOMES.drop(columns="n_tested"), "outcomes")
    assert found.table["value"].notna().all()
    assert "small groups cannot be told" in found.notes[0]
