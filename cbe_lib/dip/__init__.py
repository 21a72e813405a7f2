"""Was there an implementation dip, how deep, how long, and how sure can anyone be?"""

from cbe_lib.dip.comparison import Comparison, compare
from cbe_lib.dip.dates import RolloutComparison, compare_rollouts
from cbe_lib.dip.detectability import Detectable, detectable
from cbe_lib.dip.fit import fit
from cbe_lib.dip.interrupted import InterruptedFit, interrupted
from cbe_lib.dip.moderators import Moderation, districts_needed, moderators
from cbe_lib.dip.naive import NaiveDips, naive
from cbe_lib.dip.outcome import DipFit, Existence
from cbe_lib.dip.panel import PanelFit, fit_panel

__all__ = [
    "Comparison",
    "Detectable",
    "DipFit",
    "Existence",
    "InterruptedFit",
    "Moderation",
    "NaiveDips",
    "PanelFit",
    "RolloutComparison",
    "compare",
    "compare_rollouts",
    "detectable",
    "districts_needed",
    "fit",
    "fit_panel",
    "interrupted",
    "moderators",
    "naive",
]
