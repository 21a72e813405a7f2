"""Several changes in one: can they share a plan, do district and helpers fit, and who sits at the table?"""

from cbe_lib.themes.integration.fit import FACTORS, FitCard, fit_card
from cbe_lib.themes.integration.planner import IntegratedPlan, integrated_plan
from cbe_lib.themes.integration.represented import Representation, representation

__all__ = [
    "FACTORS",
    "FitCard",
    "IntegratedPlan",
    "Representation",
    "fit_card",
    "integrated_plan",
    "representation",
]
