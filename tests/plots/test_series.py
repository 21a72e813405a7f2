import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.framework import read_claims, read_series
from cbe_lib.plots import series as drawn
from cbe_lib.themes import series


@pytest.fixture(scope="module")
def scores():
    levels = {"D6.1": "Proficient", "D6.2": "Breakthrough", "D6.4": "Exploring"}
    visit = pd.DataFrame({"criterion_id": list(levels), "level": list(levels.values()), "rater": "Ana"})
    return rubric.score(visit.assign(district_id="01"))


def test_every_article_is_a_square_and_the_chosen_ones_are_filled():
    found = series.articles(tag="leading change")
    ax = drawn.draw_series(found, ax=Figure().add_subplot())
    assert [text.get_text() for text in ax.texts] == [str(article.number) for article in read_series()]
    filled = [line.get_markerfacecolor() != "white" for line in ax.lines]
    assert sum(filled) == len(found.table)


def test_each_article_stands_in_the_row_of_its_stage():
    ax = drawn.draw_series(series.articles(), ax=Figure().add_subplot())
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert [rows[line.get_ydata()[0]] for line in ax.lines] == [article.stage for article in read_series()]


def test_bars_count_the_claims_of_both_posts():
    found = series.claims()
    ax = drawn.draw_claims(found, ax=Figure().add_subplot())
    assert sum(bar.get_width() for bar in ax.patches) == len(found.table)
    assert [text.get_text() for text in ax.texts] == ["8", "20", "11"]


@pytest.mark.parametrize("claim", read_claims(), ids=lambda claim: claim.id)
def test_a_card_holds_what_would_speak_against_the_claim(claim):
    said = " ".join(text.get_text().replace("\n", " ") for text in drawn.card_figure(claim).texts)
    assert claim.refuted_by in said
    assert "not a finding" in said


def test_a_part_stands_on_the_level_of_its_weakest_criterion(scores):
    found = series.definition(scores, "01")
    ax = drawn.draw_definition(found, scores.rubric, ax=Figure().add_subplot())
    dots = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"}
    names = found.table["part"].tolist()
    assert dots[names.index("Different paths and pace")] == 0
    assert dots[names.index("Progress on mastery")] == 3


def test_parts_that_cannot_be_told_say_so(scores):
    found = series.definition(scores, "01")
    figure = drawn.definition_figure(found, scores.rubric)
    said = [text.get_text() for text in figure.axes[0].texts]
    assert said == ["cannot tell: no criterion rated"] * (found.table["level"] == "").sum()
