"""The prose of lessons and of the guide can be read by those whom it is for."""

import pytest

from course import figures
from course.guide import protocols
from course.lessons import lessons
from course.prose import found_jargon, grade, read, syllables

LESSONS = lessons()
COMPLETE = 20
HARDEST = 10


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("dip", 1),
        ("made", 1),
        ("years", 1),
        ("table", 2),
        ("results", 2),
        ("started", 2),
        ("changed", 1),
        ("recovery", 4),
    ],
)
def test_syllables(word, count):
    assert syllables(word) == count


def test_grade_of_a_text_worked_by_hand():
    # 2 sentences, 10 words, 11 syllables: 0.39 * 5 + 11.8 * 1.1 - 15.59
    assert grade("The cat sat on the mat. The dog ran after.") == pytest.approx(-0.66, abs=0.001)


def test_long_words_in_long_sentences_are_hard():
    hard = (
        "Institutional heterogeneity necessitates methodological sophistication throughout longitudinal investigations"
    )
    assert grade(hard) > 25


def test_code_formulas_tables_and_sources_are_not_read():
    text = "Read this.\n\n    a = b\n\n| x | y |\n\n`code` <b>and</b> [that](page.html).\n\n## Sources\n\n- Nobody."
    assert read(text).split() == ["Read", "this.", "and", "that."]


def test_jargon_is_found_with_a_plain_word():
    assert found_jargon("We utilized `variance` here.") == {"utili[sz]\\w+": "use"}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lesson_is_no_harder_than_grade_ten(lesson):
    assert grade(lesson.prose) <= HARDEST


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lesson_needs_no_jargon(lesson):
    assert found_jargon(lesson.prose) == {}


@pytest.mark.parametrize("protocol", protocols().values(), ids=lambda protocol: protocol.number)
def test_guide_is_as_plain_as_the_lessons(protocol):
    talk = protocol.text.partition("## Reading")[0]
    assert grade(talk) <= HARDEST
    assert found_jargon(talk) == {}


def test_table_of_figures_is_up_to_date_once_all_lessons_are_there():
    assert len(LESSONS) < COMPLETE or figures.PAGE.read_text(encoding="utf8") == figures.page()
