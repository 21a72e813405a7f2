import pytest

from cbe_lib.widgets import claim_cards, definition_explorer, series_explorer
from cbe_lib.widgets.series import claim_card, definition_parts

MOVES = [
    (series_explorer, "Stage", "improving"),
    (series_explorer, "Tag", "leading change"),
    (claim_cards, "Post", "B"),
    (claim_cards, "Kind", "recommendation"),
    (claim_cards, "Card", 5),
    (definition_explorer, "District", "00153"),
    (definition_explorer, "Levels need evidence", False),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(build, label, value):
    controls, sentence, picture = build().children
    before = (sentence.value, picture.value.partition(">")[0])
    {each.description: each for each in controls.children}[label].value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_a_stage_and_tag_without_an_article_become_a_sentence():
    explorer = series_explorer()
    stage, tag = explorer.children[0].children
    stage.value, tag.value = "improving", "getting started"
    assert "No article of the stage" in explorer.children[1].value


def test_after_the_last_card_the_first_one_comes_again():
    first, fifth = (claim_card(post="B", kind="recommendation", place=place)[1] for place in (1, 5))
    assert fifth == first


def test_parts_rise_when_nobody_asks_for_evidence():
    assert "Weakest: students decide, assessment helps" in definition_parts()[1]
    assert "Weakest: students decide, equity built in (Emerging)" in definition_parts(evidence=False)[1]
