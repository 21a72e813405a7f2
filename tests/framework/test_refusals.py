"""What is wrong with an instrument file is said in one error: every problem, its place and the remedy."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cbe_lib import CbeError
from cbe_lib.framework import read_rubric, read_survey
from tests.framework.conftest import SMALL, packaged

CHANGES = [
    ('title = "Two things to judge"', "", r"top of the file: `title` is missing; write title"),
    ('title = "Two', 'titles = "Two', r"unknown key `titles`; did you mean `title`\?"),
    ('version = "0.1"', "version = 0.1", r"`version` holds 0.1 \(a number\); write text in quotes"),
    ('name = "Rooms"', 'name = "  "', r"dimension A: `name` is empty"),
    ('id = "B"', 'id = "A"', r"dimensions: `id` repeats 'A'; make each one different"),
    ('id = "B.trees"', 'id = "A.doors"', r"criteria: `id` repeats 'A.doors'"),
    ('listen_for = "They close it behind you."', "", r"criterion A.doors: `listen_for` is missing"),
    ('warning_sign = "The doors', 'warning = "The doors', r"unknown key `warning`; did you mean `warning_sign`\?"),
    ('evidence = ["Try each door"]', "evidence = []", r"criterion A.doors: `evidence` holds nothing; write a list"),
    ('evidence = ["Try each door"]', 'evidence = "Try"', r"`evidence` holds 'Try' \(text\); write a list of texts"),
    ('evidence = ["Try each door"]', "evidence = [3]", r"`evidence` holds 3 \(a whole number\)"),
    ('id = "A.doors"', "", r"criterion Doors of dimension A: `id` is missing"),
    ('descriptors.done = "Every door closes."', "", r"A.doors: 2 descriptors for 3 levels, `done` missing"),
    ("descriptors.done", "descriptors.don", r"unknown key `don`; did you mean `done`\?"),
    ("descriptors.done", 'descriptors.over = "Wow"\ndescriptors.done', r"unknown key `over`; delete it, or use one of"),
    ("Every door closes.", "Half of the doors close.", r"`descriptors` repeats 'Half of the doors close.'"),
    ('{name = "done"', '{name = "begun"', r"levels: `name` repeats 'begun'"),
    ('{name = "done"', '{name = "evidence"', r"`name` is 'evidence', which is a column of the rubric's table"),
    ('{name = "done", ', "{", r"level number 3: `name` is missing"),
    ("[[dimension]]\nid", "[rules]\nself_report_cap = 2\n[[dimension]]\nid", r"`self_report_cap` holds 2"),
]
RULES = [
    ('one_role_group_cap = "beginning"', r"`one_role_group_cap` names 'beginning', which is not declared"),
    ('highest_cap = "Begun"', r"did you mean 'begun'\?"),
    ("tentative_below = 67", r"`tentative_below` holds 67 .*; give a number from 0 to 1"),
    ("double_share = true", r"`double_share` holds True \(true or false\)"),
    ("tentative_below = 0.4\ndo_not_report_below = 0.67", r"\(0.67\) is above `tentative_below` \(0.4\); swap them"),
    ('self_report_kinds = ["survey"]', r"`self_report_cap` is missing; `self_report_kinds` means nothing without it"),
    ("highest_needs_years = 2", r"`highest_cap` is missing; `highest_needs_years` means nothing without it"),
    ("highest_need_years = 2", r"unknown key `highest_need_years`; did you mean `highest_needs_years`\?"),
]
ITEMS = [
    ({"scale": "safe"}, r"`scale` names 'safe', which is not declared; did you mean 'safety'\?"),
    ({"forms": ["teachers"]}, r"`forms` names 'teachers', which is not declared; declared are 'staff'"),
    ({"low": 5, "high": 5}, r"the answers run from 5 to 5; give whole numbers"),
    ({"high": "five"}, r"the answers run from 1 to 'five'"),
    ({"reverse": "yes"}, r"`reverse` holds 'yes' \(text\); write true or false, without quotes"),
    ({"id": "safety_1"}, r"items, open questions and meta: `id` repeats 'safety_1'"),
    ({"text": ""}, r"item purpose_clarity_1: `text` is empty"),
]
OPTIONAL = {"reverse", "low", "high", "required", "open", "meta", "rules", "one_role_group_cap", "not_all_schools_cap"}
OPTIONAL |= {"highest_needs_years", "highest_needs_roles", "tentative_below", "do_not_report_below", "double_share"}
READERS = {"rubric": read_rubric, "survey": read_survey}


def paths(node, above=()):
    """Every key of every table, as the path that leads to it."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in pairs:
        if isinstance(node, dict):
            yield (*above, key)
        yield from paths(below, (*above, key))


def holder(content, path):
    for key in path[:-1]:
        content = content[key]
    return content


KEYS = [(name, path) for name in READERS for path in paths(packaged(name))]
NEEDED = [(name, path) for name, path in KEYS if path[-1] not in OPTIONAL]
FIRST_OF_A_KIND = {(name, tuple(key for key in path if isinstance(key, str))): path for name, path in reversed(NEEDED)}
lasting = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal_without(written, name, path):
    content = copy.deepcopy(packaged(name))
    del holder(content, path)[path[-1]]
    with pytest.raises(CbeError, match=f"`{path[-1]}`"):
        READERS[name](written(content))


