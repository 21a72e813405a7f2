"""The explorer of hosts: two controls that move picture and sentence."""

import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets.hosts import hosts_explorer, hosts_within


@pytest.fixture(scope="module")
def shown():
    return hosts_explorer()


def test_a_larger_distance_lets_more_hosts_in(shown):
    controls, sentence, picture = shown.children
    farthest = controls.children[1]
    farthest.value = 1.0
    assert "0 of 15 rated synthetic districts are near enough" in sentence.value
    before = picture.value
    farthest.value = 3.0
    assert "7 of 15 rated synthetic districts are near enough" in sentence.value
    assert picture.value != before


def test_another_traveler_has_other_hosts(shown):
    controls, sentence, _ = shown.children
    controls.children[0].value = "00013"
    assert sentence.value.startswith("<p>For Arvelmoor (synthetic), ")


def test_no_host_is_called_so():
    assert "0 of 15 rated synthetic districts are near enough" in hosts_within(district="00263", farthest=3)[1]


def test_the_sentence_says_that_nothing_is_ranked():
    assert hosts_within()[1].endswith("This is no ranking.")


@pytest.mark.parametrize("choice", [{"farthest": 0}, {"district": "00023"}])
def test_a_choice_that_makes_no_sense_is_refused(choice):
    with pytest.raises(CbeError):
        hosts_within(**choice)
