"""The packaged rubric: its shape, and words that somebody who was not there could check."""

import re
from itertools import pairwise

import pytest

from cbe_lib.framework import read_rubric

RUBRIC = read_rubric()
CRITERIA = [pytest.param(criterion, id=criterion.id) for criterion in RUBRIC.criteria]
TEXTS = [
    text
    for each in RUBRIC.criteria
    for text in (each.name, each.question, *each.descriptors, *each.evidence, each.listen_for, each.warning_sign)
]
JARGON = (
    "stakeholder|buy-in|fidelity|leverag|synerg|paradigm|scaffold|silo|holistic|best practice|robust|rigor|actionable|"
    "ecosystem|operationali|capacity|(?<!english )learner|pupil|align|efficac|modalit|pedagog|implement|facilitat|"
    "empower|systemic|strateg|innovat|caused"
)
REACHES_ALL = r"\b(every|all)\b"
LASTED = r"\b(two (full )?years|two graduating classes|new leader|change of|a fall in results)\b"


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower())


def test_eight_dimensions_of_four_criteria_on_four_levels():
    assert [dimension.id for dimension in RUBRIC.dimensions] == [f"D{number}" for number in range(1, 9)]
    assert [criterion.id for criterion in RUBRIC.criteria] == [f"D{d}.{c}" for d in range(1, 9) for c in range(1, 5)]
    assert RUBRIC.levels == ("Exploring", "Emerging", "Proficient", "Breakthrough")
    assert all(len(criterion.descriptors) == 4 for criterion in RUBRIC.criteria)


def test_criteria_name_the_dimension_that_holds_them():
    assert all(each.dimension == dimension.id for dimension in RUBRIC.dimensions for each in dimension.criteria)


def test_every_level_has_a_general_rule():
    assert len(RUBRIC.level_rules) == len(RUBRIC.levels)
    assert all(RUBRIC.level_rules)


def test_the_rules_of_evidence():
    rules = RUBRIC.rules
    assert rules.self_report_kinds == ("interview", "survey")
    assert rules.highest_needs_roles == ("outside reviewer", "peer reviewer")
    caps = (rules.self_report_cap, rules.one_role_group_cap, rules.not_all_schools_cap, rules.highest_cap)
    assert caps == ("Emerging", "Emerging", "Emerging", "Proficient")
    numbers = (rules.highest_needs_years, rules.tentative_below, rules.do_not_report_below, rules.double_share)
    assert numbers == (2, 0.67, 0.40, 0.20)


def test_no_text_is_used_twice():
    assert len({text.lower() for text in TEXTS}) == len(TEXTS)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_descriptors_are_one_to_three_sentences_of_15_to_45_words(criterion):
    for text in criterion.descriptors:
        assert 15 <= len(text.split()) <= 45
        assert 1 <= len(re.findall(r"[.?!](?=\s|$)", text)) <= 3
        assert text.endswith(".")


@pytest.mark.parametrize("criterion", CRITERIA)
def test_neighboring_levels_share_few_of_their_words(criterion):
    for lower, higher in pairwise(criterion.descriptors):
        one, other = set(words(lower)), set(words(higher))
        assert len(one & other) / len(one | other) < 0.35


@pytest.mark.parametrize("criterion", CRITERIA)
def test_proficient_reaches_every_school_or_all_of_the_records(criterion):
    assert re.search(REACHES_ALL, criterion.descriptors[2], re.IGNORECASE)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_breakthrough_has_lasted(criterion):
    assert re.search(LASTED, criterion.descriptors[3], re.IGNORECASE)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_two_or_three_things_to_ask_for_and_one_sentence_to_listen_for_and_to_beware_of(criterion):
    assert 2 <= len(criterion.evidence) <= 3
    assert all(3 <= len(text.split()) <= 20 for text in criterion.evidence)
    assert criterion.question.endswith("?")
    for text in (criterion.listen_for, criterion.warning_sign):
        assert 6 <= len(text.split()) <= 30
        assert text.endswith(".")


def test_no_word_that_a_superintendent_would_not_say():
    found = [match.group() for text in TEXTS for match in re.finditer(rf"\b({JARGON})\w*", text, re.IGNORECASE)]
    assert found == []


def test_american_spelling():
    british = r"\b\w*(isation|ising|ised|our(ed|s|ing)?|programme\w*|centre\w*|maths)\b"
    english = {
        "our",
        "your",
        "four",
        "hour",
        "hours",
        "promised",
        "revised",
        "raised",
        "rising",
        "supervised",
        "tour",
        "yours",
    }
    found = {match.group().lower() for text in TEXTS for match in re.finditer(british, text, re.IGNORECASE)}
    assert found <= english