def outcome(reader, path):
    try:
        return type(reader(path)).__name__
    except CbeError as error:
        return str(error).partition(":")[0]


@pytest.mark.parametrize(("old", "new", "message"), CHANGES)
def test_each_mistake_in_a_rubric_is_named(written, old, new, message):
    assert old in SMALL
    with pytest.raises(CbeError, match=message):
        read_rubric(written(SMALL.replace(old, new, 1)))


@pytest.mark.parametrize(("rules", "message"), RULES)
def test_each_mistake_in_the_rules_is_named(written, rules, message):
    with pytest.raises(CbeError, match=message):
        read_rubric(written(f"{SMALL}\n[rules]\n{rules}\n"))


@pytest.mark.parametrize(("change", "message"), ITEMS)
def test_each_mistake_in_an_item_is_named(written, change, message):
    content = packaged("survey")
    content["item"][0].update(change)
    with pytest.raises(CbeError, match=message):
        read_survey(written(content))


def test_every_problem_is_told_at_once(written):
    broken = SMALL.replace('id = "B"', "").replace("[[dimension.criterion", "[[dimension.kriterion", 1)
    with pytest.raises(CbeError) as told:
        read_rubric(written(broken + "\nthe_end = 1"))
    lines = str(told.value).splitlines()
    assert lines[0] == f"mine.toml cannot be used: {len(lines) - 1} problems."
    assert [line for line in lines if "dimension A: unknown key `kriterion`" in line]
    assert [line for line in lines if "dimension A: `criterion` is missing" in line]
    assert [line for line in lines if "dimension Yard: `id` is missing" in line]
    assert [line for line in lines if "criterion B.shade: unknown key `the_end`" in line]


def test_a_scale_of_one_level_is_refused(written):
    content = packaged("rubric")
    content["level"] = content["level"][:1]
    with pytest.raises(CbeError, match=r"levels: there is only 1; write two or more \[\[level\]\]"):
        read_rubric(written(content))


def test_a_dimension_in_single_brackets_is_explained(written):
    with pytest.raises(CbeError, match=r"`dimension` holds a table; head each one with double brackets: \[\[dimension"):
        read_rubric(written('title = "T"\n[dimension]\nid = "A"'))


def test_rules_in_double_brackets_are_explained(written):
    with pytest.raises(CbeError, match=r"rules: this is not a table; head it with single brackets: \[rules\]"):
        read_rubric(written(SMALL + '\n[[rules]]\nhighest_cap = "done"'))


def test_descriptors_in_a_list_are_explained(written):
    listed = SMALL.replace('{"not yet" = "None.", begun = "Some.", done = "Plenty."}', '["None.", "Some.", "Plenty."]')
    with pytest.raises(CbeError, match=r"B.trees: `descriptors` is not keyed by level; write descriptors"):
        read_rubric(written(listed))


def test_a_form_without_items_and_a_scale_without_items_are_named(written):
    content = packaged("survey")
    content["forms"].append("board")
    content["scale"].append({"id": "joy", "name": "Joy", "meaning": "High: joy."})
    with pytest.raises(CbeError, match=r"form board: it has no item[^-]*- scale joy: no item measures it"):
        read_survey(written(content))


def test_text_that_is_not_toml_is_refused_with_its_place(written):
    with pytest.raises(CbeError, match=r"mine.toml is not valid TOML.*line 2.*missing quote, comma or bracket"):
        read_rubric(written('title = "A"\nversion = \n'))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CbeError, match=r"nowhere.toml' cannot be read\. No such file.*Check the path"):
        read_rubric(tmp_path / "nowhere.toml")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(CbeError, match="cannot be read"):
        read_survey(tmp_path)


def test_another_encoding_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes('title = "Zoë"'.encode("cp1252"))
    with pytest.raises(CbeError, match=r"mine.toml is not UTF-8 text.*Save the file with the encoding UTF-8"):
        read_rubric(path)


@pytest.mark.parametrize("path", [7, ["rubric.toml"], {"title": "T"}])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(CbeError, match=r"`path` must be the path of a TOML file\. Found"):
        read_rubric(path)


@pytest.mark.parametrize(("name", "path"), [(name, path) for (name, _), path in FIRST_OF_A_KIND.items()])
def test_a_key_that_is_deleted_is_named(written, name, path):
    refusal_without(written, name, path)


@lasting
@given(place=st.sampled_from(NEEDED))
def test_a_key_that_is_deleted_is_named_wherever_it_stood(written, place):
    refusal_without(written, *place)


@lasting
@given(place=st.sampled_from(KEYS), junk=st.sampled_from([0, -1, 1e9, True, "", "?", [], {}, [1], [{}], ["a", "a"]]))
def test_junk_anywhere_gives_an_instrument_or_a_cbe_error(written, place, junk):
    name, path = place
    content = copy.deepcopy(packaged(name))
    holder(content, path)[path[-1]] = junk
    assert outcome(READERS[name], written(content)) in ("Rubric", "Survey", "mine.toml cannot be used")
