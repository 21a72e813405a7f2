"""What to read with a team or a state leader, and what to talk about afterwards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import pandas as pd

from cbe_lib.errors import unknown_name
from cbe_lib.framework.checking import Checked, Table, label
from cbe_lib.framework.instrument import FOLDER
from cbe_lib.results import Result

COLUMNS = ("author", "year", "title", "where", "link", "topic", "summary")


@dataclass(frozen=True)
class Work:
    """One work of the list; `link` is empty for books."""

    author: str
    year: int
    title: str
    where: str
    link: str
    topic: str
    audiences: tuple[str, ...]
    summary: str
    questions: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Reading(Result):
    """Works to read together: see `reading`.

    Attributes
    ----------
    questions : DataFrame
        title, question: a row for each question.
    """

    questions: pd.DataFrame


def reading(topic: str | None = None, *, audience: str | None = None) -> Reading:
    """What should a team or a state leader read before they talk, and which questions are worth the hour?

    Parameters
    ----------
    topic : str, optional
        "state room", "learning", "ownership", "small wins", "the change"; all if left out.
    audience : str, optional
        "policymaker", "leader", "course"; all if left out.

    Returns
    -------
    Reading
        `.table`: author, year, title, where, link, topic, summary (in our words). `.questions`: for the talk.

    Raises
    ------
    CbeError
        For an unknown topic or audience, listing the known ones.

    Examples
    --------
    >>> reading("state room", audience="policymaker").table[["author", "year"]].to_dict("split")["data"][0]
    ['Patrick, S. and Sturgis, C.', 2013]
    """
    works = list(_works())
    for name, wanted in (("topic", topic), ("audience", audience)):
        known = sorted({each for work in _works() for each in _of(work, name)})
        if wanted is not None and wanted not in known:
            raise unknown_name(name, wanted, known)
        works = [work for work in works if wanted is None or wanted in _of(work, name)]
    table = pd.DataFrame([[getattr(work, name) for name in COLUMNS] for work in works], columns=list(COLUMNS))
    asked = [(work.title, question) for work in works for question in work.questions]
    questions = pd.DataFrame(asked, columns=["title", "question"])
    return Reading(table, _text(works), ("Summaries are ours; read the work before you rest on it.",), None, questions)


@cache
def _works() -> tuple[Work, ...]:
    file = Checked(FOLDER / "reading.toml")
    lists = {name: file.texts(file.top, name, "top of the file") for name in ("topics", "audiences")}
    found = enumerate(file.tables(file.top, "work", "file"), 1)
    works = tuple(_work(file, table, place, lists) for place, table in found)
    file.unique([work.title for work in works], "`title`", "works")
    file.raise_problems()
    return works


def _work(file: Checked, table: Table, place: int, lists: dict[str, tuple[str, ...]]) -> Work:
    where = label("work", table, place)
    file.only(table, where, [field.name for field in fields(Work)])
    file.one_of(table.get("topic"), lists["topics"], "`topic`", where)
    audiences = file.texts(table, "audiences", where)
    for audience in audiences:
        file.one_of(audience, lists["audiences"], "`audiences`", where)
    year = int(file.number(table, "year", where, 1900, 2100) or 0)
    said = {name: file.text(table, name, where) for name in ("author", "title", "where", "topic", "summary")}
    link = file.text(table, "link", where) if "link" in table else ""
    questions = file.texts(table, "questions", where)
    return Work(**said, year=year, link=link, audiences=audiences, questions=questions)


def _of(work: Work, name: str) -> tuple[str, ...]:
    return (work.topic,) if name == "topic" else work.audiences


def _text(works: list[Work]) -> str:
    if not works:
        return "No work on the list fits both the topic and the audience."
    first = works[0]
    more = f" More in the table: {len(works) - 1}." if len(works) > 1 else ""
    return f"Start with {first.author} ({first.year}), {first.title}: {first.summary}{more}"
