"""The notebooks of the course, and what each says of itself."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOLUTION, CHECK = "solution", "check"


@dataclass(frozen=True)
class Lesson:
    """One notebook as it lies in the repository."""

    path: Path

    @property
    def stem(self) -> str:
        """File name without its ending, such as 01_implementation_dip."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits that a file name begins with."""
        return self.stem[:2]

    @cached_property
    def book(self) -> nbformat.NotebookNode:
        """The notebook itself; whoever changes it makes a copy first."""
        return nbformat.read(self.path, as_version=4)

    @cached_property
    def prose(self) -> str:
        """All text of the notebook, in its order."""
        return "\n\n".join(cell.source for cell in self.book.cells if cell.cell_type == "markdown")

    @property
    def title(self) -> str:
        """The question that the notebook answers."""
        found = re.search(r"^# (.+)$", self.prose, re.MULTILINE)
        return found[1].strip() if found else self.stem

    @property
    def minutes(self) -> int | None:
        """Minutes that the notebook says it takes."""
        found = re.search(r"\*\*Time:\*\*[^.\d]*(\d+) minutes", self.prose)
        return int(found[1]) if found else None

    @property
    def objectives(self) -> list[str]:
        """What the reader can do by the end."""
        promised = self.prose.partition("By the end you can")[2].partition("\n\n")[2].partition("\n\n")[0]
        return [line[2:].strip().rstrip(".;") for line in promised.splitlines() if line.startswith("- ")]


def lessons(folder: Path = NOTEBOOKS) -> list[Lesson]:
    """List the lessons of a folder in the order of their numbers."""
    return [Lesson(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]


def code_cells(book: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Give the cells of code."""
    return [cell for cell in book.cells if cell.cell_type == "code"]


def tagged(cell: nbformat.NotebookNode, tag: str) -> bool:
    """Tell whether a cell carries a tag."""
    return tag in cell.metadata.get("tags", [])


def asked_for(check_cell: str) -> list[str]:
    """Name the answers that a cell of checks asks for, in their order.

    >>> asked_for('check(share, "number:1f")')
    ['share']
    """
    calls = [node for node in ast.walk(ast.parse(check_cell)) if isinstance(node, ast.Call)]
    first = [call.args[0] for call in calls if getattr(call.func, "id", "") == "check" and call.args]
    return [name.id for name in first if isinstance(name, ast.Name)]
