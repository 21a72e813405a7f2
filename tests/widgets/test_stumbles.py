import re

import pytest

from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.plots import svg
from cbe_lib.widgets import three_stumbles
from cbe_lib.widgets.stumbles import CLAIMS, stumbles


def drawn(figure):
    """The picture without the ids, which are drawn by lot."""
    return re.sub(r"[mp][0-9a-f]{10}", "", svg(figure, ""))


def findings(**choice):
    return stumbles(**choice)[2].set_index("Stumble")["Finding"].to_dict()


def test_each_control_moves_the_picture_and_its_description():
    explorer = three_stumbles()
    district, years = explorer.children[0].children
    for control, value in ((district, "00133"), (years, 1)):
        before = explorer.children[2].value
        control.value = value
        assert explorer.children[2].value.partition(">")[0] != before.partition(">")[0]


def test_few_decisions_are_told_as_not_enough():
    assert findings(district="00093", years=2)["Purpose"] == "cannot tell"


def test_fewer_than_ten_staff_are_hidden():
    _, sentence, found = stumbles(district="00093")
    assert findings(district="00093")["Ownership"] == "cannot tell"
    assert "hidden: fewer than 10 people" in found["What was seen"].iloc[2]
    assert "stands at" not in sentence


def test_finding_needs_an_interval_on_one_side_of_the_line():
    assert findings(district="00133")["Ownership"] == "cannot tell"
    assert findings(district="00063")["Ownership"] == "seen: accepted, not owned"


def test_picture_says_what_kind_of_claim_it_rests_on():
    assert {claim(each).kind for each in CLAIMS} == {"hypothesis"}
    assert "hypotheses, not findings" in stumbles()[0].texts[-1].get_text()


def test_picture_drawn_over_an_earlier_one_is_the_same():
    earlier = stumbles(district="00133", years=2)[0]
    assert drawn(stumbles(figure=earlier)[0]) == drawn(stumbles()[0])


@pytest.mark.parametrize(("choice", "message"), [({"district": "00023"}, "no district"), ({"years": 9}, "1 to 4")])
def test_impossible_choices_are_refused(choice, message):
    with pytest.raises(CbeError, match=message):
        stumbles(**choice)
