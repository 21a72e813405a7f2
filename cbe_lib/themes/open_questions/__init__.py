"""Two open questions: what it takes to help students who enroll behind, and whether the ceiling is off."""

from cbe_lib.themes.open_questions.catch_up import CatchUpCost, ServiceEffect, catch_up_cost, service_effect
from cbe_lib.themes.open_questions.ceiling import Ceiling, ceiling
from cbe_lib.themes.open_questions.split import Split, variance_split

__all__ = [
    "CatchUpCost",
    "Ceiling",
    "ServiceEffect",
    "Split",
    "catch_up_cost",
    "ceiling",
    "service_effect",
    "variance_split",
]
