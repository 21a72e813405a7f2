"""Reads the values of a TOML file one by one, and remembers every problem, so that all are told at once."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from cbe_lib.errors import CbeError, closest, some

Table = dict[str, Any]
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a table"}


class Checked:
    """A TOML file on its way to become an instrument.

    Attributes
    ----------
    name : str
        Of the file, as messages show it.
    top : dict
        What the file holds.
    problems : list of str
        What is wrong with it so far, each with its place and what to do.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.name = Path(path).name
        self.top = _parsed(Path(path))
        self.problems: list[str] = []

    def report(self, where: str, problem: str, advice: str) -> None:
        """Remember one problem."""
        self.problems.append(f"- {where}: {problem}; {advice}" + ("" if advice.endswith("?") else "."))

    def raise_problems(self) -> None:
        """Raise one CbeError that lists every problem, if there is any."""
        if self.problems:
            count = len(self.problems)
            head = f"{self.name} cannot be used: {count} problem{'s' if count > 1 else ''}."
            raise CbeError("\n".join([head, *self.problems]))

    def only(self, table: Table, where: str, known: Sequence[str]) -> None:
        """Report keys that mean nothing here."""
        for key in table:
            if key not in known:
                near = closest(key, known)
                hint = f"did you mean `{near}`?" if near else f"delete it, or use one of {some(known, 20)}"
                self.report(where, f"unknown key `{key}`", hint)

    def text(self, table: Table, key: str, where: str) -> str:
        """Return the words under `key` on one line; report if there are none."""
        if key not in table:
            self.report(where, f"`{key}` is missing", f'write {key} = "..."')
            return ""
        return self._words(table[key], f"`{key}`", where)

    def texts(self, table: Table, key: str, where: str, *, needed: bool = True) -> tuple[str, ...]:
        """Return the list of words under `key`; report if it is missing though needed, or not such a list."""
        if key not in table and not needed:
            return ()
        if key not in table:
            self.report(where, f"`{key}` is missing", f'write {key} = ["...", "..."]')
            return ()
        found = table[key]
        if not isinstance(found, list) or not found:
            self.report(where, f"`{key}` holds {_found(found)}", f'write a list of texts: {key} = ["...", "..."]')
            return ()
        words = tuple(self._words(each, f"`{key}`", where) for each in found)
        self.unique(words, f"`{key}`", where)
        return words

    def number(self, table: Table, key: str, where: str, low: float, high: float) -> float | None:
        """Return the number under `key`, None if it is absent; report if it is no number from `low` to `high`."""
        found = table.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not low <= found <= high:
            self.report(where, f"`{key}` holds {_found(found)}", f"give a number from {low:g} to {high:g}")
            return None
        return found

    def flag(self, table: Table, key: str, where: str) -> bool:
        """Return whether `key` is true; absent means false; report anything else."""
        found = table.get(key, False)
        if not isinstance(found, bool):
            self.report(where, f"`{key}` holds {_found(found)}", "write true or false, without quotes")
        return found is True

    def tables(self, holder: Table, key: str, where: str, *, within: str = "", needed: bool = True) -> list[Table]:
        """Return the tables under `[[key]]`; report if there are none though needed, or if they are something else."""
        heading, found = f"[[{within}{key}]]", holder.get(key, [])
        if isinstance(found, list) and all(isinstance(each, dict) for each in found):
            if not found and needed:
                self.report(where, f"`{key}` is missing", f"write at least one {heading}")
            return found
        self.report(where, f"`{key}` holds {_found(found)}", f"head each one with double brackets: {heading}")
        return []

    def unique(self, names: Iterable[str], what: str, where: str) -> None:
        """Report names that occur more than once."""
        again = [name for name, times in Counter(names).items() if times > 1 and name]
        if again:
            self.report(where, f"{what} repeats {some(map(repr, again))}", "make each one different")

    def one_of(self, name: str | None, known: Sequence[str], what: str, where: str) -> None:
        """Report a name that is not among the known ones, unless none are known."""
        if name and known and name not in known:
            near = closest(name, known)
            hint = f"did you mean {near!r}?" if near else f"declared are {some(map(repr, known), 20)}"
            self.report(where, f"{what} names {name!r}, which is not declared", hint)

    def _words(self, found: object, what: str, where: str) -> str:
        if not isinstance(found, str):
            self.report(where, f"{what} holds {_found(found)}", 'write text in quotes: "..."')
            return ""
        words = " ".join(found.split())
        if not words:
            self.report(where, f"{what} is empty", "write its words")
        return words


def label(kind: str, table: Table, place: int) -> str:
    """Name a table in messages: by its id or name if it has one, else by its place in the file."""
    given = table.get("id") or table.get("name")
    return f"{kind} {given}" if isinstance(given, str) and given.strip() else f"{kind} number {place}"


def _found(value: object) -> str:
    if value == [] or value == {}:
        return "nothing"
    if isinstance(value, (list, dict)):
        return _KINDS[type(value)]
    return f"{value!r} ({_KINDS.get(type(value), type(value).__name__)})"


def _parsed(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise CbeError.build(
            f"The file {str(path)!r} cannot be read", found=error.strerror or str(error), advice="Check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise CbeError.build(
            f"{path.name} is not UTF-8 text",
            found=f"Byte {error.start} cannot be decoded",
            advice="Save the file with the encoding UTF-8",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise CbeError.build(
            f"{path.name} is not valid TOML",
            found=str(error),
            advice="Look near that place for a missing quote, comma or bracket; texts stand in straight double quotes",
        ) from error
