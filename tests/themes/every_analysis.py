"""The functions of all themes that take nothing but tables of the sample state, for tests and benchmarks."""

import importlib
import inspect
from collections.abc import Callable, Iterator

from cbe_lib import samples, themes

# What an analysis calls a table where it takes one of several.
OTHER_NAMES = {
    "learning.constraints": {"rules": "state_rules"},
    "learning.recognition": {"actions": "state_actions"},
    "learning.safety": {"answers": "survey"},
    "ownership.autonomy": {"answers": "survey"},
    "ownership.quadrants": {"answers": "survey"},
    "purpose.hybrid_test": {"ratings": "decisions"},
    "rollout.repeat_survey": {"answers": "survey"},
}
STATE = samples.state()


def analyses() -> Iterator[tuple[str, Callable, dict[str, str]]]:
    """Collect name, function and {parameter: table}."""
    for theme in themes.__all__:
        module = importlib.import_module(f"cbe_lib.themes.{theme}")
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function):
                continue
            named = OTHER_NAMES.get(f"{theme}.{name}", {})
            asked = inspect.signature(function).parameters
            given = {each: named.get(each, each) for each in asked if named.get(each, each) in STATE}
            if (theme, name) == ("rollout", "before"):
                given.pop("rollout")  # there the name of a year
            if given and all(each in given for each, what in asked.items() if what.default is what.empty):
                yield f"{theme}.{name}", function, given
