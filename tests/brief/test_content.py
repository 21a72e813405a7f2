"""What the brief says, what it hides, and what it says it cannot tell."""

import subprocess
import sys

import pandas as pd
import pytest

from cbe_lib import brief, rubric, samples
from cbe_lib.brief.asking import written
from cbe_lib.brief.record import Record
from cbe_lib.brief.series import chosen
from cbe_lib.errors import CbeError
from tests.brief.conftest import GROUPS, results, said


def test_twelve_sections_stand_in_the_order_of_the_visit(alder):
    assert [section.number for section in alder.sections] == list(range(1, 13))
    assert [alder.sections[place].title for place in (0, 7, 11)] == [
        "Who and where",
        "Six questions, chosen by the gaps",
        "To read before you go",
    ]


def test_a_district_is_found_by_id_and_by_exact_name(bare):
    assert Record(bare, "Birch").id == Record(bare, "002").id == "002"


def test_an_unknown_district_is_refused_with_the_nearest_name(bare):
    with pytest.raises(CbeError, match=r"no district named 'Bich'. Did you mean 'Birch'\?"):
        brief.build("Bich", bare)


def test_a_name_that_two_districts_share_is_refused_with_their_ids(bare):
    bare["districts"]["name"] = ["Alder", "Birch", "Birch"]
    with pytest.raises(CbeError, match="Their ids: 002, 003"):
        brief.build("Birch", bare)


def test_tables_that_are_needed_and_missing_are_named(bare):
    with pytest.raises(CbeError, match="needs the table outcomes"):
        brief.build("001", {"districts": bare["districts"]})


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "gives neither place nor size"),
        (2, "size and need are not in the table"),
        (4, "no visit rated this district"),
        (5, "no decision log was given"),
        (5, "no survey of staff was given"),
        (6, "no record of levels was given"),
        (6, "no list of seats was given"),
        (7, "no register of this state's rules was given"),
        (10, "Not given, so nothing is said of them: rollout, ratings, evidence"),
    ],
)
def test_a_missing_table_is_named_as_what_cannot_be_told(alder, number, words):
    assert words in said(alder, number)


def test_without_a_rollout_there_is_no_dip_to_look_for(bare):
    assert "No rollout is recorded, so there is no dip to look for" in said(brief.build("002", bare), 3)


def test_without_results_the_curve_cannot_be_told(bare):
    bare["outcomes"] = bare["outcomes"][bare["outcomes"]["district_id"] != "003"]
    assert "hold no result of this district's students" in said(brief.build("003", bare), 3)


def test_every_group_of_the_last_year_is_named_and_small_ones_are_hidden_with_a_complement(alder):
    section = alder.sections[5]
    rows = {row[0]: row[1:] for part in section.parts if isinstance(part, brief.Grid) for row in part.rows}
    assert set(rows) == set(GROUPS)
    assert rows["Black"] == ("hidden", "", "")
    # 60 students less 12 Hispanic and 44 White would give the 4 away.
    assert "hidden" in (rows["Hispanic"][0], rows["White"][0])
    assert rows["all students"][:2] == ("50.0%", "60")


def test_a_hidden_result_stands_nowhere_in_the_brief(bare):
    small = (bare["outcomes"]["subgroup"] == "Black") & (bare["outcomes"]["district_id"] == "001")
    bare["outcomes"].loc[small, "value"] = 87.25
    assert "87.2" not in said(brief.build("001", bare), 6)


def test_a_group_that_is_only_in_another_subject_is_named_with_it(bare):
    extra = (
        results("001", 2014)
        .query("subgroup == 'Hispanic'")
        .assign(subject="reading", subgroup="newcomers", n_tested=30)
    )
    bare["outcomes"] = pd.concat([bare["outcomes"], extra], ignore_index=True)
    grid = brief.build("001", bare).sections[5].parts[0]
    assert "newcomers (grade 8 reading)" in [row[0] for row in grid.rows]


def test_intervals_of_groups_are_those_of_wilson(bare):
    bare["outcomes"]["value"] = 50.0
    grid = brief.build("001", bare).sections[5].parts[0]
    # Wilson for 30 of 60: (.5 + 1.92 / 60 +- 1.96 sqrt(.25 / 60 + 3.84 / 14400)) / (1 + 3.84 / 60) = .377 to .623
    assert grid.rows[0] == ("all students", "50.0%", "60", "38% to 62%")


