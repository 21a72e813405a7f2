"""Ramping up: does the plan leave time for it, has the spirit come along, and is the rest easier afterwards?"""

from cbe_lib.themes.ramp_up.audit import PlanAudit, audit
from cbe_lib.themes.ramp_up.compliance import Compliance, compliance
from cbe_lib.themes.ramp_up.core_values import CoreValues, core_values
from cbe_lib.themes.ramp_up.norms import Norm, Norms, read_norms
from cbe_lib.themes.ramp_up.slope import DepthByRampUp, Prepared, depth_by_ramp_up, prepared_by_ramp_up
from cbe_lib.themes.ramp_up.spirit import Spirit, operations_and_spirit
from cbe_lib.themes.ramp_up.squeezed import Squeeze, squeeze
from cbe_lib.themes.ramp_up.stages_of_change import Stages, stages

__all__ = [
    "Compliance",
    "CoreValues",
    "DepthByRampUp",
    "Norm",
    "Norms",
    "PlanAudit",
    "Prepared",
    "Spirit",
    "Squeeze",
    "Stages",
    "audit",
    "compliance",
    "core_values",
    "depth_by_ramp_up",
    "operations_and_spirit",
    "prepared_by_ramp_up",
    "read_norms",
    "squeeze",
    "stages",
]
