import pytest

from cbe_lib import ingest, samples
from cbe_lib.plots.report import reading_figure


@pytest.fixture(scope="module")
def figure():
    figure = reading_figure(ingest.read(samples.folder() / "messy_state_file.xlsx", id_width=7, no_test=(2020,)))
    figure.canvas.draw()
    return figure


def test_the_title_counts_what_is_left_to_correct(figure):
    assert figure.axes[0].get_title(loc="left") == "Still to correct: 5 cells or rows"


def test_what_must_be_corrected_stands_on_top(figure):
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    places = figure.axes[0].get_yticks()
    assert labels[int(places.argmax())] == "more than one row for one key"


def test_nothing_runs_off_the_page(figure):
    width, height = figure.get_size_inches() * figure.dpi
    for artist in [*figure.axes[0].get_yticklabels(), *figure.axes[0].texts, figure.axes[0].title]:
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
