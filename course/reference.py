"""Reference pages from docstrings: one for each part of the library that has public names."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import griffe

import cbe_lib
from course.render import code, markdown

KEYWORDS = ("parameters", "returns", "yields", "raises", "attributes", "warns")
_ROLE = re.compile(r"``(.+?)``")


@dataclass(frozen=True)
class Section:
    """One section of a docstring, as HTML or as rows of a list."""

    title: str
    html: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Entry:
    """A public function or class."""

    name: str
    signature: str
    question: str
    sections: list[Section]


@dataclass(frozen=True)
class Module:
    """A part of the library."""

    name: str
    summary: str
    entries: list[Entry]


def reference() -> list[Module]:
    """Describe every module that lists public names."""
    found = [_module(module) for module in _modules()]
    return [module for module in found if module.entries]


def _modules() -> Iterable[ModuleType]:
    for package in ("cbe_lib", "cbe_lib.themes"):
        parent = importlib.import_module(package)
        for info in pkgutil.iter_modules(parent.__path__, f"{package}."):
            if info.name not in ("cbe_lib.cli", "cbe_lib.themes", "cbe_lib.pages"):
                yield importlib.import_module(info.name)


def _module(module: ModuleType) -> Module:
    listed = getattr(module, "__all__", None)
    public = {name: getattr(module, name) for name in listed} if listed is not None else _own(module)
    callables = {name: thing for name, thing in public.items() if callable(thing) and inspect.getdoc(thing)}
    entries = [_entry(name, thing) for name, thing in sorted(callables.items(), key=lambda pair: pair[0].casefold())]
    name = module.__name__.removeprefix(f"{cbe_lib.__name__}.")
    return Module(name, (inspect.getdoc(module) or "").partition("\n\n")[0], entries)


def _own(module: ModuleType) -> dict[str, Any]:
    """Give what a module without a list of public names defines itself."""
    named = {name: thing for name, thing in vars(module).items() if not name.startswith("_")}
    return {name: thing for name, thing in named.items() if getattr(thing, "__module__", "") == module.__name__}


def _entry(name: str, thing: Any) -> Entry:
    parsed = griffe.parse(griffe.Docstring(inspect.getdoc(thing) or ""), "numpy", warnings=False)
    sections = [section for part in parsed for section in _sections(part)]
    question = sections.pop(0).html if sections and not sections[0].title else ""
    return Entry(name, _signature(thing), question, sections)


def _signature(thing: Any) -> str:
    """Write the parameters with their defaults; what they are stands in the list below."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return "(...)"
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


def _sections(part: Any) -> Iterable[Section]:
    kind = part.kind.value
    if kind == "text":
        yield Section("", _prose(part.value))
    elif kind == "examples":
        yield Section("Example", "".join(_example(each) for each in part.value))
    elif kind == "admonition":
        yield Section(part.value.kind.capitalize(), _prose(part.value.description))
    elif kind in KEYWORDS:
        yield Section(kind.capitalize(), rows=tuple(_row(each) for each in part.value))


def _row(item: Any) -> tuple[str, str, str]:
    annotation = str(item.annotation or "")
    return getattr(item, "name", "") or "", annotation, _prose(item.description)


def _example(item: tuple[Any, str]) -> str:
    kind, text = item
    return _prose(text) if kind.value == "text" else code(text)


def _prose(text: str) -> str:
    return markdown(_ROLE.sub(r"`\1`", text))
