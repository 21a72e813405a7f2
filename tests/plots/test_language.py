import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib.plots import language as figures
from cbe_lib.themes import language

GLOSSARY = {"proficient": ["mastered"], "habit": ["soft skill"]}


def title(figure):
    return " ".join(figure.axes[0].get_title(loc="left").split())


def told(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def road(**rows):
    frame = pd.DataFrame({"level_id": list(rows), "predecessor_ids": list(rows.values())})
    return language.continuum(frame.assign(subject="math", text=[f"step {name}" * 3 for name in rows]))


def students(slope):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"shown": rng.normal(3, 1, 100), "habits": rng.normal(0, 1, 100)})
    return frame.assign(given=frame["shown"] + slope * frame["habits"] + rng.normal(0, 0.1, 100))


def test_each_cell_counts_uses_of_the_agreed_word_and_a_dash_says_not_mentioned():
    found = language.terms({"handbook": "Mastered. Proficient.", "policy": "Habits."}, GLOSSARY)
    figure = figures.terms_figure(found)
    assert told(figure) == ["1 of 2", "–", "–", "1 of 1"]
    assert title(figure) == "1 of 2 terms go by other words somewhere"


def test_the_map_shows_every_level_and_the_one_that_is_missing():
    figure = figures.continuum_figure(road(A="", B="A", C="B; A; X"))
    assert sorted(told(figure)) == ["A", "B", "C", "X"]
    assert title(figure) == "1 hole, 1 shortcut on a map of 3 levels"


def test_levels_stand_to_the_right_of_what_they_build_on():
    ax = figures.draw_continuum(road(A="", B="A", C="B"), ax=Figure().add_subplot())
    across = {text.get_text(): text.get_position()[0] for text in ax.texts if text.get_text()}
    assert across["A"] < across["B"] < across["C"]


def test_work_on_the_diagonal_is_what_two_teachers_agree_on():
    counts = pd.DataFrame([[3, 1], [2, 4]], index=["low", "high"], columns=["low", "high"])
    figure = figures.double_scored_figure(counts)
    assert title(figure) == "The same level on 7 of 10 pieces of work"
    assert figure.axes[0].get_xlabel() == "Second teacher"


def test_the_line_of_habits_has_the_estimated_slope():
    found = language.habits(students(0.4))
    line = figures.draw_habits(found, ax=Figure().add_subplot()).lines[1]
    slope = np.diff(line.get_ydata()) / np.diff(line.get_xdata())
    assert slope[0] == pytest.approx(found.table["estimate"].iloc[0])


def test_habits_that_cannot_be_told_have_no_picture_of_points():
    figure = figures.habits_figure(language.habits(students(0.4).head(5)))
    assert title(figure) == "Cannot tell whether habits color the levels"
    assert not figure.axes[0].lines


@pytest.mark.parametrize(
    "result", [road(A="", B="A"), language.habits(students(0.1)), language.terms({"a": "mastered"}, GLOSSARY)]
)
def test_results_draw_themselves(result):
    assert isinstance(result.plot(), Figure)
    ax = Figure().add_subplot()
    assert result.plot(ax=ax) is ax
