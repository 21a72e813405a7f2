"""Shared purpose: is it written at every level, used in decisions, and asked when doubts and hybrids come up?"""

from cbe_lib.themes.purpose.alignment import Alignment, alignment
from cbe_lib.themes.purpose.citations import Citations, citations
from cbe_lib.themes.purpose.doubt import DoubtTrigger, doubt_trigger
from cbe_lib.themes.purpose.hybrid import HybridTest, hybrid_test
from cbe_lib.themes.purpose.rulings import RULINGS, Dilemma, Rulings, dilemmas, rulings

__all__ = [
    "RULINGS",
    "Alignment",
    "Citations",
    "Dilemma",
    "DoubtTrigger",
    "HybridTest",
    "Rulings",
    "alignment",
    "citations",
    "dilemmas",
    "doubt_trigger",
    "hybrid_test",
    "rulings",
]
