import pandas as pd

from cbe_lib import plots

SHARES = pd.DataFrame(
    {"threshold": [3, 5, 10], "as reported": [0.758, 0.604, 0.342], "year means removed": [0.624, 0.489, 0.26]}
)
SEEN = pd.DataFrame({"n_tested": [2000, 40, 240], "smallest_dip": [5.0, 31.0, 13.0]})


def district(name):
    return pd.DataFrame({"district_id": name, "year": [1992, 1993, 1994], "value": [50.0, 44.0, 51.0]})


def test_false_alarms_are_written_on_their_bars():
    ax = plots.false_alarm_figure(SHARES).axes[0]
    assert {"60%", "49%"} <= {text.get_text() for text in ax.texts}


def test_false_alarm_title_names_the_range():
    title = plots.false_alarm_figure(SHARES).axes[0].get_title(loc="left")
    assert "26% to 76%" in title.replace("\n", " ")


def test_detectability_title_names_both_ends_of_the_curve():
    title = plots.detectability_figure(SEEN).axes[0].get_title(loc="left").replace("\n", " ")
    assert title == "With 40 students tested a dip must reach 31 points to be seen, with 2,000 students 5"


def test_marks_are_put_on_the_curve():
    ax = plots.detectability_figure(SEEN, marks={"one grade": 40}).axes[0]
    assert "one grade: 31 points" in {text.get_text() for text in ax.texts}


def test_gallery_names_the_flagged_districts_in_words():
    figure = plots.gallery_figure(pd.concat([district("A"), district("B")]), ["B"])
    assert [ax.get_title(loc="left") for ax in figure.axes if ax.get_visible()] == ["A", "B: flagged"]
    assert figure.get_suptitle() == "1 of these 2 districts are flagged"


def test_gallery_shows_twelve_districts_at_most():
    figure = plots.gallery_figure(pd.concat([district(f"D{place}") for place in range(20)]))
    assert len(figure.axes) == 12
