"""The rubric as raters had it, frozen in their session: later editions do not change old ratings."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from cbe_lib.framework import Criterion, Dimension, Rubric, Rules


def freeze(rubric: Rubric) -> str:
    """Write the whole rubric as text."""
    return json.dumps(asdict(rubric), ensure_ascii=False)


@lru_cache(maxsize=16)
def thaw(text: str) -> Rubric:
    """Read a rubric that was frozen."""
    document = _tupled(json.loads(text))
    dimensions = tuple(
        Dimension(**{**each, "criteria": tuple(Criterion(**one) for one in each["criteria"])})
        for each in document["dimensions"]
    )
    rules = {field.name: document["rules"][field.name] for field in fields(Rules) if field.name in document["rules"]}
    return Rubric(**{**document, "rules": Rules(**rules), "dimensions": dimensions})


def _tupled(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tupled, value))
    if isinstance(value, dict):
        return {key: _tupled(each) for key, each in value.items()}
    return value
