"""Readers of the rubric and the survey: a TOML file in, a checked instrument out."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from os import PathLike
from pathlib import Path

from cbe_lib.errors import CbeError
from cbe_lib.framework.checking import Checked, Table, label
from cbe_lib.framework.rubric import Criterion, Dimension, Rubric, Rules
from cbe_lib.framework.survey import MetaField, OpenQuestion, Scale, Survey, SurveyItem

FOLDER = Path(__file__).parent
ABOUT = ("title", "version", "language")
CRITERION = ("id", "name", "question", "descriptors", "evidence", "listen_for", "warning_sign")
TOGETHER = (
    ("self_report_kinds", "self_report_cap"),
    ("self_report_cap", "self_report_kinds"),
    ("highest_needs_years", "highest_cap"),
    ("highest_needs_roles", "highest_cap"),
)
COLUMNS = ("dimension", "dimension_name", "criterion_id", "criterion", "evidence", "listen_for", "warning_sign")
LONGEST_WAIT = 50  # years
WIDEST_ANSWER = 100
Source = str | PathLike[str] | None


def read_rubric(path: Source = None) -> Rubric:
    """What does the rubric in this file ask, and on which levels?

    Reads the packaged rubric, or the file at `path`; raises one CbeError that lists every problem of the file.

    Examples
    --------
    >>> read_rubric().levels
    ('Exploring', 'Emerging', 'Proficient', 'Breakthrough')
    """
    return _packaged_rubric() if path is None else _rubric(_opened(path, "rubric.toml"))


@cache
def _packaged_rubric() -> Rubric:
    return _rubric(_opened(None, "rubric.toml"))


def _rubric(file: Checked) -> Rubric:
    file.only(file.top, "top of the file", (*ABOUT, "level", "rules", "dimension"))
    title, version, language = (file.text(file.top, key, "top of the file") for key in ABOUT)
    levels, level_rules = _levels(file)
    rules = _rules(file, levels)
    dimensions = _dimensions(file, levels)
    file.raise_problems()
    return Rubric(title, version, language, levels, level_rules, rules, dimensions)


def read_survey(path: Source = None) -> Survey:
    """What does the survey in this file ask, of whom, and what does it measure?

    Reads the packaged survey, or the file at `path`; raises one CbeError that lists every problem of the file.

    Examples
    --------
    >>> read_survey().forms
    ('staff', 'student', 'family')
    """
    return _packaged_survey() if path is None else _survey(_opened(path, "survey.toml"))


@cache
def _packaged_survey() -> Survey:
    return _survey(_opened(None, "survey.toml"))


def _survey(file: Checked) -> Survey:
    file.only(file.top, "top of the file", (*ABOUT, "answers", "forms", "scale", "item", "open", "meta"))
    title, version, language = (file.text(file.top, key, "top of the file") for key in ABOUT)
    answers, forms = (file.texts(file.top, key, "top of the file") for key in ("answers", "forms"))
    scales = _scales(file)
    items = _items(file, forms, scales, len(answers) or 5)
    survey = Survey(title, version, language, answers, forms, scales, items, _open_questions(file, forms), _meta(file))
    _check_ids(file, survey)
    file.raise_problems()
    return survey


def _opened(path: Source, packaged: str) -> Checked:
    if path is None:
        return Checked(FOLDER / packaged)
    if isinstance(path, (str, PathLike)):
        return Checked(path)
    raise CbeError.build(
        "`path` must be the path of a TOML file", found=f"Found {path!r}", advice=f"Leave it out for {packaged}"
    )


def _levels(file: Checked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, meanings = [], []
    for place, table in enumerate(found := file.tables(file.top, "level", "top of the file"), start=1):
        where = label("level", table, place)
        file.only(table, where, ("name", "rule"))
        names.append(file.text(table, "name", where))
        meanings.append(file.text(table, "rule", where))
    if len(found) == 1:
        file.report("levels", "there is only 1", "write two or more [[level]], lowest first")
    file.unique(names, "`name`", "levels")
    for name in set(names) & set(COLUMNS):
        file.report(
            "levels", f"`name` is {name!r}, which is a column of the rubric's table", "name the level otherwise"
        )
    return tuple(names) if all(names) else (), tuple(meanings)


def _rules(file: Checked, levels: tuple[str, ...]) -> Rules:
    table = file.top.get("rules", {})
    if not isinstance(table, dict):
        file.report("rules", "this is not a table", "head it with single brackets: [rules]")
        return Rules()
    file.only(table, "rules", [field.name for field in fields(Rules)])
    rules = Rules(
        self_report_kinds=file.texts(table, "self_report_kinds", "rules", needed=False),
        self_report_cap=_cap(file, table, "self_report_cap", levels),
        one_role_group_cap=_cap(file, table, "one_role_group_cap", levels),
        not_all_schools_cap=_cap(file, table, "not_all_schools_cap", levels),
        highest_needs_years=file.number(table, "highest_needs_years", "rules", 0, LONGEST_WAIT),
        highest_needs_roles=file.texts(table, "highest_needs_roles", "rules", needed=False),
        highest_cap=_cap(file, table, "highest_cap", levels),
        tentative_below=file.number(table, "tentative_below", "rules", 0, 1),
        do_not_report_below=file.number(table, "do_not_report_below", "rules", 0, 1),
        double_share=file.number(table, "double_share", "rules", 0, 1),
    )
    _check_rules(file, table, rules)
    return rules


def _cap(file: Checked, table: Table, key: str, levels: tuple[str, ...]) -> str | None:
    level = file.text(table, key, "rules") if key in table else None
    file.one_of(level, levels, f"`{key}`", "rules")
    return level


def _check_rules(file: Checked, table: Table, rules: Rules) -> None:
    for key, partner in TOGETHER:
        if key in table and partner not in table:
            file.report("rules", f"`{partner}` is missing", f"`{key}` means nothing without it: write both, or neither")
    tentative, unreported = rules.tentative_below, rules.do_not_report_below
    if tentative is not None and unreported is not None and unreported > tentative:
        found = f"`do_not_report_below` ({unreported:g}) is above `tentative_below` ({tentative:g})"
        file.report("rules", found, "swap them")


def _dimensions(file: Checked, levels: tuple[str, ...]) -> tuple[Dimension, ...]:
    dimensions = []
    for place, table in enumerate(file.tables(file.top, "dimension", "top of the file"), start=1):
        where = label("dimension", table, place)
        file.only(table, where, ("id", "name", "question", "criterion"))
        id_, name, question = (file.text(table, key, where) for key in ("id", "name", "question"))
        found = file.tables(table, "criterion", where, within="dimension.")
        criteria = tuple(_criterion(file, each, id_, levels, place) for place, each in enumerate(found, start=1))
        dimensions.append(Dimension(id_, name, question, criteria))
    file.unique((each.id for each in dimensions), "`id`", "dimensions")
    file.unique((each.id for dimension in dimensions for each in dimension.criteria), "`id`", "criteria")
    return tuple(dimensions)


def _criterion(file: Checked, table: Table, dimension: str, levels: tuple[str, ...], place: int) -> Criterion:
    where = label("criterion", table, place)
    if "id" not in table:
        where = f"{where} of dimension {dimension}"
    file.only(table, where, CRITERION)
    id_, name, question = (file.text(table, key, where) for key in ("id", "name", "question"))
    return Criterion(
        id=id_,
        dimension=dimension,
        name=name,
        question=question,
        descriptors=_descriptors(file, table, levels, where),
        evidence=file.texts(table, "evidence", where),
        listen_for=file.text(table, "listen_for", where),
        warning_sign=file.text(table, "warning_sign", where),
    )


def _descriptors(file: Checked, table: Table, levels: tuple[str, ...], where: str) -> tuple[str, ...]:
    found = table.get("descriptors", {})
    if not isinstance(found, dict) or not found:
        problem = "`descriptors` is missing" if not found else "`descriptors` is not keyed by level"
        file.report(where, problem, 'write descriptors."name of level" = "...", one for each level')
        return ()
    if not levels:
        return ()
    missing = [level for level in levels if level not in found]
    if missing:
        problem = f"{len(found)} descriptors for {len(levels)} levels, `{'`, `'.join(missing)}` missing"
        file.report(where, problem, "write one descriptor for each level")
    file.only(found, f"{where}, descriptors", levels)
    words = tuple(file.text(found, level, f"{where}, descriptors") for level in levels if level in found)
    file.unique(words, "`descriptors`", where)
    return words


def _scales(file: Checked) -> tuple[Scale, ...]:
    scales = []
    for place, table in enumerate(file.tables(file.top, "scale", "top of the file"), start=1):
        where = label("scale", table, place)
        file.only(table, where, ("id", "name", "meaning"))
        scales.append(Scale(*(file.text(table, key, where) for key in ("id", "name", "meaning"))))
    return tuple(scales)


def _items(file: Checked, forms: tuple[str, ...], scales: tuple[Scale, ...], answers: int) -> tuple[SurveyItem, ...]:
    known, items = [scale.id for scale in scales], []
    for place, table in enumerate(file.tables(file.top, "item", "top of the file"), start=1):
        where = label("item", table, place)
        file.only(table, where, ("id", "scale", "text", "reverse", "low", "high", "forms"))
        id_, scale, text = (file.text(table, key, where) for key in ("id", "scale", "text"))
        file.one_of(scale, known, "`scale`", where)
        low, high = _answer_range(file, table, where, answers)
        items.append(
            SurveyItem(
                id_, scale, text, file.flag(table, "reverse", where), low, high, _forms(file, table, forms, where)
            )
        )
    return tuple(items)


def _answer_range(file: Checked, table: Table, where: str, answers: int) -> tuple[int, int]:
    ends = [table.get("low", 1), table.get("high", answers)]
    if all(type(end) is int for end in ends) and 0 <= ends[0] < ends[1] <= WIDEST_ANSWER:
        return ends[0], ends[1]
    found = f"the answers run from {ends[0]!r} to {ends[1]!r}"
    file.report(where, found, f"give whole numbers, 0 <= low < high <= {WIDEST_ANSWER}, or leave both out")
    return 1, answers


def _forms(file: Checked, table: Table, known: tuple[str, ...], where: str) -> tuple[str, ...]:
    forms = file.texts(table, "forms", where)
    for form in forms:
        file.one_of(form, known, "`forms`", where)
    return forms


def _open_questions(file: Checked, known: tuple[str, ...]) -> tuple[OpenQuestion, ...]:
    questions = []
    for place, table in enumerate(file.tables(file.top, "open", "top of the file", needed=False), start=1):
        where = label("open question", table, place)
        file.only(table, where, ("id", "text", "forms"))
        id_, text = (file.text(table, key, where) for key in ("id", "text"))
        questions.append(OpenQuestion(id_, text, _forms(file, table, known, where)))
    return tuple(questions)


def _meta(file: Checked) -> tuple[MetaField, ...]:
    found = []
    for place, table in enumerate(file.tables(file.top, "meta", "top of the file", needed=False), start=1):
        where = label("meta", table, place)
        file.only(table, where, ("id", "text", "required"))
        id_, text = (file.text(table, key, where) for key in ("id", "text"))
        found.append(MetaField(id_, text, file.flag(table, "required", where)))
    return tuple(found)


def _check_ids(file: Checked, survey: Survey) -> None:
    file.unique((scale.id for scale in survey.scales), "`id`", "scales")
    columns = (*survey.items, *survey.open_questions, *survey.meta)
    file.unique((each.id for each in columns), "`id`", "items, open questions and meta")
    for form in survey.forms:
        if form and not survey.items_of(form):
            file.report(f"form {form}", "it has no item", "give it one, or leave the form out of `forms`")
    used = {item.scale for item in survey.items}
    for scale in survey.scales:
        if scale.id and scale.id not in used:
            file.report(f"scale {scale.id}", "no item measures it", "write one, or delete the scale")
