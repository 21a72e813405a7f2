import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import agreement_by_luck, luck_of_the_visitor, speed_claim_check
from cbe_lib.widgets.quality import chance_agreement, visitor_luck

MOVES = [
    (agreement_by_luck, "Levels guessed (%)", 50),
    (agreement_by_luck, "On one level (%)", 60),
    (agreement_by_luck, "A near miss counts in part", False),
    (agreement_by_luck, "Units rated by both", 200),
    (agreement_by_luck, "Try again: draw", 2),
    (luck_of_the_visitor, "Severity (logits)", 1.5),
    (luck_of_the_visitor, "Districts shared", 6),
    (luck_of_the_visitor, "Try again: draw", 3),
    (speed_claim_check, "Same quality", True),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(build, label, value):
    controls, sentence, picture = build().children
    before = (sentence.value, picture.value.partition(">")[0])
    {each.description: each for each in controls.children}[label].value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_later_years_count_only_with_enough_springs():
    controls, sentence, _ = speed_claim_check().children
    each = {control.description: control for control in controls.children}
    each["Later years"].value = True
    assert "6 of the 7" in sentence.value
    each["Springs since rollout"].value = 2
    assert "7 of the 7" in sentence.value


def test_raters_who_guess_agree_often_but_not_beyond_luck():
    sentence = chance_agreement(guessed=100, common=80, units=200)[1]
    share = int(sentence.partition("percent agreement is ")[2].partition("%")[0])
    assert share > 80
    assert "all of it" not in sentence
    assert "Krippendorff's alpha is -0.0" in sentence or "agreement beyond chance is 0.0" in sentence


def test_a_lenient_visitor_lifts_the_mean_and_calibration_puts_it_right():
    sentence = visitor_luck(severity=-2.0)[1]
    assert "place 1 of 8 by its mean rating, 4 once severity is allowed for, and 4 in truth" in sentence


def test_a_visitor_who_shares_no_district_cannot_be_told_from_the_place():
    with pytest.raises(CbeError, match="no shared district links"):
        visitor_luck(shared=0)