def test_the_curve_says_how_many_were_tested_when(alder):
    assert "Percent, grade 8 mathematics, all students; 60 tested a year, 2010-2019." in said(alder, 3)


def test_what_could_be_seen_follows_the_textbook_formula(alder):
    # (1.960 + .842) sqrt(2 x 2500 / 60) = 25.6 points
    assert "With about 60 tested (2010-2019), a change from one year to the next must be 26 points" in said(alder, 3)


def test_rivals_on_record_are_named(bare):
    bare["outcomes"]["test_regime"] = bare["outcomes"]["year"].ge(2016).map({True: "new", False: "old"})
    bare["outcomes"] = bare["outcomes"][bare["outcomes"]["year"] != 2017]
    words = said(brief.build("001", bare), 3)
    assert "a new test in 2016" in words
    assert "no result in 2017" in words


def test_the_series_is_picked_without_a_look_at_results(bare):
    reading = results("001", 2014).assign(subject="reading").query("subgroup == 'all students'")
    both = pd.concat([bare["outcomes"], reading], ignore_index=True)
    first = chosen(Record({**bare, "outcomes": both}, "001"))
    other = chosen(Record({**bare, "outcomes": both.assign(value=100 - both["value"])}, "001"))
    assert first.words == other.words == "percent, grade 8 mathematics, all students"


def test_beside_twenty_districts_the_curve_is_compared(bare):
    others = [
        results(f"{number:03d}").assign(value=lambda frame, n=number: frame["value"] + n % 7)
        for number in range(10, 30)
    ]
    bare["outcomes"] = pd.concat([bare["outcomes"], *others], ignore_index=True)
    assert "22 districts without a rollout led one to expect" in said(brief.build("001", bare), 3)


def test_questions_go_to_four_roles_and_start_at_the_lowest_levels(rated_alder):
    asked = rated_alder.questions
    assert [question.to for question in asked] == ["leaders"] * 2 + ["teachers"] * 2 + ["students", "families"]
    assert {"D3.2", "D5.1"} <= {question.criterion_id for question in asked}
    assert "Exploring (6 raters, 2018)" in next(each.why for each in asked if each.criterion_id == "D3.2")


def test_every_question_has_the_listen_for_and_the_warning_sign_of_the_rubric(rated_alder):
    instrument = rubric.load()
    for question in rated_alder.questions:
        criterion = instrument.criterion(question.criterion_id)
        assert (question.listen_for, question.warning_sign) == (criterion.listen_for, criterion.warning_sign)


def test_every_criterion_of_the_rubric_has_a_question():
    assert [ask["criterion"] for ask in written()["ask"]] == [each.id for each in rubric.load().criteria]


def test_the_profile_names_what_is_not_rated(rated_alder):
    words = said(rated_alder, 4)
    assert "27 criteria (no rating or no dated evidence)" in words
    assert "none was given, so levels are what raters said, unsupported" in words


def test_an_invented_district_is_called_so_on_top(rated_alder, alder):
    assert rated_alder.subtitle.startswith("Synthetic: an invented district")
    assert not alder.subtitle.startswith("Synthetic")


def test_nothing_given_is_changed(rated):
    before = {name: frame.copy() for name, frame in rated.items()}
    brief.build("001", rated)
    assert all(frame.equals(before[name]) for name, frame in rated.items())


def test_a_table_that_must_be_mended_is_an_error_and_not_a_sentence(bare):
    log = pd.DataFrame({"decision_id": ["1", "1"], "district_id": "001", "date_raised": "2015-01-05", "level": "attic"})
    with pytest.raises(CbeError, match="`decisions` cannot be used as it is"):
        brief.build("001", {**bare, "decisions": log})


def test_a_brief_reads_the_tables_that_it_names_and_no_others(monkeypatch):
    asked, whole = set(), Record.whole
    monkeypatch.setattr(Record, "whole", lambda record, table: asked.add(table) or whole(record, table))
    brief.build("00133", samples.state())
    assert asked | {"districts", "outcomes"} == set(brief.TABLES)


def test_whoever_asks_for_a_brief_does_not_wait_for_what_it_never_uses():
    slow = {"statsmodels.api", "statsmodels.formula.api", "networkx"}
    code = f"import sys, cbe_lib.brief; sys.exit(bool({slow} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
