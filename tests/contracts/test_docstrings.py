"""Every public name explains itself, with an example that runs."""

import importlib
import inspect

import pytest

import cbe_lib

PACKAGES = [name for name in cbe_lib.__all__ if name.islower()]


def public_names(package):
    module = importlib.import_module(f"cbe_lib.{package}")
    named = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return [pytest.param(thing, id=f"{package}.{name}") for name, thing in named.items() if callable(thing)]


PUBLIC = [case for package in PACKAGES for case in public_names(package)]
FUNCTIONS = [case for case in PUBLIC if inspect.isfunction(case.values[0])]


@pytest.mark.parametrize("package", PACKAGES)
def test_public_packages_declare_their_names(package):
    assert importlib.import_module(f"cbe_lib.{package}").__all__


@pytest.mark.parametrize("thing", PUBLIC)
def test_public_names_have_a_docstring_of_their_own(thing):
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{thing.__name__}(")  # what dataclasses write when nobody did


@pytest.mark.parametrize("function", FUNCTIONS)
def test_public_functions_show_an_example_that_runs(function):
    _, _, examples = inspect.getdoc(function).partition("Examples\n--------\n")
    assert ">>> " in examples
