"""The profile: what stands where, what is held down, what is missing, and the finding in the title."""

import io
import itertools

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from cbe_lib import CbeError, rubric
from cbe_lib.plots.profile import draw_profile, profile_figure
from tests.rubric.score_tables import FULL, own_rubric, pieces, votes


def drawn(scores, **which):
    return draw_profile(scores, ax=Figure().add_subplot(), **which)


def words(ax):
    return [text.get_text() for text in ax.texts]


def dots(ax):
    return {(line.get_xdata()[0], line.get_markerfacecolor()) for line in ax.lines if line.get_marker() == "o"}


@pytest.fixture
def scores():
    low = votes("Exploring", "Exploring", "Exploring", "Exploring")
    high = votes(*["Breakthrough"] * 4, criterion_id="D2.1")
    evidence = pieces(*FULL, {"supports": "-"}, {"criterion_id": "D2.1"})
    return rubric.score(pd.concat([low, high], ignore_index=True), evidence)


def test_title_states_the_weakest_and_the_strongest_dimension(scores):
    title = profile_figure(scores).axes[0].get_title(loc="left").replace("\n", " ")
    assert title == "Alder: weakest Purpose in use (Exploring), strongest Shared leadership (Emerging)"


def test_title_says_when_disagreement_blurs_the_finding():
    blurred = pd.concat(
        [votes("Emerging", "Proficient"), votes("Proficient", "Proficient", criterion_id="D2.1")], ignore_index=True
    )
    assert "disagreement allows them to be level" in profile_figure(rubric.score(blurred)).axes[0].get_title(
        loc="left"
    ).replace("\n", " ")


def test_every_criterion_has_a_row_under_its_dimension(scores):
    labels = [label.get_text() for label in drawn(scores).get_yticklabels()]
    assert len(labels) == 32 + 8
    assert labels[:2] == ["D1 Purpose in use", "D1.1 Clear, nested purpose"]
    assert labels[5] == "D2 Shared leadership"


def test_a_level_held_down_is_hollow_and_joined_to_the_raters_level(scores):
    ax = drawn(scores)
    hollow = {place for place, face in dots(ax) if face == "white"}
    joined = [list(line.get_xdata()) for line in ax.lines if line.get_linestyle() == ":"]
    assert hollow == {2}
    assert joined == [[2, 4]]


def test_what_is_not_rated_says_so_in_words(scores):
    assert words(drawn(scores)).count("not rated: no rating") == 30


def test_evidence_against_is_marked_with_its_count(scores):
    assert "×1" in words(drawn(scores))


def test_intervals_are_bars_over_their_levels():
    ax = drawn(rubric.score(votes("Emerging", "Proficient", "Proficient")))
    table = rubric.score(votes("Emerging", "Proficient", "Proficient")).table
    low, high = table.loc[0, ["conf_low", "conf_high"]]
    bars = [list(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 4.5]
    assert bars == [pytest.approx([low - 0.32, high + 0.32])]


def test_levels_get_darker_upward_in_grey():
    faces = [patch.get_facecolor() for patch in drawn(rubric.score(votes("Emerging"))).patches[:4]]
    assert all(red == green == blue for red, green, blue, _ in faces)
    assert [face[0] for face in faces] == sorted((face[0] for face in faces), reverse=True)


def test_several_districts_ask_which_one():
    both = rubric.score(pd.concat([votes("Emerging"), votes("Emerging", district_id="Birch")], ignore_index=True))
    with pytest.raises(CbeError, match="several districts"):
        profile_figure(both)
    with pytest.raises(CbeError, match="Did you mean 'Birch'"):
        profile_figure(both, "Birk")
    assert profile_figure(both, "Birch").axes[0].get_title(loc="left").startswith("Birch")


def test_a_rubric_of_another_shape_is_drawn():
    own = own_rubric(criteria=(1, 5, 2), levels=tuple("abcdefg"))
    ax = drawn(rubric.score(votes("g", criterion_id="B3"), rubric=own))
    assert len(ax.get_yticklabels()) == 8 + 3
    assert dots(ax) == {(7, "#0b4f8a")}


def test_nothing_is_written_outside_the_page(scores):
    figure = profile_figure(scores)
    figure.savefig(io.BytesIO(), format="png")
    page = figure.bbox
    boxes = [text.get_window_extent() for text in [*figure.axes[0].texts, *figure.axes[0].get_yticklabels()]]
    boxes += [text.get_window_extent() for text in figure.legends[0].get_texts()]
    assert all(box.x0 >= 0 and box.x1 <= page.x1 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)


def test_every_letter_has_nine_pixels_on_a_phone(scores):
    figure = profile_figure(scores)
    picture = 390 - 2 * 16  # pixels: the page leaves 16 on each side
    smallest = min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text())
    assert smallest * picture / (72 * figure.get_size_inches()[0]) >= 9


def test_level_names_do_not_touch(scores):
    figure = profile_figure(scores)
    figure.savefig(io.BytesIO(), format="png")
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    upper, lower = boxes[::2], boxes[1::2]
    assert all(a.x1 < b.x0 for line in (upper, lower) for a, b in itertools.pairwise(line))
