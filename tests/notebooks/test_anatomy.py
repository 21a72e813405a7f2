"""Every lesson has the same parts, and what it promises to check is there to be checked."""

import itertools
import re
import statistics
import warnings
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PARTS = [
    "## Meet the data",
    "## The tempting answer",
    "## The better answer",
    "## Move it",
    "## What could be wrong?",
    "## Exercise 1",
    "## Use your own data",
    "## Before a site visit",
    "## Sources",
]
MARK = "# NBVAL_CHECK_OUTPUT"


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def prose(lesson):
    return "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


def code(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def plain(cell):
    """Give the lines of code without marks that only machines read."""
    marks = (MARK, "### BEGIN SOLUTION", "### END SOLUTION")
    return [line for line in cell.source.strip().splitlines() if line not in marks]


def tagged(lesson, tag):
    return [cell for cell in code(lesson) if tag in tags(cell)]


def headings(lesson):
    return re.findall(r"^#+ .*", prose(lesson), re.MULTILINE)


def test_there_are_lessons_to_look_at():
    assert [path.stem for path in LESSONS][:2] == ["00_start_here", "01_implementation_dip"]


def test_file_is_a_valid_notebook(lesson):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(lesson)


def test_title_is_a_question(lesson):
    assert headings(lesson)[0].endswith("?")


def test_lesson_says_what_the_reader_can_do_by_the_end(lesson):
    promised = prose(lesson).partition("By the end you can")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert 3 <= promised.count("\n- ") + 1 <= 5


def test_parts_stand_in_their_order(lesson):
    found = headings(lesson)
    places = [next(place for place, heading in enumerate(found) if heading.startswith(part)) for part in PARTS]
    assert places == sorted(places)


def test_setup_is_short_and_shows_figures_inline(lesson):
    setup = code(lesson)[0].source.splitlines()
    assert setup[0] == "%matplotlib inline"
    assert len(setup) <= 8


def test_prose_comes_before_every_cell_of_code(lesson):
    before = [pair[0] for pair in zip(lesson.cells, lesson.cells[1:], strict=False) if pair[1].cell_type == "code"]
    after_a_task = [*tagged(lesson, "solution"), *tagged(lesson, "check")]
    assert sum(cell.cell_type == "markdown" for cell in before) >= len(code(lesson)) - len(after_a_task)


def test_cells_of_code_are_short(lesson):
    lines = [len(plain(cell)) for cell in code(lesson)]
    assert max(lines) <= 12
    assert statistics.median(lines) <= 3.5


def test_cells_have_readable_ids(lesson):
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", cell.id) for cell in lesson.cells)


def test_exercises_are_numbered_and_each_has_a_hint_a_solution_and_a_check(lesson):
    numbers = [int(found) for found in re.findall(r"^## Exercise (\d+)", prose(lesson), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 3 <= len(numbers) <= 5
    parts = [prose(lesson).count("<summary>Hint"), len(tagged(lesson, "solution")), len(tagged(lesson, "check"))]
    assert parts == [len(numbers)] * 3


def test_each_solution_is_collapsed_and_followed_by_its_check(lesson):
    for solution, check in itertools.pairwise(lesson.cells):
        if "solution" in tags(solution):
            assert solution.metadata.jupyter.source_hidden
            assert "check" in tags(check)
            assert "check(" in check.source


def test_a_check_does_not_give_the_answer_away(lesson):
    for cell in tagged(lesson, "check"):
        assert re.search(r'"(number|text|list):[0-9a-f:]+"', cell.source)
        assert "seal(" not in cell.source


def test_nbgrader_knows_answers_and_checks(lesson):
    known = [(cell.metadata.get("nbgrader"), cell) for cell in lesson.cells]
    known = [(grading, cell) for grading, cell in known if grading]
    ids = [grading["grade_id"] for grading, _ in known]
    assert len(set(ids)) == len(ids) == 2 * len(tagged(lesson, "solution"))
    for grading, cell in known:
        assert grading["schema_version"] == 3
        assert grading["solution"] == ("solution" in tags(cell))
        assert grading["grade"] == grading["locked"] == ("check" in tags(cell))
    for cell in tagged(lesson, "solution"):
        lines = cell.source.splitlines()
        assert (lines[0], lines[-1]) == ("### BEGIN SOLUTION", "### END SOLUTION")


def test_marked_cells_keep_an_output_to_compare_with(lesson):
    marked = [cell for cell in code(lesson) if cell.source.startswith(MARK)]
    assert marked
    assert all("keep_output" in tags(cell) and cell.outputs for cell in marked)


def test_an_answer_that_is_kept_stays_closed_until_its_prediction_is_made(lesson):
    for asked, told in itertools.pairwise(lesson.cells):
        predicted = re.search(r"\*\*(Predict|Write down)|\bPredict\b", asked.source.split("## Move it")[-1])
        if asked.cell_type == "markdown" and predicted and told.get("outputs"):
            assert told.metadata.jupyter.outputs_hidden


def test_no_other_cell_keeps_an_output(lesson):
    assert not any(cell.outputs for cell in code(lesson) if not cell.source.startswith(MARK))


def test_kept_outputs_hold_no_picture_and_no_address(lesson):
    kept = str([cell.outputs for cell in code(lesson)])
    assert "image/" not in kept
    assert " at 0x" not in kept


@pytest.mark.parametrize("word", ["filterwarnings", "simplefilter", "%%capture", "2>/dev/null", "np.seterr"])
def test_nothing_is_silenced(lesson, word):
    assert not any(word in cell.source for cell in code(lesson))


def test_no_lesson_says_that_a_reform_caused_a_dip(lesson):
    assert not re.search(r"\bcaused?\b(?! of)", prose(lesson).replace("*because of* it", ""))


def test_a_static_figure_stands_before_the_first_widget(lesson):
    sources = [cell.source for cell in code(lesson)]
    figure = next(place for place, source in enumerate(sources) if "_figure(" in source)
    widget = next(place for place, source in enumerate(sources) if "widgets." in source)
    assert figure < widget


def test_dollars_do_not_turn_into_formulas(lesson):
    paragraphs = re.sub(r"`[^`]*`", "", prose(lesson)).split("\n\n")
    assert [each for each in paragraphs if each.count("$") > 1] == []


def test_invented_districts_are_labelled(lesson):
    assert "synthetic" in prose(lesson)
    for name in ("Alder Ridge", "Birch Hollow", "Cedar Bend", "Elm Crossing"):
        first = prose(lesson).find(name)
        assert first < 0 or "synthetic" in prose(lesson)[first : first + 60]
