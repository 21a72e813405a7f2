"""The guide covers every notebook, and its talks add up."""

import re
from pathlib import Path

import pytest

from course.guide import FOLDER, protocols
from course.lessons import lessons
from course.website import glossary

NUMBERS = [f"{number:02d}" for number in range(20)]
PARTS = ["**Purpose.**", "**Minutes.**", "**Steps**", "**Prompts**", "**Listen for**", "Warning sign:", "## Reading"]


@pytest.fixture(params=protocols().values(), ids=lambda protocol: protocol.number)
def protocol(request):
    return request.param


def test_every_notebook_has_a_talk():
    assert list(protocols()) == NUMBERS
    assert {lesson.number for lesson in lessons()} <= set(NUMBERS)


def test_parts_of_a_talk_stand_in_their_order(protocol):
    places = [protocol.text.index(part) for part in PARTS]
    assert places == sorted(places)


def test_minutes_of_the_steps_add_up(protocol):
    assert sum(protocol.steps) == protocol.minutes


def test_readings_have_author_year_title_and_a_remark(protocol):
    readings = re.findall(r"^- (.+)$", protocol.text.partition("## Reading")[2], re.MULTILINE)
    assert 2 <= len(readings) <= 4
    assert all("*" in reading and len(reading.split()) > 10 for reading in readings)
    assert sum(bool(re.search(r"\((?:ed\.\) \()?(19|20)\d\d\)", reading)) for reading in readings) >= len(readings) - 1


@pytest.mark.parametrize("name", ["ten_weeks", "five_weeks"])
def test_syllabus_names_every_notebook(name):
    text = (Path(FOLDER) / f"{name}.md").read_text(encoding="utf8")
    assert sorted(set(re.findall(r"\bnotebook (\d\d)\b", text))) == NUMBERS


def test_glossary_explains_each_term_once_and_names_its_notebook():
    terms = [entry["term"] for entry in glossary()]
    assert len(set(terms)) == len(terms) >= 30
    assert all(entry["definition"].endswith(".") and entry["notebook"] in NUMBERS for entry in glossary())
