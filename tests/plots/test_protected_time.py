from matplotlib.figure import Figure

from cbe_lib.plots.protected_time import draw_protected_time, protected_time_figure
from cbe_lib.themes import rollout


def test_bars_are_hours_a_year_of_a_teacher_and_of_a_student():
    ax = draw_protected_time(rollout.protected_time(60, 36, 50, moved=0.5), ax=Figure().add_subplot())
    assert [bar.get_width() for bar in ax.patches] == [36, 18]


def test_the_line_runs_from_the_lowest_to_the_highest_value():
    ax = draw_protected_time(rollout.protected_time(60, (30, 36, 40), 50), ax=Figure().add_subplot())
    ends = ax.collections[0].get_segments()[0]
    assert ends[:, 0].tolist() == [30, 40]


def test_the_figure_is_that_of_plot_and_says_that_the_line_is_no_interval():
    found = rollout.protected_time(60, 36, 50)
    assert found.plot().axes[0].get_title(loc="left").startswith("1,800 working hours a year")
    assert any("not an interval" in text.get_text() for text in protected_time_figure(found).texts)
