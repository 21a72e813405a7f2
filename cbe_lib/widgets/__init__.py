"""Controls that move figures, in notebooks and on pages without code."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cbe_lib.widgets.panel import panel

if TYPE_CHECKING:
    from cbe_lib.widgets.agency import agency_explorer, balance_explorer
    from cbe_lib.widgets.dip import dip_explorer
    from cbe_lib.widgets.field import film_explorer, spread_explorer, web_explorer
    from cbe_lib.widgets.hosts import hosts_explorer
    from cbe_lib.widgets.integration import fit_explorer, integration_explorer
    from cbe_lib.widgets.language import calibration_explorer, habits_explorer
    from cbe_lib.widgets.leadership import escalation_explorer, rise_simulator
    from cbe_lib.widgets.learning import latency_explorer, win_simulator
    from cbe_lib.widgets.open_questions import catch_up_explorer, ceiling_explorer, lid_explorer
    from cbe_lib.widgets.own_file import own_data
    from cbe_lib.widgets.ownership import ownership_explorer, renewal_clock
    from cbe_lib.widgets.pace import pace_explorer, placement_explorer
    from cbe_lib.widgets.plan import plan_audit
    from cbe_lib.widgets.profile import rubric_profile
    from cbe_lib.widgets.purpose import citations_explorer, hybrid_tester
    from cbe_lib.widgets.quality import agreement_by_luck, luck_of_the_visitor, speed_claim_check
    from cbe_lib.widgets.ramp_up import squeeze_explorer
    from cbe_lib.widgets.rollout import messages_explorer, protected_time_explorer
    from cbe_lib.widgets.series import claim_cards, definition_explorer, series_explorer
    from cbe_lib.widgets.starting_points import alike_explorer, paths_explorer
    from cbe_lib.widgets.strategies import rollout_simulator
    from cbe_lib.widgets.stumbles import three_stumbles
    from cbe_lib.widgets.teachers import practice_explorer, run_chart_explorer

__all__ = [
    "agency_explorer",
    "agreement_by_luck",
    "alike_explorer",
    "balance_explorer",
    "calibration_explorer",
    "catch_up_explorer",
    "ceiling_explorer",
    "citations_explorer",
    "claim_cards",
    "definition_explorer",
    "dip_explorer",
    "escalation_explorer",
    "film_explorer",
    "fit_explorer",
    "habits_explorer",
    "hosts_explorer",
    "hybrid_tester",
    "integration_explorer",
    "latency_explorer",
    "lid_explorer",
    "luck_of_the_visitor",
    "messages_explorer",
    "own_data",
    "ownership_explorer",
    "pace_explorer",
    "panel",
    "paths_explorer",
    "placement_explorer",
    "plan_audit",
    "practice_explorer",
    "protected_time_explorer",
    "renewal_clock",
    "rise_simulator",
    "rollout_simulator",
    "rubric_profile",
    "run_chart_explorer",
    "series_explorer",
    "speed_claim_check",
    "spread_explorer",
    "squeeze_explorer",
    "three_stumbles",
    "web_explorer",
    "win_simulator",
]

# Each module is loaded when one of its names is first asked for: a page pays for its own theme only.
# No module has the name of one of its functions, which its import would hide.
_MODULES = {
    "series": ("claim_cards", "definition_explorer", "series_explorer"),
    "agency": ("agency_explorer", "balance_explorer"),
    "dip": ("dip_explorer",),
    "field": ("film_explorer", "spread_explorer", "web_explorer"),
    "hosts": ("hosts_explorer",),
    "integration": ("fit_explorer", "integration_explorer"),
    "language": ("calibration_explorer", "habits_explorer"),
    "leadership": ("escalation_explorer", "rise_simulator"),
    "learning": ("latency_explorer", "win_simulator"),
    "open_questions": ("catch_up_explorer", "ceiling_explorer", "lid_explorer"),
    "own_file": ("own_data",),
    "ownership": ("ownership_explorer", "renewal_clock"),
    "pace": ("pace_explorer", "placement_explorer"),
    "plan": ("plan_audit",),
    "profile": ("rubric_profile",),
    "purpose": ("citations_explorer", "hybrid_tester"),
    "quality": ("agreement_by_luck", "luck_of_the_visitor", "speed_claim_check"),
    "ramp_up": ("squeeze_explorer",),
    "rollout": ("messages_explorer", "protected_time_explorer"),
    "starting_points": ("alike_explorer", "paths_explorer"),
    "strategies": ("rollout_simulator",),
    "stumbles": ("three_stumbles",),
    "teachers": ("practice_explorer", "run_chart_explorer"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"cbe_lib.widgets.{module}"), name)
    raise AttributeError(f"module 'cbe_lib.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
