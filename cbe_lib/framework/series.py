"""What the posts claim and the series of articles, as data: read, checked, and shown beside charts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cbe_lib.errors import unknown_name
from cbe_lib.framework.checking import Checked, Table, label
from cbe_lib.framework.instrument import FOLDER

KINDS = ("observation", "hypothesis", "recommendation")


@dataclass(frozen=True)
class Claim:
    """One claim of the posts.

    Attributes
    ----------
    id : str
        Its row in the table of coverage, for instance B12; the letter is the post.
    kind : str
        "observation", "hypothesis" or "recommendation".
    claim, confirmed_by, refuted_by : str
        The claim in our words, and what would speak for it and against it.
    test : str
        Function of this library that puts it to the test.
    """

    id: str
    kind: str
    claim: str
    confirmed_by: str
    refuted_by: str
    test: str

    @property
    def label(self) -> str:
        """The line that stands under a chart that rests on this claim."""
        return f"{self.kind.capitalize()} of the posts ({self.id}), not a finding"


@dataclass(frozen=True)
class Article:
    """One of the 23 articles of the series.

    Attributes
    ----------
    number, title, stage : int, str, str
        Place in the series, title, and stage of the change that it belongs to.
    question, notebook : str
        What we make of the title, and the notebook that does.
    tags : tuple of str
        For finding one's way.
    """

    number: int
    title: str
    stage: str
    question: str
    notebook: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One of the seven parts of the 2019 definition, in our words, and the criteria of the rubric that bear on it."""

    name: str
    meaning: str
    criteria: tuple[str, ...]


@cache
def read_claims() -> tuple[Claim, ...]:
    """Which claims do the posts make, and what would confirm or refute each?

    Examples
    --------
    >>> read_claims()[0].label
    'Hypothesis of the posts (A02), not a finding'
    """
    file = Checked(FOLDER / "claims.toml")
    claims = tuple(_claim(file, table, place) for place, table in enumerate(file.tables(file.top, "claim", "file"), 1))
    file.unique([claim.id for claim in claims], "`id`", "claims")
    file.raise_problems()
    return claims


def _claim(file: Checked, table: Table, place: int) -> Claim:
    where = label("claim", table, place)
    keys = ("id", "kind", "claim", "confirmed_by", "refuted_by", "test")
    file.only(table, where, keys)
    file.one_of(table.get("kind"), KINDS, "`kind`", where)
    return Claim(*(file.text(table, key, where) for key in keys))


def claim(name: str) -> Claim:
    """What kind of statement is this claim, and what would confirm or refute it?

    Raises
    ------
    CbeError
        If no claim has that id.

    Examples
    --------
    >>> claim("B12").kind
    'hypothesis'
    """
    known = {each.id: each for each in read_claims()}
    if name not in known:
        raise unknown_name("claim", name, known)
    return known[name]


@cache
def read_series() -> tuple[Article, ...]:
    """Which articles make up the series, and which notebook carries each theme?

    Examples
    --------
    >>> read_series()[22].title
    'Three Ways Districts Stumble in Implementation'
    """
    file = Checked(FOLDER / "series.toml")
    stages, tags = (file.texts(file.top, key, "top of the file") for key in ("stages", "tags"))
    found = enumerate(file.tables(file.top, "article", "file"), 1)
    articles = tuple(_article(file, table, place, stages, tags) for place, table in found)
    file.raise_problems()
    return articles


def _article(file: Checked, table: Table, place: int, stages: tuple[str, ...], tags: tuple[str, ...]) -> Article:
    where = f"article number {place}"
    file.only(table, where, ("number", "title", "stage", "question", "notebook", "tags"))
    file.one_of(table.get("stage"), stages, "`stage`", where)
    given = file.texts(table, "tags", where)
    for tag in given:
        file.one_of(tag, tags, "`tags`", where)
    number = int(file.number(table, "number", where, place, place) or 0)
    title, stage, question, notebook = (
        file.text(table, key, where) for key in ("title", "stage", "question", "notebook")
    )
    return Article(number, title, stage, question, notebook, given)


@cache
def read_definition() -> tuple[Part, ...]:
    """What makes education competency-based, by the definition of 2019?

    References
    ----------
    Levine, E. and Patrick, S. (2019). What is competency-based education? An updated definition. Aurora Institute.

    Examples
    --------
    >>> [part.name for part in read_definition()][:2]
    ['Students decide', 'Assessment helps']
    """
    file = Checked(FOLDER / "series.toml")
    parts = [
        Part(file.text(each, "name", "part"), file.text(each, "meaning", "part"), file.texts(each, "criteria", "part"))
        for each in file.tables(file.top, "part", "file")
    ]
    file.raise_problems()
    return tuple(parts)
