"""Results as figures: `draw_*` adds to given axes, `*_figure` builds a detached Matplotlib Figure.

Each module here is loaded when one of its figures is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cbe_lib.errors import CbeError

if TYPE_CHECKING:
    from cbe_lib.plots.dip import dip_figure, draw_dip, headline
    from cbe_lib.plots.dip_lessons import (
        detectability_figure,
        draw_detectability,
        draw_false_alarms,
        false_alarm_figure,
        gallery_figure,
    )
    from cbe_lib.plots.forest import draw_forest, forest_figure
    from cbe_lib.plots.intervals import draw_intervals, intervals_figure
    from cbe_lib.plots.picture import svg
    from cbe_lib.plots.profile import draw_profile, profile_figure
    from cbe_lib.plots.quality import draw_places, places_figure
    from cbe_lib.plots.report import draw_reading, reading_figure
    from cbe_lib.plots.severity import draw_severity, severity_figure
    from cbe_lib.plots.two_channels import two_channels_figure

__all__ = [
    "detectability_figure",
    "dip_figure",
    "draw",
    "draw_detectability",
    "draw_dip",
    "draw_false_alarms",
    "draw_forest",
    "draw_intervals",
    "draw_places",
    "draw_profile",
    "draw_reading",
    "draw_severity",
    "false_alarm_figure",
    "forest_figure",
    "gallery_figure",
    "headline",
    "intervals_figure",
    "places_figure",
    "profile_figure",
    "reading_figure",
    "severity_figure",
    "svg",
    "two_channels_figure",
]

_MODULES = {
    "dip": ("dip_figure", "draw_dip", "headline"),
    "dip_lessons": (
        "detectability_figure",
        "draw_detectability",
        "draw_false_alarms",
        "false_alarm_figure",
        "gallery_figure",
    ),
    "forest": ("draw_forest", "forest_figure"),
    "intervals": ("draw_intervals", "intervals_figure"),
    "picture": ("svg",),
    "profile": ("draw_profile", "profile_figure"),
    "quality": ("draw_places", "places_figure"),
    "report": ("draw_reading", "reading_figure"),
    "severity": ("draw_severity", "severity_figure"),
    "two_channels": ("two_channels_figure",),
}

# By name, so that drawing one result does not load the packages of all the others.
_PICTURES = {
    "Reading": ("report", "reading_figure", "draw_reading"),
    "Quadrants": ("ownership", "quadrants_figure", "draw_quadrants"),
    "Renewal": ("ownership", "renewal_figure", "draw_renewal"),
    "Autonomy": ("ownership", "autonomy_figure", "draw_autonomy"),
    "NonNegotiables": ("ownership", "non_negotiables_figure", "draw_non_negotiables"),
    "Voice": ("ownership", "voice_figure", "draw_voice"),
    "Reflection": ("ownership", "reflection_figure", "draw_reflection"),
    "Latency": ("learning", "latency_figure", "draw_latency"),
    "Safety": ("learning", "safety_figure", "draw_safety"),
    "Constraints": ("learning", "constraints_figure", "draw_constraints"),
    "Recognition": ("learning", "recognition_figure", "draw_recognition"),
    "SmallWins": ("learning", "small_wins_figure", "draw_small_wins"),
    "IntegratedPlan": ("integration", "load_figure", "draw_load"),
    "Hosts": ("hosts", "hosts_figure", "draw_hosts"),
    "Representation": ("integration", "representation_figure", "draw_representation"),
    "FitCard": ("integration", "fit_figure", "draw_fit"),
    "CatchUpCost": ("open_questions", "cost_figure", "draw_tornado"),
    "Ceiling": ("open_questions", "ceiling_figure", "draw_ceiling"),
    "Split": ("open_questions", "split_figure", "draw_split"),
    "SeriesMap": ("series", "series_figure", "draw_series"),
    "ClaimRegister": ("series", "claims_figure", "draw_claims"),
    "SpeedClaim": ("quality", "speed_claim_figure", "draw_speed_claim"),
    "Diffusion": ("field", "diffusion_figure", "draw_diffusion"),
    "DiscussionShift": ("field", "shift_figure", "draw_shift"),
    "HelperNetwork": ("field", "network_figure", "draw_network"),
    "FunderScorecard": ("field", "scorecard_figure", "draw_scorecard"),
    "Citations": ("purpose", "citations_figure", "draw_citations"),
    "Alignment": ("purpose", "alignment_figure", "draw_alignment"),
    "HybridTest": ("purpose", "hybrid_figure", "draw_hybrid"),
    "Rulings": ("purpose", "rulings_figure", "draw_rulings"),
    "DoubtTrigger": ("purpose", "doubt_figure", "draw_doubt"),
    "Escalation": ("leadership", "escalation_figure", "draw_escalation"),
    "Integrity": ("leadership", "integrity_figure", "draw_integrity"),
    "DecisionRights": ("leadership", "decision_rights_figure", "draw_decision_rights"),
    "Gates": ("leadership", "gates_figure", "draw_gates"),
    "Structures": ("leadership", "structures_figure", "draw_structures"),
    "Concentration": ("leadership", "concentration_figure", "draw_concentration"),
    "Strategies": ("rollout", "strategies_figure", "draw_strategies"),
    "Commitment": ("rollout", "commitment_figure", "draw_commitment"),
    "Messages": ("rollout", "messages_figure", "draw_messages"),
    "TwoChannels": ("rollout", "two_channels_result_figure", "draw_two_channels"),
    "Before": ("rollout", "before_figure", "draw_before"),
    "ProtectedTime": ("protected_time", "protected_time_figure", "draw_protected_time"),
    "PlanAudit": ("plan_audit", "audit_figure", "draw_audit"),
    "DepthByRampUp": ("ramp_up", "depth_by_ramp_up_figure", "draw_depth_by_ramp_up"),
    "Prepared": ("ramp_up", "prepared_figure", "draw_prepared"),
    "Squeeze": ("ramp_up", "squeeze_figure", "draw_squeeze"),
    "Spirit": ("ramp_up", "spirit_figure", "draw_spirit"),
    "Compliance": ("ramp_up", "compliance_figure", "draw_compliance"),
    "CoreValues": ("ramp_up", "core_values_figure", "draw_core_values"),
    "Stages": ("ramp_up", "stages_figure", "draw_stages"),
    "Paths": ("starting_points", "paths_figure", "draw_paths"),
    "Alike": ("starting_points", "alike_figure", "draw_alike"),
    "Terms": ("language", "terms_figure", "draw_terms"),
    "Continuum": ("language", "continuum_figure", "draw_continuum"),
    "Habits": ("language", "habits_figure", "draw_habits"),
    "Coherence": ("agency", "coherence_figure", "draw_coherence"),
    "AssessmentBalance": ("agency", "balance_figure", "draw_balance"),
    "Permissions": ("agency", "permissions_figure", "draw_permissions"),
    "Pace": ("pace", "pace_figure", "draw_pace"),
    "Placement": ("pace", "placement_figure", "draw_placement"),
    "PracticeGrowth": ("teachers", "practice_growth_figure", "draw_practice_growth"),
    "RunChart": ("teachers", "run_chart_figure", "draw_run_chart"),
    "DipFit": ("dip", "dip_figure", "draw_dip"),
    "InterruptedFit": ("dip", "interrupted_figure", "draw_interrupted"),
    "Comparison": ("gaps", "comparison_figure", "draw_comparison"),
    "PanelFit": ("gaps", "population_figure", "draw_population"),
    "Agreement": ("forest", "forest_figure", "draw_forest"),
    "AgreementBy": ("forest", "forest_figure", "draw_forest"),
    "Calibration": ("severity", "severity_figure", "draw_severity"),
    "Scores": ("profile", "profile_figure", "draw_profile"),
    "Reliability": ("forest", "forest_figure", "draw_forest"),
}


def __getattr__(name: str) -> Any:
    for module, figures in _MODULES.items():
        if name in figures:
            return getattr(importlib.import_module(f"cbe_lib.plots.{module}"), name)
    raise AttributeError(f"module 'cbe_lib.plots' has no attribute {name!r}; it has {', '.join(__all__)}")


def draw(result: Any, ax: Any = None) -> Any:
    """Draw any result of this library: into `ax` if given (returned), else as a new detached Figure.

    Raises
    ------
    CbeError
        If there is no picture for this kind of result.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> reading = samples.load("westminster").query("subject == 'reading'")
    >>> draw(dip.fit(reading, 2010)).axes[0].get_ylabel()
    'Result (%)'
    """
    module, figure, into = _picture(result)
    drawn = importlib.import_module(f"cbe_lib.plots.{module}")
    return getattr(drawn, figure)(result) if ax is None else getattr(drawn, into)(result, ax=ax)


def _picture(result: Any) -> tuple[str, str, str]:
    """Find what draws a result: what is meant for its kind, else a line for each of its rows."""
    from cbe_lib.plots.rows import kind

    if kind(result):
        return "rows", "rows_figure", "draw_rows"
    for each in type(result).__mro__:
        if each.__name__ in _PICTURES and each.__module__.startswith("cbe_lib."):
            return _PICTURES[each.__name__]
    raise CbeError.build(
        f"There is no picture of a {type(result).__name__}",
        advice="Results of the analyses in `dip`, `rubric`, `survey`, `themes`, `ingest` and `privacy` have one",
    )
