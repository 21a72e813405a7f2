import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import rubric_profile
from cbe_lib.widgets.profile import district_profile


def test_each_control_moves_the_picture_and_its_description():
    explorer = rubric_profile()
    district, visit = explorer.children[0].children
    for control, value in ((district, "00133"), (visit, 0)):
        before = explorer.children[2].value
        control.value = value
        assert explorer.children[2].value.partition(">")[0] != before.partition(">")[0]


def test_levels_that_are_held_down_say_by_what():
    reasons = district_profile(district="00063")[2].set_index("Criterion")["Why not higher, or not at all"]
    assert "0 of 5 schools sampled" in reasons["D2.1 Structures and seats"]


def test_a_level_on_which_raters_agree_too_little_is_not_shown():
    levels = district_profile(district="00063")[2].set_index("Criterion")["Level"]
    assert levels["D1.1 Clear, nested purpose"] == "do not report"


def test_without_dated_evidence_nothing_is_rated():
    _, sentence, reasons = district_profile(district="00063", visit=0)
    assert sentence.startswith("No criterion could be rated")
    assert set(reasons["Level"]) == {"not rated"}


@pytest.mark.parametrize(
    ("choice", "message"), [({"district": "00023"}, "no district"), ({"visit": 2}, "visited 2 times")]
)
def test_impossible_choices_are_refused(choice, message):
    with pytest.raises(CbeError, match=message):
        district_profile(**choice)
