"""The packaged survey: its shape, and items that people can read."""

import re
from collections import Counter

import pytest

from cbe_lib import CbeError
from cbe_lib.framework import read_survey

SURVEY = read_survey()
SCALES = [
    *["purpose_clarity", "purpose_used", "decision_rights", "process_followed", "input_counted"],
    *["ownership", "acceptance", "autonomy_clarity", "safety", "trust_school", "trust_community"],
    *["confusion", "grading_grasp", "compliance_motive", "learning_time"],
]
MEASURED_APART = ("ownership", "acceptance", "safety", "trust_school", "autonomy_clarity")


def items_a_scale(form):
    return Counter(item.scale for item in SURVEY.items_of(form))


def school_grade(texts):
    """Flesch and Kincaid's grade level, with syllables counted as runs of vowels less a silent e."""
    found = [re.findall(r"[a-z']+", text.lower()) for text in texts]
    total = [word for text in found for word in text]
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<!l)e$", "", word)))) for word in total)
    return 0.39 * len(total) / len(found) + 11.8 * syllables / len(total) - 15.59


@pytest.mark.parametrize(("form", "count"), [("staff", 26), ("student", 8), ("family", 8)])
def test_closed_items_of_each_form(form, count):
    assert len(SURVEY.items_of(form)) == count


def test_one_open_question_for_staff():
    assert [question.forms for question in SURVEY.open_questions] == [("staff",)]


def test_scale_ids_are_the_agreed_ones():
    assert [scale.id for scale in SURVEY.scales] == SCALES


def test_staff_answer_on_every_scale():
    assert set(items_a_scale("staff")) == set(SCALES)


@pytest.mark.parametrize("scale", MEASURED_APART)
def test_scales_that_carry_conclusions_have_three_staff_items(scale):
    assert items_a_scale("staff")[scale] == 3


def test_scales_tell_what_a_high_score_means():
    assert all(scale.meaning.startswith("High: ") for scale in SURVEY.scales)


def test_item_ids_tell_scale_and_form():
    for item in SURVEY.items:
        (form,) = item.forms
        assert re.fullmatch(("" if form == "staff" else f"{form}_") + item.scale + r"_\d", item.id)


def test_confusion_runs_from_0_to_10_and_all_else_from_1_to_5():
    ranges = {(item.scale == "confusion", item.low, item.high) for item in SURVEY.items}
    assert ranges == {(True, 0, 10), (False, 1, 5)}
    assert len(SURVEY.answers) == 5


def test_staff_form_turns_an_item_in_several_scales_so_that_straight_lines_show():
    assert len({item.scale for item in SURVEY.items_of("staff") if item.reverse}) >= 3


def test_no_scale_is_made_of_reversed_items_only():
    assert {item.scale for item in SURVEY.items if not item.reverse} == set(SCALES)


@pytest.mark.parametrize("form", ["student", "family"])
def test_short_forms_read_at_grade_6_or_below(form):
    texts = [item.text for item in SURVEY.items_of(form)]
    assert school_grade(texts) <= 6
    assert max(len(text.split()) for text in texts) <= 22


def test_no_item_asks_two_things_at_once():
    assert not [item.id for item in SURVEY.items if re.search(r"\b(and/or|as well as|; )\b", item.text)]
    assert all(len(re.findall(r"\band\b", item.text)) <= 1 for item in SURVEY.items)


def test_meta_fields_of_the_domain():
    required = {field.id: field.required for field in SURVEY.meta}
    asked = dict.fromkeys(["role", "school_id", "years_here", "wave", "language"], True)
    assert required == asked | {"link_code": False}


def test_table_has_a_row_an_item():
    table = SURVEY.table
    assert table.columns.tolist() == ["item_id", "forms", "scale_id", "scale", "text", "reverse", "low", "high"]
    assert table["item_id"].tolist() == [item.id for item in SURVEY.items]
    assert table["item_id"].is_unique


def test_an_unknown_form_names_the_nearest():
    with pytest.raises(CbeError, match=r"no form named 'students'.*'student'"):
        SURVEY.items_of("students")


def test_a_survey_shows_itself_in_one_line():
    line = "15 scales; closed items by form: staff 26, student 8, family 8"
    assert repr(SURVEY).endswith(line)
    assert line in SURVEY._repr_html_()
