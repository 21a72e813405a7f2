"""Blank copies hold nothing of a solution; executed copies hold all of it."""

import nbformat
import pytest

from course import copies
from course.build import build
from course.execute import executed
from course.lessons import CHECK, asked_for, code_cells, lessons, tagged

LESSONS = lessons()


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.stem)
def lesson(request):
    return request.param


def test_no_line_of_a_solution_stands_in_a_blank_copy(lesson):
    assert copies.leaks(lesson, copies.student(lesson)) == []


def test_blank_copy_holds_no_output(lesson):
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(copies.student(lesson)))


def test_blank_copy_asks_for_every_answer_that_is_checked(lesson):
    blank = copies.student(lesson)
    checked = [name for cell in blank.cells if tagged(cell, CHECK) for name in asked_for(cell.source)]
    dots = [line.removesuffix(" = ...") for cell in blank.cells for line in cell.source.splitlines() if "= ..." in line]
    assert checked
    assert dots == checked


def test_blank_copy_is_a_valid_notebook(lesson):
    nbformat.validate(copies.student(lesson))


def test_lesson_says_its_minutes_and_what_it_teaches(lesson):
    assert lesson.minutes
    assert 3 <= len(lesson.objectives) <= 5


def test_a_solution_left_in_a_copy_is_found(small):
    lesson = small.lessons[0]
    assert copies.leaks(lesson, copies.plain(lesson)) == ["dots = len([1, 2, 3])"]


def test_making_copies_leaves_the_lesson_alone(small):
    before = nbformat.writes(small.lessons[0].book)
    copies.student(small.lessons[0])
    copies.instructor(small.lessons[0], small.ran["00_first"])
    assert nbformat.writes(small.lessons[0].book) == before


def test_instructor_copy_shows_solution_output_and_seconds(small):
    made = copies.instructor(small.lessons[0], small.ran["00_first"])
    assert "seconds to run" in made.cells[1].source
    assert "dots = len([1, 2, 3])" in nbformat.writes(made)
    assert any(cell.outputs for cell in code_cells(made))


def test_an_unchanged_lesson_is_not_run_again(small):
    kept = sorted((small.out / "cache").glob("*.ipynb"))
    before = [path.stat().st_mtime_ns for path in kept]
    executed(small.lessons, small.out / "cache")
    assert [path.stat().st_mtime_ns for path in kept] == before
    assert len(kept) == 2


def test_nbgrader_gets_an_assignment_for_each_lesson(tmp_path, small):
    build(tmp_path, ("student", "nbgrader"), small.lessons[0].path.parent)
    assert (tmp_path / "student" / "00_first.ipynb").exists()
    assert (tmp_path / "nbgrader" / "source" / "01_second" / "01_second.ipynb").exists()
    assert (tmp_path / "nbgrader" / "nbgrader_config.py").exists()
