"""The editable norms that a plan is held against."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from cbe_lib.framework.checking import Checked, Table, label
from cbe_lib.framework.instrument import FOLDER
from cbe_lib.tables.spec import known

LONGEST = 3650


@dataclass(frozen=True)
class Norm:
    """What a plan should give one kind of work.

    Attributes
    ----------
    id, name : str
        Category of the table `plan`, and what people call it.
    ramp_up : bool
        Whether the work belongs before the first classroom change.
    hours_share : float
        Smallest share of all working hours.
    days_before : float
        Calendar days of it before the first classroom change.
    """

    id: str
    name: str
    ramp_up: bool
    hours_share: float
    days_before: float


@dataclass(frozen=True)
class Norms:
    """Norms of a plan: title, version, a norm for each category, and hours a month that one owner may have."""

    title: str
    version: str
    categories: tuple[Norm, ...]
    hours_a_month: float


def read_norms(path: str | PathLike[str] | None = None) -> Norms:
    """Against which norms is a plan held?

    Reads the packaged norms, or the file at `path`; raises one CbeError that lists every problem of the file.

    Examples
    --------
    >>> read_norms().categories[0].name
    'Shared vision'
    """
    file = Checked(FOLDER / "norms.toml" if path is None else path)
    file.only(file.top, "top of the file", ("title", "version", "language", "overload", "category"))
    title, version = (file.text(file.top, key, "top of the file") for key in ("title", "version"))
    legal = _categories()
    found = enumerate(file.tables(file.top, "category", "top of the file"), 1)
    norms = tuple(_norm(file, table, place, legal) for place, table in found)
    file.unique((each.id for each in norms), "`id`", "categories")
    overload = file.top.get("overload")
    if not isinstance(overload, dict) or "hours_a_month" not in overload:
        file.report("overload", "`hours_a_month` is missing", "write [overload] and hours_a_month = 400")
        overload = {}
    file.only(overload, "overload", ("hours_a_month",))
    limit = file.number(overload, "hours_a_month", "overload", 1, 100_000) or 1.0
    file.raise_problems()
    return Norms(title, version, norms, float(limit))


def _categories() -> tuple[str, ...]:
    return next(column.choices for column in known("plan").columns if column.name == "category")


def _norm(file: Checked, table: Table, place: int, legal: tuple[str, ...]) -> Norm:
    where = label("category", table, place)
    file.only(table, where, ("id", "name", "ramp_up", "hours_share", "days_before"))
    id_, name = (file.text(table, key, where) for key in ("id", "name"))
    file.one_of(id_, legal, "`id`", where)
    share = file.number(table, "hours_share", where, 0, 1) or 0.0
    days = file.number(table, "days_before", where, 0, LONGEST) or 0.0
    return Norm(id_, name, file.flag(table, "ramp_up", where), float(share), float(days))
