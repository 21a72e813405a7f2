"""The films say what they show, as long as they promise, and the same each time."""

import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course.explainers import films
from course.explainers.shoot import blank, drawing, moments

FILMS = films.words()


@pytest.fixture(params=FILMS, ids=lambda film: film["name"])
def film(request):
    return request.param


def pixels(film, line, gone):
    figure = blank()
    drawing(film["name"])(figure, line, gone)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()


def test_film_lasts_half_a_minute_to_a_minute(film):
    assert 30 <= films.seconds(film) <= 60


def test_captions_follow_each_other_to_the_end(film):
    times = re.findall(r"(\S+) --> (\S+)", films.captions(film))
    assert times[0][0] == "00:00:00.000"
    assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]
    assert times[-1][1] == f"00:00:{films.seconds(film):02d}.000"


def test_a_caption_can_be_read_in_its_time(film):
    assert all(len(line["said"].split()) / line["seconds"] <= 3.5 for line in film["line"])


def test_transcript_has_the_question_all_words_and_all_pictures(film):
    text = films.transcript(film)
    assert all(line["said"] in text and line["seen"] in text for line in film["line"])
    assert film["question"] in text


def test_talk_has_minutes_that_add_up(film):
    minutes = [int(re.match(r"\((\d+) min\)", step)[1]) for step in film["steps"]]
    assert sum(minutes) == film["minutes"]


def test_a_frame_is_the_same_each_time_and_the_film_moves(film):
    middle = len(film["line"]) // 2
    assert np.array_equal(pixels(film, middle, 0.7), pixels(film, middle, 0.7))
    assert not np.array_equal(pixels(film, 0, 0.7), pixels(film, middle, 0.7))


def test_every_line_has_its_frames():
    assert moments([1, 2], 2) == [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.25), (1, 0.5), (1, 0.75)]
